"""Formulas as text: their faults, the ranges they read, and their shape relative to their own cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError
from openpyxl.utils import column_index_from_string

from _package import NEW_FUNCTIONS

MAX_ROW, MAX_COLUMN, MAX_FORMULA = 1_048_576, 16_384, 8_192
VOLATILE = {"OFFSET", "INDIRECT", "NOW", "TODAY", "RAND", "RANDBETWEEN", "CELL", "INFO"}
_CELL = r"\$?([A-Za-z]{1,3})\$?(\d{1,7})"
_AREA = re.compile(rf"{_CELL}(?::{_CELL})?$")
_COLUMNS = re.compile(r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})$")
_ROWS = re.compile(r"\$?(\d{1,7}):\$?(\d{1,7})$")


@dataclass(frozen=True)
class Area:
    """A rectangle of cells on a sheet (`None`: the formula's own sheet); corners inclusive, from 1."""

    sheet: str | None
    left: int
    top: int
    right: int
    bottom: int

    def holds(self, column: int, row: int) -> bool:
        return self.left <= column <= self.right and self.top <= row <= self.bottom


@dataclass(frozen=True)
class Reference:
    """One operand that points somewhere: an area, or a name (defined name or table) when `area` is None."""

    text: str
    area: Area | None
    sheet: str | None
    external: bool


@lru_cache(maxsize=65_536)
def tokens(formula: str) -> tuple[Token, ...]:
    """The formula's tokens; raises TokenizerError when it cannot be read."""
    try:
        return tuple(Tokenizer(formula).items)
    except (AssertionError, IndexError) as error:
        raise TokenizerError("brackets or quotes do not match") from error


def syntax_faults(formula: str) -> list[str]:
    """What makes Excel refuse or misread the formula, in words; empty when nothing was found."""
    if len(formula) > MAX_FORMULA:
        return [f"longer than {MAX_FORMULA} characters"]
    try:
        items = tokens(formula)
    except TokenizerError as error:
        return [str(error)]
    faults = []
    depth = 0
    meaningful = [item for item in items if item.type != Token.WSPACE]
    for item in items:
        if item.type in (Token.FUNC, Token.PAREN, Token.ARRAY):
            depth += 1 if item.subtype == Token.OPEN else -1
            if depth < 0:
                break
    if depth:
        faults.append("parentheses do not match")
    if not meaningful:
        faults.append("empty formula")
    elif meaningful[-1].type == Token.OP_IN:
        faults.append(f"ends with the operator {meaningful[-1].value}")
    for left, right in zip(meaningful, meaningful[1:]):
        if left.type == right.type == Token.OP_IN or (left.type == Token.OP_IN and right.subtype == Token.CLOSE):
            faults.append(f"operator {left.value} has nothing after it")
        ranges = left.subtype == right.subtype == Token.RANGE  # a space between two ranges means their intersection
        if left.type == right.type == Token.OPERAND and not ranges:
            faults.append(f"no operator between {left.value} and {right.value}")
    if any(item.type == Token.SEP and item.value == ";" for item in items) and not any(item.type == Token.ARRAY for item in items):
        faults.append("arguments are separated by semicolons; files always use commas, whatever the user's locale")
    return faults


def functions(formula: str) -> set[str]:
    """Names of the functions called, in upper case, prefixes kept."""
    return {t.value[:-1].upper() for t in tokens(formula) if t.type == Token.FUNC and t.subtype == Token.OPEN}


def missing_prefixes(formula: str) -> dict[str, str]:
    """Function → spelling it needs in a file, for newer functions written without their prefix."""
    return {name: NEW_FUNCTIONS[name] + name for name in functions(formula) if name in NEW_FUNCTIONS}


def embedded_constants(formula: str) -> list[str]:
    """Numbers that look like assumptions: factors with decimals or of four digits and more."""
    found = []
    items = [t for t in tokens(formula) if t.type != Token.WSPACE]
    for before, item, after in zip([None, *items], items, [*items[1:], None]):
        near = [t.value for t in (before, after) if t is not None and t.type == Token.OP_IN]
        if item.subtype == Token.NUMBER and any(op in "*/+-" for op in near):
            if "." in item.value or len(item.value) > 3:
                found.append(item.value)
    return found


def references(formula: str) -> list[Reference]:
    """Every operand of the formula that points to cells or to a name."""
    return [parse(item.value) for item in tokens(formula) if item.type == Token.OPERAND and item.subtype == Token.RANGE]


@lru_cache(maxsize=65_536)
def parse(text: str) -> Reference:
    """A reference as written: `A1`, `'My sheet'!$A$1:B9`, `[1]Other!A1`, `Table1[Total]`, `rate`."""
    sheet: str | None = None
    rest = text
    if "!" in text:
        before, _, rest = text.rpartition("!")
        sheet = before[1:-1].replace("''", "'") if before.startswith("'") else before
    external = sheet is not None and ("[" in sheet)
    area = None
    if match := _AREA.match(rest):
        left, top = column_index_from_string(match[1]), int(match[2])
        right, bottom = (column_index_from_string(match[3]), int(match[4])) if match[3] else (left, top)
        if max(left, right) <= MAX_COLUMN and 1 <= min(top, bottom) and max(top, bottom) <= MAX_ROW:
            area = Area(sheet, min(left, right), min(top, bottom), max(left, right), max(top, bottom))
    elif match := _COLUMNS.match(rest):
        first, last = sorted(map(column_index_from_string, match.groups()))
        area = Area(sheet, first, 1, last, MAX_ROW)
    elif match := _ROWS.match(rest):
        first, last = sorted(map(int, match.groups()))
        area = Area(sheet, 1, first, MAX_COLUMN, last)
    return Reference(text, area, sheet, external)


def shape(formula: str, column: int, row: int) -> str:
    """The formula with relative references turned into offsets: equal for a formula and its copies."""

    def offset(match: re.Match[str]) -> str:
        dollar_column, letters, dollar_row, digits = match.groups()
        across = letters.upper() if dollar_column else f"[{column_index_from_string(letters) - column}]"
        down = digits if dollar_row else f"[{int(digits) - row}]"
        return f"C{across}R{down}"

    pieces = []
    for item in tokens(formula):
        value = item.value
        if item.type == Token.OPERAND and item.subtype == Token.RANGE:
            value = re.sub(r"(\$?)\b([A-Za-z]{1,3})(\$?)(\d{1,7})(?![\w(!'\]])", offset, value)
        pieces.append(value if item.type != Token.WSPACE else "")
    return "".join(pieces)
