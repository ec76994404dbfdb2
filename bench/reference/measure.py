"""Runs a command once and prints what it took: measure.py COMMAND... prints {"ns": wall clock, "rss_kb": peak memory}."""

import json
import resource
import subprocess
import sys
import time

started = time.perf_counter_ns()
code = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode
took = time.perf_counter_ns() - started
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"ns": took, "rss_kb": peak, "code": code}))
