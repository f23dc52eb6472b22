#!/usr/bin/env python3
"""Holds the rules of the house over the whole tree. Usage: tidy.py ROOT; exit status 1 on a finding."""

import os
import statistics
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import checks  # noqa: E402
import rooms  # noqa: E402
from source import Tree, functions  # noqa: E402

CHECKS = [
    rooms.includes, rooms.heavy_headers, checks.bans, checks.coroutines, checks.sizes,
    checks.core_size, checks.step_states, checks.unfinished, checks.dead_files, checks.headers,
    checks.migrations, checks.documents, checks.names,
]


def summary(tree):
    lengths = sorted(f.last - f.first + 1 for p in tree.sources("runtime", "sdk", "plugins")
                     for f in functions(tree.bare(p)))
    files = [tree.read(p).count("\n") for p in tree.sources("runtime", "sdk", "plugins")]
    if not lengths:
        return "no functions"
    return (f"{len(files)} files, median {statistics.median(files):.0f} lines; "
            f"{len(lengths)} functions, median {statistics.median(lengths):.0f} lines, "
            f"90 % within {lengths[int(len(lengths) * 0.9)]}, longest {lengths[-1]}; "
            f"runtime/core {checks.core_lines(tree)} lines of code")


def main(root):
    tree = Tree(root)
    count = 0
    for check in CHECKS:
        for finding in check(tree):
            print(f"{finding.path}:{finding.line}: {check.__name__}: {finding.text}")
            count += 1
    print(summary(tree))
    print(f"tidy: {len(CHECKS)} checks, {count} findings")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
