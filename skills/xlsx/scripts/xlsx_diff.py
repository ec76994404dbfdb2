#!/usr/bin/env python3
"""Compare two workbooks cell by cell and object by object: the check that an edit changed what it should and nothing else.

Streams both files, so size is no problem. Cells are compared at the same address: an inserted row shows as many changes.
"""

from __future__ import annotations

import sys
import warnings
from itertools import zip_longest
from pathlib import Path
from typing import Any, Iterator

from openpyxl.utils import get_column_letter

from _contents import Sheet, defined_names, sheets
from _package import BadWorkbook, at, fail, load, open_package, parser, print_json

EXIT_CODES = "0 no differences; 1 differences; 2 usage or unusable file"
OBJECTS = ("state", "freeze", "autofilter", "merged", "tables", "charts", "images", "comments", "conditional_formats", "validations")


def cells(worksheet: Any, formats: bool) -> Iterator[dict[int, Any]]:
    """For each row, column → value (and number format when asked)."""
    worksheet.reset_dimensions()
    for row in worksheet.iter_rows():
        found = {}
        for cell in row:
            if cell.value is not None:
                value = getattr(cell.value, "text", cell.value)
                found[cell.column] = (value, cell.number_format) if formats else value
        yield found


def compare_cells(sheet: str, old: Any, new: Any, formats: bool) -> Iterator[dict[str, Any]]:
    for number, (before, after) in enumerate(zip_longest(cells(old, formats), cells(new, formats), fillvalue={}), 1):
        if before != after:
            for column in sorted(before.keys() | after.keys()):
                a, b = before.get(column), after.get(column)
                if a != b or type(a) is not type(b) and {type(a), type(b)} != {int, float}:
                    yield {"cell": at(sheet, f"{get_column_letter(column)}{number}"), "old": a, "new": b}


def compare_objects(old: Sheet, new: Sheet) -> Iterator[str]:
    for key in OBJECTS:
        before, after = getattr(old, key), getattr(new, key)
        if key == "charts":
            before = sorted(f"{'+'.join(c['kinds'])} {c['title']!r} {', '.join(c['references'])}" for c in before)
            after = sorted(f"{'+'.join(c['kinds'])} {c['title']!r} {', '.join(c['references'])}" for c in after)
        if isinstance(before, list):
            yield from (f"{old.name}: {key}: removed {item}" for item in before if item not in after)
            yield from (f"{old.name}: {key}: added {item}" for item in after if item not in before)
        elif before != after:
            yield f"{old.name}: {key}: {before or 'none'} → {after or 'none'}"


def read(path: Path, values: bool) -> tuple[list[Sheet], dict[str, str], Any]:
    with open_package(path) as package:
        found, names = sheets(package), {f"{n['name']}/{n['scope']}": n["refers_to"] for n in defined_names(package)}
    return found, names, load(path, read_only=True, data_only=values)


def main() -> int:
    arguments = parser(__doc__ or "", EXIT_CODES)
    arguments.add_argument("old", type=Path, help="the workbook before")
    arguments.add_argument("new", type=Path, help="the workbook after")
    arguments.add_argument("--values", action="store_true", help="compare cached results instead of formulas")
    arguments.add_argument("--formats", action="store_true", help="compare number formats too")
    arguments.add_argument("--limit", type=int, default=100, metavar="N", help="list at most N changed cells (default: 100; all are counted)")
    arguments.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    options = arguments.parse_args()
    warnings.simplefilter("ignore")
    try:
        old_sheets, old_names, old = read(options.old, options.values)
        new_sheets, new_names, new = read(options.new, options.values)
    except BadWorkbook as error:
        fail(str(error))
    before, after = {sheet.name: sheet for sheet in old_sheets}, {sheet.name: sheet for sheet in new_sheets}
    objects = [f"sheet removed: {name}" for name in before if name not in after]
    objects += [f"sheet added: {name}" for name in after if name not in before]
    if [n for n in before if n in after] != [n for n in after if n in before]:
        objects.append(f"sheet order: {', '.join(after)}")
    for name in sorted(old_names.keys() | new_names.keys()):
        if old_names.get(name) != new_names.get(name):
            objects.append(f"name {name}: {old_names.get(name, 'none')} → {new_names.get(name, 'none')}")
    changed: list[dict[str, Any]] = []
    total = 0
    for name in (name for name in before if name in after):
        objects += compare_objects(before[name], after[name])
        if before[name].kind == after[name].kind == "worksheet":
            for change in compare_cells(name, old[name], new[name], options.formats):
                total += 1
                if len(changed) < options.limit:
                    changed.append(change)
    if options.json:
        print_json({"objects": objects, "cells_changed": total, "cells": changed})
    else:
        for line in objects:
            print(line)
        for change in changed:
            print(f"{change['cell']}: {change['old']!r} → {change['new']!r}")
        print(f"{total} cells changed" + (f" ({len(changed)} listed)" if total > len(changed) else "") + f", {len(objects)} other changes")
    return 1 if objects or total else 0


if __name__ == "__main__":
    sys.exit(main())
