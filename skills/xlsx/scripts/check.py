#!/usr/bin/env python3
"""Check a workbook without calculating it: broken references, hard-coded totals, numbers stored as text, empty charts,
narrow columns and more. Complements recalc.py, which finds what only a calculation can show.

Findings of one kind in one column are reported once, with their number and first cell. Severities: error (Excel shows an error,
repairs or refuses the file), warning (probably wrong), info (worth knowing).
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from _findings import SEVERITIES, Findings
from _package import BadWorkbook, fail, load, open_package, parser, print_json
from _rules import Rules

EXIT_CODES = "0 nothing at or above --fail-on; 1 findings at or above it; 2 usage or unusable file"


def main() -> int:
    arguments = parser(__doc__ or "", EXIT_CODES)
    arguments.add_argument("file", type=Path, help="the workbook (.xlsx or .xlsm)")
    arguments.add_argument("--fail-on", choices=[*SEVERITIES, "never"], default="error", help="exit 1 from this severity up (default: error)")
    arguments.add_argument("--min", choices=SEVERITIES, default="info", help="report from this severity up (default: info)")
    arguments.add_argument("--ignore", action="append", default=[], metavar="RULE", help="leave out this rule (repeatable)")
    arguments.add_argument("--limit", type=int, default=100, metavar="N", help="show at most N findings as text (default: 100; JSON has all)")
    arguments.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    options = arguments.parse_args()
    warnings.simplefilter("ignore")
    try:
        open_package(options.file).close()
        workbook = load(options.file, keep_links=True)
        cached = load(options.file, read_only=True, data_only=True)
    except BadWorkbook as error:
        fail(str(error))
    findings = Findings()
    Rules(workbook, cached, findings).run()
    cached.close()
    listed = [f for f in findings.sorted() if SEVERITIES.index(f.severity) <= SEVERITIES.index(options.min) and f.rule not in options.ignore]
    counts = Counter(finding.severity for finding in listed)
    if options.json:
        print_json({"file": str(options.file), "counts": {s: counts[s] for s in SEVERITIES}, "findings": [asdict(f) for f in listed]})
    else:
        for finding in listed[: options.limit]:
            print(f"{finding.severity}: {finding.where()}: {finding.message}  [{finding.rule}]")
        if len(listed) > options.limit:
            print(f"… and {len(listed) - options.limit} more (--limit, or --json for all)")
        print(", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES))
    if options.fail_on == "never":
        return 0
    return 1 if any(SEVERITIES.index(f.severity) <= SEVERITIES.index(options.fail_on) for f in listed) else 0


if __name__ == "__main__":
    sys.exit(main())
