#!/usr/bin/env python3
"""Each check finds the violation that is planted for it, and passes the clean tree beside it."""

import hashlib
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import checks  # noqa: E402
import rooms  # noqa: E402
from source import Tree, functions, without_comments  # noqa: E402

ARCHITECTURE = """# Architecture

| room | is | may include | third-party headers |
|---|---|---|---|
| `runtime/core` | one saga | | |
| `runtime/engine` | many | `runtime/core` | `boost/asio` |
| `runtime/http` | REST | `runtime/engine` `runtime/core` | `boost/beast` `boost/asio` |
| `runtime/app` | all | everything | `CLI/` |
"""
CLEAN = {
    "ARCHITECTURE.md": ARCHITECTURE,
    "CMakeLists.txt": "a(decide.cpp engine.cpp server.cpp main.cpp)",
    "runtime/core/decide.h": "// Pure.\n#pragma once\n",
    "runtime/core/decide.cpp": '#include "runtime/core/decide.h"\n#include <string>\n',
    "runtime/engine/engine.cpp": '#include "runtime/core/decide.h"\n#include <boost/asio/post.hpp>\n',
    "runtime/http/server.cpp": "#include <boost/asio/post.hpp>\n#include <boost/beast/http.hpp>\n",
    "runtime/app/main.cpp": "#include <CLI/CLI.hpp>\n",
}


class Planted(unittest.TestCase):
    def tree(self, **changes):
        return self.tree_of({**CLEAN, **changes})

    def tree_of(self, files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for path, text in files.items():
            full = os.path.join(folder.name, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        return Tree(folder.name)

    def planted(self, check, path, text, expected, extra=None):
        """The check is silent on the clean tree and names `path` once `text` is planted."""
        self.assertEqual([], check(self.tree_of({**CLEAN, **(extra or {})})), "the clean tree")
        found = check(self.tree_of({**CLEAN, **(extra or {}), path: text}))
        self.assertTrue(found, f"{check.__name__} missed: {text}")
        self.assertIn(expected, " ".join(f"{f.path} {f.text}" for f in found))

    def test_a_room_that_the_table_does_not_allow(self):
        self.planted(rooms.includes, "runtime/core/decide.cpp",
                     '#include "runtime/engine/engine.h"\n', "runtime/core may not include runtime/engine")

    def test_a_library_outside_its_room(self):
        self.planted(rooms.includes, "runtime/engine/engine.cpp",
                     "#include <boost/beast/http.hpp>\n", "runtime/engine may not include <boost/beast")
        self.planted(rooms.includes, "runtime/http/server.cpp", "#include <libpq-fe.h>\n", "<libpq-fe.h>")

    def test_a_file_in_no_room_and_a_room_without_files(self):
        self.planted(rooms.includes, "runtime/common/x.h", "// x\n", "belongs to no room")
        self.planted(rooms.includes, "ARCHITECTURE.md",
                     ARCHITECTURE + "| `runtime/ghost` | – | | |\n", "there is no such room")
        self.planted(rooms.includes, "runtime/app/main.cpp", "int main() {}\n", "does not use CLI/")

    def test_an_include_in_a_comment_is_none(self):
        tree = self.tree(**{"runtime/core/decide.cpp": '// #include "runtime/engine/x.h"\n'})
        self.assertEqual([], rooms.includes(tree))

    def test_a_heavy_library_in_a_header_of_another_room(self):
        header = {"runtime/engine/loop.h": "// x\n#pragma once\n#include <boost/asio/post.hpp>\n"}
        self.planted(rooms.heavy_headers, "runtime/http/server.cpp",
                     '#include "runtime/engine/loop.h"\n', "brings <boost/asio", header)

    def test_bans(self):
        for text in ("auto t = std::chrono::system_clock::now();", "int x = rand();",
                     "const char* p = getenv(\"A\");", "std::this_thread::sleep_for(d);",
                     "std::mutex m;", "std::ifstream f;", "time(nullptr);"):
            self.planted(checks.bans, "runtime/core/decide.cpp", "void f() { " + text + " }\n", "at home")
        self.planted(checks.bans, "runtime/engine/engine.cpp", "void f() { usleep(3); }\n", "a sleep")

    def test_bans_ignore_text_and_comments(self):
        text = '// system_clock::now()\nconst char* s = "getenv(x)";\n'
        self.assertEqual([], checks.bans(self.tree(**{"runtime/core/decide.cpp": text})))

    def test_coroutine_shapes(self):
        for text in ("co_await send(Message{1, 2});", "co_await send({1, 2});",
                     "co_await run([&x] { return x; });", "co_await run([x]() mutable { g(x); });",
                     "auto v = c ? co_await a() : co_await b();", "switch (co_await f()) { }"):
            self.planted(checks.coroutines, "runtime/http/server.cpp",
                         "task f() {\n  int a = 1;\n  " + text + "\n}\n", "co_await")

    def test_safe_coroutine_shapes(self):
        text = ("task f() {\n  Message m{1, 2};\n  co_await send(std::move(m));\n"
                "  if (co_await ready(x)) {\n    g();\n  }\n  for (int i = 0; i < 3; ++i) {\n"
                "    auto v = co_await read(buffer[i]);\n  }\n  co_return;\n}\n")
        self.assertEqual([], checks.coroutines(self.tree(**{"runtime/http/server.cpp": text})))

    def test_long_functions_and_files(self):
        long = "void Shard::take(int a,\n    int b) const {\n" + "  g();\n" * 69 + "}\n"
        self.planted(checks.sizes, "runtime/core/decide.cpp", long, "take has 72 lines")
        self.planted(checks.sizes, "runtime/core/decide.cpp", "int a;\n" * 401, "401 lines")
        self.planted(checks.sizes, "tests/core/x_test.cpp", "int a;\n" * 901, "901 lines")

    def test_functions_are_found(self):
        code = ("namespace a {\nstruct S {\n  int x{0};\n  S() : x(1) {}\n  int get() const {\n"
                "    return x;\n  }\n};\nvoid free(int a) {\n  auto f = [a] {\n    return a;\n  };\n"
                "}\nconstexpr int table[] = {1, 2};\nTEST(A, B) {\n  f();\n}\n}\n")
        self.assertEqual([("S", 4, 4), ("get", 5, 7), ("free", 9, 13), ("TEST", 15, 17)],
                         [tuple(f) for f in functions(code)])

    def test_core_size(self):
        self.planted(checks.core_size, "runtime/core/decide.cpp",
                     "int a;\n" * (checks.CORE_LIMIT + 1), f"{checks.CORE_LIMIT + 1} lines of code")

    def test_step_states(self):
        self.planted(checks.step_states, "runtime/engine/engine.cpp",
                     "auto s = core::StepState::running;\n", "StepState::running")
        allowed = {"runtime/http/presentation.cpp": "auto s = StepState::running;\n"}
        self.assertEqual([], checks.step_states(self.tree(**allowed)))

    def test_unfinished(self):
        self.planted(checks.unfinished, "runtime/core/decide.cpp", "// TODO later\n", "unfinished")

    def test_dead_files(self):
        self.planted(checks.dead_files, "runtime/core/old.cpp", "int a;\n", "no CMakeLists.txt")
        self.planted(checks.dead_files, "runtime/core/old.h", "// a\n", "nothing includes")

    def test_headers(self):
        self.planted(checks.headers, "runtime/core/decide.h", "#pragma once\n", "begins with a comment")
        self.planted(checks.headers, "runtime/core/decide.h", "// a\n", "no #pragma once")
        self.planted(checks.headers, "runtime/core/decide.cpp", '#include "decide.h"\n', "from the root")

    def test_migrations(self):
        first = {"migrations/sqlite/0001_tables.sql": "a"}
        self.planted(checks.migrations, "migrations/sqlite/0003_more.sql", "b", "expected number 0002", first)
        digest = hashlib.sha256(b"a").hexdigest()
        released = {**first, "migrations/released.sha256": f"{digest}  migrations/sqlite/0001_tables.sql\n"}
        self.planted(checks.migrations, "migrations/sqlite/0001_tables.sql", "changed", "was released", released)

    def test_documents(self):
        self.planted(checks.documents, "README.md", "# a\n\n# b\n", "2 first-level headings")
        self.planted(checks.documents, "README.md", "# a\n\n[x](docs/gone.md)\n", "no such file")
        fenced = "# a\n\n```\n# a comment\n```\n[w](https://example.org) [s](#part)\n"
        self.assertEqual([], checks.documents(self.tree(**{"README.md": fenced})))

    def test_names(self):
        self.planted(checks.names, "runtime/core/decide.h", "class SagaManager {};\n", "SagaManager")
        self.planted(checks.names, "runtime/core/utils.h", "// a\n", "no common")

    def test_comments_and_literals(self):
        self.assertEqual("a    b", without_comments("a/**/b"))
        self.assertEqual('x "__" y', without_comments('x "//" y', strings=False))
        self.assertEqual("int a = 1'000;", without_comments("int a = 1'000;"))
        self.assertEqual('R"(a // b)"', without_comments('R"(a // b)"'))


if __name__ == "__main__":
    unittest.main()
