"""Every row of rows.txt is covered by a scenario, every scenario covers rows that exist.

usage: coverage.py FOLDER
"""

import os
import re
import sys


def rows(path):
    """Ids by the row that names them."""
    found, problems = {}, []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.strip()
            if not line or line.startswith("#") or line.startswith("elsewhere:"):
                continue
            row, bar, ids = line.partition(" | ")
            if not bar or not ids.split():
                problems.append(f"{path}:{number}: no ids: {line}")
            for name in ids.split():
                found.setdefault(name, []).append(row)
    return found, problems


def covered(folder):
    """Scenario names by the id that they cover, and all scenario names."""
    found, names = {}, []
    for file in sorted(os.listdir(folder)):
        with open(os.path.join(folder, file), encoding="utf-8") as text:
            content = text.read()
        for part in re.split(r"^- name: ", content, flags=re.M)[1:]:
            name = part.split("\n", 1)[0]
            names.append(f"{file}: {name}")
            match = re.search(r"^  covers: \[([^\]]*)\]", part, flags=re.M)
            for each in (match.group(1) if match else "").split(","):
                if each.strip():
                    found.setdefault(each.strip(), []).append(name)
    return found, names


def main(folder):
    wanted, problems = rows(os.path.join(folder, "rows.txt"))
    scenarios, names = covered(os.path.join(folder, "kit"))
    problems += [f"no scenario covers {each} ({wanted[each][0]})"
                 for each in sorted(set(wanted) - set(scenarios))]
    problems += [f"rows.txt knows no {each} (scenario: {scenarios[each][0]})"
                 for each in sorted(set(scenarios) - set(wanted))]
    problems += [f"the name stands twice: {each}" for each in sorted(set(names))
                 if names.count(each) > 1]
    for problem in problems:
        print(problem)
    print(f"{len(names)} scenarios, {len(wanted)} ids of rows, {len(problems)} problems")
    return 1 if problems or len(names) < 100 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
