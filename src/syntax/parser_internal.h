// The parser: recursive descent with one token of lookahead. Its functions are split by construct
// over parse_expr.cc, parse_type.cc, parse_stmt.cc and parse_decl.cc; what they share is in
// parser.cc.
//
// Errors: a function that does not find what it wants reports that, makes a Bad node or leaves a
// gap, and skips to a token where parsing can go on (`sync`). Every loop consumes a token in each
// turn or ends, also at the end of the text, so parsing always ends. Nesting beyond the budget is
// reported and moves the scanner to the end of the text, which makes all open functions return.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "base/interner.h"
#include "syntax/error_list.h"
#include "syntax/name_cache.h"
#include "syntax/parser.h"
#include "syntax/scanner.h"
#include "syntax/tree.h"

namespace unpark::syntax {

class TokenSet {
 public:
  constexpr TokenSet(std::initializer_list<Token> tokens) {
    for (Token t : tokens) words_[static_cast<size_t>(t) / 64] |= bit(t);
  }
  constexpr bool has(Token t) const { return words_[static_cast<size_t>(t) / 64] & bit(t); }

 private:
  static constexpr uint64_t bit(Token t) { return uint64_t{1} << (static_cast<size_t>(t) % 64); }
  uint64_t words_[2] = {0, 0};
};

inline constexpr TokenSet kStmtStart = {
    Token::kBreak,  Token::kConst,  Token::kContinue, Token::kDefer, Token::kFallthrough,
    Token::kFor,    Token::kGo,     Token::kGoto,     Token::kIf,    Token::kReturn,
    Token::kSelect, Token::kSwitch, Token::kType,     Token::kVar};
inline constexpr TokenSet kDeclStart = {Token::kImport, Token::kConst, Token::kType, Token::kVar,
                                        Token::kFunc};
inline constexpr TokenSet kStmtStartOrExprEnd = {
    Token::kBreak,  Token::kConst,  Token::kContinue, Token::kDefer,     Token::kFallthrough,
    Token::kFor,    Token::kGo,     Token::kGoto,     Token::kIf,        Token::kReturn,
    Token::kSelect, Token::kSwitch, Token::kType,     Token::kVar,       Token::kComma,
    Token::kColon,  Token::kRParen, Token::kRBrack,   Token::kSemicolon, Token::kRBrace};
inline constexpr TokenSet kExprEnd = {Token::kComma,  Token::kColon,  Token::kSemicolon,
                                      Token::kRParen, Token::kRBrack, Token::kRBrace};

class Parser {
 public:
  // Starts at offset `from`.
  Parser(std::string_view text, base::Interner& names, const ParseOptions& options,
         uint32_t from = 0);
  Tree run();
  // One function declaration of about `size` bytes.
  Tree run_function(uint32_t size);

 private:
  // --- What the constructs share: parser.cc ---

  Token tok() const { return scanner_.token(); }
  uint32_t pos() const { return scanner_.begin(); }
  bool at(Token t) const { return scanner_.token() == t; }
  void next() { scanner_.next(); }
  // At a semicolon that the end of the line stands for.
  bool at_newline() const { return at(Token::kSemicolon) && scanner_.is_inserted(); }

  // Consumes the token if it is `t`; else reports it missing and consumes the token there instead
  // (unless that starts a declaration, see at_broken_off). Gives the place of the token.
  uint32_t expect(Token t);
  // The same, but gives where the token ends, or would begin if it is missing.
  uint32_t expect_end(Token t);
  // The same for what closes a list, where a newline often stands instead of a comma.
  uint32_t expect_closing(Token t, std::string_view list);
  void expect_semicolon();
  // At the comma that ends an element of a list, or where one should be: then that is reported.
  bool at_comma(std::string_view list, Token closing);
  bool accept(Token t) {
    if (!at(t)) return false;
    next();
    return true;
  }

  void error(Span span, std::string message) { errors_.add(span, std::move(message)); }
  void error_here(std::string message) { error(scanner_.span(), std::move(message)); }
  void error_expected(std::string_view what);
  // Skips to a token of the set, or to where at_broken_off holds.
  void sync(const TokenSet& set);
  // At a `func` at the start of a line that has a name or comes after an error: most likely a brace
  // or so was left out above, and this is the next declaration. No statement or expression begins
  // here.
  bool at_broken_off() const;

  // Counts one level of nesting while it lives.
  class Nesting {
   public:
    explicit Nesting(Parser& parser) : parser_(parser) {
      if (++parser.depth_ > parser.options_.max_depth) parser.nested_too_deeply();
    }
    ~Nesting() { parser_.depth_--; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    bool too_deep() const { return parser_.depth_ > parser_.options_.max_depth; }

   private:
    Parser& parser_;
  };
  void nested_too_deeply();

  // Sets a member for the time of a scope.
  template <typename T>
  class Restore {
   public:
    Restore(T& place, T value) : place_(place), old_(std::exchange(place, value)) {}
    ~Restore() { place_ = old_; }
    Restore(const Restore&) = delete;
    Restore& operator=(const Restore&) = delete;

   private:
    T& place_;
    T old_;
  };

  template <typename T>
  static T make(uint32_t begin, uint32_t end) {
    T node{};
    node.kind = KindOf<T>::value;
    node.span = {begin, end};
    return node;
  }
  template <typename T>
  Ref<T> add(const T& node) {
    tree_.node_count++;
    return tree_.add(node);
  }
  // A node that was made but has no place in the tree after all.
  void discard() { tree_.node_count--; }
  template <typename T>
  uint32_t begin_of(Ref<T> ref) const {
    return tree_.span(ref).begin;
  }
  template <typename T>
  uint32_t end_of(Ref<T> ref) const {
    return tree_.span(ref).end;
  }
  Ref<Expr> bad_expr(uint32_t begin, uint32_t end) { return add(make<BadExpr>(begin, end)); }

  // Lists are gathered on a stack: remember its height, push, then take what is above.
  size_t mark() const { return scratch_.size(); }
  template <typename T>
  void push(Ref<T> ref) {
    scratch_.push_back(ref.raw);
  }
  template <typename T>
  List<T> take(size_t mark) {
    static_assert(sizeof(Ref<T>) == sizeof(uint32_t));
    size_t count = scratch_.size() - mark;
    if (count == 0) return {};
    List<T> list = tree_.add_list(
        std::span<const Ref<T>>(reinterpret_cast<const Ref<T>*>(scratch_.data() + mark), count));
    scratch_.resize(mark);
    return list;
  }
  template <typename T>
  List<T> single(Ref<T> ref) {
    return tree_.add_list(std::span<const Ref<T>>(&ref, 1));
  }

  Ref<Ident> identifier();
  // The name `_` at a place where a name is missing.
  Ref<Ident> blank_identifier(uint32_t at);
  List<Ident> identifier_list();
  Ref<BasicLit> basic_literal();

  // --- Declarations: parse_decl.cc ---

  void file();
  Ref<Decl> declaration(const TokenSet& recovery);
  Ref<GenDecl> general_declaration();
  Ref<Spec> spec(Token keyword, uint32_t iota);
  Ref<ImportSpec> import_spec();
  Ref<ValueSpec> value_spec(Token keyword, uint32_t iota);
  Ref<TypeSpec> type_spec();
  Ref<FuncDecl> function_declaration();
  Ref<BlockStmt> skip_body();
  // Reads `x`, an array length or the start of a type parameter list, as the latter if it can be.
  struct NameAndType {
    Ref<Ident> name;
    Ref<Expr> type;
  };
  NameAndType split_type_param(Ref<Expr> x, bool is_certain);
  bool is_type_element(Ref<Expr> x) const;

  // --- Types: parse_type.cc ---

  Ref<Expr> type();
  // None, and nothing consumed, where no type starts.
  Ref<Expr> try_type();
  Ref<Expr> type_name(Ref<Ident> first);
  Ref<Expr> qualified_type(Ref<Ident> first);
  Ref<Expr> type_instance(Ref<Expr> generic);
  // Behind the `[`; `length` if it was read already.
  Ref<Expr> array_type(uint32_t lbrack, Ref<Expr> length);
  Ref<Expr> struct_type();
  Ref<Field> struct_field();
  Ref<Expr> embedded_field_type();
  Ref<Expr> interface_type();
  Ref<Field> interface_element();
  Ref<Field> method_or_embedded();
  Ref<Field> method(Ref<Ident> name);
  Ref<Expr> map_type();
  Ref<Expr> chan_type();
  Ref<Expr> union_type(Ref<Expr> first);
  Ref<Expr> union_term();
  // `name [n]T`, `name []T` or, without a field, `name[T1, T2]`.
  NameAndType array_or_instance(Ref<Ident> name);
  Ref<Expr> index_or_instance(Ref<Expr> x, List<Expr> indices, uint32_t end);

  // A signature's parts; `end` is behind the last of them.
  struct Signature {
    List<Field> type_params, params, results;
    uint32_t params_begin = 0;
    uint32_t end = 0;
  };
  Ref<FuncType> function_type();
  void params_and_results(Signature& signature);
  enum class ParamKind : uint8_t { kParams, kResults, kTypeParams };
  List<Field> params(ParamKind kind, uint32_t& end);
  List<Field> type_params();
  // Up to the closing bracket; `first` if its start was read already.
  List<Field> param_list(ParamKind kind, NameAndType first = {});
  NameAndType param(Ref<Ident> name, ParamKind kind);
  void name_params(size_t mark, ParamKind kind, uint32_t list_begin);
  void check_dots(size_t mark, ParamKind kind);
  List<Field> fields_of_params(size_t mark);

  // --- Expressions: parse_expr.cc ---

  Ref<Expr> expr() { return binary_expr(unary_expr()); }
  Ref<Expr> binary_expr(Ref<Expr> left);
  Ref<Expr> unary_expr();
  Ref<Expr> arrow_expr();
  Ref<Expr> primary_expr(Ref<Expr> x);
  Ref<Expr> operand();
  Ref<Expr> paren_expr();
  Ref<Expr> function_type_or_literal();
  Ref<Expr> selector_or_assertion(Ref<Expr> x);
  Ref<Expr> index_slice_or_instance(Ref<Expr> x);
  Ref<Expr> call(Ref<Expr> fun);
  bool starts_literal(Ref<Expr> x);
  Ref<Expr> composite_literal(Ref<Expr> literal_type);
  Ref<Expr> element_value();
  Ref<Expr> unparen(Ref<Expr> x) const;
  List<Expr> expr_list();

  // --- Statements: parse_stmt.cc ---

  // A simple statement before it is known what it is part of.
  struct Simple {
    enum class Form : uint8_t { kNone, kExpr, kAssign, kRange, kOther } form = Form::kNone;
    Ref<Expr> x;     // kExpr, and the operand of kRange
    List<Expr> lhs;  // kAssign, kRange
    List<Expr> rhs;  // kAssign
    Token op = Token::kIllegal;
    uint32_t op_pos = 0;
    Ref<Stmt> stmt;  // kOther
  };
  enum class SimpleMode : uint8_t { kPlain, kLabelAllowed, kRangeAllowed };

  Ref<Stmt> statement();
  List<Stmt> statement_list();
  Ref<BlockStmt> block();
  Simple simple_statement(SimpleMode mode);
  Simple labeled_statement(Ref<Ident> label);
  Ref<Stmt> finish(const Simple& simple);
  Ref<Expr> as_expr(const Simple& simple, std::string_view what);
  Ref<Stmt> go_or_defer();
  Ref<Stmt> return_statement();
  Ref<Stmt> branch_statement();
  Ref<Stmt> if_statement();
  void if_header(Ref<Stmt>& init, Ref<Expr>& cond);
  Ref<Stmt> switch_statement();
  bool is_type_switch_guard(const Simple& simple);
  Ref<Stmt> case_clause();
  Ref<Stmt> select_statement();
  Ref<Stmt> comm_clause();
  Ref<Stmt> comm();
  // `{ clause… }` for switch and select.
  Ref<BlockStmt> clauses(Ref<Stmt> (Parser::*clause)());
  Ref<Stmt> for_statement();
  Ref<Stmt> range_statement(uint32_t begin, const Simple& header, Ref<BlockStmt> body);

  const ParseOptions options_;
  Tree tree_;
  ErrorList errors_;
  Scanner scanner_;
  NameCache names_;
  base::NameId blank_;
  uint32_t depth_ = 0;
  // Below zero in the header of a control statement, where `{` starts the block and no literal.
  int expr_level_ = 0;
  // Where `sync` stopped last, and how often it did so there.
  uint32_t sync_pos_ = UINT32_MAX;
  uint32_t sync_count_ = 0;

  std::vector<uint32_t> scratch_;
  std::vector<NameAndType> params_;
  struct IfPart {
    uint32_t begin;
    Ref<Stmt> init;
    Ref<Expr> cond;
    Ref<BlockStmt> body;
  };
  std::vector<IfPart> if_parts_;
};

}  // namespace unpark::syntax
