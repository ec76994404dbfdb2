"""What the clients found: lines for people while they run, a table at the end, and a page for the documentation."""

import dataclasses
import json
import pathlib


@dataclasses.dataclass(frozen=True)
class Check:
    """One thing that a client tried."""

    client: str
    feature: str
    name: str
    # None: it passed.
    fault: str | None
    seconds: float

    def line(self):
        word = "ok    " if self.fault is None else "FAILED"
        text = f"  {word} {self.seconds:6.2f} s  {self.feature}: {self.name}"
        if self.fault is None:
            return text
        return text + "".join(f"\n             {line}" for line in self.fault.splitlines())


def read(client, path):
    """The checks that a client wrote to `path`, one JSON object on each line; a torn last line is its last word."""
    checks = []
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            break
        fault = None if entry["ok"] else entry.get("detail") or "no reason given"
        checks.append(Check(client, entry["feature"], entry["check"], fault, entry.get("seconds", 0.0)))
    return checks


class Report:
    """The checks so far, and the clients that could not be tried. What is known not to work yet (`gaps.json`, with the
    reason) must fail, and is no fault of a run then."""

    def __init__(self):
        self.checks = []
        self.gaps = json.loads((pathlib.Path(__file__).resolve().parent.parent / "gaps.json").read_text(encoding="utf-8"))
        # Client and reason.
        self.skipped = []
        self.versions = {}

    def add(self, checks):
        for check in checks:
            gap = self.gap(check)
            if gap and check.fault is None:
                check = dataclasses.replace(check, fault="it works: take it out of gaps.json")  # noqa: PLW2901
            print(f"  known  {check.seconds:6.2f} s  {check.feature}: {check.name}" if self.is_known(check) else check.line(), flush=True)
            self.checks.append(check)

    def gap(self, check):
        """The entry of `gaps.json` for a check; none where it is to pass."""
        same = lambda gap: gap["feature"] == check.feature and gap["check"] == check.name  # noqa: E731
        return next((gap for gap in self.gaps if same(gap) and gap.get("client", check.client) == check.client), None)

    def is_known(self, check):
        return check.fault is not None and not check.fault.startswith("it works") and self.gap(check) is not None

    def skip(self, client, reason):
        print(f"  NOT RUN {client}: {reason}", flush=True)
        self.skipped.append((client, reason))

    @property
    def failed(self):
        return [check for check in self.checks if check.fault is not None and not self.is_known(check)]

    def clients(self):
        return list(dict.fromkeys(check.client for check in self.checks))

    def features(self):
        return list(dict.fromkeys(check.feature for check in self.checks))

    def cell(self, client, feature):
        """What one client found about one feature: `3/3`, or a dash where it does not know the feature."""
        checks = [it for it in self.checks if it.client == client and it.feature == feature]
        good = sum(it.fault is None for it in checks)
        return f"{good}/{len(checks)}" if checks else "–"

    def table(self):
        """The features as rows, the clients as columns; each cell is what passed of what was tried."""
        clients, features = self.clients(), self.features()
        rows = [["Feature", *clients]]
        rows += [[feature, *(self.cell(client, feature) for client in clients)] for feature in features]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        pad = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        pad.insert(1, " | ".join("-" * width for width in widths))
        return "\n".join(f"| {line} |" for line in pad)

    def close(self):
        """Prints the table and the count; returns the exit code."""
        if self.checks:
            print(f"\n{self.table()}\n")
        for check in self.failed:
            print(f"FAILED {check.client}: {check.feature}: {check.name}")
        for client, reason in self.skipped:
            print(f"NOT RUN {client}: {reason}")
        print(f"{len(self.checks) - len(self.failed)} passed, {len(self.failed)} failed")
        return 1 if self.failed or not self.checks else 0

    def page(self):
        """The same as a page."""
        lines = ["# Results", "", "Written by `conformance/run.py --results`; do not edit.", ""]
        lines += [
            "Each cell: how many checks passed of those made; a dash where the client does not know the feature.",
            "",
        ]
        lines += [self.table(), ""]
        lines += [f"- {client}: {version}" for client, version in self.versions.items()]
        lines += [f"- {client} was not run: {reason}" for client, reason in self.skipped]
        if self.failed:
            lines += ["", "## What failed", ""]
            lines += [f"- {check.client}: {check.feature}: {check.name}" for check in self.failed]
        return "\n".join(lines) + "\n"
