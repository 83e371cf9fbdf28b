#include "syntax/scanner.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "syntax/literal.h"

namespace unpark::syntax {
namespace {

// The tokens of a text, separated by blanks: as written, `;` for a semicolon in the text, `NL` for
// an inserted one.
std::string tokens(std::string_view text, std::vector<SyntaxError>* problems = nullptr) {
  ErrorList errors(text);
  std::vector<Comment> comments;
  Scanner scanner(text, errors, &comments);
  std::string out;
  for (scanner.next(); scanner.token() != Token::kEof; scanner.next()) {
    if (!out.empty()) out += ' ';
    bool inserted = scanner.token() == Token::kSemicolon && scanner.is_inserted();
    out += inserted ? "NL" : std::string(scanner.text());
  }
  if (problems) *problems = errors.take();
  return out;
}

// The first error of a text, or "".
std::string problem(std::string_view text) {
  std::vector<SyntaxError> problems;
  tokens(text, &problems);
  return problems.empty() ? "" : problems[0].message;
}

TEST(Scanner, InsertsSemicolonsAtLineEnds) {
  EXPECT_EQ(tokens("a\nb"), "a NL b NL");
  EXPECT_EQ(tokens("a +\nb"), "a + b NL");
  EXPECT_EQ(tokens("f()\r\n}\r\n"), "f ( ) NL } NL");
  EXPECT_EQ(tokens("return // why\nbreak"), "return NL break NL");
  EXPECT_EQ(tokens("x++\ny--\n"), "x ++ NL y -- NL");
  EXPECT_EQ(tokens("if x {\n"), "if x {");
  EXPECT_EQ(tokens("a /* b */ c"), "a c NL");
  EXPECT_EQ(tokens("a /* \n */ c"), "a NL c NL");
  EXPECT_EQ(tokens("+ /* \n */ c"), "+ c NL");
  EXPECT_EQ(tokens("1\n'a'\n\"s\"\n`r`\n]\n)\n"), "1 NL 'a' NL \"s\" NL `r` NL ] NL ) NL");
}

TEST(Scanner, ReadsTheLongestOperator) {
  EXPECT_EQ(tokens("<<=<<<-<=< >>=>>>=>"), "<<= << <- <= < >>= >> >= >");
  EXPECT_EQ(tokens("&^=&^&&&=& ||=|||"), "&^= &^ && &= & || = || |");
  EXPECT_EQ(tokens("... . .. :=: == = != !"), "... . . . := : == = != !");
  EXPECT_EQ(tokens("a...b.c"), "a ... b . c NL");
  EXPECT_EQ(tokens("x/y/=z"), "x / y /= z NL");
}

TEST(Scanner, TellsKeywordsFromNames) {
  ErrorList errors("");
  for (uint8_t i = 0; i <= static_cast<uint8_t>(Token::kVar) - static_cast<uint8_t>(Token::kBreak);
       i++) {
    auto keyword = static_cast<Token>(static_cast<uint8_t>(Token::kBreak) + i);
    std::string word(text_of(keyword));
    Scanner scanner(word, errors, nullptr);
    scanner.next();
    EXPECT_EQ(scanner.token(), keyword) << word;
    std::string longer = word + "x";
    Scanner other(longer, errors, nullptr);
    other.next();
    EXPECT_EQ(other.token(), Token::kIdent) << longer;
  }
}

TEST(Scanner, AcceptsEveryFormOfNumber) {
  for (std::string_view number :
       {"0",      "42",          "1_000",     "0600",     "0_600",       "0o17",  "0O1_7",
        "0b10_1", "0B1",         "0xBadFace", "0X_67_7a", "0.",          "72.40", "072.40",
        "1.e+0",  "6.67428e-11", "1E6",       ".25",      ".12345E+5",   "1_5.",  "0.15e+0_2",
        "0x1p-2", "0x2.p10",     "0x1.Fp+0",  "0X.8p-0",  "0X_1FFFP-16", "0i",    "0123i",
        "0o123i", "0xabci",      "1.e+0i",    ".25i",     "0x1p-2i",     "089i",  "089.5"}) {
    EXPECT_EQ(problem(number), "") << number;
    EXPECT_EQ(tokens(number), std::string(number) + " NL");
  }
}

TEST(Scanner, RefusesMalformedNumbers) {
  for (std::string_view number :
       {"0x",   "0b",   "0o",    "1__0",  "1_",    "0x1__2", "42_",     "089",
        "0b12", "0o8",  "0b1.0", "0o1.0", "0x1.0", "1p5",    "0x1e+2p", "1e",
        "1e+",  "0x1p", "0x.p1", "1_.5",  "1._5",  "1e_5"}) {
    EXPECT_NE(problem(number), "") << number;
  }
}

TEST(Scanner, ChecksStringsAndRunes) {
  for (std::string_view literal :
       {R"("")", R"("a\n\"\x41\101\u00e9\U0001F600")", "`a\nb\\`", R"('a')", R"('\'')", R"('\000')",
        R"('\xff')", "'\xC3\xA4'", "\"\xE2\x82\xAC\""}) {
    EXPECT_EQ(problem(literal), "") << literal;
  }
  for (std::string_view literal :
       {"\"abc", "\"abc\n\"", "`abc", R"("\q")", R"("\'")", R"('\"')", R"("\x4")", R"("\400")",
        R"("\uD800")", R"("\U00110000")", "''", "'ab'", "'a", "'\n'", R"("\)", R"('\)"}) {
    EXPECT_NE(problem(literal), "") << literal;
  }
}

TEST(Scanner, KnowsLettersOfAllScripts) {
  EXPECT_EQ(tokens("\xC3\xA4\xC3\xB6 = x\xCE\xB1\xD9\xA1"),
            "\xC3\xA4\xC3\xB6 = x\xCE\xB1\xD9\xA1 NL");
  EXPECT_NE(problem("\xD9\xA1x"), "") << "a digit cannot start a name";
  EXPECT_NE(problem("a \xE2\x80\x9Cquoted\xE2\x80\x9D"), "");
  EXPECT_NE(problem("a # b"), "");
}

TEST(Scanner, SurvivesHugeTokens) {
  std::string name(5'000'000, 'x');
  EXPECT_EQ(tokens(name), name + " NL");
  std::string number = "0x" + std::string(1'000'000, 'f');
  EXPECT_EQ(tokens(number), number + " NL");
  EXPECT_EQ(tokens("/*" + std::string(1'000'000, '*') + "/ a"), "a NL");
  EXPECT_NE(problem(std::string(1'000'000, '/').insert(1, "*")), "");
}

TEST(Encoding, ReportsWhatIsNoText) {
  auto first = [](std::string_view text) {
    ErrorList errors(text);
    check_encoding(text, errors);
    std::vector<SyntaxError> found = errors.take();
    return found.empty() ? std::string() : found[0].message;
  };
  using namespace std::string_view_literals;
  EXPECT_EQ(first("\xEF\xBB\xBFpackage p // \xC3\xA4 \xF0\x9F\x98\x80"), "");
  EXPECT_EQ(first("package p\0"sv), "NUL character in source text");
  EXPECT_EQ(first("// 123456789 \xFF"), "byte 0xFF is not UTF-8");
  EXPECT_EQ(first("// surrogate \xED\xA0\x80"), "byte 0xED is not UTF-8");
  EXPECT_EQ(first("// overlong \xC0\x80"), "byte 0xC0 is not UTF-8");
  EXPECT_EQ(first("x \xEF\xBB\xBF"), "byte order mark within the text");
  EXPECT_EQ(first("\xFF\xFEp\0a\0"sv), "file is UTF-16; Go source must be UTF-8");
}

TEST(Literal, GivesTheValueOfStrings) {
  EXPECT_EQ(string_value(R"("a\tb\x41\101\u00e9\"")"), "a\tbAA\xC3\xA9\"");
  EXPECT_EQ(string_value(R"("\xff\377")"), "\xFF\xFF");
  EXPECT_EQ(string_value("`a\\n\r\nb`"), "a\\n\nb");
  EXPECT_EQ(string_value("\"\""), "");
  EXPECT_EQ(string_value("\"a\xFF\xE2\x82\""), "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(string_value("`\xFF`"), "\xFF");
  for (std::string_view bad :
       {"", "\"", "\"a", "a", "\"\\\"", "\"\\'\"", "\"a\"b\"", "\"\\u12\"", "``a`", "\"\\400\""}) {
    EXPECT_FALSE(string_value(bad).has_value()) << bad;
  }
}

TEST(Literal, GivesTheValueOfRunes) {
  EXPECT_EQ(rune_value("'a'"), 97u);
  EXPECT_EQ(rune_value("'\xE4\xB8\x96'"), 0x4E16u);
  EXPECT_EQ(rune_value(R"('\xff')"), 255u);
  EXPECT_EQ(rune_value(R"('\U0010FFFF')"), 0x10FFFFu);
  EXPECT_EQ(rune_value(R"('\'')"), 39u);
  EXPECT_EQ(rune_value("'\xFF'"), 0xFFFDu);
  for (std::string_view bad :
       {"", "''", "'", "'ab'", "'''", R"('\')", R"('\"')", R"('\uDFFF')", "'\xFF\xFF'"}) {
    EXPECT_FALSE(rune_value(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace unpark::syntax
