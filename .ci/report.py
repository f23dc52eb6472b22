#!/usr/bin/env python3
"""What ./test prints at its end. Usage: report.py BUILD_DIRECTORY; exit status 1 when a test failed.

Reads BUILD/results: ctest.xml (JUnit), one file per GoogleTest program, `stages` (name, seconds).
Figures are lines `figure: <name> = <value>`, a few other known lines of test programs, and the last
line of programs that are no GoogleTest (simulator, chaos, benchmark).
"""

import collections
import glob
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

Program = collections.namedtuple("Program", "name kind seconds failed output cases failures")


def labels(build):
    """The label and the program of each ctest test."""
    text = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True,
                          stdout=subprocess.PIPE).stdout
    found = {}
    for test in json.loads(text)["tests"]:
        kinds = [v for p in test.get("properties", []) if p["name"] == "LABELS" for v in p["value"]]
        program = os.path.basename(test.get("command", [""])[0])
        found[test["name"]] = (kinds[0] if kinds else "unit", program)
    return found


def parse(path):
    """The root of an XML file; what tests print may hold bytes that XML forbids: they are left out."""
    text = open(path, "rb").read().decode("utf-8", "replace")
    return xml.fromstring(re.sub(r"[^\t\n\r -\ud7ff\ue000-\ufffd]", "?", text))


def cases_of(results, program):
    """Cases and failures that a GoogleTest program wrote; (0, 0) when it wrote nothing."""
    cases = failures = 0
    for path in glob.glob(os.path.join(glob.escape(results), program + "*.xml")):
        if not re.fullmatch(re.escape(program) + r"(_\d+)?\.xml", os.path.basename(path)):
            continue
        root = parse(path)
        cases += int(root.get("tests", 0)) - int(root.get("disabled", 0))
        failures += int(root.get("failures", 0)) + int(root.get("errors", 0))
        if os.path.getsize(path) and any(t.get("result") == "skipped" for t in root.iter("testcase")):
            failures += sum(1 for t in root.iter("testcase") if t.get("result") == "skipped")
    return cases, failures


def read_programs(build):
    results = os.path.join(build, "results")
    known, seen, programs = labels(build), set(), []
    for case in parse(os.path.join(results, "ctest.xml")).iter("testcase"):
        kind, program = known.get(case.get("name"), ("unit", ""))
        failed = case.get("status") != "run" or case.find("failure") is not None
        output = case.findtext("system-out") or ""
        cases, failures = (0, 0) if program in seen else cases_of(results, program)
        seen.add(program)
        if cases == 0:  # no GoogleTest program, or one that died before it could write
            counted = re.search(r"^Ran (\d+) tests? in", output, re.M)
            cases = int(counted.group(1)) if counted else 1
        if failed and failures == 0:
            failures = 1
        programs.append(Program(case.get("name"), kind, float(case.get("time") or 0), failed, output,
                                cases, failures))
    return programs


KNOWN = re.compile(r"^\s*(?:figure: (.+?) = |(cells covered|cells of the tree covered|contract cases per store): )(.+?)\s*$",
                   re.M)


def figures(programs):
    found = []
    for program in programs:
        for match in KNOWN.finditer(program.output):
            found.append((match.group(1) or match.group(2), match.group(3)))
        lines = program.output.strip().splitlines()
        if program.kind in ("simulation", "chaos", "bench", "long") and lines \
                and not lines[-1].startswith("["):
            found.append((program.name, lines[-1].strip()))
    return found


def minutes(seconds):
    return f"{seconds / 60:.1f} min"


def print_table(title, rows):
    print(title)
    width = max((len(str(row[0])) for row in rows), default=0)
    for name, *rest in rows:
        print(f"  {str(name).ljust(width)}  {'  '.join(str(r) for r in rest)}")


def main(build):
    programs = read_programs(build)
    kinds = collections.defaultdict(lambda: [0, 0.0])
    for program in programs:
        kinds[program.kind][0] += program.cases
        kinds[program.kind][1] += program.seconds
    print_table("tests per kind", [(k, f"{n:5d} tests", minutes(s)) for k, (n, s) in sorted(kinds.items())])
    if figures(programs):
        print_table("figures", figures(programs))
    stages = os.path.join(build, "results", "stages")
    if os.path.exists(stages):
        rows = [line.split() for line in open(stages, encoding="utf-8")]
        print_table("minutes per stage", [(name, minutes(float(s))) for name, s in rows])
    failed = [p for p in programs if p.failures]
    if failed:
        print_table("failed", [(p.name, f"{p.failures} of {p.cases}") for p in failed])
    failures = sum(p.failures for p in programs)
    print(f"{sum(p.cases for p in programs) - failures} passed, {failures} failed")
    return 1 if failures or not programs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
