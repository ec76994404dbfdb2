"""Times the reference validator over skill folders: validate.py ROUNDS prints one line of JSON.

The folders are named on standard input, one a line. Importing is not counted, and one round warms up.
"""

import json
import sys
import time
from pathlib import Path

from skills_ref.validator import validate


def main() -> None:
    rounds = int(sys.argv[1])
    folders = [Path(line.rstrip("\n")) for line in sys.stdin]
    took = []
    for _ in range(rounds + 1):
        started = time.perf_counter_ns()
        for folder in folders:
            try:
                validate(folder)
            except Exception:  # what it crashes on costs time as well
                pass
        took.append(time.perf_counter_ns() - started)
    print(json.dumps({"step": "skills-ref", "ns": took[1:]}))


main()
