// The syntax tree of one file.
//
// Nodes live in one array of 32-bit words; a Ref is the position of a node's first word, so a
// reference costs four bytes, a tree is one block of memory, and it may be moved or stored as it
// is. Every node starts with a kind, an operator, flags and its span. Expressions have, besides,
// three words that the type checker fills in (`mode`, `type`, `value`): syntax only reserves them.
//
// A tree is written by one thread (the parser, then the checker of its package) and is read-only
// afterwards. References returned by operator[] hold until a node is added.
//
// The order of children is the order of go/ast.Walk, so that the tree can be compared with Go's
// own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/check.h"
#include "base/interner.h"
#include "source/span.h"
#include "syntax/token.h"

namespace unpark::syntax {

using base::NameId;
using source::Span;

// A node of type T (or of a kind that derives from it) in some tree. Zero is "none".
template <typename T>
struct Ref {
  uint32_t raw = 0;

  constexpr Ref() = default;
  constexpr explicit Ref(uint32_t value) : raw(value) {}
  // A reference to a kind of expression is a reference to an expression.
  template <typename U>
    requires std::is_base_of_v<T, U>
  constexpr Ref(Ref<U> other) : raw(other.raw) {}
  constexpr bool exists() const { return raw != 0; }
  friend constexpr auto operator<=>(Ref, Ref) = default;
};

// `count` references of type Ref<T> that stand one behind another in the tree.
template <typename T>
struct List {
  uint32_t first = 0;
  uint32_t count = 0;
  constexpr bool empty() const { return count == 0; }
};

enum class Kind : uint8_t {
  kNone,
  // Expressions and types.
  kBadExpr,
  kIdent,
  kBasicLit,
  kCompositeLit,
  kFuncLit,
  kParenExpr,
  kSelectorExpr,
  kIndexExpr,
  kSliceExpr,
  kTypeAssertExpr,
  kCallExpr,
  kStarExpr,
  kUnaryExpr,
  kBinaryExpr,
  kKeyValueExpr,
  kEllipsis,
  kArrayType,
  kStructType,
  kFuncType,
  kInterfaceType,
  kMapType,
  kChanType,
  // Statements.
  kBadStmt,
  kDeclStmt,
  kEmptyStmt,
  kLabeledStmt,
  kExprStmt,
  kSendStmt,
  kIncDecStmt,
  kAssignStmt,
  kGoStmt,
  kDeferStmt,
  kReturnStmt,
  kBranchStmt,
  kBlockStmt,
  kIfStmt,
  kCaseClause,
  kSwitchStmt,
  kTypeSwitchStmt,
  kCommClause,
  kSelectStmt,
  kForStmt,
  kRangeStmt,
  // Declarations.
  kBadDecl,
  kGenDecl,
  kFuncDecl,
  kImportSpec,
  kValueSpec,
  kTypeSpec,
  kField,
};

constexpr bool is_expr(Kind k) { return k >= Kind::kBadExpr && k <= Kind::kChanType; }
constexpr bool is_stmt(Kind k) { return k >= Kind::kBadStmt && k <= Kind::kRangeStmt; }

struct Node {
  Kind kind = Kind::kNone;
  Token op = Token::kIllegal;  // operator, literal kind, or keyword, where the kind has one
  uint8_t flags = 0;           // meaning by kind, see the constants there
  uint8_t mode = 0;            // of expressions: types::Mode, filled by the checker
  Span span;
};

struct Expr : Node {
  uint32_t type = 0;   // types::TypeId + 1 once checked, 0 before
  uint32_t value = 0;  // types::ConstId + 1 of a constant expression, else 0
};
struct Stmt : Node {};
struct Decl : Node {};
struct Field;
struct BlockStmt;
struct FuncType;
struct Spec;

struct BadExpr : Expr {};

struct Ident : Expr {
  NameId name;
  uint32_t object = 0;  // types::ObjectId + 1 of what it denotes or declares, 0 if nothing
};

// op: kInt, kFloat, kImag, kChar or kString; the text is the span's.
struct BasicLit : Expr {};

struct CompositeLit : Expr {
  Ref<Expr> literal_type;  // none where it is elided
  List<Expr> elements;
  uint32_t lbrace = 0;
};

struct FuncLit : Expr {
  Ref<FuncType> func_type;
  Ref<BlockStmt> body;
};

struct ParenExpr : Expr {
  Ref<Expr> x;
};

struct SelectorExpr : Expr {
  Ref<Expr> x;
  Ref<Ident> sel;
  uint32_t selection = 0;  // types: index + 1 into the tree's selections, 0 for a qualified name
};

// x[i], and x[T1, T2] with several type arguments.
struct IndexExpr : Expr {
  Ref<Expr> x;
  List<Expr> indices;
};

// flags: kThreeIndex.
struct SliceExpr : Expr {
  static constexpr uint8_t kThreeIndex = 1;
  Ref<Expr> x;
  Ref<Expr> low, high, max;  // none where left out
};

struct TypeAssertExpr : Expr {
  Ref<Expr> x;
  Ref<Expr> asserted;  // none for x.(type)
};

// flags: kSpread for f(x...).
struct CallExpr : Expr {
  static constexpr uint8_t kSpread = 1;
  Ref<Expr> fun;
  List<Expr> args;
  uint32_t lparen = 0;
};

struct StarExpr : Expr {
  Ref<Expr> x;
};

// op: kAdd kSub kNot kXor kAnd kArrow kTilde.
struct UnaryExpr : Expr {
  Ref<Expr> x;
};

struct BinaryExpr : Expr {
  Ref<Expr> x, y;
  uint32_t op_pos = 0;
};

struct KeyValueExpr : Expr {
  Ref<Expr> key, value_expr;
};

// `...T` in a parameter list, or the length of `[...]T` (then without element).
struct Ellipsis : Expr {
  Ref<Expr> element;
};

// A slice type has no length.
struct ArrayType : Expr {
  Ref<Expr> length;
  Ref<Expr> element;
};

struct StructType : Expr {
  List<Field> fields;
};

// flags: kHasFuncKeyword is off for methods of interfaces and for FuncDecls.
struct FuncType : Expr {
  static constexpr uint8_t kHasFuncKeyword = 1;
  List<Field> type_params;
  List<Field> params;
  List<Field> results;
};

// Methods are fields with one name and a FuncType; embedded elements are fields without a name.
struct InterfaceType : Expr {
  List<Field> elements;
};

struct MapType : Expr {
  Ref<Expr> key, element;
};

// flags: kSend, kRecv.
struct ChanType : Expr {
  static constexpr uint8_t kSend = 1;
  static constexpr uint8_t kRecv = 2;
  Ref<Expr> element;
};

// Parameters, results, type parameters, struct fields and interface elements. Several names share
// one type. An embedded struct field has no name (its type gives it one).
struct Field : Node {
  List<Ident> names;
  Ref<Expr> type_expr;
  Ref<BasicLit> tag;
};

struct BadStmt : Stmt {};
struct DeclStmt : Stmt {
  Ref<Decl> decl;
};
// flags: kImplicit where no semicolon stands in the text.
struct EmptyStmt : Stmt {
  static constexpr uint8_t kImplicit = 1;
};
struct LabeledStmt : Stmt {
  Ref<Ident> label;
  Ref<Stmt> stmt;
};
struct ExprStmt : Stmt {
  Ref<Expr> x;
};
struct SendStmt : Stmt {
  Ref<Expr> channel, value_expr;
  uint32_t arrow = 0;
};
// op: kInc or kDec.
struct IncDecStmt : Stmt {
  Ref<Expr> x;
};
// op: kAssign, kDefine, or an assignment operator.
struct AssignStmt : Stmt {
  List<Expr> lhs, rhs;
  uint32_t op_pos = 0;
};
struct GoStmt : Stmt {
  Ref<Expr> call;
};
struct DeferStmt : Stmt {
  Ref<Expr> call;
};
struct ReturnStmt : Stmt {
  List<Expr> results;
};
// op: kBreak, kContinue, kGoto or kFallthrough.
struct BranchStmt : Stmt {
  Ref<Ident> label;
};
struct BlockStmt : Stmt {
  List<Stmt> stmts;
};
struct IfStmt : Stmt {
  Ref<Stmt> init;
  Ref<Expr> cond;
  Ref<BlockStmt> body;
  Ref<Stmt> otherwise;  // a block or an if
};
// flags: kDefault. In a type switch the values are types.
struct CaseClause : Stmt {
  static constexpr uint8_t kDefault = 1;
  List<Expr> values;
  List<Stmt> body;
  uint32_t colon = 0;
  uint32_t object = 0;  // types: the symbolic variable of a type switch clause, + 1
};
struct SwitchStmt : Stmt {
  Ref<Stmt> init;
  Ref<Expr> tag;
  Ref<BlockStmt> body;  // of CaseClauses
};
struct TypeSwitchStmt : Stmt {
  Ref<Stmt> init;
  Ref<Stmt> assign;     // `x := y.(type)` or the ExprStmt `y.(type)`
  Ref<BlockStmt> body;  // of CaseClauses
};
// flags: kDefault.
struct CommClause : Stmt {
  static constexpr uint8_t kDefault = 1;
  Ref<Stmt> comm;
  List<Stmt> body;
  uint32_t colon = 0;
};
struct SelectStmt : Stmt {
  Ref<BlockStmt> body;  // of CommClauses
};
struct ForStmt : Stmt {
  Ref<Stmt> init;
  Ref<Expr> cond;
  Ref<Stmt> post;
  Ref<BlockStmt> body;
};
// op: kDefine, kAssign, or kIllegal when there is neither key nor value.
struct RangeStmt : Stmt {
  Ref<Expr> key, value;
  Ref<Expr> x;
  Ref<BlockStmt> body;
};

struct BadDecl : Decl {};
// op: kImport, kConst, kType or kVar. flags: kParen for a parenthesised group.
struct GenDecl : Decl {
  static constexpr uint8_t kParen = 1;
  List<Spec> specs;
};
// flags: kBodySkipped when the body was left out on purpose.
struct FuncDecl : Decl {
  static constexpr uint8_t kBodySkipped = 1;
  List<Field> recv;  // at most one in correct code
  Ref<Ident> name;
  Ref<FuncType> func_type;
  Ref<BlockStmt> body;  // none for a function without one (assembly, linkname)
};
struct Spec : Node {};
struct ImportSpec : Spec {
  Ref<Ident> name;  // none, or a name, `.` or `_`
  Ref<BasicLit> path;
  uint32_t object = 0;  // types: the package name object, + 1
};
// Of a const or var declaration. In a const group `iota` is the index in the group.
struct ValueSpec : Spec {
  List<Ident> names;
  Ref<Expr> type_expr;
  List<Expr> values;
  uint32_t iota = 0;
};
// flags: kAlias.
struct TypeSpec : Spec {
  static constexpr uint8_t kAlias = 1;
  Ref<Ident> name;
  List<Field> type_params;
  Ref<Expr> type_expr;
};

static_assert(sizeof(Node) == 12 && sizeof(Expr) == 20 && sizeof(Ident) == 28);

// The Kind a node type stands for; used by Tree::as.
template <typename T>
struct KindOf;
#define UNPARK_NODE_KIND(T)                   \
  template <>                                 \
  struct KindOf<T> {                          \
    static constexpr Kind value = Kind::k##T; \
  };
UNPARK_NODE_KIND(BadExpr)
UNPARK_NODE_KIND(Ident)
UNPARK_NODE_KIND(BasicLit)
UNPARK_NODE_KIND(CompositeLit)
UNPARK_NODE_KIND(FuncLit)
UNPARK_NODE_KIND(ParenExpr)
UNPARK_NODE_KIND(SelectorExpr)
UNPARK_NODE_KIND(IndexExpr)
UNPARK_NODE_KIND(SliceExpr)
UNPARK_NODE_KIND(TypeAssertExpr)
UNPARK_NODE_KIND(CallExpr)
UNPARK_NODE_KIND(StarExpr)
UNPARK_NODE_KIND(UnaryExpr)
UNPARK_NODE_KIND(BinaryExpr)
UNPARK_NODE_KIND(KeyValueExpr)
UNPARK_NODE_KIND(Ellipsis)
UNPARK_NODE_KIND(ArrayType)
UNPARK_NODE_KIND(StructType)
UNPARK_NODE_KIND(FuncType)
UNPARK_NODE_KIND(InterfaceType)
UNPARK_NODE_KIND(MapType)
UNPARK_NODE_KIND(ChanType)
UNPARK_NODE_KIND(BadStmt)
UNPARK_NODE_KIND(DeclStmt)
UNPARK_NODE_KIND(EmptyStmt)
UNPARK_NODE_KIND(LabeledStmt)
UNPARK_NODE_KIND(ExprStmt)
UNPARK_NODE_KIND(SendStmt)
UNPARK_NODE_KIND(IncDecStmt)
UNPARK_NODE_KIND(AssignStmt)
UNPARK_NODE_KIND(GoStmt)
UNPARK_NODE_KIND(DeferStmt)
UNPARK_NODE_KIND(ReturnStmt)
UNPARK_NODE_KIND(BranchStmt)
UNPARK_NODE_KIND(BlockStmt)
UNPARK_NODE_KIND(IfStmt)
UNPARK_NODE_KIND(CaseClause)
UNPARK_NODE_KIND(SwitchStmt)
UNPARK_NODE_KIND(TypeSwitchStmt)
UNPARK_NODE_KIND(CommClause)
UNPARK_NODE_KIND(SelectStmt)
UNPARK_NODE_KIND(ForStmt)
UNPARK_NODE_KIND(RangeStmt)
UNPARK_NODE_KIND(BadDecl)
UNPARK_NODE_KIND(GenDecl)
UNPARK_NODE_KIND(FuncDecl)
UNPARK_NODE_KIND(ImportSpec)
UNPARK_NODE_KIND(ValueSpec)
UNPARK_NODE_KIND(TypeSpec)
UNPARK_NODE_KIND(Field)
#undef UNPARK_NODE_KIND

// A comment as it stands in the text, `//` or `/* */` included.
struct Comment {
  Span span;
};

// What is wrong with the text at a place; the tree has a Bad node or a gap there.
struct SyntaxError {
  Span span;
  std::string message;
};

class Tree {
 public:
  explicit Tree(std::string_view text = {}) : text_(text) { words_.push_back(0); }

  template <typename T>
  const T& operator[](Ref<T> ref) const {
    UNPARK_DCHECK(ref.exists(), "a reference to no node");
    return *reinterpret_cast<const T*>(words_.data() + ref.raw);
  }
  template <typename T>
  T& operator[](Ref<T> ref) {
    UNPARK_DCHECK(ref.exists(), "a reference to no node");
    return *reinterpret_cast<T*>(words_.data() + ref.raw);
  }
  template <typename T>
  std::span<const Ref<T>> operator[](List<T> list) const {
    return {reinterpret_cast<const Ref<T>*>(words_.data() + list.first), list.count};
  }
  template <typename T>
  Ref<T> at(List<T> list, uint32_t index) const {
    return (*this)[list][index];
  }

  template <typename T>
  Kind kind(Ref<T> ref) const {
    return ref.exists() ? reinterpret_cast<const Node*>(words_.data() + ref.raw)->kind
                        : Kind::kNone;
  }
  template <typename T>
  Span span(Ref<T> ref) const {
    return reinterpret_cast<const Node*>(words_.data() + ref.raw)->span;
  }
  // The same node as a T, or none when it is of another kind.
  template <typename T, typename U>
  Ref<T> as(Ref<U> ref) const {
    return kind(ref) == KindOf<T>::value ? Ref<T>{ref.raw} : Ref<T>{};
  }
  template <typename T, typename U>
  bool is(Ref<U> ref) const {
    return kind(ref) == KindOf<T>::value;
  }
  template <typename T, typename U>
  const T& get(Ref<U> ref) const {
    UNPARK_DCHECK(is<T>(ref), "a node of another kind");
    return *reinterpret_cast<const T*>(words_.data() + ref.raw);
  }

  std::string_view text() const { return text_; }
  std::string_view text(Span span) const { return text_.substr(span.begin, span.size()); }

  // For the parser. `node` must have its kind set.
  template <typename T>
  Ref<T> add(const T& node) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0);
    Ref<T> ref{static_cast<uint32_t>(words_.size())};
    words_.resize(words_.size() + sizeof(T) / 4);
    (*this)[ref] = node;
    return ref;
  }
  template <typename T>
  List<T> add_list(std::span<const Ref<T>> items) {
    List<T> list{static_cast<uint32_t>(words_.size()), static_cast<uint32_t>(items.size())};
    for (Ref<T> item : items) words_.push_back(item.raw);
    return list;
  }
  size_t word_count() const { return words_.size(); }
  void reserve(size_t words) { words_.reserve(words); }
  void shrink() { words_.shrink_to_fit(); }

  // What the file holds.
  uint32_t package_begin = 0;  // of the keyword, or where it should be
  Ref<Ident> package_name;     // none when the package clause is missing or broken
  List<Decl> decls;            // imports first, as written
  std::vector<Ref<ImportSpec>> imports;
  std::vector<Comment> comments;    // in order, when kept
  std::vector<SyntaxError> errors;  // in order
  uint32_t node_count = 0;

 private:
  std::string_view text_;
  std::vector<uint32_t> words_;
};

}  // namespace unpark::syntax
