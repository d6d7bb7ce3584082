"""Time zones of states, for the countries whose time differs between them.

The codes are those of `res.country.state` in Odoo, which are those of ISO 3166-2
unless said otherwise. A state that keeps two times by law has both. Zones that show
the same time are named once: New York stands for Detroit too.

Sources: the IANA time zone database; for the United States 49 CFR part 71; for Mexico
the Ley de los Husos Horarios of 2022.
"""


def _by_state(states_by_zone: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Turn zone -> codes of states into state -> zones."""
    zones_by_state = {}
    for zone, states in states_by_zone.items():
        for state in states.split():
            zones_by_state.setdefault(state, []).append(zone)
    return {state: tuple(zones) for state, zones in zones_by_state.items()}


STATE_ZONES = {
    "US": _by_state(
        {
            "America/New_York": (
                "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC TN VA VT WV"
            ),
            "America/Chicago": (
                "AL AR FL IA IL IN KS KY LA MI MN MO MS ND NE OK SD TN TX WI"
            ),
            "America/Denver": "CO ID KS MT ND NE NM NV OR SD TX UT WY",
            # The Navajo Nation in the north-east of the state does keep daylight
            # saving time; an address does not tell.
            "America/Phoenix": "AZ",
            "America/Los_Angeles": "CA ID NV OR WA",
            "America/Anchorage": "AK",
            "America/Adak": "AK",
            "Pacific/Honolulu": "HI",
        }
    ),
    "CA": _by_state(
        {
            "America/St_Johns": "NL",
            "America/Halifax": "NB NL NS PE QC",
            "America/Blanc-Sablon": "QC",
            "America/Toronto": "NU ON QC",
            "America/Atikokan": "NU ON",
            "America/Winnipeg": "MB NU ON",
            "America/Regina": "SK",
            "America/Edmonton": "AB BC NT NU SK",
            "America/Dawson_Creek": "BC",
            "America/Vancouver": "BC",
            "America/Whitehorse": "YT",
        }
    ),
    "AU": _by_state(
        {
            "Australia/Sydney": "ACT NSW",
            "Australia/Broken_Hill": "NSW",
            "Australia/Lord_Howe": "NSW",
            "Australia/Melbourne": "VIC",
            "Australia/Hobart": "TAS",
            "Australia/Brisbane": "QLD",
            "Australia/Adelaide": "SA",
            "Australia/Darwin": "NT",
            "Australia/Perth": "WA",
        }
    ),
    "BR": _by_state(
        {
            "America/Noronha": "PE",
            "America/Recife": "PE",
            "America/Sao_Paulo": (
                "AL AP BA CE DF ES GO MA MG PA PB PI PR RJ RN RS SC SE SP TO"
            ),
            "America/Manaus": "AM RR",
            "America/Cuiaba": "MS MT",
            "America/Porto_Velho": "RO",
            "America/Eirunepe": "AM",
            "America/Rio_Branco": "AC",
        }
    ),
    "MX": _by_state(
        {
            "America/Mexico_City": (
                "AGU CAM CHP CMX COA COL DIF DUR GRO GUA HID JAL MEX MIC MOR NLE OAX "
                "PUE QUE SLP TAB TAM TLA VER YUC ZAC"
            ),
            "America/Bahia_Banderas": "NAY",
            "America/Mazatlan": "BCS NAY SIN",
            "America/Hermosillo": "SON",
            "America/Tijuana": "BCN",
            "America/Cancun": "ROO",
            "America/Chihuahua": "CHH",
            "America/Ciudad_Juarez": "CHH",
            "America/Ojinaga": "CHH",
            # municipalities on the border keep the time of Texas
            "America/Matamoros": "COA NLE TAM",
        }
    ),
    "ES": _by_state({"Atlantic/Canary": "CN GC TF"}),
    "PT": _by_state({"Atlantic/Azores": "20"}),
    # By law Xinjiang keeps the time of Beijing, many of its people live two hours
    # later: both must find the hour right. Odoo writes the code as 新, ISO as XJ.
    "CN": _by_state({"Asia/Shanghai": "XJ 新", "Asia/Urumqi": "XJ 新"}),
}

# the zone of all states of a country that are not named above
OTHER_STATES = {
    "ES": ("Europe/Madrid",),
    "PT": ("Europe/Lisbon",),
    "CN": ("Asia/Shanghai",),
}

# States of the United States in Odoo that have a country code of their own
US_TERRITORIES = frozenset({"AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI"})

# Military mail of the United States, delivered anywhere in the world
ARMED_FORCES = frozenset({"AA", "AE", "AP"})
