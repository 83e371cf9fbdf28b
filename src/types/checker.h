// The checker: fills the trees of one package with objects, types and constant values (go/types'
// Info).
//
// It assumes that the code compiles. It reports nothing; what is broken gets the invalid type,
// which every further step accepts silently. Work is in two phases: declare_package() gives every
// package-level object its type, and needs the imported packages declared; check_body() does one
// function body (or function literal of a package-level variable), in any order and from any
// thread, one Checker a thread, once the package and its imports are declared.
//
// One .cc file per construct of the language; this header is internal to the room.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "syntax/tree.h"
#include "types/constant.h"
#include "types/mode.h"
#include "types/package.h"
#include "types/program.h"
#include "types/scope.h"

namespace unpark::types {

using syntax::Expr;
using syntax::Field;
using syntax::Ident;
using syntax::Kind;
using syntax::List;
using syntax::Ref;
using syntax::Stmt;
using syntax::Token;
using syntax::Tree;

// An expression under evaluation.
struct Operand {
  Mode mode = Mode::kInvalid;
  TypeId type = kInvalidType;
  Ref<Expr> expr;
  Constant value;  // of kConstant
  Builtin builtin = Builtin::kAppend;

  bool valid() const { return mode != Mode::kInvalid; }
  bool is_nil() const { return mode == Mode::kValue && type == basic(BasicKind::kUntypedNil); }
  void invalidate() {
    mode = Mode::kInvalid;
    type = kInvalidType;
  }
};

class Checker final : public Resolver {
 public:
  explicit Checker(Context& cx) : cx_(cx) {}

  // First phase. `imports` maps import paths as written to packages; what is missing there becomes
  // a fake package. `view` is the overlay that this package sees of some import (a package with
  // tests in the package, imported by its external tests), or null.
  using ImportMap = absl::flat_hash_map<std::string_view, PackageRef>;
  std::vector<BodyTask> declare_package(Package& package, const Package* view,
                                        const ImportMap& imports);
  // Second phase.
  void check_body(Package& package, const Package* view, const BodyTask& task);
  // The same for a function whose body the parser skipped: reads it into `out` (late.cc).
  void read_body(Package& package, const Package* view, const Declaration& declaration,
                 LateBody& out);

  // Of what was checked since the last call.
  BodySummary take_summary();

  // Of the objects set aside for this checker, those not made yet.
  uint32_t unused_objects() const { return object_end_ - object_next_; }

  void resolve_type_name(ObjectId object) override;
  void resolve_object(ObjectId object) override;

 private:
  // Where we are.
  struct Env {
    uint32_t file_index = 0;
    File* file = nullptr;
    Tree* tree = nullptr;
    std::vector<Instance>* instances = nullptr;  // where they go instead of the file's
    std::optional<int64_t> iota;
    bool in_function = false;
    TypeId results;  // of the function around, a tuple
    bool has_call_or_recv = false;
    bool has_label = false;
  };

  // --- names and objects (resolve.cc, declare.cc) ---
  void collect_objects(const ImportMap& imports);
  void collect_import(Ref<syntax::ImportSpec> spec, const ImportMap& imports);
  void collect_values(Ref<syntax::GenDecl> decl);
  void collect_func(Ref<syntax::FuncDecl> decl);
  void bind_methods();
  ObjectId base_type_name(NameId name);
  ObjectId declare_package_object(Ref<Ident> ident, ObjectKind kind, Declaration declaration);
  PackageRef fake_package(std::string_view path);
  ObjectId new_object(const Object& object);
  ObjectId new_var(Ref<Ident> ident, TypeId type, uint16_t flags = 0);
  void define(Ref<Ident> ident, ObjectId object);  // annotates and declares in the innermost block
  ObjectId lookup(NameId name) const;
  void resolve(ObjectId object);
  void mark_stack();  // where declare_package() or check_body() begins
  bool stack_is_deep(size_t bytes) const;
  void declare_const(Object& object, Ref<Expr> type_expr, Ref<Expr> init, int64_t iota);
  void declare_var(ObjectId object, const Declaration& declaration);
  void declare_type(ObjectId object, Ref<syntax::TypeSpec> spec);
  void declare_func(ObjectId object, Ref<syntax::FuncDecl> decl);
  void local_declaration(Ref<syntax::Decl> decl);
  std::vector<TypeId> collect_type_params(List<Field> list);
  TypeId declare_type_param(Ref<Ident> name, uint32_t index);
  TypeId bound(Ref<Expr> e);

  // --- types (typexpr.cc, signature.cc, struct.cc, interface.cc) ---
  TypeId type_of(Ref<Expr> e);  // evaluates and records a type expression
  TypeId type_internal(Ref<Expr> e);
  TypeId generic_type(Ref<Expr> e);
  TypeId instantiated_type(Ref<Expr> e);
  TypeId alias_instance(const Object& alias, std::span<const TypeId> args);
  Ref<Ident> type_name_ident(Ref<Expr> e) const;  // the T of T, p.T, *T, T[A], (T)
  int64_t array_length(Ref<Expr> e);
  TypeId func_type(Ref<syntax::FuncType> e);
  TypeId struct_type(Ref<syntax::StructType> e);
  TypeId interface_type(Ref<syntax::InterfaceType> e);
  TypeId parse_union(Ref<Expr> e);
  Term parse_tilde(Ref<Expr> e);
  TypeId receiver(List<Field> recv, std::vector<TypeId>& type_params);
  TypeId params(List<Field> list, uint16_t flags, bool* variadic);
  void bind_names(List<Field> list);
  void bind_receiver(List<Field> recv);
  Ref<syntax::IndexExpr> receiver_index(List<Field> recv) const;
  bool type_list(std::span<const Ref<Expr>> list, std::vector<TypeId>& out);

  // --- expressions (expr.cc, untyped.cc, binary.cc, …) ---
  enum class Outcome : uint8_t { kConversion, kExpression, kStatement };
  void expr(Operand& x, Ref<Expr> e, TypeId target = {});
  void expr_with_hint(Operand& x, Ref<Expr> e, TypeId hint);
  void generic_expr(Operand& x, Ref<Expr> e);
  void expr_or_type(Operand& x, Ref<Expr> e, bool allow_generic = false);
  bool multi_expr(Ref<Expr> e, bool allow_comma_ok, std::vector<Operand>& out);
  void expr_list(std::span<const Ref<Expr>> list, std::vector<Operand>& out);
  void raw_expr(Operand& x, Ref<Expr> e, TypeId target, TypeId hint, bool allow_generic);
  void expr_internal(Operand& x, Ref<Expr> e, TypeId target, TypeId hint);
  void non_generic(Operand& x, TypeId target);
  void single_value(Operand& x);
  void exclude_types(Operand& x);
  void use(Ref<Expr> e);
  void ident(Operand& x, Ref<Ident> e, bool want_type);
  void basic_lit(Operand& x, Ref<syntax::BasicLit> e);
  void func_lit(Operand& x, Ref<syntax::FuncLit> e);
  void composite_lit(Operand& x, Ref<syntax::CompositeLit> e, TypeId hint);
  int64_t indexed_elements(List<Expr> elements, TypeId type, int64_t length);
  void selector(Operand& x, Ref<syntax::SelectorExpr> e, bool want_type);
  bool package_selector(Operand& x, Ref<syntax::SelectorExpr> e);
  bool index_expr(Operand& x, Ref<syntax::IndexExpr> e);  // true: a generic function to instantiate
  void slice_expr(Operand& x, Ref<syntax::SliceExpr> e);
  TypeId index(Ref<Expr> e, int64_t* value = nullptr);
  bool valid_index(Operand& x);
  void star(Operand& x, Ref<syntax::StarExpr> e);
  void unary(Operand& x, Ref<syntax::UnaryExpr> e);
  void binary(Operand& x, Ref<Expr> e, Ref<Expr> lhs, Ref<Expr> rhs, Token op);
  void binary_op(Operand& x, Operand& y, Ref<Expr> e, Token op);
  void shift(Operand& x, Operand& y, Ref<Expr> e, Token op);
  void comparison(Operand& x, Operand& y, Token op);
  void match_types(Operand& x, Operand& y);
  TypeId chan_elem(TypeId t);

  // --- untyped values and constants (untyped.cc) ---
  void record(Operand& x);
  void record(Ref<Expr> e, Mode mode, TypeId type);
  void record_value(Ref<Expr> e, const Constant& value, TypeId type);
  TypeId recorded(Ref<Expr> e) const;
  void record_comma_ok(Ref<Expr> e, TypeId value_type, TypeId ok_type);
  void record_instance(Ref<Expr> e, std::span<const TypeId> args, TypeId type);
  void record_selection(Ref<syntax::SelectorExpr> e, const Selection& selection);
  void update_expr_type(Ref<Expr> e, TypeId type, bool final);
  void update_expr_value(Ref<Expr> e, const Constant& value);
  bool implicit_type(const Operand& x, TypeId target, TypeId* type, std::optional<Constant>* value);
  void convert_untyped(Operand& x, TypeId target);
  void assignment(Operand& x, TypeId target);  // target none: the default type
  void overflow(Operand& x);
  std::optional<Constant> representable(const Constant& value, TypeId basic_type);
  Constant rounded(const Constant& value, TypeId type);

  // --- calls (call.cc, builtin.cc, conversion.cc) ---
  void call(Operand& x, Ref<syntax::CallExpr> e);
  bool may_be_chan(Ref<Expr> e, TypeId type) const;
  bool builtin_call(Operand& x, Ref<syntax::CallExpr> e, Builtin id);
  void conversion(Operand& x, TypeId target);
  // The explicit type arguments stay in `args` when some are missing and infer is off.
  bool func_inst(TypeId target, Operand& x, Ref<syntax::IndexExpr> e, bool infer,
                 std::vector<TypeId>* partial);
  void generic_expr_list(List<Expr> list, std::vector<Operand>& out,
                         std::vector<std::vector<TypeId>>& partial);
  TypeId arguments(Ref<syntax::CallExpr> e, TypeId signature, std::vector<TypeId> targs,
                   std::vector<Operand>& args, const std::vector<std::vector<TypeId>>& partial);
  TypeId instantiate(Ref<Expr> e, TypeId signature, std::span<const TypeId> args);

  // --- statements (stmt.cc, assign.cc, range.cc, label.cc) ---
  void declared_body(Ref<syntax::FuncDecl> decl);
  void function_body(TypeId signature, Ref<syntax::BlockStmt> body);
  void stmt_list(List<Stmt> list);
  void stmt(Ref<Stmt> s);
  void switch_stmt(const syntax::SwitchStmt& s);
  void type_switch_stmt(const syntax::TypeSwitchStmt& s);
  void select_stmt(const syntax::SelectStmt& s);
  void range_stmt(const syntax::RangeStmt& s);
  void init_const(Object& object, Operand& x);
  void init_var(ObjectId object, Operand& x);
  void init_vars(std::span<const ObjectId> lhs, std::span<const Ref<Expr>> rhs, bool is_return);
  void return_values(std::span<const Ref<Expr>> rhs);
  TypeId lhs_var(Ref<Expr> e);
  void assign_var(Ref<Expr> lhs, Ref<Expr> rhs, Operand* x);
  void assign_vars(List<Expr> lhs, List<Expr> rhs);
  void short_var_decl(List<Expr> lhs, List<Expr> rhs);
  void labels(Ref<syntax::BlockStmt> body);

  // --- short forms ---
  Tree& tree() const { return *env_.tree; }
  template <typename T>
  const T& node(Ref<T> ref) const {
    return (*env_.tree)[ref];
  }
  Kind kind(Ref<Expr> e) const { return env_.tree->kind(e); }
  Ref<Expr> unparen(Ref<Expr> e) const;
  TypeStore& types() const { return cx_.types; }
  Object& object(ObjectId id) const { return cx_.objects[id]; }
  TypeId under(TypeId t) const { return cx_.types.under(t); }
  TypeKind under_kind(TypeId t) const { return cx_.types.kind(cx_.types.under(t)); }
  bool is_sig(TypeId t) const { return cx_.types.is(t, TypeKind::kSignature); }
  bool allows(uint32_t minor) const { return env_.file->version.minor >= minor; }
  TypeId target_of(TypeId t) const;
  bool is_blank(NameId name) const { return name == blank_; }

  Context& cx_;
  Package* package_ = nullptr;
  const Package* view_ = nullptr;
  bool declaring_ = false;
  uintptr_t stack_begin_ = 0;
  int alias_depth_ = 0;              // aliases being resolved
  std::vector<ObjectId> postponed_;  // defined types met while resolving an alias
  std::vector<TypeId> incomplete_;   // Named types whose resolver is this checker
  Env env_;
  LocalScopes scopes_;
  std::vector<BodyTask> bodies_;
  uint16_t has_ = 0;                // for take_summary()
  std::vector<uint32_t> mentions_;  // functions, as they are met
  // Methods found while collecting: receiver base name and the Func.
  struct PendingMethod {
    NameId base;
    ObjectId object;
    bool pointer;
  };
  std::vector<PendingMethod> pending_methods_;
  std::vector<ObjectId> order_;  // package-level objects in source order
  NameId blank_ = cx_.names.intern("_");
  uint32_t object_next_ = 0;
  uint32_t object_end_ = 0;
};

}  // namespace unpark::types
