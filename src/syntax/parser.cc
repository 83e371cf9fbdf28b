// What all constructs share: tokens that must be there, recovery from errors, depth, names.
#include "syntax/parser.h"

#include <fmt/format.h>

#include "syntax/parser_internal.h"
#include "syntax/unicode.h"

namespace unpark::syntax {

static constexpr size_t kMaxSize = size_t{1} << 30;

Parser::Parser(std::string_view text, base::Interner& names, const ParseOptions& options,
               uint32_t from)
    : options_(options),
      tree_(text),
      errors_(text),
      scanner_(text, errors_, options.keep_comments ? &tree_.comments : nullptr, from),
      names_(text, names),
      blank_(names.intern("_")) {}

Tree Parser::run() {
  // Trees of usual code have about a word for each byte of text.
  bool is_whole = !options_.imports_only && !options_.skip_bodies;
  if (is_whole) tree_.reserve(tree_.text().size());
  next();
  file();
  tree_.errors = errors_.take();
  if (!is_whole || tree_.word_count() < tree_.text().size() / 4 * 3) tree_.shrink();
  return std::move(tree_);
}

Tree Parser::run_function(uint32_t size) {
  tree_.reserve(size);
  next();
  if (at(Token::kFunc)) {
    Ref<Decl> only = function_declaration();
    tree_.decls = single(only);
  } else {
    error_expected("`func`");
  }
  tree_.errors = errors_.take();
  return std::move(tree_);
}

// Both lists in order of place; of errors at one place those of `first` come first.
static std::vector<SyntaxError> merge(std::string_view text, std::vector<SyntaxError> first,
                                      std::vector<SyntaxError> second) {
  ErrorList all(text);
  size_t i = 0;
  for (SyntaxError& error : second) {
    for (; i < first.size() && first[i].span.begin <= error.span.begin; i++) {
      all.add(first[i].span, std::move(first[i].message));
    }
    all.add(error.span, std::move(error.message));
  }
  for (; i < first.size(); i++) all.add(first[i].span, std::move(first[i].message));
  return all.take();
}

Tree parse_function(std::string_view text, Span at, base::Interner& names) {
  UNPARK_CHECK(at.begin <= at.end && at.end <= text.size(), "a function outside of its text");
  ParseOptions options;
  options.keep_comments = false;
  // The text ends with the function: nothing behind it is looked at.
  return Parser(text.substr(0, at.end), names, options, at.begin).run_function(at.size());
}

Tree parse(std::string_view text, base::Interner& names, const ParseOptions& options) {
  if (text.size() >= kMaxSize) {
    Tree tree;
    tree.errors.push_back({{0, 0}, "file is too large: Go source must be shorter than 1 GiB"});
    return tree;
  }
  ErrorList encoding(text);
  check_encoding(text, encoding);
  Tree tree = Parser(text, names, options).run();
  if (!encoding.empty()) tree.errors = merge(text, encoding.take(), std::move(tree.errors));
  return tree;
}

uint32_t Parser::expect(Token t) {
  uint32_t at_pos = pos();
  if (!at(t)) {
    error_expected(fmt::format("`{}`", text_of(t)));
    if (at_broken_off()) return at_pos;
  }
  next();
  return at_pos;
}

uint32_t Parser::expect_end(Token t) {
  uint32_t end = at(t) ? scanner_.end() : pos();
  expect(t);
  return end;
}

uint32_t Parser::expect_closing(Token t, std::string_view list) {
  if (!at(t) && at_newline()) {
    error_here(fmt::format("missing `,` before the newline in {}", list));
    next();
  }
  return expect_end(t);
}

void Parser::expect_semicolon() {
  switch (tok()) {
    case Token::kSemicolon:
      next();
      return;
    case Token::kRParen:
    case Token::kRBrace:
      return;  // the spec lets it be left out there
    case Token::kComma:
      error_expected("`;` or newline");
      next();
      return;
    default:
      error_expected("`;` or newline");
      sync(kStmtStart);
  }
}

bool Parser::at_comma(std::string_view list, Token closing) {
  if (at(Token::kComma)) return true;
  if (at(closing)) return false;
  error_here(fmt::format("missing `,` {}in {}", at_newline() ? "before the newline " : "", list));
  return !at_broken_off();
}

void Parser::error_expected(std::string_view what) {
  if (!errors_.wants(pos())) return;
  std::string found;
  constexpr size_t kShown = 40;
  if (at_newline()) {
    found = "newline";
  } else if (at(Token::kEof) || at(Token::kIllegal)) {
    found = text_of(tok());
  } else if (is_literal(tok()) && !at(Token::kString) && scanner_.text().size() <= kShown) {
    found = fmt::format("{} `{}`", text_of(tok()), scanner_.text());
  } else if (is_literal(tok())) {
    found = text_of(tok());
  } else {
    found = fmt::format("`{}`", text_of(tok()));
  }
  error_here(fmt::format("expected {}, found {}", what, found));
}

void Parser::sync(const TokenSet& set) {
  // Staying at one place is fine when the caller's caller knows what to do there, but not for ever.
  constexpr uint32_t kMaxStays = 10;
  for (; !at(Token::kEof); next()) {
    if (!set.has(tok()) && !at_broken_off()) continue;
    if (sync_pos_ != pos()) {
      sync_pos_ = pos();
      sync_count_ = 0;
      return;
    }
    if (++sync_count_ < kMaxStays) return;
  }
}

bool Parser::at_broken_off() const {
  if (!at(Token::kFunc)) return false;
  std::string_view text = tree_.text();
  if (pos() > 0 && text[pos() - 1] != '\n') return false;
  if (!errors_.empty()) return true;
  size_t behind = text.find_first_not_of(" \t", scanner_.end());
  return behind != std::string_view::npos && is_letter(decode_rune(text, behind).value);
}

void Parser::nested_too_deeply() {
  if (at(Token::kEof)) return;
  error_here(fmt::format("nested more than {} levels deep", options_.max_depth));
  errors_.close();
  scanner_.stop();
}

Ref<Ident> Parser::identifier() {
  if (!at(Token::kIdent)) {
    Ref<Ident> blank = blank_identifier(pos());
    error_expected("a name");
    if (!at_broken_off()) next();
    return blank;
  }
  Ident node = make<Ident>(pos(), scanner_.end());
  node.name = names_.intern(node.span.begin, node.span.size());
  next();
  return add(node);
}

Ref<Ident> Parser::blank_identifier(uint32_t at_pos) {
  Ident node = make<Ident>(at_pos, at_pos);
  node.name = blank_;
  return add(node);
}

List<Ident> Parser::identifier_list() {
  size_t names = mark();
  do {
    push(identifier());
  } while (accept(Token::kComma));
  return take<Ident>(names);
}

Ref<BasicLit> Parser::basic_literal() {
  BasicLit node = make<BasicLit>(pos(), scanner_.end());
  node.op = tok();
  next();
  return add(node);
}

}  // namespace unpark::syntax
