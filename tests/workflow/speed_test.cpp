// How long a check takes: many workflows at once, and one made to be slow.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

#include "runtime/workflow/load.h"
#include "tests/workflow/catalog.h"
#include "tests/workflow/many_workflows.h"

namespace sagaloom::workflow {
namespace {

namespace fs = std::filesystem;
using testing::catalog;

// Optimised code is held to the figure; other builds only show it.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr double kSlowness = 1;
#else
constexpr double kSlowness = 15;
#endif

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

TEST(Speed, AThousandWorkflowsOfThirtySteps) {
  const fs::path folder = fs::temp_directory_path() / ("sagaloom-many-" + std::to_string(getpid()));
  fs::create_directories(folder);
  for (int i = 0; i < 1000; ++i) {
    std::ofstream(folder / ("w" + std::to_string(i) + ".yaml")) << testing::sample_workflow(i, 30);
  }
  const double before = cpu_seconds();
  const auto all = load_directory(folder, catalog());
  const double spent = cpu_seconds() - before;
  fs::remove_all(folder);
  ASSERT_EQ(all.size(), 1000u);
  for (const auto& each : all) ASSERT_TRUE(each.ok()) << workflow::text(each.diagnostics);
  std::printf("1,000 workflows of 30 steps: %.2f s of processor time\n", spent);
  EXPECT_LT(spent, 5 * kSlowness);
}

std::string repeated(const std::string& piece, std::size_t bytes) {
  std::string text;
  text.reserve(bytes + piece.size());
  while (text.size() < bytes) text += piece;
  return text;
}

void expect_quick(const std::string& what, const std::string& text) {
  const double before = cpu_seconds();
  const auto loaded = load(text, catalog());
  const double spent = cpu_seconds() - before;
  EXPECT_LT(spent, 1 * kSlowness) << what << ": " << text.size() << " bytes";
}

std::string file(const std::string& steps) {
  return "dsl: 1\nworkflow: slow\nversion: 1\nsteps:\n" + steps;
}

constexpr std::size_t kBytes = 1'000'000;

TEST(Speed, AnExpressionOfAMebibyte) {
  for (const char* piece :
       {"1, ", "{'a': 1}, ", "[[1]], ", "input.a, ", "'x', ", "steps.a.output, "}) {
    expect_quick(piece, file("- id: a\n  set: {x: \"${ [" + repeated(piece, kBytes) + "1] }\"}\n"));
  }
  for (const char* piece : {"input.a && ", "has(input.a) && ", "input.a ? 1 : ", "1 + ",
                            "input.a == 1 || ", "!", "-", "(", "input.l.map(x, ", "'a' + "}) {
    expect_quick(piece, file("- id: a\n  set: {x: \"${ " + repeated(piece, kBytes) + "1 }\"}\n"));
  }
  for (const char* piece : {".a", ".?a", "[0]", "[?0]"}) {
    expect_quick(piece,
                 file("- id: a\n  set: {x: \"${ input" + repeated(piece, kBytes) + " }\"}\n"));
  }
}

TEST(Speed, AFileFullOfSteps) {
  const auto many = [](const auto& step, std::size_t bytes = kBytes) {
    std::string text;
    for (int i = 0; text.size() < bytes; ++i)
      text += step(std::to_string(i), std::to_string(i ? i - 1 : 0));
    return file(text);
  };
  expect_quick("sets", many([](auto id, auto before) {
                 return "- {id: s" + id + ", set: {x: \"${ steps.s" + before + ".output.x }\"}}\n";
               }));
  expect_quick("conditions", many([](auto id, auto) {
                 return "- {id: s" + id + ", when: has(input.a" + id + "), fail: x.y}\n";
               }));
  expect_quick(
      "calls", many([](auto id, auto before) {
        return "- {id: s" + id +
               ", call: odd.typed, with: {order_id: x, amount: 1}, compensate: auto, key: k" +
               before + "}\n";
      }));
  expect_quick("one key", many([](auto id, auto) {
                 return "- {id: s" + id + ", call: odd.plain, compensate: auto, key: k}\n";
               }));
  expect_quick("handlers", many([](auto id, auto) {
                 return "- {id: s" + id +
                        ", call: odd.plain, compensate: auto, on_error: [{code: a.b" + id +
                        ", ignore: true}]}\n";
               }));
  expect_quick("ends", many([](auto id, auto) {
                         return "- {id: s" + id + ", when: input.a, end: {}}\n";
                       }) + "output: {x: \"${ steps.s0.output }\"}\n");
  expect_quick("emits", many([](auto id, auto) {
                 return "- {id: s" + id + ", emit: {type: a.b, topic: t" + id +
                        ", key: \"${ input.k }\"}}\n";
               }));
}

TEST(Speed, DeepBlocks) {
  std::string inner = "[{id: last, set: {x: \"${ steps.last.output }\"}}]";
  for (int i = 0; i < 8; ++i) {
    const std::string id = std::to_string(i);
    inner = "[{id: r" + id + ", repeat: {max: 2, until: \"true\", steps: " + inner + "}}]";
  }
  expect_quick("repeats", "dsl: 1\nworkflow: slow\nversion: 1\nsteps: " + inner + "\n");
  std::string leaves = "[";
  for (int i = 0; i < 12'000; ++i) leaves += "{id: l" + std::to_string(i) + ", set: {x: 1}}, ";
  leaves += "{id: last, set: {}}]";
  for (int i = 0; i < 6; ++i) {
    const std::string id = std::to_string(i);
    leaves = "[{id: p" + id + ", parallel: {a: " + leaves + ", b: [{id: q" + id + ", set: {}}]}}]";
  }
  expect_quick("branches", "dsl: 1\nworkflow: slow\nversion: 1\nsteps: " + leaves + "\n");
}

TEST(Speed, SchemasThatGrow) {
  std::string definitions =
      "d0: {type: object, properties: {a: {type: string}, b: {type: integer}}}";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "{$ref: '#/$defs/d" + std::to_string(i - 1) + "'}";
    definitions += ", d" + std::to_string(i) + ": {type: object, properties: {a: " + before +
                   ", b: " + before + ", c: {anyOf: [" + before + ", " + before + "]}}}";
  }
  expect_quick("references",
               "dsl: 1\nworkflow: slow\nversion: 1\ninput: {schema: {$defs: {" + definitions +
                   "}, $ref: '#/$defs/d29'}}\nsteps:\n- {id: a, set: {x: \"${ input.a.a.a }\"}}\n");
  expect_quick("enum", "dsl: 1\nworkflow: slow\nversion: 1\ninput: {schema: {enum: [" +
                           repeated("1, ", 140'000) +
                           "2]}}\nsteps:\n- {id: a, when: input == 5, set: {x: 1}}\n");
}

}  // namespace
}  // namespace sagaloom::workflow
