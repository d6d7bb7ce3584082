"""What a part found."""

from dataclasses import dataclass, field


@dataclass
class Report:
    """Facts that were counted, and what failed, in sentences."""

    facts: dict = field(default_factory=dict)
    failures: list = field(default_factory=list)
    #: a table: its first row is the head
    table: list = field(default_factory=list)

    def expect(self, condition, sentence):
        """Keep a sentence that says what is wrong unless a condition holds."""
        if not condition:
            self.failures.append(sentence)

    def as_markdown(self, title):
        """Return the report as a page."""
        lines = [f"# {title}", "", "| | |", "|---|---|"]
        lines += [f"| {name} | {value} |" for name, value in self.facts.items()]
        if self.table:
            head, *rows = self.table
            lines += ["", _row(head), _row("---" for _cell in head), *map(_row, rows)]
        lines += ["", *(f"- FAILED {failure}" for failure in self.failures)]
        return "\n".join(lines).rstrip() + "\n"


def _row(cells):
    return f"| {' | '.join(map(str, cells))} |"
