"""What the checks look at: the files of a tree, C++ text without comments, and its functions."""

import os
import re
from collections import namedtuple
from functools import lru_cache

Finding = namedtuple("Finding", "path line text")
Function = namedtuple("Function", "name first last")
Include = namedtuple("Include", "line target quoted")

CPP = (".h", ".cpp", ".c", ".hpp")
SKIPPED = {"build", ".git", ".cache", ".sagaloom", "__pycache__", "node_modules", "target"}
CONTROL = {"if", "for", "while", "switch", "catch", "return", "else", "do", "sizeof", "decltype"}


class Tree:
    """The files below `root`, by path relative to it, with forward slashes."""

    def __init__(self, root):
        self.root = root
        self.paths = sorted(self._walk())

    def _walk(self):
        for folder, names, files in os.walk(self.root):
            names[:] = [n for n in names if n not in SKIPPED]
            for file in files:
                yield os.path.relpath(os.path.join(folder, file), self.root).replace(os.sep, "/")

    @lru_cache(maxsize=None)
    def read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
            return file.read()

    def exists(self, path):
        return os.path.exists(os.path.join(self.root, path))

    def sources(self, *folders):
        """C and C++ files below the folders."""
        starts = tuple(f + "/" for f in folders)
        return [p for p in self.paths if p.endswith(CPP) and p.startswith(starts)]

    @lru_cache(maxsize=None)
    def code(self, path):
        return without_comments(self.read(path))

    @lru_cache(maxsize=None)
    def bare(self, path):
        """The code with the inside of string literals blanked too."""
        return without_comments(self.read(path), strings=False)

    @lru_cache(maxsize=None)
    def includes(self, path):
        found = []
        for number, line in enumerate(self.code(path).splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if match:
                found.append(Include(number, match.group(2), match.group(1) == '"'))
        return found


RAW = re.compile(r'R"([^\s()\\]{0,16})\((.*?)\)\1"', re.S)
TOKEN = re.compile(r'R"([^\s()\\]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/', re.S)


def without_comments(text, strings=True):
    """The text with comments (and literals unless `strings`) blanked; lines stay where they are."""

    def blank(match):
        piece = match.group(0)
        if piece.startswith(("//", "/*")):
            return re.sub(r"[^\n]", " ", piece)
        if strings:
            return piece
        return '"' + re.sub(r"[^\n]", "_", piece[1:-1]) + '"'

    return TOKEN.sub(blank, text)


def functions(code):
    """Function bodies in C++ text without comments and literals: name, first and last line.

    A scanner, not a parser: a brace opens a function when the declaration before it has a
    parameter list and is at namespace or class level. Lambdas count with the function around them.
    """
    found, stack, start, depth = [], [], 0, 0
    for at, char in enumerate(code):
        if char == "(":
            depth += 1
        elif char == ")":
            depth = max(0, depth - 1)
        elif char in ";" and depth == 0:
            start = at + 1
        elif char == "{":
            stack.append(_opened(code, start, at, stack))
            if stack[-1] is not True:
                start = at + 1
        elif char == "}" and stack:
            opened = stack.pop()
            if isinstance(opened, tuple):
                found.append(Function(opened[0], opened[1], code.count("\n", 0, at) + 1))
            if opened is not True:
                start = at + 1
                depth = 0 if not stack or stack[-1] == "scope" else depth
    return found


def _opened(code, start, at, stack):
    """What a brace opens: "scope", a (name, line) of a function, or True for anything inside one."""
    if any(isinstance(s, tuple) or s is True for s in stack):
        return True
    head = re.sub(r"(?m)^\s*#.*?$", lambda m: " " * len(m.group(0)), code[start:at])
    match = re.search(r"([~\w:<>\[\]=!+\-*/&|^%()]*?[\w>\])=!+\-*/&|^%])\s*\(", head)
    if re.search(r"\b(namespace|extern)\b[^()]*$", head):
        return "scope"
    if re.search(r"\b(class|struct|enum|union)\b[^()=]*$", head) or not match:
        return "scope" if re.search(r"\b(class|struct|union)\b", head) else True
    if re.search(r"=\s*(\[[^\]]*\].*)?$", head):
        return True
    name = re.findall(r"[~\w:]+", match.group(1))
    if not name or name[-1] in CONTROL:
        return True
    text_start = start + len(head) - len(head.lstrip())
    return (name[-1], code.count("\n", 0, text_start) + 1)
