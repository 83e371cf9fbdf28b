#include "syntax/token.h"

#include <array>

namespace unpark::syntax {

namespace {

constexpr size_t kTokenCount = static_cast<size_t>(Token::kVar) + 1;

constexpr std::array<std::string_view, kTokenCount> kTexts = {
    "illegal character",
    "end of file",
    "comment",
    "identifier",
    "integer literal",
    "float literal",
    "imaginary literal",
    "rune literal",
    "string literal",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
    "^",
    "<<",
    ">>",
    "&^",
    "+=",
    "-=",
    "*=",
    "/=",
    "%=",
    "&=",
    "|=",
    "^=",
    "<<=",
    ">>=",
    "&^=",
    "&&",
    "||",
    "<-",
    "++",
    "--",
    "==",
    "<",
    ">",
    "=",
    "!",
    "~",
    "!=",
    "<=",
    ">=",
    ":=",
    "...",
    "(",
    "[",
    "{",
    ",",
    ".",
    ")",
    "]",
    "}",
    ";",
    ":",
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
};

}  // namespace

int precedence(Token t) {
  switch (t) {
    case Token::kLOr:
      return 1;
    case Token::kLAnd:
      return 2;
    case Token::kEql:
    case Token::kNeq:
    case Token::kLss:
    case Token::kLeq:
    case Token::kGtr:
    case Token::kGeq:
      return 3;
    case Token::kAdd:
    case Token::kSub:
    case Token::kOr:
    case Token::kXor:
      return 4;
    case Token::kMul:
    case Token::kQuo:
    case Token::kRem:
    case Token::kShl:
    case Token::kShr:
    case Token::kAnd:
    case Token::kAndNot:
      return 5;
    default:
      return 0;
  }
}

std::string_view text_of(Token t) { return kTexts[static_cast<size_t>(t)]; }

}  // namespace unpark::syntax
