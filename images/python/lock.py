#!/usr/bin/python3
"""Turn requirements.in into requirements.txt: exact versions with the sha256 of every wheel a supported host may pick.

Nothing is installed and no wheel is downloaded: pip only resolves, once for each Python version and machine.
The first target chooses the versions, the others must agree with them, so one file serves every host.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = ("x86_64", "aarch64")
# Oldest to newest C library this project supports (2.28 and later); pip wants every tag spelled out.
GLIBC = tuple(f"manylinux_2_{minor}" for minor in range(17, 29)) + ("manylinux2014",)
HEADER = """\
# Written by lock.py from requirements.in; do not edit. Wheels only, for CPython {pythons}
# on Linux ({machines}). Install with: pip install --require-hashes --only-binary=:all: -r requirements.txt
"""


def resolve(pip: list[str], python: str, machine: str, pins: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield (name, version, sha256) of each wheel pip would install on that Python and machine."""
    with tempfile.TemporaryDirectory() as scratch:
        constraints = Path(scratch, "constraints.txt")
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()))
        report = Path(scratch, "report.json")
        command = [*pip, "install", "--quiet", "--dry-run", "--ignore-installed", "--only-binary=:all:"]
        command += ["--implementation=cp", f"--python-version={python}", f"--target={scratch}/none"]
        command += [f"--platform={glibc}_{machine}" for glibc in GLIBC]
        command += [f"--report={report}", f"--constraint={constraints}", f"--requirement={HERE / 'requirements.in'}"]
        subprocess.run(command, check=True)
        for item in json.loads(report.read_text())["install"]:
            yield item["metadata"]["name"].lower(), item["metadata"]["version"], item["download_info"]["archive_info"]["hashes"]["sha256"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pip", default=f"{sys.executable} -m pip", help="the pip to resolve with, 23.0 or newer (default: this Python's)")
    parser.add_argument("--keep", action="store_true", help="keep the versions now in requirements.txt; only refresh the hashes")
    options = parser.parse_args()

    output = HERE / "requirements.txt"
    pins: dict[str, str] = {}
    if options.keep:
        lines = [line.split()[0] for line in output.read_text().splitlines() if "==" in line and not line.startswith("#")]
        pins = dict(line.split("==") for line in lines)
    hashes: dict[str, set[str]] = {}
    for python in PYTHONS:
        for machine in MACHINES:
            print(f"resolving for CPython {python} on {machine}", file=sys.stderr)
            for name, version, digest in resolve(options.pip.split(), python, machine, pins):
                if pins.setdefault(name, version) != version:
                    print(f"error: {name} is {pins[name]} elsewhere but {version} for {python}/{machine}", file=sys.stderr)
                    return 1
                hashes.setdefault(name, set()).add(digest)
    text = HEADER.format(pythons=", ".join(PYTHONS), machines=", ".join(MACHINES))
    for name in sorted(hashes):
        parts = [f"{name}=={pins[name]}", *(f"--hash=sha256:{digest}" for digest in sorted(hashes[name]))]
        text += " \\\n    ".join(parts) + "\n"
    output.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
