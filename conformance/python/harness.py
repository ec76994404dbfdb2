"""Runs named checks one after another and writes what each found, one JSON object on each line."""

import json
import os
import pathlib
import sys
import time
import traceback


class Context:
    """What the driver passes in, and what one check leaves for the next ones."""

    def __getattr__(self, name):
        raise LookupError(f"not tried: no check before has left `{name}`")


class Harness:
    """The checks of one client. One that fails does not stop the others; they say what they miss of it."""

    def __init__(self):
        self.checks = []
        self.out = open(os.environ["CONFORMANCE_RESULTS"], "a", encoding="utf-8")  # noqa: SIM115, open to the end

    def check(self, feature, name, when=True):
        """Registers the function below; `when` says whether this client knows the feature at all."""

        def register(function):
            if when:
                self.checks.append((feature, name, function))
            return function

        return register

    def run(self, context):
        """Runs all; returns whether each passed."""
        good = True
        for feature, name, function in self.checks:
            started = time.monotonic()
            detail = None
            try:
                function(context)
            except Exception as error:  # noqa: BLE001, whatever it is, it is what the check found
                detail = fault(error)
                traceback.print_exc()
            good = good and detail is None
            entry = {"feature": feature, "check": name, "ok": detail is None, "seconds": time.monotonic() - started}
            if detail is not None:
                entry["detail"] = detail
            self.out.write(json.dumps(entry) + "\n")
            self.out.flush()
        return good


def fault(error):
    """What an error says and where in the scripts it came up."""
    here = str(pathlib.Path(__file__).resolve().parent.parent)
    frames = [it for it in traceback.extract_tb(error.__traceback__) if it.filename.startswith(here)]
    frames = [it for it in frames if not it.filename.endswith("harness.py")]
    place = f" ({pathlib.Path(frames[-1].filename).name}:{frames[-1].lineno}: {frames[-1].line})" if frames else ""
    return f"{type(error).__name__}: {str(error)[:1500]}{place}"


def context():
    """What the driver passes in."""
    names = ("BASE_URL", "KEY", "STRANGER_KEY", "TIGHT_URL", "TIGHT_KEY", "OUT", "SKILLS")
    values = {name.lower(): os.environ[f"CONFORMANCE_{name}"] for name in names}
    context = Context()
    vars(context).update(values)
    context.out = pathlib.Path(context.out)
    context.skills = pathlib.Path(context.skills)
    return context


def equal(found, expected, what=""):
    """A comparison that says what it found."""
    if found != expected:
        raise AssertionError(f"{what or 'value'}: expected {expected!r}, found {found!r}")


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def main(harness):
    sys.exit(0 if harness.run(context()) else 1)
