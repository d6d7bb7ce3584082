"""The customers, as data: ``cast.tsv`` and who among them stands for what."""

import csv
import unicodedata
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Customer:
    """One customer of the demo company; every field is a column of ``cast.tsv``."""

    key: str
    name: str
    street: str
    city: str
    state: str
    zip: str
    country: str
    lang: str
    currency: str
    phone: str
    email: str
    trade: str
    behaviour: str
    term: str
    count: int
    since: int
    size: int
    person: str

    @property
    def is_company(self):
        return self.trade != "home"

    @property
    def domain(self):
        return f"{self.key}.example" if self.is_company else "post.example"

    @property
    def address(self):
        return f"{self.email}@{self.domain}" if self.email else False


# Ages in days of invoices that stay open, for those who must owe something.
OPEN_INVOICES = {
    "silberanker": (45,),
    "cardigan": (52, 41),
    "harrowquay": (58,),
    "foxglove": (49,),
    "bogroad": (63,),
    "killorglin": (75,),
    "brackenridge": (70, 36),
    "corban": (95,),
    "quintanar": (50,),
    "meridian": (66,),
    "kerouan": (71,),
    "greatlakes": (80, 51),
    "saguaro": (64,),
    "odile": (88,),
    "hudson": (47,),
    "norrvik": (39,),
    "merrow": (120,),
    "tannbach": (140, 46),
    "northgate": (55,),
    "solent": (48,),
    "aozora": (92,),
    "tulpenveld": (33,),
    "lougherne": (47,),
    "kauripoint": (43,),
    "konaridge": (61,),
    "kiritimati": (57,),
    "crestaqua": (44,),
    "claddagh": (54, 20),
    "ashgrove": (50,),
    "rheinblick": (62,),
}

# Who has people apart from the first one: (name, what they do, address type).
PEOPLE = {
    "corban": (
        ("Shared Services, Creditors", False, "invoice"),
        ("Eoin Lally", "Head of purchasing", "contact"),
        ("Gráinne Tierney", "Biomedical engineering", "contact"),
    ),
    "auental": (
        ("Zentrale Rechnungsprüfung", False, "invoice"),
        ("Holger Kreische", "Netzbetrieb", "contact"),
    ),
    "thistledown": (
        ("Thistledown Finance Hub", False, "invoice"),
        ("Callum Rennie", "Quality control", "contact"),
    ),
    "mirevent": (("Service comptabilité fournisseurs", False, "invoice"),),
    "sierraalmena": (("Jacinto Luque", "Jefe de almazara", "contact"),),
}

# Customers of the service company in Hamburg too, with the ages of their invoices.
TWO_COMPANIES = {
    "meridian": (150, 98, 59, 12),
    "lindenhof": (131, 77, 24),
}
# Looked after by the branch in Galway.
BRANCH = ("claddagh",)


def fold(text):
    """Return ``text`` in plain lower-case ASCII letters, words joined by dots.

    >>> fold("Yann Le Floc'h")
    'yann.le.floch'
    """
    text = text.replace("ı", "i").replace("ß", "ss").replace("ø", "o")
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    letters = "".join(char for char in plain.lower() if char.isalnum() or char == " ")
    return ".".join(letters.split())


def load_cast():
    """Return the customers in the order of the file.

    :rtype: list[Customer]
    """
    path = Path(__file__).with_name("cast.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Customer(
                **{
                    **row,
                    "count": int(row["count"]),
                    "since": int(row["since"]),
                    "size": int(row["size"]),
                }
            )
            for row in csv.DictReader(file, delimiter="\t")
        ]
