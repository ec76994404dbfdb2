#!/usr/bin/env python3
"""Turn a CSV file of any size into a typed, formatted workbook: an Excel table with filter, frozen header, fitted columns.

Reads the file twice and keeps one row in memory. Types are decided from every value of a column; what would lose information stays text.
Values that look like formulas ("=…", "+…", "-…", "@…") are always written as text. What was decided is printed; see --json.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import sys
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo
from openpyxl.worksheet.filters import AutoFilter

from _columns import Guess, Reader
from _package import BadWorkbook, fail, parser, print_json

EXIT_CODES = "0 done; 2 usage or unusable file"
MAX_ROWS, MAX_COLUMNS, MAX_TEXT = 1_048_576, 16_384, 32_767
DELIMITERS = ",;\t|"


@dataclass
class Plan:
    """What the first pass found out: how to read the file and what each column is."""

    encoding: str
    delimiter: str
    header: list[str]
    kinds: list[str]
    formats: list[str]
    widths: list[int]
    rows: int = 0
    notes: list[str] = field(default_factory=list)


def detect_encoding(path: Path) -> str:
    """UTF-16 and UTF-8 by mark, UTF-8 when all of it is, else Windows-1252."""
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        file.seek(0)
        if b"\0" in file.read(1 << 16):
            raise BadWorkbook(f"{path} is not a text file; if it is a workbook, use xlsx_inspect.py")
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def detect_delimiter(path: Path, encoding: str) -> str:
    """The separator that gives the most columns on which most of the first lines agree."""
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        lines = [line for _, line in zip(range(50), text)]
    best = (0, 0, ",")
    for delimiter in DELIMITERS:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        common = max(set(counts), key=counts.count, default=1)
        if common > 1:
            best = max(best, (counts.count(common), common, delimiter), key=lambda option: option[:2])
    return best[2]


def rows_of(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(1 << 26)
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        try:
            yield from (row for row in csv.reader(text, delimiter=delimiter) if row)
        except csv.Error as error:
            raise BadWorkbook(f"{path} is not readable as CSV: {error}") from error


def unique_header(names: list[str], width: int) -> list[str]:
    """Names as table columns need them: none empty, none twice (ignoring case), no line breaks."""
    taken: set[str] = set()
    result = []
    for number in range(width):
        base = " ".join(ILLEGAL_CHARACTERS_RE.sub("", names[number]).split())[:255] if number < len(names) else ""
        name, copy = base or f"Column {number + 1}", 2
        while name.casefold() in taken:
            name, copy = f"{base or 'Column'} {copy}", copy + 1
        taken.add(name.casefold())
        result.append(name)
    return result


def plan(path: Path, options: argparse.Namespace) -> Plan:
    encoding = options.encoding or detect_encoding(path)
    delimiter = options.delimiter or detect_delimiter(path, encoding)
    rows = rows_of(path, encoding, delimiter)
    first = next(rows, None)
    if first is None:
        raise BadWorkbook(f"{path} is empty")
    header = [] if options.no_header else first
    reader = Reader(options.decimal, options.date_format)
    guesses: list[Guess] = []
    count = ragged = 0
    for row in [first] if options.no_header else []:
        count, guesses = count + 1, add_row(guesses, row, reader)
    for row in rows:
        count += 1
        ragged += len(row) != len(first)
        guesses = add_row(guesses, row, reader)
    width = max(len(first), len(guesses))
    if count == 0:
        raise BadWorkbook(f"{path} has a header but no rows")
    if count + 1 > MAX_ROWS or width > MAX_COLUMNS:
        raise BadWorkbook(f"{path} has {count:,} rows and {width:,} columns; a sheet holds 1,048,575 and 16,384: filter or aggregate it first")
    guesses += [Guess(reader) for _ in range(width - len(guesses))]
    names = unique_header(header, width)
    kinds = [guess.kind for guess in guesses]
    formats = [guess.number_format(name) for guess, name in zip(guesses, names)]
    for name in options.text or []:
        if name not in names:
            raise BadWorkbook(f"--text names no column: {name!r}; the columns are {', '.join(map(repr, names[:30]))}")
        kinds[names.index(name)] = "text"
    made = Plan(encoding, delimiter, names, kinds, formats, [guess.width for guess in guesses], count)
    if ragged:
        made.notes.append(f"{ragged} rows have another number of fields than the header")
    if encoding == "cp1252":
        made.notes.append("not UTF-8: read as Windows-1252; check letters with accents, or pass --encoding")
    zoned = [name for name, guess in zip(names, guesses) if guess.with_zone and guess.kind == "datetime"]
    if zoned:
        made.notes.append(f"times with an offset were converted to UTC: {', '.join(zoned)}")
    if list(map(str.strip, header)) != names[: len(header)]:
        made.notes.append("header names were changed to be unique and not empty")
    return made


def add_row(guesses: list[Guess], row: list[str], reader: Reader) -> list[Guess]:
    guesses += [Guess(reader) for _ in range(len(row) - len(guesses))]
    for guess, text in zip(guesses, row):
        guess.add(text.strip())
    return guesses


class Writer:
    """The second pass: streams rows into a write-only workbook."""

    def __init__(self, made: Plan, reader: Reader, sheet: str) -> None:
        self.plan, self.reader = made, reader
        self.formula_like = self.cut = self.cleaned = 0
        self.workbook = Workbook(write_only=True)
        self.sheet = self.workbook.create_sheet(sheet)
        self.sheet.freeze_panes = "A2"
        for number, (name, width) in enumerate(zip(made.header, made.widths), 1):
            shown = width * 1.3 + 3  # room for the group separators and decimals the format adds
            self.sheet.column_dimensions[get_column_letter(number)].width = min(max(shown, len(name) + 4, 9), 50)

    def write(self, rows: Iterator[list[str]], table: str) -> None:
        self.sheet.append([self._header(name) for name in self.plan.header])
        for row in rows:
            self.sheet.append([self._cell(*each) for each in zip(self.plan.kinds, self.plan.formats, row)])
        area = f"A1:{get_column_letter(len(self.plan.header))}{self.plan.rows + 1}"
        made = Table(displayName=table, ref=area, autoFilter=AutoFilter(ref=area))
        made.tableColumns = [TableColumn(id=number, name=name) for number, name in enumerate(self.plan.header, 1)]
        made.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl asks for columns even when they are there
            self.sheet.add_table(made)

    def _header(self, name: str) -> WriteOnlyCell:
        cell = self._text(name)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="1F4E79")
        cell.alignment = Alignment(vertical="center")
        return cell

    def _cell(self, kind: str, number_format: str, text: str) -> Any:
        stripped = text.strip()
        if not stripped:
            return None
        if kind == "text":
            return self._text(text)
        value = self.reader.kinds[kind](stripped)
        if kind == "boolean":
            return value
        cell = WriteOnlyCell(self.sheet, value)
        cell.number_format = number_format
        return cell

    def _text(self, text: str) -> WriteOnlyCell:
        clean = ILLEGAL_CHARACTERS_RE.sub("", text)
        self.cleaned += clean != text
        self.cut += len(clean) > MAX_TEXT
        cell = WriteOnlyCell(self.sheet, clean[:MAX_TEXT])
        if clean[:1] in ("=", "+", "-", "@") or clean[:1] in ("\t", "\r"):
            self.formula_like += 1
            cell.quotePrefix = True  # stays text even when somebody edits the cell
        cell.data_type = "s"  # after the value: openpyxl takes «=…» for a formula and «#N/A» for an error
        return cell

    def notes(self) -> list[str]:
        facts = (
            (self.formula_like, "values look like formulas and were written as text"),
            (self.cut, "values were longer than 32,767 characters and were cut"),
            (self.cleaned, "values had control characters that a workbook cannot hold; these were removed"),
        )
        return [f"{count} {what}" for count, what in facts if count]


def save(workbook: Workbook, target: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=".csv-", suffix=".xlsx", dir=target.parent)
    os.close(handle)
    try:
        workbook.save(name)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def main() -> int:
    arguments = parser(__doc__ or "", EXIT_CODES)
    arguments.add_argument("csv", type=Path, help="the CSV file")
    arguments.add_argument("xlsx", type=Path, help="the workbook to write (.xlsx)")
    arguments.add_argument("--sheet", default="Data", help="name of the sheet (default: Data)")
    arguments.add_argument("--table", default="Data", help="name of the table (default: Data)")
    arguments.add_argument("--encoding", help="of the CSV (default: detected: UTF-8, UTF-16, else Windows-1252)")
    arguments.add_argument("--delimiter", help="one character (default: detected among , ; tab |)")
    arguments.add_argument("--decimal", choices=[".", ","], default=".", help="decimal mark of numbers (default: .)")
    arguments.add_argument("--date-format", metavar="FORMAT", help="strptime format of dates, for example %%d.%%m.%%Y (default: ISO dates only)")
    arguments.add_argument("--text", action="append", metavar="COLUMN", help="keep this column as text (repeatable)")
    arguments.add_argument("--no-header", action="store_true", help="the first row is data")
    arguments.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    options = arguments.parse_args()
    if options.delimiter is not None and len(options.delimiter.encode().decode("unicode_escape")) != 1:
        arguments.error("--delimiter must be one character")
    if options.delimiter:
        options.delimiter = options.delimiter.encode().decode("unicode_escape")
    if options.xlsx.suffix.lower() != ".xlsx":
        arguments.error(f"{options.xlsx} must end in .xlsx")
    if not re.fullmatch(r"[^\\/*?:\[\]]{1,31}", options.sheet) or options.sheet[0] == "'" or options.sheet[-1] == "'":
        arguments.error("--sheet must have 1 to 31 characters and none of \\ / * ? : [ ]")
    if not re.fullmatch(r"[A-Za-z_][\w.]{0,254}", options.table) or re.fullmatch(r"[A-Za-z]{1,3}\d+|[RrCc]", options.table):
        arguments.error("--table must be a name: letters, digits, underscore, not like a cell address")
    try:
        made = plan(options.csv, options)
        writer = Writer(made, Reader(options.decimal, options.date_format), options.sheet)
        rows = rows_of(options.csv, made.encoding, made.delimiter)
        if not options.no_header:
            next(rows)
        writer.write(rows, options.table)
        save(writer.workbook, options.xlsx)
    except BadWorkbook as error:
        fail(str(error))
    except LookupError as error:
        fail(f"--encoding: {error}")
    except OSError as error:
        fail(f"cannot read {options.csv} or write {options.xlsx}: {error.strerror}")
    notes = made.notes + writer.notes()
    if options.json:
        columns = [{"name": name, "kind": kind} for name, kind in zip(made.header, made.kinds)]
        facts = {"rows": made.rows, "encoding": made.encoding, "delimiter": made.delimiter, "columns": columns, "notes": notes}
        print_json({"file": str(options.xlsx), **facts})
    else:
        print(f"{options.xlsx}: {made.rows:,} rows; {made.encoding}, delimiter {made.delimiter!r}")
        print("columns: " + ", ".join(f"{name} ({kind})" for name, kind in zip(made.header, made.kinds)))
        for note in notes:
            print(f"note: {note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
