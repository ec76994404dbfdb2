"""Findings of check.py: collected so that a thousand equal ones in a column are one line."""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from _package import at

SEVERITIES = ("error", "warning", "info")


@dataclass
class Finding:
    """A rule that matched: `cell` is the first place (empty: the whole sheet or workbook), `count` how many."""

    severity: str
    rule: str
    sheet: str
    cell: str
    message: str
    count: int = 1

    def where(self) -> str:
        place = at(self.sheet, self.cell) if self.sheet and self.cell else self.sheet or "workbook"
        return place + (f" and {self.count - 1} more" if self.count > 1 else "")


class Findings:
    """Gathers findings; those with the same rule, sheet, column and key are one."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Finding] = {}

    def add(self, severity: str, rule: str, sheet: str, cell: tuple[int, int] | str, message: str, key: object = "") -> None:
        """`cell` is (column, row) or an address; `key` separates findings that should stay apart."""
        column: object = cell[0] if isinstance(cell, tuple) else cell
        address = f"{get_column_letter(cell[0])}{cell[1]}" if isinstance(cell, tuple) else cell
        identity = (rule, sheet, column, key)
        if identity in self._found:
            self._found[identity].count += 1
        else:
            self._found[identity] = Finding(severity, rule, sheet, address, message)

    def sorted(self) -> list[Finding]:
        return sorted(self._found.values(), key=lambda finding: SEVERITIES.index(finding.severity))
