// Go's tokens (spec: "Tokens", "Operators and punctuation", "Keywords").
#pragma once

#include <cstdint>
#include <string_view>

namespace unpark::syntax {

enum class Token : uint8_t {
  kIllegal,
  kEof,
  kComment,
  // Literals.
  kIdent,
  kInt,
  kFloat,
  kImag,
  kChar,
  kString,
  // Operators. The binary ones and their assignment forms keep the same order.
  kAdd,
  kSub,
  kMul,
  kQuo,
  kRem,
  kAnd,
  kOr,
  kXor,
  kShl,
  kShr,
  kAndNot,
  kAddAssign,
  kSubAssign,
  kMulAssign,
  kQuoAssign,
  kRemAssign,
  kAndAssign,
  kOrAssign,
  kXorAssign,
  kShlAssign,
  kShrAssign,
  kAndNotAssign,
  kLAnd,
  kLOr,
  kArrow,
  kInc,
  kDec,
  kEql,
  kLss,
  kGtr,
  kAssign,
  kNot,
  kTilde,
  kNeq,
  kLeq,
  kGeq,
  kDefine,
  kEllipsis,
  kLParen,
  kLBrack,
  kLBrace,
  kComma,
  kPeriod,
  kRParen,
  kRBrack,
  kRBrace,
  kSemicolon,
  kColon,
  // Keywords, in alphabetical order.
  kBreak,
  kCase,
  kChan,
  kConst,
  kContinue,
  kDefault,
  kDefer,
  kElse,
  kFallthrough,
  kFor,
  kFunc,
  kGo,
  kGoto,
  kIf,
  kImport,
  kInterface,
  kMap,
  kPackage,
  kRange,
  kReturn,
  kSelect,
  kStruct,
  kSwitch,
  kType,
  kVar,
};

constexpr bool is_keyword(Token t) { return t >= Token::kBreak; }
constexpr bool is_literal(Token t) { return t >= Token::kIdent && t <= Token::kString; }
constexpr bool is_assign_op(Token t) { return t >= Token::kAddAssign && t <= Token::kAndNotAssign; }
// kAddAssign -> kAdd, and so on.
constexpr Token op_of_assign(Token t) {
  return static_cast<Token>(static_cast<uint8_t>(t) - static_cast<uint8_t>(Token::kAddAssign) +
                            static_cast<uint8_t>(Token::kAdd));
}
constexpr bool is_shift(Token t) { return t == Token::kShl || t == Token::kShr; }
constexpr bool is_comparison(Token t) {
  return t == Token::kEql || t == Token::kNeq || t == Token::kLss || t == Token::kLeq ||
         t == Token::kGtr || t == Token::kGeq;
}

// 1 (`||`) to 5 (`*`), 0 for what is no binary operator.
int precedence(Token t);
// As written in source ("+=", "func"), or the kind's name ("identifier") for the variable ones.
std::string_view text_of(Token t);

}  // namespace unpark::syntax
