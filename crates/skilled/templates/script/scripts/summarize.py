#!/usr/bin/env python3
# /// script
# requires-python = ">=3.9"
# dependencies = []
# ///
"""Says what is in a CSV file: rows, columns, empty cells, ranges of numbers.

Exit codes: 0 summarised; 1 the file is not CSV in UTF-8, or is empty; 2 wrong arguments or no such file.
"""

import argparse
import csv
import json
import math
import sys


class Column:
    """What was seen in one column."""

    def __init__(self, name):
        self.name = name
        self.filled = 0
        self.numbers = 0
        self.smallest = math.inf
        self.largest = -math.inf

    def add(self, cell):
        cell = cell.strip()
        if not cell:
            return
        self.filled += 1
        try:
            number = float(cell)
        except ValueError:
            return
        if math.isfinite(number):
            self.numbers += 1
            self.smallest = min(self.smallest, number)
            self.largest = max(self.largest, number)

    def summary(self):
        summary = {"name": self.name, "filled": self.filled, "numbers": self.numbers}
        if self.numbers:
            summary.update(smallest=self.smallest, largest=self.largest)
        return summary


def summarize(lines, delimiter):
    """Reads the file once, row by row, so that its size does not matter."""
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    header = next(rows, None)
    if not header:
        raise ValueError("the file is empty")
    columns = [Column(name.strip()) for name in header]
    count = uneven = 0
    for row in rows:
        if not row:
            continue
        count += 1
        uneven += len(row) != len(columns)
        for column, cell in zip(columns, row):
            column.add(cell)
    return {"rows": count, "uneven_rows": uneven, "columns": [column.summary() for column in columns]}


def show(summary):
    rows = summary["rows"]
    columns = summary["columns"]
    print(f"{rows} rows, {len(columns)} columns, {summary['uneven_rows']} rows with too many or too few cells")
    for column in columns:
        line = f"{column['name']}: {column['filled']} of {rows} filled, {column['numbers']} numbers"
        if column["numbers"]:
            line += f" from {column['smallest']:g} to {column['largest']:g}"
        print(line)


def one_character(text):
    if len(text) != 1:
        raise argparse.ArgumentTypeError("give one character, such as ';'")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="the CSV file, or - for standard input")
    parser.add_argument("--delimiter", type=one_character, default=",", help="what separates cells (a comma)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    try:
        if arguments.file == "-":
            sys.stdin.reconfigure(encoding="utf-8-sig", newline="")
            summary = summarize(sys.stdin, arguments.delimiter)
        else:
            with open(arguments.file, encoding="utf-8-sig", newline="") as lines:
                summary = summarize(lines, arguments.delimiter)
    except OSError as error:
        print(f"{arguments.file}: {error.strerror}", file=sys.stderr)
        return 2
    except (ValueError, csv.Error) as error:
        print(f"{arguments.file}: {error}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(summary, indent=2, ensure_ascii=False))
    else:
        show(summary)
    return 0


if __name__ == "__main__":
    sys.exit(main())
