"""The rules of the house that are about one file or one text; each check returns its findings."""

import hashlib
import os
import re

from source import CPP, Finding, functions

FILE_LIMIT, TEST_FILE_LIMIT = 400, 900
FUNCTION_LIMIT, TEST_FUNCTION_LIMIT = 70, 120  # a test may hold a table of cases
CORE_LIMIT = 3_385  # the whole language: it may shrink, not grow
PRODUCT = ("runtime", "sdk", "plugins")


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def matches(tree, path, pattern, message):
    code = tree.bare(path)
    return [Finding(path, line_of(code, m.start()), message.format(m.group(0).strip()))
            for m in re.finditer(pattern, code)]


# Pattern, what it is, path prefixes where it is at home.
BANS = [
    (r"\b(system_clock|steady_clock|high_resolution_clock)\s*::\s*now\b|\bclock_gettime\s*\(|"
     r"\bgettimeofday\s*\(|(?<![\w.>])time\s*\(\s*(NULL|nullptr|0|&)", "a clock",
     ("runtime/engine/", "runtime/store/", "runtime/kafka/", "runtime/steps/", "runtime/http/",
      "runtime/observe/", "runtime/app/", "plugins/", "sdk/")),
    (r"\brandom_device\b|\bmt19937(_64)?\b|(?<![\w.])s?rand\s*\(|\bgetrandom\s*\(|\bRAND_bytes\s*\(",
     "a source of chance",
     ("runtime/engine/", "runtime/store/", "runtime/app/", "plugins/", "sdk/")),
    (r"\b(secure_)?getenv\s*\(", "the environment",
     ("runtime/app/", "runtime/engine/failpoint.cpp", "plugins/")),
    (r"\bsleep_(for|until)\b|(?<![\w.:])(u|nano)?sleep\s*\(", "a sleep", ()),
    (r"\bstd\s*::\s*(thread|jthread|async|mutex|condition_variable)\b|\bpthread_create\b",
     "a thread or lock",
     ("runtime/engine/", "runtime/store/", "runtime/kafka/", "runtime/steps/", "runtime/http/",
      "runtime/observe/", "runtime/app/", "plugins/", "sdk/")),
    (r"\bstd\s*::\s*(i|o)?fstream\b|\bfopen\s*\(|\bstd\s*::\s*filesystem\b", "a file",
     ("runtime/engine/", "runtime/store/", "runtime/kafka/", "runtime/steps/", "runtime/http/",
      "runtime/observe/", "runtime/app/", "runtime/workflow/", "runtime/expression/zone",
      "runtime/document/file",
      "plugins/", "sdk/")),
]


def bans(tree):
    """Clocks, chance, environment, sleeps, threads and files only in the rooms that own them."""
    found = []
    for path in tree.sources(*PRODUCT):
        for pattern, what, homes in BANS:
            if not path.startswith(homes):
                found += matches(tree, path, pattern, "`{}`: " + what + " is not at home here")
    return found


STATEMENT = re.compile(r"[^;]*?\bco_await\b[^;]*;", re.S)


def coroutines(tree):
    """Shapes that g++ 12.2 miscompiles: name it before you await it."""
    found = []
    for path in tree.sources(*PRODUCT, "tests"):
        code = tree.bare(path)
        for match in re.finditer(r"\bco_await\b", code):
            statement, line = _statement(code, match.start()), line_of(code, match.start())
            if re.search(r"[\w>\]]\s*\{|\(\s*\{|,\s*\{", statement):
                found.append(Finding(path, line, "co_await beside a braced temporary: name it first"))
            if re.search(r"\[[^\]\[]*[\w&=][^\]\[]*\]\s*(\([^)]*\)\s*)?(mutable\s*)?(->[^{]*)?\{", statement):
                found.append(Finding(path, line, "co_await beside a capturing lambda: name it first"))
            if re.search(r"\?[^;]*\bco_await\b", statement):
                found.append(Finding(path, line, "co_await in a conditional expression: use if"))
            if re.search(r"\bswitch\s*\(\s*co_await\b", statement):
                found.append(Finding(path, line, "switch (co_await …): name the value first"))
    return found


def _statement(code, at):
    """The full expression around a position: between the `;`, `{` or `}` that enclose it."""
    begin, depth = at, 0
    while begin > 0:
        char = code[begin - 1]
        if char == ")":
            depth += 1
        elif char == "(" and depth > 0:
            depth -= 1
        elif char in ";}" or (char == "{" and depth == 0):
            break
        begin -= 1
    end, braces, parens = at, 0, 0
    while end < len(code):
        char = code[end]
        if char in "([":
            parens += 1
        elif char in ")]":
            parens -= 1
        elif char == "{":
            if braces == 0 and parens < 0:  # the block of `if (co_await x) {`
                break
            braces += 1
        elif char == "}":
            braces -= 1
        elif char == ";" and braces <= 0:
            break
        end += 1
    return code[begin:end]


def sizes(tree):
    """No file over 400 lines (tests 900), no function over 70."""
    found = []
    for path in tree.paths:
        if not path.endswith(CPP + (".py", ".sh")):
            continue
        limit = TEST_FILE_LIMIT if path.startswith("tests/") else FILE_LIMIT
        lines = tree.read(path).count("\n")
        if lines > limit:
            found.append(Finding(path, limit, f"{lines} lines, the limit is {limit}: split it"))
    for path in tree.sources(*PRODUCT, "tests", "examples"):
        for function in functions(tree.bare(path)):
            length = function.last - function.first + 1
            limit = TEST_FUNCTION_LIMIT if path.startswith("tests/") else FUNCTION_LIMIT
            if length > limit:
                found.append(Finding(path, function.first,
                                     f"{function.name} has {length} lines, the limit is {limit}: "
                                     f"split it"))
    return found


def core_lines(tree):
    """Lines of code in runtime/core's sources: no blank line, no comment, no header."""
    return sum(1 for path in tree.sources("runtime/core") if path.endswith(".cpp")
               for line in tree.code(path).splitlines() if line.strip())


def core_size(tree):
    lines = core_lines(tree)
    if lines > CORE_LIMIT:
        return [Finding("runtime/core", 0, f"{lines} lines of code, the limit is {CORE_LIMIT}")]
    return []


STATE_ROOMS = ("runtime/core/", "runtime/store/codec", "runtime/http/presentation",
               "runtime/workflow/explore/")


def step_states(tree):
    """Only the core, the store's codec, http's presentation and the explorer name a step's state."""
    return [finding for path in tree.sources("runtime", "sdk", "plugins")
            if not path.startswith(STATE_ROOMS)
            for finding in matches(tree, path, r"\bStepState\s*::\s*\w+",
                                   "{} is named outside core, codec, presentation and explorer")]


def unfinished(tree):
    """Nothing is left for later."""
    found = []
    for path in tree.paths:
        if path.startswith("tests/tidy/") or not path.endswith(
                CPP + (".py", ".sh", ".txt", ".md", ".yaml", ".yml", ".sql", ".proto", ".cmake")):
            continue
        for number, line in enumerate(tree.read(path).splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                found.append(Finding(path, number, "unfinished: " + line.strip()[:60]))
    return found


def dead_files(tree):
    """Every source is listed in a CMakeLists.txt, every header is included somewhere."""
    listed = ""
    for path in tree.paths:
        if path.endswith(("CMakeLists.txt", ".cmake")):
            listed += tree.read(path)
    included = {i.target for p in tree.sources(*PRODUCT, "tests", "examples") for i in tree.includes(p)}
    found = []
    for path in tree.sources(*PRODUCT, "tests", "examples"):
        name = os.path.basename(path)
        if path.endswith((".cpp", ".c")):
            if not re.search(r"(?<![\w.])" + re.escape(name) + r"(?![\w.])", listed):
                found.append(Finding(path, 1, "no CMakeLists.txt names this file"))
        elif path not in included and not any(path.endswith("/" + i) for i in included):
            if not path.startswith("sdk/"):
                found.append(Finding(path, 1, "nothing includes this header"))
    return found


def headers(tree):
    """Headers begin with a comment, are guarded, and name what they include from the root."""
    found = []
    for path in tree.sources("runtime", "sdk", "tests"):
        text = tree.read(path)
        if path.endswith(".h"):
            if not text.startswith(("//", "/*")):
                found.append(Finding(path, 1, "a header begins with a comment on its contract"))
            if "#pragma once" not in text and "#ifndef" not in text:
                found.append(Finding(path, 1, "no #pragma once"))
        for include in tree.includes(path):
            if include.quoted and not re.match(r"(runtime|sdk|plugins|tests|examples)/", include.target) \
                    and not include.target.endswith((".pb.h", "_manifest.h")):
                found.append(Finding(path, include.line, f'"{include.target}" is not a path from the root'))
    return found


def migrations(tree):
    """Numbered from 0001 without gaps; what was released never changes."""
    found = []
    for store in sorted({p.split("/")[1] for p in tree.paths
                         if p.startswith("migrations/") and p.endswith(".sql")}):
        files = [p for p in tree.paths if p.startswith(f"migrations/{store}/") and p.endswith(".sql")]
        for index, path in enumerate(files, 1):
            if not re.match(rf"{index:04d}_[a-z0-9_]+\.sql$", os.path.basename(path)):
                found.append(Finding(path, 1, f"expected number {index:04d}: no gaps, no doubles"))
    released = "migrations/released.sha256"
    for number, line in enumerate(tree.read(released).splitlines() if tree.exists(released) else [], 1):
        if not line.strip() or line.startswith("#"):
            continue
        digest, path = line.split()
        if not tree.exists(path):
            found.append(Finding(released, number, f"{path} was released and is gone"))
        elif hashlib.sha256(tree.read(path).encode()).hexdigest() != digest:
            found.append(Finding(path, 1, "was released: a change belongs into a new migration"))
    return found


def documents(tree):
    """One first-level heading per document, every relative link leads somewhere."""
    found = []
    for path in (p for p in tree.paths if p.endswith(".md")):
        text = re.sub(r"```.*?```", lambda m: re.sub(r"[^\n]", " ", m.group(0)), tree.read(path),
                      flags=re.S)
        titles = [n for n, line in enumerate(text.splitlines(), 1) if re.match(r"# \S", line)]
        if len(titles) != 1:
            found.append(Finding(path, 1, f"{len(titles)} first-level headings, expected one"))
        for match in re.finditer(r"\]\(([^)\s#]+)(#[^)]*)?\)", text):
            target = match.group(1)
            if re.match(r"[a-z]+:", target):
                continue
            if not tree.exists(os.path.normpath(os.path.join(os.path.dirname(path), target))):
                found.append(Finding(path, line_of(text, match.start()), f"no such file: {target}"))
    return found


NAMES = re.compile(r"\b(class|struct)\s+(\w*?(Manager|Handler|Helper|Util|Utils|Impl|Base))\b")


def names(tree):
    """Names that say nothing are not used."""
    found = []
    for path in tree.sources(*PRODUCT):
        code = tree.bare(path)
        for match in NAMES.finditer(code):
            if match.group(2) not in ("ErrorHandler",):  # a word of the language: on_error
                found.append(Finding(path, line_of(code, match.start()), f"name {match.group(2)}"))
        if re.search(r"(^|/)(common|utils?|helpers?|types)(/|\.)", path):
            found.append(Finding(path, 1, "no common, utils, helpers or types"))
    return found
