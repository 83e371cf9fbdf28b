// Splits Go text into tokens (spec: "Lexical elements"), one at a time, with the semicolons that
// the spec inserts at the ends of lines.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "syntax/error_list.h"
#include "syntax/token.h"
#include "syntax/tree.h"

namespace unpark::syntax {

class Scanner {
 public:
  // Starts at offset `from`. Malformed tokens are reported to `errors` and still given, as what
  // they were meant to be; comments are appended to `comments` unless that is null. What is wrong
  // with the encoding is not reported here but by check_encoding.
  Scanner(std::string_view text, ErrorList& errors, std::vector<Comment>* comments,
          uint32_t from = 0);

  // Moves to the next token. At the end of the text it stays on kEof.
  void next();
  // Moves to the end of the text at once.
  void stop();

  Token token() const { return token_; }
  uint32_t begin() const { return begin_; }
  uint32_t end() const { return end_; }
  Span span() const { return {begin_, end_}; }
  std::string_view text() const { return {base_ + begin_, end_ - begin_}; }
  // Whether the semicolon we are on does not stand in the text; it then has an empty span at the
  // end of its line.
  bool is_inserted() const { return begin_ == end_; }

 private:
  const char* skip_comment(const char* p);
  const char* identifier(const char* p);
  const char* unicode_identifier(const char* p);
  void number(const char* p);
  const char* escape(const char* p, char quote, bool& ok);
  const char* rune_literal(const char* p);
  const char* string_literal(const char* p);
  const char* raw_string(const char* p);
  const char* unexpected_character(const char* p);
  void finish(Token token, const char* from, const char* to, bool ends_statement);
  uint32_t offset(const char* p) const { return static_cast<uint32_t>(p - base_); }
  // The byte at `p`, or zero at the end of the text.
  char at(const char* p) const { return p < limit_ ? *p : '\0'; }
  void error(const char* from, const char* to, std::string message);

  const char* base_;
  const char* limit_;
  const char* cursor_;
  uint32_t begin_ = 0;
  uint32_t end_ = 0;
  Token token_ = Token::kIllegal;
  // Whether a line that ended here would end a statement.
  bool may_end_ = false;
  // Where a comment over several lines had its first newline, when that ends a statement.
  const char* pending_newline_ = nullptr;
  ErrorList& errors_;
  std::vector<Comment>* comments_;
};

// Reports bytes that are not UTF-8, NUL characters, and byte order marks behind the start of the
// text (spec: "Source code representation").
void check_encoding(std::string_view text, ErrorList& errors);

}  // namespace unpark::syntax
