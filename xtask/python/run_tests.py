"""Run the unit tests under one folder; no test at all is a failure, and so is a skipped one where
SKILLED_REQUIRE_ALL is set.

Usage: run_tests.py FOLDER
"""

import os
import sys
import unittest


def main() -> int:
    suite = unittest.defaultTestLoader.discover(sys.argv[1])
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    if not result.testsRun:
        print(f"error: no test found in {sys.argv[1]}", file=sys.stderr)
        return 1
    for test, reason in result.skipped:
        print(f"skipped: {test.id()}: {reason}", file=sys.stderr)
    complete = not result.skipped or "SKILLED_REQUIRE_ALL" not in os.environ
    return 0 if result.wasSuccessful() and complete else 1


if __name__ == "__main__":
    sys.exit(main())
