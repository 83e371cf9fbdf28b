// A switch on the first byte of a token, and tables of byte classes for what may follow it.
//
// Keywords are found by a perfect hash of their first two bytes and length, whose multiplier the
// compiler searches for; an identifier costs at most one comparison with a keyword. Encoding errors
// can be anywhere, also inside comments and strings, so they are looked for in a pass of their own
// over eight bytes at a time: the scanner itself then looks at bytes beyond ASCII only where an
// identifier or a rune literal has them.
//
// Linear in the length of the text.
#include "syntax/scanner.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "syntax/directive.h"
#include "syntax/unicode.h"

namespace unpark::syntax {

namespace {

enum ByteClass : uint8_t {
  kLetter = 1,
  kDecimal = 2,
  kHex = 4,
  kBlank = 8,        // whitespace but for the newline
  kStringStop = 16,  // ends the plain part of a string
};

constexpr std::array<uint8_t, 256> make_classes() {
  std::array<uint8_t, 256> classes{};
  for (int c = 'a'; c <= 'z'; c++) classes[c] = classes[c - 32] = kLetter;
  for (int c = 'a'; c <= 'f'; c++) classes[c] = classes[c - 32] = kLetter | kHex;
  for (int c = '0'; c <= '9'; c++) classes[c] = kDecimal | kHex;
  classes['_'] = kLetter;
  classes[' '] = classes['\t'] = classes['\r'] = kBlank;
  classes['"'] = classes['\\'] = classes['\n'] = kStringStop;
  return classes;
}
constexpr std::array<uint8_t, 256> kClasses = make_classes();

constexpr bool is(char c, uint8_t classes) { return kClasses[static_cast<uint8_t>(c)] & classes; }
constexpr bool is_ascii(char c) { return static_cast<uint8_t>(c) < 0x80; }
constexpr char lower(char c) { return static_cast<char>(c | 0x20); }

constexpr size_t kKeywordCount = 25;
constexpr std::array<std::string_view, kKeywordCount> kKeywords = {
    "break",  "case",        "chan", "const",   "continue", "default", "defer",
    "else",   "fallthrough", "for",  "func",    "go",       "goto",    "if",
    "import", "interface",   "map",  "package", "range",    "return",  "select",
    "struct", "switch",      "type", "var"};
constexpr size_t kShortestKeyword = 2;
constexpr size_t kLongestKeyword = 11;

constexpr uint32_t keyword_slot(char first, char second, size_t size, uint32_t multiplier) {
  uint32_t key = static_cast<uint8_t>(first) |
                 static_cast<uint32_t>(static_cast<uint8_t>(second)) << 8 |
                 static_cast<uint32_t>(size) << 16;
  return key * multiplier >> 24;
}

struct KeywordTable {
  uint32_t multiplier = 0;
  std::array<uint8_t, 256> slots{};  // index into kKeywords + 1
};

constexpr KeywordTable make_keyword_table() {
  for (uint32_t multiplier = 0x9E3779B1u;; multiplier += 2) {
    KeywordTable table{multiplier, {}};
    bool collides = false;
    for (size_t i = 0; i < kKeywordCount && !collides; i++) {
      std::string_view word = kKeywords[i];
      uint8_t& slot = table.slots[keyword_slot(word[0], word[1], word.size(), multiplier)];
      collides = slot != 0;
      slot = static_cast<uint8_t>(i + 1);
    }
    if (!collides) return table;
  }
}
constexpr KeywordTable kKeywordTable = make_keyword_table();

Token keyword_or_identifier(const char* text, size_t size) {
  if (size < kShortestKeyword || size > kLongestKeyword) return Token::kIdent;
  uint32_t slot = keyword_slot(text[0], text[1], size, kKeywordTable.multiplier);
  uint8_t index = kKeywordTable.slots[slot];
  if (index == 0) return Token::kIdent;
  std::string_view word = kKeywords[index - 1];
  if (word.size() != size || std::memcmp(word.data(), text, size) != 0) return Token::kIdent;
  return static_cast<Token>(static_cast<size_t>(Token::kBreak) + index - 1);
}

constexpr bool ends_statement(Token keyword) {
  return keyword == Token::kIdent || keyword == Token::kBreak || keyword == Token::kContinue ||
         keyword == Token::kFallthrough || keyword == Token::kReturn;
}

uint32_t hex_value(char c) {
  return is(c, kDecimal) ? static_cast<uint32_t>(c - '0')
                         : static_cast<uint32_t>(lower(c) - 'a' + 10);
}

// How messages show a character.
std::string show_rune(std::string_view text, size_t at) {
  Rune rune = decode_rune(text, at);
  if (!rune.valid) return fmt::format("byte 0x{:02X}", static_cast<uint8_t>(text[at]));
  if (rune.value < 0x20 || (rune.value >= 0x7F && rune.value < 0xA0)) {
    return fmt::format("U+{:04X}", rune.value);
  }
  return fmt::format("U+{:04X} `{}`", rune.value, text.substr(at, rune.size));
}

}  // namespace

Scanner::Scanner(std::string_view text, ErrorList& errors, std::vector<Comment>* comments,
                 uint32_t from)
    : base_(text.data()),
      limit_(text.data() + text.size()),
      cursor_(text.data() + from),
      errors_(errors),
      comments_(comments) {
  if (from == 0 && text.starts_with("\xEF\xBB\xBF")) cursor_ += 3;
}

void Scanner::stop() {
  cursor_ = limit_;
  may_end_ = false;
  pending_newline_ = nullptr;
  finish(Token::kEof, limit_, limit_, false);
}

void Scanner::error(const char* from, const char* to, std::string message) {
  errors_.add({offset(from), offset(to)}, std::move(message));
}

inline void Scanner::finish(Token token, const char* from, const char* to, bool ends_statement) {
  token_ = token;
  begin_ = offset(from);
  end_ = offset(to);
  cursor_ = to;
  may_end_ = ends_statement;
}

void Scanner::next() {
  const char* p = cursor_;
  if (pending_newline_) {
    finish(Token::kSemicolon, pending_newline_, pending_newline_, false);
    cursor_ = p;
    pending_newline_ = nullptr;
    return;
  }
  for (;;) {
    while (p < limit_ && is(*p, kBlank)) ++p;
    if (p == limit_) {
      finish(may_end_ ? Token::kSemicolon : Token::kEof, p, p, false);
      return;
    }
    if (*p == '\n') {
      if (may_end_) {
        finish(Token::kSemicolon, p, p, false);
        cursor_ = p + 1;
        return;
      }
      ++p;
      continue;
    }
    if (*p != '/' || (at(p + 1) != '/' && at(p + 1) != '*')) break;
    p = skip_comment(p);
    if (pending_newline_) {
      cursor_ = p;
      next();
      return;
    }
  }

  // An operator that may be followed by `=`.
  auto with_assign = [&](Token plain, Token assign) {
    bool is_assign = at(p + 1) == '=';
    finish(is_assign ? assign : plain, p, p + 1 + is_assign, false);
  };
  // One that may also be doubled.
  auto with_double = [&](Token plain, Token assign, Token twice, bool twice_ends) {
    if (at(p + 1) == *p) {
      finish(twice, p, p + 2, twice_ends);
    } else {
      with_assign(plain, assign);
    }
  };
  auto with_shift = [&](Token plain, Token assign, Token shift, Token shift_assign) {
    if (at(p + 1) != *p) return with_assign(plain, assign);
    bool is_assign = at(p + 2) == '=';
    finish(is_assign ? shift_assign : shift, p, p + 2 + is_assign, false);
  };

  switch (*p) {
    case 'a':
    case 'b':
    case 'c':
    case 'd':
    case 'e':
    case 'f':
    case 'g':
    case 'h':
    case 'i':
    case 'j':
    case 'k':
    case 'l':
    case 'm':
    case 'n':
    case 'o':
    case 'p':
    case 'q':
    case 'r':
    case 's':
    case 't':
    case 'u':
    case 'v':
    case 'w':
    case 'x':
    case 'y':
    case 'z':
    case 'A':
    case 'B':
    case 'C':
    case 'D':
    case 'E':
    case 'F':
    case 'G':
    case 'H':
    case 'I':
    case 'J':
    case 'K':
    case 'L':
    case 'M':
    case 'N':
    case 'O':
    case 'P':
    case 'Q':
    case 'R':
    case 'S':
    case 'T':
    case 'U':
    case 'V':
    case 'W':
    case 'X':
    case 'Y':
    case 'Z':
    case '_': {
      const char* to = identifier(p);
      Token token = keyword_or_identifier(p, static_cast<size_t>(to - p));
      finish(token, p, to, ends_statement(token));
      return;
    }
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
      number(p);
      return;
    case '.':
      if (is(at(p + 1), kDecimal)) {
        number(p);
      } else if (at(p + 1) == '.' && at(p + 2) == '.') {
        finish(Token::kEllipsis, p, p + 3, false);
      } else {
        finish(Token::kPeriod, p, p + 1, false);
      }
      return;
    case '"':
      finish(Token::kString, p, string_literal(p), true);
      return;
    case '`':
      finish(Token::kString, p, raw_string(p), true);
      return;
    case '\'':
      finish(Token::kChar, p, rune_literal(p), true);
      return;
    case '(':
      finish(Token::kLParen, p, p + 1, false);
      return;
    case ')':
      finish(Token::kRParen, p, p + 1, true);
      return;
    case '[':
      finish(Token::kLBrack, p, p + 1, false);
      return;
    case ']':
      finish(Token::kRBrack, p, p + 1, true);
      return;
    case '{':
      finish(Token::kLBrace, p, p + 1, false);
      return;
    case '}':
      finish(Token::kRBrace, p, p + 1, true);
      return;
    case ',':
      finish(Token::kComma, p, p + 1, false);
      return;
    case ';':
      finish(Token::kSemicolon, p, p + 1, false);
      return;
    case '~':
      finish(Token::kTilde, p, p + 1, false);
      return;
    case ':':
      with_assign(Token::kColon, Token::kDefine);
      return;
    case '=':
      with_assign(Token::kAssign, Token::kEql);
      return;
    case '!':
      with_assign(Token::kNot, Token::kNeq);
      return;
    case '*':
      with_assign(Token::kMul, Token::kMulAssign);
      return;
    case '/':
      with_assign(Token::kQuo, Token::kQuoAssign);
      return;
    case '%':
      with_assign(Token::kRem, Token::kRemAssign);
      return;
    case '^':
      with_assign(Token::kXor, Token::kXorAssign);
      return;
    case '+':
      with_double(Token::kAdd, Token::kAddAssign, Token::kInc, true);
      return;
    case '-':
      with_double(Token::kSub, Token::kSubAssign, Token::kDec, true);
      return;
    case '|':
      with_double(Token::kOr, Token::kOrAssign, Token::kLOr, false);
      return;
    case '&':
      if (at(p + 1) == '^') {
        bool is_assign = at(p + 2) == '=';
        finish(is_assign ? Token::kAndNotAssign : Token::kAndNot, p, p + 2 + is_assign, false);
      } else {
        with_double(Token::kAnd, Token::kAndAssign, Token::kLAnd, false);
      }
      return;
    case '<':
      if (at(p + 1) == '-') {
        finish(Token::kArrow, p, p + 2, false);
      } else {
        with_shift(Token::kLss, Token::kLeq, Token::kShl, Token::kShlAssign);
      }
      return;
    case '>':
      with_shift(Token::kGtr, Token::kGeq, Token::kShr, Token::kShrAssign);
      return;
    default:
      break;
  }
  const char* to = is_ascii(*p) ? p : unicode_identifier(p);
  if (to > p) {
    finish(Token::kIdent, p, to, true);
  } else {
    finish(Token::kIllegal, p, unexpected_character(p), may_end_);
  }
}

// Records the comment at `p` and gives its end. A comment over several lines acts like a newline.
const char* Scanner::skip_comment(const char* p) {
  auto left = static_cast<size_t>(limit_ - p);
  const char* to = limit_;
  const char* shown_to = limit_;
  if (p[1] == '/') {
    if (const void* newline = std::memchr(p, '\n', left)) to = static_cast<const char*>(newline);
    shown_to = to[-1] == '\r' ? to - 1 : to;
  } else {
    std::string_view rest(p, left);
    size_t close = rest.find("*/", 2);
    if (close == std::string_view::npos) {
      error(p, p + 2, "comment is not terminated; expected `*/`");
    } else {
      to = shown_to = p + close + 2;
    }
    if (may_end_) {
      auto size = static_cast<size_t>(to - p);
      pending_newline_ = static_cast<const char*>(std::memchr(p, '\n', size));
    }
  }
  Span span{offset(p), offset(shown_to)};
  if (comments_) comments_->push_back({span});
  if (span.size() > 2 && p[2] == 'l') {
    std::string_view text(base_, static_cast<size_t>(limit_ - base_));
    std::optional<SyntaxError> problem;
    line_directive(text, span, &problem);
    if (problem) errors_.add(problem->span, std::move(problem->message));
  }
  return to;
}

const char* Scanner::identifier(const char* p) {
  const char* to = p + 1;
  while (to < limit_ && is(*to, kLetter | kDecimal)) ++to;
  return to < limit_ && !is_ascii(*to) ? unicode_identifier(p) : to;
}

// The end of the identifier at `p`, which may hold any letters; `p` itself if there is none.
const char* Scanner::unicode_identifier(const char* p) {
  std::string_view text(base_, static_cast<size_t>(limit_ - base_));
  const char* to = p;
  while (to < limit_) {
    Rune rune = decode_rune(text, offset(to));
    if (!rune.valid || (!is_letter(rune.value) && (to == p || !is_digit(rune.value)))) break;
    to += rune.size;
  }
  return to;
}

// Makes the number at `p`, which starts with a digit or with a period and a digit, the current
// token. Reports at most one error.
void Scanner::number(const char* p) {
  const char* const from = p;
  std::string_view problem;
  const char* problem_at = nullptr;
  auto complain = [&](const char* where, std::string_view what) {
    if (problem_at) return;
    problem = what;
    problem_at = where;
  };

  uint32_t base = 10;
  char prefix = '\0';  // 'x', 'o', 'b', or '0' for an octal number of the old form
  if (*p == '0') {
    char next = lower(at(p + 1));
    if (next == 'x' || next == 'o' || next == 'b') {
      prefix = next;
      base = next == 'x' ? 16 : next == 'o' ? 8 : 2;
      p += 2;
    } else {
      prefix = '0';
    }
  }

  bool has_digits = false;
  const char* bad_separator = nullptr;
  const char* bad_digit = nullptr;
  // Reads digits with separators; one must stand between two digits, or a prefix and a digit.
  auto digits = [&](uint32_t radix, bool behind_digit) {
    uint8_t wanted = radix == 16 ? kHex : kDecimal;
    bool any = false;
    for (; is(at(p), wanted) || at(p) == '_'; ++p) {
      if (*p == '_') {
        if (!behind_digit && !bad_separator) bad_separator = p;
        behind_digit = false;
        continue;
      }
      if (hex_value(*p) >= radix && !bad_digit) bad_digit = p;
      any = behind_digit = true;
    }
    if (p > from && p[-1] == '_' && !bad_separator) bad_separator = p - 1;
    return any;
  };

  bool is_float = false;
  if (*from != '.') has_digits |= digits(base, prefix && prefix != '0');
  if (at(p) == '.') {
    is_float = true;
    if (prefix == 'o' || prefix == 'b') complain(p, "number in base 2 or 8 cannot have a fraction");
    ++p;
    has_digits |= digits(base, false);
  }
  if (!has_digits) complain(from, "number has no digits");

  char exponent = lower(at(p));
  if (exponent == 'e' || exponent == 'p') {
    if (exponent == 'e' && prefix && prefix != '0') {
      complain(p, "`e` exponent requires a decimal number");
    }
    if (exponent == 'p' && prefix != 'x') {
      complain(p, "`p` exponent requires a hexadecimal number");
    }
    is_float = true;
    ++p;
    if (at(p) == '+' || at(p) == '-') ++p;
    if (!digits(10, false)) complain(p, "exponent has no digits");
  } else if (prefix == 'x' && is_float) {
    complain(p, "hexadecimal float requires a `p` exponent");
  }

  Token token = is_float ? Token::kFloat : Token::kInt;
  if (at(p) == 'i') {
    token = Token::kImag;
    ++p;
  }
  // A leading 0 makes only whole numbers octal: 089.5 and 089i are decimal.
  if (token == Token::kInt && prefix == '0') {
    for (const char* d = from; d < p && !bad_digit; ++d) {
      if (*d == '8' || *d == '9') bad_digit = d;
    }
  }
  if (bad_digit && token == Token::kInt)
    complain(bad_digit, "digit is too large for the base of its number");
  if (bad_separator) complain(bad_separator, "`_` must separate two digits");
  if (problem_at) error(problem_at, p > problem_at ? p : problem_at, std::string(problem));
  finish(token, from, p, true);
}

// Reads the escape sequence whose backslash is at `p`.
const char* Scanner::escape(const char* p, char quote, bool& ok) {
  const char* from = p++;
  auto fail = [&](std::string_view why) {
    if (ok) error(from, p < limit_ ? p + 1 : p, std::string(why));
    ok = false;
    return p;
  };
  char kind = at(p);
  int size = 0;
  uint32_t radix = 16;
  uint32_t max = 0x10FFFF;
  switch (kind) {
    case 'a':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
    case 'v':
    case '\\':
      return p + 1;
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
      size = 3;
      radix = 8;
      max = 255;
      break;
    case 'x':
      size = 2;
      max = 255;
      ++p;
      break;
    case 'u':
      size = 4;
      ++p;
      break;
    case 'U':
      size = 8;
      ++p;
      break;
    default:
      if (kind == quote && p < limit_) return p + 1;
      return fail(p == limit_ || kind == '\n' ? "escape sequence is not finished"
                                              : "unknown escape sequence");
  }
  uint32_t value = 0;
  for (int i = 0; i < size; i++, ++p) {
    if (!is(at(p), kHex) || hex_value(*p) >= radix) {
      return fail("escape sequence has too few digits");
    }
    value = value * radix + hex_value(*p);
  }
  if (value > max || (value >= 0xD800 && value < 0xE000)) {
    --p;
    fail("escape sequence is no Unicode character");
    ++p;
  }
  return p;
}

const char* Scanner::rune_literal(const char* p) {
  const char* from = p++;
  std::string_view text(base_, static_cast<size_t>(limit_ - base_));
  bool ok = true;
  int count = 0;
  for (;;) {
    if (p == limit_ || *p == '\n') {
      if (ok) error(from, p, "rune literal is not terminated; expected `'`");
      return p;
    }
    if (*p == '\'') break;
    if (*p == '\\') {
      p = escape(p, '\'', ok);
    } else {
      p += decode_rune(text, offset(p)).size;
    }
    count++;
  }
  ++p;
  if (ok && count == 0) error(from, p, "rune literal is empty");
  if (ok && count > 1) error(from, p, "rune literal has more than one character");
  return p;
}

const char* Scanner::string_literal(const char* p) {
  const char* from = p++;
  for (;;) {
    while (p < limit_ && !is(*p, kStringStop)) ++p;
    if (p == limit_ || *p == '\n') {
      error(from, p, "string literal is not terminated; expected `\"`");
      return p;
    }
    if (*p == '"') return p + 1;
    bool ok = true;
    p = escape(p, '"', ok);
  }
}

const char* Scanner::raw_string(const char* p) {
  auto left = static_cast<size_t>(limit_ - p - 1);
  if (const void* quote = std::memchr(p + 1, '`', left)) return static_cast<const char*>(quote) + 1;
  error(p, p + 1, "raw string is not terminated; expected a back quote");
  return limit_;
}

const char* Scanner::unexpected_character(const char* p) {
  std::string_view text(base_, static_cast<size_t>(limit_ - base_));
  Rune rune = decode_rune(text, offset(p));
  const char* to = p + rune.size;
  bool is_quote = rune.value == 0x201C || rune.value == 0x201D;
  error(p, to,
        fmt::format("unexpected character {}{}", show_rune(text, offset(p)),
                    is_quote ? "; write the plain quote `\"`" : ""));
  return to;
}

void check_encoding(std::string_view text, ErrorList& errors) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    errors.add({0, 2}, "file is UTF-16; Go source must be UTF-8");
    errors.close();
    return;
  }
  size_t at = 0;
  while (at < text.size()) {
    // Eight bytes at once: the high bit of each byte of `odd` says that it may be NUL or not ASCII.
    if (at + 8 <= text.size()) {
      constexpr uint64_t kOnes = 0x0101010101010101u;
      uint64_t word;
      std::memcpy(&word, text.data() + at, 8);
      uint64_t odd = ((word - kOnes) | word) & (kOnes << 7);
      if (odd == 0) {
        at += 8;
        continue;
      }
    }
    size_t stop = at + 8 < text.size() ? at + 8 : text.size();
    while (at < stop) {
      auto byte = static_cast<uint8_t>(text[at]);
      if (byte != 0 && byte < 0x80) {
        at++;
        continue;
      }
      Rune rune = decode_rune(text, at);
      auto offset = static_cast<uint32_t>(at);
      Span span{offset, offset + rune.size};
      if (byte == 0) {
        errors.add(span, "NUL character in source text");
      } else if (!rune.valid) {
        errors.add(span, fmt::format("byte 0x{:02X} is not UTF-8", byte));
      } else if (rune.value == kByteOrderMark && at > 0) {
        errors.add(span, "byte order mark within the text");
      }
      at += rune.size;
    }
  }
}

}  // namespace unpark::syntax
