#!/usr/bin/env python3
"""Show what is in a workbook: sheets, headers, column types, formulas, charts, tables, names, hidden things, and
what openpyxl would lose on saving. Output is bounded whatever the size of the workbook; look closer with --sheet, --range.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import warnings
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter, range_boundaries

from _contents import Sheet, defined_names, external_links, losses, sheets
from _package import BadWorkbook, fail, load, open_package, parser, print_json

EXIT_CODES = "0 done; 2 usage or unusable file"
LIST_LIMIT = 20


def kind_of(value: Any) -> str:
    if isinstance(value, str) or hasattr(value, "text"):
        text = getattr(value, "text", value) or ""
        if text.startswith("="):
            return "formula"
        return "error" if text.startswith("#") and text.endswith(("!", "?", "/A")) else "text"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)):
        return "date"
    return "formula" if type(value).__name__ in ("ArrayFormula", "DataTableFormula") else "number"


def shown(value: Any, width: int = 60) -> str:
    text = str(getattr(value, "text", value))
    return text if len(text) <= width else text[: width - 1] + "…"


def survey(worksheet: Any, options: argparse.Namespace) -> dict[str, Any]:
    """One streaming pass over the cells: sample rows, kinds per column, formulas."""
    area = range_boundaries(options.range) if options.range else (1, 1, None, None)
    left, top, right, bottom = area
    rows: list[list[str]] = []
    columns: dict[int, Counter[str]] = {}
    formats: dict[int, Counter[str]] = {}
    formulas: list[str] = []
    cells = formula_count = last_row = last_column = 0
    for row in worksheet.iter_rows(min_row=top or 1, max_row=bottom, min_col=left or 1, max_col=right):
        filled = [cell for cell in row if cell.value is not None]
        if not filled:
            continue
        last_row, last_column = filled[0].row, max(last_column, filled[-1].column)
        cells += len(filled)
        if len(rows) < options.rows:
            shown_cells = [f"{cell.coordinate}={shown(cell.value)}" for cell in filled[: options.columns]]
            rows.append(shown_cells + ([f"… {len(filled) - options.columns} more"] if len(filled) > options.columns else []))
        for cell in filled:
            kind = kind_of(cell.value)
            columns.setdefault(cell.column, Counter())[kind] += 1
            if kind in ("number", "date", "formula"):
                formats.setdefault(cell.column, Counter())[cell.number_format] += 1
            if kind == "formula":
                formula_count += 1
                if len(formulas) < options.formulas:
                    formulas.append(f"{cell.coordinate} {shown(cell.value, 160)}")
    summary = []
    for column in sorted(columns)[: options.columns]:
        common = formats.get(column, Counter()).most_common(2)
        summary.append({"column": get_column_letter(column), "kinds": dict(columns[column]), "formats": [name for name, _ in common]})
    used = f"up to {get_column_letter(last_column)}{last_row}" if last_row else "empty"
    return {"used": used, "cells": cells, "formula_count": formula_count, "rows": rows, "columns": summary, "formulas": formulas}


def bounded(values: list[Any]) -> list[Any]:
    return values if len(values) <= LIST_LIMIT else [*values[:LIST_LIMIT], f"… {len(values) - LIST_LIMIT} more"]


def describe(sheet: Sheet, contents: dict[str, Any] | None) -> dict[str, Any]:
    facts = {key: bounded(value) if isinstance(value, list) else value for key, value in asdict(sheet).items()}
    return {**facts, **(contents or {})}


def print_text(report: dict[str, Any]) -> None:
    print(f"{report['file']}  ({report['bytes']:,} bytes, {len(report['sheets'])} sheets)")
    for sheet in report["sheets"]:
        state = "" if sheet["state"] == "visible" else f"  [{sheet['state']}]"
        if "cells" not in sheet:
            print(f"\n== {sheet['name']}{state}  ({sheet['kind']}, {sheet['dimension'] or 'no cells'})")
        else:
            print(f"\n== {sheet['name']}{state}  {sheet['used']}, {sheet['cells']:,} cells, {sheet['formula_count']:,} formulas")
        for key in ("freeze", "autofilter", "tables", "merged", "conditional_formats", "validations", "hidden_columns"):
            if sheet[key]:
                value = sheet[key]
                print(f"  {key}: {'; '.join(map(str, value)) if isinstance(value, list) else value}")
        for key in ("hidden_rows", "images", "comments", "protected"):
            if sheet[key]:
                print(f"  {key}: {sheet[key]}")
        for chart in sheet["charts"]:
            if isinstance(chart, dict):
                print(f"  chart: {'+'.join(chart['kinds'])} {chart['title']!r} {', '.join(bounded(chart['references']))}")
        for column in sheet.get("columns", []):
            kinds = ", ".join(f"{count} {kind}" for kind, count in column["kinds"].items())
            print(f"  {column['column']}: {kinds}" + (f"  [{' | '.join(column['formats'])}]" if column["formats"] else ""))
        for row in sheet.get("rows", []):
            print("  " + " | ".join(row))
        for formula in sheet.get("formulas", []):
            print(f"  formula {formula}")
    for key in ("names", "external_links"):
        for item in report[key]:
            print(f"{key}: {item if isinstance(item, str) else ' '.join(filter(None, item.values()))}")
    print("\nopenpyxl load+save: " + ("nothing known to be lost" if not report["openpyxl_loses"] else "CHANGES THIS FILE"))
    for loss in report["openpyxl_loses"]:
        print(f"  {loss['what']}: {loss['effect']}  ({loss['where']})")


def main() -> int:
    arguments = parser(__doc__ or "", EXIT_CODES)
    arguments.add_argument("file", type=Path, help="the workbook (.xlsx or .xlsm)")
    arguments.add_argument("--sheet", action="append", metavar="NAME", help="only this sheet's cells (repeatable; default: the first 20)")
    arguments.add_argument("--range", metavar="A1:D20", help="only this part of each sheet")
    arguments.add_argument("--rows", type=int, default=5, metavar="N", help="sample rows for each sheet (default: 5)")
    arguments.add_argument("--columns", type=int, default=26, metavar="N", help="columns described (default: 26)")
    arguments.add_argument("--formulas", type=int, default=10, metavar="N", help="formulas listed for each sheet (default: 10)")
    arguments.add_argument("--values", action="store_true", help="show the cached results of formulas, not the formulas")
    arguments.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    options = arguments.parse_args()
    warnings.simplefilter("ignore")
    try:
        if options.range:
            range_boundaries(options.range)
    except ValueError as error:
        arguments.error(f"--range: {error}")
    try:
        with open_package(options.file) as package:
            found = sheets(package)
            facts = {"names": bounded(defined_names(package)), "external_links": bounded(external_links(package)), "openpyxl_loses": losses(package)}
    except BadWorkbook as error:
        fail(str(error))
    known = [sheet.name for sheet in found]
    if missing := [name for name in options.sheet or [] if name not in known]:
        fail(f"no sheet named {missing[0]!r}; the sheets are: {', '.join(map(repr, known[:30]))}")
    wanted = options.sheet or known[:LIST_LIMIT]
    try:
        workbook = load(options.file, read_only=True, data_only=options.values)
        described = []
        for sheet in found:
            contents = None
            if sheet.name in wanted and sheet.kind == "worksheet":
                worksheet = workbook[sheet.name]
                worksheet.reset_dimensions()  # the stored dimension is often wrong
                contents = survey(worksheet, options)
            described.append(describe(sheet, contents))
        workbook.close()
    except BadWorkbook as error:
        fail(str(error))
    report = {"file": str(options.file), "bytes": options.file.stat().st_size, "sheets": described, **facts}
    print_json(report) if options.json else print_text(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
