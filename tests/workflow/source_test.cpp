// YAML as it is written against what it means: places, scalars, and everything that is refused.
#include "runtime/workflow/source.h"

#include <ctime>
#include <gtest/gtest.h>
#include <random>

#include "runtime/workflow/scalar.h"
#include "tests/workflow/catalog.h"

namespace sagaloom::workflow {
namespace {

using expression::Value;

struct Parsed {
  explicit Parsed(std::string text) : source("f.yaml", std::move(text)) {
    Report report(source);
    root = parse_source(source, report);
    diagnostics = report.take();
  }
  std::string first() const {
    return diagnostics.empty() ? "" : workflow::text(diagnostics.front());
  }
  Source source;
  std::optional<Node> root;
  std::vector<Diagnostic> diagnostics;
};

Value value_of(const std::string& scalar) {
  const Parsed parsed("v: " + scalar + "\n");
  EXPECT_TRUE(parsed.root) << scalar << ": " << parsed.first();
  return parsed.root ? resolve(*parsed.root->find("v")).value : Value("unreadable");
}

TEST(Scalars, FollowTheCoreSchemaOfYaml12) {
  for (const char* text : {"on", "yes", "no", "off", "Yes", "y", "2026-01-01", "1_000", "0b1",
                           "1:30", "tRue", "nuLL", "0x", "0o8", "1e", ".", "+.e1", "12:30:45"}) {
    EXPECT_EQ(value_of(text), Value(text)) << text;
  }
  EXPECT_TRUE(value_of("").is_null());
  for (const char* text : {"~", "null", "Null", "NULL"}) EXPECT_TRUE(value_of(text).is_null());
  for (const char* text : {"true", "True", "TRUE"}) EXPECT_EQ(value_of(text), Value(true));
  for (const char* text : {"false", "False", "FALSE"}) EXPECT_EQ(value_of(text), Value(false));
}

TEST(Scalars, AreIntegersOf64BitsInThreeNotations) {
  EXPECT_EQ(value_of("010"), Value(10));
  EXPECT_EQ(value_of("+7"), Value(7));
  EXPECT_EQ(value_of("-0"), Value(0));
  EXPECT_EQ(value_of("0o17"), Value(15));
  EXPECT_EQ(value_of("0xFf"), Value(255));
  EXPECT_EQ(value_of("9223372036854775807"), Value(std::int64_t{9223372036854775807}));
  EXPECT_TRUE(value_of("9223372036854775807").is_integer());
  EXPECT_TRUE(value_of("-9223372036854775808").is_integer());
}

TEST(Scalars, AreFloatsInDecimalNotation) {
  for (const auto& [text, number] : std::vector<std::pair<const char*, double>>{
           {"1.5", 1.5}, {".5", 0.5}, {"1.", 1.0}, {"-1e3", -1000}, {"1.5E-1", 0.15}}) {
    EXPECT_TRUE(value_of(text).is_real()) << text;
    EXPECT_DOUBLE_EQ(value_of(text).real(), number) << text;
  }
}

TEST(Scalars, InQuotesAndBlocksAreAlwaysText) {
  EXPECT_EQ(value_of("\"5\""), Value("5"));
  EXPECT_EQ(value_of("'true'"), Value("true"));
  EXPECT_EQ(value_of("\"\""), Value(""));
  EXPECT_EQ(value_of("|\n  12\n"), Value("12\n"));
}

TEST(Scalars, OutOfRangeOrNotFiniteAreRefusedAtTheirPlace) {
  for (const char* text :
       {"9223372036854775808", "0xFFFFFFFFFFFFFFFFF", "1e999", ".inf", "-.INF", ".nan"}) {
    const Parsed parsed("a: 1\nv: " + std::string(text) + "\n");
    ASSERT_TRUE(parsed.root);
    Report report(parsed.source);
    to_value(*parsed.root, report);
    const auto diagnostics = report.take();
    ASSERT_EQ(diagnostics.size(), 1u) << text;
    EXPECT_EQ(diagnostics[0].code, "S02") << text;
    EXPECT_EQ(diagnostics[0].position, (Position{2, 4})) << text;
  }
}

TEST(Durations, AreSumsOfFallingUnits) {
  using std::chrono::milliseconds;
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("30s"), milliseconds(30'000));
  EXPECT_EQ(parse_duration("1h30m"), milliseconds(5'400'000));
  EXPECT_EQ(parse_duration("14d"), milliseconds(14LL * 86'400'000));
  EXPECT_EQ(parse_duration("0s"), milliseconds(0));
  for (const char* bad : {"", "5", "5 s", "s", "-5s", "5x", "30m1h", "5s5s", "1.5s",
                          "999999999999d", "99999999999999999s", "10001d", "1h-5m", "1H"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

struct Refused {
  const char* name;
  std::string text;
  const char* expected;  // the beginning of the first diagnostic
};

void PrintTo(const Refused& one, std::ostream* out) {
  *out << one.text.substr(0, 200);
}

class Refusal : public ::testing::TestWithParam<Refused> {};

TEST_P(Refusal, IsSaidWithItsPlace) {
  const Parsed parsed(GetParam().text);
  EXPECT_EQ(parsed.first().substr(0, std::string(GetParam().expected).size()), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Yaml, Refusal,
    ::testing::Values(
        Refused{"Empty", "", "f.yaml:1:1: error[S02] the file is empty"},
        Refused{"OnlyAComment", "# nothing\n", "f.yaml:1:1: error[S02] the file is empty"},
        Refused{"Duplicate", "a: 1\nb: 2\na: 3\n",
                "f.yaml:3:1: error[Y02] key `a` again; it stands already at 1:1"},
        Refused{"DuplicateInFlow", "a: {x: 1, y: 2, x: 3}\n",
                "f.yaml:1:17: error[Y02] key `x` again; it stands already at 1:5"},
        Refused{"DuplicateInOtherQuotes", "a: 1\n\"a\": 3\n",
                "f.yaml:2:1: error[Y02] key `a` again"},
        Refused{"Anchor", "a: &x 1\n", "f.yaml:1:4: error[Y03] anchors are not part"},
        Refused{"AnchorOnMap", "a: &x {b: 1}\n", "f.yaml:1:4: error[Y03] anchors"},
        Refused{"Alias", "b: 2\na: &x 1\nc: *x\n", "f.yaml:2:4: error[Y03] anchors"},
        Refused{"Merge", "a: {b: 1}\nc:\n  <<: {d: 1}\n", "f.yaml:3:3: error[Y03] merge keys"},
        Refused{"Tag", "a: !!str 5\n", "f.yaml:1:4: error[Y03] tags are not part"},
        Refused{"CustomTag", "a: !Thing {b: 1}\n", "f.yaml:1:4: error[Y03] tags are not part"},
        Refused{"SecondDocument", "a: 1\n---\nb: 2\n", "f.yaml:2:1: error[Y03] a second document"},
        Refused{"KeyThatIsAMap", "{a: 1}: 2\n", "f.yaml:1:1: error[S02] a key must be text"},
        Refused{"ControlCharacter", "a: x\x01y\n", "f.yaml:1:5: error[Y01] a control character"},
        Refused{"Nul", std::string("a: x\0y\n", 7), "f.yaml:1:5: error[Y01] a control character"},
        Refused{"EndOfTransmission", "a: 1\n\x04\nb: 2\n", "f.yaml:2:1: error[Y01] a control"},
        Refused{"BareCarriageReturn", "a: 1\rb: 2\n", "f.yaml:1:5: error[Y01] a control character"},
        Refused{"NotUtf8", "a: \xff\xfe\n", "f.yaml:1:1: error[Y01] the file is not UTF-8"},
        Refused{"Utf16", std::string("\xff\xfe a\0:\0", 6),
                "f.yaml:1:1: error[Y01] the file is not"},
        Refused{"Tab", "a:\n\tb: 1\n", "f.yaml:2:"}, Refused{"Unclosed", "a: [1, 2\n", "f.yaml:"},
        Refused{"TooLarge", "a: " + std::string(kSourceBytes, 'x'),
                "f.yaml:1:1: error[Y03] the file is larger than 1 MiB"}),
    [](const auto& info) { return info.param.name; });

class Trap : public ::testing::TestWithParam<Refused> {};

TEST_P(Trap, IsRecognisedAndTheFixPrinted) {
  const Parsed parsed(GetParam().text);
  EXPECT_EQ(parsed.first(), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    UnquotedExpression, Trap,
    ::testing::Values(
        Refused{"BracesInFlow", "steps:\n- with: {id: ${ input.id }}\n",
                "f.yaml:2:14: error[Y01] an unquoted expression inside { } or [ ]: its braces end "
                "the mapping; quote it: \"${ input.id }\""},
        Refused{"BracesInList", "a: [1, ${ input.id }]\n",
                "f.yaml:1:8: error[Y01] an unquoted expression inside { } or [ ]: its braces end "
                "the mapping; quote it: \"${ input.id }\""},
        Refused{"Conditional", "a: 1\nx: ${ a ? b : c }\n",
                "f.yaml:2:4: error[Y01] an unquoted value with `: ` in it: YAML reads a mapping; "
                "quote it: \"${ a ? b : c }\""},
        Refused{"ColonInText", "x: ${ a == \"k: v\" }  # why not\n",
                "f.yaml:1:4: error[Y01] an unquoted value with `: ` in it: YAML reads a mapping; "
                "quote it: '${ a == \"k: v\" }'"},
        Refused{"Negation", "- id: a\n  when: !has(input.car)\n",
                "f.yaml:2:9: error[Y01] an unquoted `!` begins a YAML tag, not a negation; quote "
                "it: \"!has(input.car)\""},
        Refused{"NegationInFlow", "- {id: a, when: !has(x), b: 1}\n",
                "f.yaml:1:17: error[Y01] an unquoted `!` begins a YAML tag, not a negation; quote "
                "it: \"!has(x)\""},
        Refused{"NegatedConjunction", "- when: !input.a && input.b\n",
                "f.yaml:1:9: error[Y01] an unquoted `!` begins a YAML tag, not a negation; quote "
                "it: \"!input.a && input.b\""},
        Refused{"QuestionMarkInFlow", "- {when: steps.?a.hasValue(), id: b}\n",
                "f.yaml:1:10: error[Y01] a bare `?` inside { } or [ ] begins a YAML key; quote it: "
                "\"steps.?a.hasValue()\""}),
    [](const auto& info) { return info.param.name; });

TEST(Yaml, SecondDiagnosticsFollowTheFirst) {
  const Parsed parsed("a: &x 1\nb: *x\nb: 2\nc: !!int 3\nd: {<<: 1}\n");
  std::vector<std::string> codes;
  for (const auto& d : parsed.diagnostics) {
    codes.push_back(d.code + "@" + std::to_string(d.position.line) + ":" +
                    std::to_string(d.position.column));
  }
  EXPECT_EQ(codes,
            (std::vector<std::string>{"Y03@1:4", "Y03@2:4", "Y02@3:1", "Y03@4:4", "Y03@5:5"}));
}

TEST(Yaml, OneDocumentMayBeMarked) {
  EXPECT_TRUE(Parsed("%YAML 1.2\n---\na: 1\n...\n").root);
  EXPECT_TRUE(Parsed("a: 1\r\nb: 2\r\n").root);
}

TEST(Yaml, DepthIsCountedExactly) {
  const auto nested = [](std::size_t n) {
    return std::string(n, '[') + "1" + std::string(n, ']') + "\n";
  };
  EXPECT_TRUE(Parsed(nested(kSourceDepth)).root);
  EXPECT_EQ(Parsed(nested(kSourceDepth + 1)).first(),
            "f.yaml:1:33: error[Y03] more than 32 levels deep; make the definition flatter");
}

TEST(Yaml, NodesAreCounted) {
  std::string text = "a: [0";
  for (std::size_t i = 0; i < kSourceNodes; ++i) text += ",0";
  EXPECT_EQ(Parsed(text + "]\n").diagnostics.at(0).code, "Y03");
}

// The place in the file of every byte of a scalar's text, in every way to write a scalar.
struct Written {
  const char* name;
  std::string text;
  const char* marked;  // what to look for within the scalar
  Position place;      // where it stands
};

void PrintTo(const Written& one, std::ostream* out) {
  *out << one.text;
}

class Place : public ::testing::TestWithParam<Written> {};

TEST_P(Place, IsFoundBehindTheNotation) {
  const Parsed parsed(GetParam().text);
  ASSERT_TRUE(parsed.root) << parsed.first();
  const Node& scalar = *parsed.root->find("v");
  const std::size_t index = scalar.text.find(GetParam().marked);
  ASSERT_NE(index, std::string::npos) << scalar.text;
  EXPECT_EQ(parsed.source.position(locate(parsed.source, scalar, index)), GetParam().place);
}

INSTANTIATE_TEST_SUITE_P(
    Scalar, Place,
    ::testing::Values(
        Written{"Plain", "v: abc here\n", "here", {1, 8}},
        Written{"PlainFolded", "v: abc\n   def here\n", "here", {2, 8}},
        Written{"PlainFoldedTwice", "v: abc\n\n\n   def here\n", "here", {4, 8}},
        Written{"SingleQuoted", "v: 'it''s here'\n", "here", {1, 11}},
        Written{"SingleQuotedFolded", "v: 'a  \n  b here'\n", "here", {2, 5}},
        Written{"DoubleQuoted", "v: \"a \\\"b\\\" here\"\n", "here", {1, 13}},
        Written{"DoubleQuotedHex", "v: \"\\u00e9\\x41\\U0001F600 here\"\n", "here", {1, 26}},
        Written{"DoubleQuotedJoined", "v: \"a \\\n   here\"\n", "here", {2, 4}},
        Written{"AfterUmlauts", "v: äöü here\n", "here", {1, 8}},
        Written{"Literal", "v: |\n  one\n  two here\n", "here", {3, 7}},
        Written{"LiteralIndented", "v: |\n  one\n    two here\n", "here", {3, 9}},
        Written{"LiteralWithEmptyLines", "v: |-\n\n  one\n\n  here\n", "here", {5, 3}},
        Written{"Folded", "v: >\n  one\n  two here\n", "here", {3, 7}},
        Written{"FoldedWithEmptyLine", "v: >-\n  one\n\n  two here\n", "here", {4, 7}}),
    [](const auto& info) { return info.param.name; });

// A second of processor time in the build that is shipped; others are slower by a factor.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr double kMost_s = 1;
#else
constexpr double kMost_s = 8;
#endif

// Whatever the bytes: an answer, and within a second.
class Hostile : public ::testing::Test {
 protected:
  void feed(const std::string& text) {
    const std::clock_t before = std::clock();
    const auto loaded = load(text, testing::catalog());
    const double spent_s = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    EXPECT_LT(spent_s, kMost_s) << text.substr(0, 60);
    EXPECT_EQ(loaded.ok(), !has_errors(loaded.diagnostics));
    EXPECT_LE(loaded.diagnostics.size(), kDiagnosticLimit + 1);
  }
};

TEST_F(Hostile, AliasBombsAndCycles) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) bomb += (j ? "," : "") + last;
    bomb += "]\n";
  }
  feed(bomb);
  feed("a: &a [*a]\n");
  feed("&a a: *a\n");
  feed("? &a [*a]\n: &b {x: *b}\n");
}

std::string repeated(const std::string& piece) {
  std::string text;
  while (text.size() + piece.size() <= kSourceBytes) text += piece;
  return text;
}

TEST_F(Hostile, AMebibyteOfAnything) {
  for (const char* piece :
       {"[",          "{",    "]",           "- ",        "? ",          "a: ",
        "- - - - ",   "{a: ", "[{",          "\"",        "'",           "#",
        "\n",         "-\n",  "x",           "&a ",       "*a ",         "!a ",
        "!",          "%a\n", "---\n",       "...\n",     "| ",          "|\n ",
        ">\n  x\n",   "a:\n", ",",           ":",         "{?",          "[?",
        "? a\n: b\n", "\\",   "${ ",         "a: b\n",    "\xC3\xA4",    "\t",
        "@",          "`",    "a: {b: c}\n", "- id: a\n", "\"\\u00e9\"", "- ${ x ? y : z }\n",
        "{\"a\":",    "{a,",  "[a,"}) {
    feed(repeated(piece));
  }
}

TEST_F(Hostile, AMebibyteInsideAWorkflow) {
  for (const char* piece :
       {"- id: a\n", "- {id: x, call: a.b}\n", "- {idd: x}\n", "- set: {a: 1}\n",
        "- do: [{id: x}]\n", "- {id: a, set: {x: \"${ nope }\"}}\n"}) {
    feed("dsl: 1\nworkflow: x\nversion: 1\nsteps:\n" +
         repeated(piece).substr(0, kSourceBytes - 64));
  }
  feed("dsl: 1\nworkflow: x\nversion: 1\nsteps:\n- id: a\n  set: {x: \"" +
       std::string(kSourceBytes - 100, 'x') + "\"}\n");
  feed("dsl: 1\nworkflow: x\nversion: 1\nsteps:\n- id: a\n  set: {x: \"" +
       repeated("${ input.a }").substr(0, kSourceBytes - 100) + "\"}\n");
  feed("dsl: 1\nworkflow: x\nversion: 1\nsteps:\n- id: a\n  set: {x: \"${ " +
       std::string(kSourceBytes - 100, '(') + "\"}\n");
}

TEST_F(Hostile, EveryTruncationOfAValidFile) {
  const std::string text = testing::read_file(testing::source_path("workflows/order.yaml"));
  for (std::size_t n = 0; n < text.size(); n += 7) feed(text.substr(0, n));
}

TEST_F(Hostile, EveryThirteenthByteOfAValidFileReplaced) {
  const std::string text =
      testing::read_file(testing::source_path("tests/workflow/valid/travel-booking.yaml"));
  std::mt19937 random(7);
  for (std::size_t n = 0; n < text.size(); n += 13) {
    std::string changed = text;
    changed[n] = "{}[]:,-?!&*|>'\"%@`#\n\t $~0"[random() % 26];
    feed(changed);
  }
}

TEST_F(Hostile, RandomBytes) {
  std::mt19937 random(42);
  for (int round = 0; round < 300; ++round) {
    std::string text(random() % 400, '\0');
    for (auto& c : text) c = static_cast<char>(random() % 256);
    feed(text);
    for (auto& c : text) c = "{}[]:,-?!&*|>'\"%@`#\n\n\t   $ab01.\\"[random() % 33];
    feed(text);
  }
}

}  // namespace
}  // namespace sagaloom::workflow
