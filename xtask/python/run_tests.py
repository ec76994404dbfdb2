"""Run the unit tests under one folder; no test at all, or a skipped one, is a failure.

Usage: run_tests.py FOLDER
"""

import sys
import unittest


def main() -> int:
    suite = unittest.defaultTestLoader.discover(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    if not result.testsRun:
        print(f"error: no test found in {sys.argv[1]}", file=sys.stderr)
        return 1
    for test, reason in result.skipped:
        print(f"error: {test.id()} was skipped: {reason}", file=sys.stderr)
    return 0 if result.wasSuccessful() and not result.skipped else 1


if __name__ == "__main__":
    sys.exit(main())
