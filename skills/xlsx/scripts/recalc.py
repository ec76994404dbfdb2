#!/usr/bin/env python3
"""Recalculate a workbook with LibreOffice and report every formula error.

LibreOffice works on a private copy, so FILE is not changed unless --write or -o asks for it. Then only the computed
values of formula cells are put into the original's XML: styles, charts, macros and everything else stay as they were
(a file saved by LibreOffice itself would lose or change some of them).
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import zipfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from lxml import etree
from openpyxl.utils import get_column_letter, range_boundaries

import _libreoffice
from _package import ERROR_VALUES, NEW_FUNCTIONS, BadWorkbook, at, fail, iter_xml, local, open_package, parser, print_json
from _package import read_xml, relations, sheet_parts, workbook_part

EXIT_CODES = "0 no errors; 1 formula errors found; 2 usage or unusable file; 3 LibreOffice missing; 4 LibreOffice failed"
# LibreOffice's own codes, which an .xlsx cannot store (it turns them into #VALUE! or #NAME?).
MEANINGS = {
    "Err:501": "invalid character", "Err:502": "invalid argument; #NUM! in Excel", "Err:503": "overflow; #NUM! in Excel", "Err:504": "error in parameter list",
    "Err:508": "parentheses do not match", "Err:509": "missing operator", "Err:510": "missing variable", "Err:511": "too few arguments",
    "Err:512": "formula too long", "Err:516": "internal syntax error", "Err:519": "no result", "Err:520": "internal syntax error",
    "Err:521": "internal syntax error", "Err:522": "circular reference", "Err:523": "iteration does not converge",
    "Err:524": "invalid reference", "Err:525": "invalid name", "Err:529": "unknown name", "Err:532": "division by zero",
    "Err:533": "nested arrays", "Err:538": "array or matrix size",
}  # fmt: skip
Value = tuple[str, str]


@dataclass
class FormulaError:
    """One cell whose formula gives an error: where, which, the formula as the file has it, and what is known of the cause."""

    sheet: str
    cell: str
    error: str
    formula: str
    note: str = ""


def shared_strings(package: zipfile.ZipFile) -> list[str]:
    part = next((p for p in relations(package, workbook_part(package)).values() if p.endswith("sharedStrings.xml")), None)
    if part is None or part not in package.NameToInfo:
        return []
    with package.open(part) as stream:
        return ["".join(t.text or "" for t in item.iter("{*}t")) for item in iter_xml(stream, ("si",))]


def cells_of(package: zipfile.ZipFile, part: str, strings: list[str], wanted: set[str]) -> dict[str, Value]:
    """Address → (type, text) of the wanted cells that have a value."""
    found: dict[str, Value] = {}
    with package.open(part) as stream:
        for cell in iter_xml(stream, ("c",)):
            kind, text = cell.get("t", "n"), cell.findtext("{*}v")
            if text is not None and cell.get("r") in wanted:
                found[cell.get("r", "")] = ("str", strings[int(text)]) if kind == "s" else (kind, text)
    return found


def array_cells(area: str) -> set[str]:
    left, top, right, bottom = range_boundaries(area)
    return {f"{get_column_letter(column)}{row}" for row in range(top, bottom + 1) for column in range(left, right + 1)}


def formulas_of(package: zipfile.ZipFile, part: str) -> tuple[dict[str, str], set[str]]:
    """Address → formula of every formula cell, array and shared ones included; and all cells that array formulas fill."""
    found: dict[str, str] = {}
    filled: set[str] = set()
    masters: dict[str, tuple[str, str]] = {}
    with package.open(part) as stream:
        for cell in iter_xml(stream, ("c",)):
            formula = cell.find("{*}f")
            if formula is None:
                continue
            address, text, group = cell.get("r", ""), formula.text or "", formula.get("si")
            if formula.get("t") == "shared" and group is not None:
                if text:
                    masters[group] = (address, text)
                elif group in masters:
                    text = translate(*masters[group], address)
            elif formula.get("t") == "array":
                filled |= array_cells(formula.get("ref", address))
            found[address] = text
    return found, filled


def translate(origin: str, formula: str, address: str) -> str:
    from openpyxl.formula.translate import Translator

    return Translator("=" + formula, origin=origin).translate_formula(address).removeprefix("=")


def exact_errors(path: Path) -> dict[tuple[int, str], str]:
    """(sheet index, address) → error as LibreOffice shows it (`Err:522`, `#N/A`), read from an .ods copy."""
    found: dict[tuple[int, str], str] = {}
    with zipfile.ZipFile(path) as package:
        content = read_xml(package, "content.xml")
    for index, table in enumerate(content.iter("{*}table")):
        row_number = 1
        for row in table.iter("{*}table-row"):
            column = 1
            for cell in row:
                if any(local_name(key) == "value-type" and value == "error" for key, value in cell.attrib.items()):
                    text = "".join(cell.itertext()).strip()
                    found[index, f"{get_column_letter(column)}{row_number}"] = text
                column += repeat(cell, "number-columns-repeated")
            row_number += repeat(row, "number-rows-repeated")
    return found


def local_name(key: str) -> str:
    return etree.QName(key).localname


def repeat(element: etree._Element, name: str) -> int:
    return next((int(value) for key, value in element.attrib.items() if local_name(key) == name), 1)


def note_for(formula: str, error: str) -> str:
    if error in MEANINGS:
        return MEANINGS[error]
    names = {name.upper() for name in re.findall(r"([A-Za-z][A-Za-z0-9.]*)\(", formula.replace("_xlfn.", "").replace("_xlws.", ""))}
    unknown = sorted(name for name in names if name in NEW_FUNCTIONS)
    if error == "#NAME?" and unknown:
        return f"this LibreOffice may not know {', '.join(unknown)}: not verified here; prefer an older function (INDEX/MATCH, SUMIFS)"
    return ""


def recalculate(path: Path, timeout: float) -> tuple[list[FormulaError], int, dict[str, dict[str, Value]]]:
    """(errors, number of formulas, values by sheet part of the original) after a full recalculation."""
    with open_package(path) as original, _libreoffice.scratch() as folder:
        sheets = [sheet for sheet in sheet_parts(original) if sheet.kind == "worksheet"]
        formulas: dict[str, dict[str, str]] = {}
        wanted: dict[str, set[str]] = {}
        for sheet in sheets:
            formulas[sheet.part], filled = formulas_of(original, sheet.part)
            wanted[sheet.part] = formulas[sheet.part].keys() | filled
        total = sum(map(len, formulas.values()))
        if not total:
            return [], 0, {}
        copy = _libreoffice.convert(path, "xlsx", folder, timeout)
        values: dict[str, dict[str, Value]] = {}
        with open_package(copy) as computed:
            strings = shared_strings(computed)
            by_name = {sheet.name: sheet.part for sheet in sheet_parts(computed)}
            for sheet in sheets:
                if sheet.name not in by_name:
                    raise _libreoffice.Failed(f"sheet {sheet.name!r} is missing from LibreOffice's copy; values cannot be matched")
                values[sheet.part] = cells_of(computed, by_name[sheet.name], strings, wanted[sheet.part])
        errors = []
        exact: dict[tuple[int, str], str] | None = None
        for index, sheet in enumerate(sheets):
            for address, formula in formulas[sheet.part].items():
                kind, text = values[sheet.part].get(address, ("n", ""))
                if kind != "e" and text not in ERROR_VALUES and not text.startswith("Err:"):
                    continue
                if exact is None:
                    exact = exact_errors(_libreoffice.convert(path, "ods", folder, timeout))
                shown = exact.get((index, address), text)
                error = shown if shown.startswith("Err:") else text
                errors.append(FormulaError(sheet.name, address, error, "=" + formula, note_for(formula, error)))
        return errors, total, values


def put_values(path: Path, target: Path, values: dict[str, dict[str, Value]]) -> None:
    """Write `path` to `target` with these values in its formula cells; every other part is copied unchanged. Atomic."""
    handle, name = tempfile.mkstemp(prefix=".recalc-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as result:
            for info in source.infolist():
                data = source.read(info)
                if info.filename in values and re.search(rb"<(\w+:)?f[\s/>]", data):
                    data = patch_sheet(data, values[info.filename])
                result.writestr(info, data)
        shutil.copymode(target if target.exists() else path, temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def patch_sheet(data: bytes, values: dict[str, Value]) -> bytes:
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    spill: set[str] = set()
    for cell in root.iter("{*}c"):
        formula = cell.find("{*}f")
        address = cell.get("r", "")
        if formula is not None and formula.get("t") == "dataTable":
            continue
        if formula is not None and formula.get("t") == "array":
            spill |= array_cells(formula.get("ref", address))
        if formula is None and address not in spill:
            continue
        for old in [child for child in cell if local(child) in ("v", "is")]:
            cell.remove(old)
        kind, text = values.get(address, ("n", None))
        cell.attrib.pop("t", None)
        if text is None:
            continue
        if kind != "n":
            cell.set("t", kind)
        value = etree.Element(cell.tag[:-1] + "v")
        value.text = text
        if formula is None:
            cell.insert(0, value)
        else:
            formula.addnext(value)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def main() -> int:
    arguments = parser(__doc__ or "", EXIT_CODES)
    arguments.add_argument("file", type=Path, help="the workbook (.xlsx or .xlsm)")
    where = arguments.add_mutually_exclusive_group()
    where.add_argument("--write", action="store_true", help="put the computed values into FILE itself, atomically")
    where.add_argument("-o", "--output", type=Path, metavar="OUT", help="write FILE with computed values to OUT, atomically")
    arguments.add_argument("--timeout", type=float, default=120, metavar="SECONDS", help="limit for each LibreOffice run (default: 120)")
    arguments.add_argument("--limit", type=int, default=100, metavar="N", help="show at most N errors as text (default: 100; JSON has all)")
    arguments.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    options = arguments.parse_args()
    if options.timeout <= 0:
        arguments.error("--timeout must be positive")
    target: Path | None = options.file.resolve() if options.write else options.output
    if target and not target.parent.is_dir():
        fail(f"folder {target.parent} does not exist; create it first")
    try:
        errors, total, values = recalculate(options.file, options.timeout)
        if target and (total or options.output):
            put_values(options.file, target, values)
    except BadWorkbook as error:
        fail(str(error))
    except _libreoffice.Missing as error:
        fail(f"{error}. Nothing was recalculated; check.py still finds many problems without it", 3)
    except _libreoffice.Failed as error:
        fail(str(error), 4)
    except OSError as error:
        fail(f"cannot write {target}: {error.strerror}")
    counts = Counter(error.error for error in errors)
    if options.json:
        print_json(
            {
                "file": str(options.file),
                "formulas": total,
                "errors_total": len(errors),
                "counts": dict(counts),
                "errors": [asdict(error) for error in errors],
                "written": str(target) if target else None,
                "libreoffice": _libreoffice.version() if total else "",
            }
        )
    else:
        for error in errors[: options.limit]:
            print(f"{at(error.sheet, error.cell)}: {error.error}  {error.formula}" + (f"  ({error.note})" if error.note else ""))
        if len(errors) > options.limit:
            print(f"… and {len(errors) - options.limit} more (--limit, or --json for all)")
        kinds = ", ".join(f"{count} × {name}" for name, count in counts.most_common())
        print(f"{total} formulas, {len(errors)} errors" + (f": {kinds}" if kinds else "") + (f"; values written to {target}" if target else ""))
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
