// Builder: lowers the syntax of one function to a Draft; internal to the room.
//
// Every variable starts as an Alloc; lift.cc removes those that need no memory. Code behind a
// return, a panic or a jump goes to a fresh block that nothing leads to, which simplify_blocks
// drops. Code that did not type-check ends in fail(): the block so far gets a kUnreachable, and
// lowering goes on in such a dead block, so nothing but the reason is left of the rest.
//
// A function literal is built by its own Builder while the one around it stands still; variables of
// outer functions are found through `parent_` and become free variables on the way (capture).
#pragma once

#include <absl/container/flat_hash_map.h>

#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "ssa/draft.h"
#include "ssa/program.h"
#include "syntax/tree.h"
#include "types/lookup.h"
#include "types/mode.h"
#include "types/predicates.h"

namespace unpark::ssa {

using syntax::Expr;
using syntax::Field;
using syntax::Ident;
using syntax::Kind;
using syntax::List;
using syntax::Ref;
using syntax::Stmt;
using syntax::Token;
using syntax::Tree;
using types::BasicKind;
using types::TypeKind;

// Replaces the type parameters of one instance, and the types declared locally in it (they are
// types of their own in every instance).
class Substitution;

class Builder {
 public:
  // `fn` stays in the program; `parent` is the builder of the function around, or null.
  Builder(Program& program, FunctionId id, Builder* parent);

  // The whole function, with the literals inside: their bodies go to the program.
  void build();
  std::unique_ptr<Body> take();

 private:
  // Where a value can be stored.
  struct Place {
    enum Kind : uint8_t { kBlank, kAddress, kField, kElement, kMapEntry };
    Kind kind = kBlank;
    ValueId base;   // address; pointer to struct; slice or pointer to array; map
    ValueId index;  // of kElement and kMapEntry
    uint32_t field = 0;
    TypeId type = types::kInvalidType;  // of what is stored
    Span span;
  };

  // Where break, continue and fallthrough lead, innermost first.
  struct Targets {
    Targets* outer = nullptr;
    ObjectId label;
    BlockId break_to, continue_to, fallthrough_to;
  };

  // What a call calls.
  struct Callee {
    ValueId function;  // the first operand: the function, or the receiver of an invoke
    ValueId receiver;  // first argument of a method called statically
    TypeId signature;  // of the arguments that are written
    ObjectId method;   // of an invoke
    bool invoke = false;
  };
  struct Call {
    std::vector<ValueId> operands;
    TypeId type;  // of the result
    ObjectId method;
    uint16_t flags = 0;
  };

  // A way out of the body of a range-over-func loop that is neither its own end nor break nor
  // continue of the loop itself.
  struct Exit {
    Builder* to = nullptr;
    BlockId block;  // none: return
    int64_t number = 0;
  };
  struct Label {
    BlockId block;
  };

  // --- emission (emit.cc) ---
  ValueId emit(Op op, TypeId type, Span at, std::initializer_list<ValueId> operands = {},
               uint32_t aux = Value::kNoAux, uint16_t flags = 0);
  ValueId emit(Op op, TypeId type, Span at, std::span<const ValueId> operands, uint32_t aux,
               uint16_t flags);
  ValueId placeless(Op op, TypeId type, uint32_t aux);
  BlockId new_block(const char* name);
  void set_block(BlockId block);
  void start_block(BlockId block);  // jumps there from the current one, and goes on there
  void jump(BlockId to, Span at);
  void branch(ValueId condition, BlockId then, BlockId otherwise, Span at);
  void terminate(Op op, Span at, std::initializer_list<ValueId> operands = {}, uint16_t flags = 0);
  void add_edge(BlockId from, BlockId to);
  void fail(Span at, std::string_view reason);
  ValueId poison(Span at, std::string_view reason);
  ValueId constant(types::ConstId value, TypeId type);
  ValueId zero(TypeId type);
  ValueId integer(int64_t value, TypeId type = types::basic(BasicKind::kInt));
  ValueId boolean(bool value);
  ValueId function(FunctionId id);
  ValueId builtin(types::Builtin id, std::span<const TypeId> params, TypeId result);
  LocalId local(ObjectId object);
  LocalId synthetic(std::string_view name);
  ValueId alloc(TypeId type, LocalId local, Span at, bool heap = false);
  ValueId load(ValueId address, Span at);
  void store(ValueId address, ValueId value, Span at);  // converts to the type stored there
  ValueId binary(Token op, ValueId x, ValueId y, TypeId type, Span at);
  ValueId extract(ValueId tuple, uint32_t index, Span at);
  ValueId convert(ValueId v, TypeId to, Span at);     // an explicit conversion
  ValueId assignable(ValueId v, TypeId to, Span at);  // an implicit one
  ValueId compare(Token op, ValueId x, ValueId y, Span at);
  ValueId arithmetic(Token op, ValueId x, ValueId y, TypeId type, Span at);
  ValueId field(ValueId v, uint32_t index, Span at);  // of a struct or a pointer to one
  ValueId implicit_fields(ValueId v, std::span<const uint32_t> path, Span at);
  void declare(ObjectId object, ValueId value, Span at);  // a new variable that starts as value
  ValueId declare_zero(ObjectId object, Span at);
  ValueId call_builtin(types::Builtin id, std::span<const ValueId> args, TypeId result, Span at);

  // --- variables (build.cc) ---
  ValueId variable(ObjectId object, bool escapes, Span at);
  ValueId capture(Builder* owner, ValueId value);
  void mark_heap(ValueId address);
  ValueId global(ObjectId object);
  Builder* source() { return source_; }

  // --- functions (build.cc, range_func.cc, wrapper.cc, init.cc) ---
  void build_declared();
  void build_signature_and_body(List<Field> recv, Ref<syntax::FuncType> type,
                                Ref<syntax::BlockStmt> body);
  void build_literal();
  void build_range_body(const syntax::RangeStmt& s);
  void build_wrapper();
  void build_bound();
  void build_package_init();
  void forward_call(ValueId receiver, const types::Found& found, uint32_t first_param);
  void add_plain_params();
  void enter_file(types::UnitId unit, uint32_t file_index);
  void add_param(ObjectId object, TypeId type, Span at);
  void add_results(List<Field> results, TypeId signature);
  void finish_function(Span end);
  void end_open_blocks();
  void emit_return(Span at);
  ValueId closure(FunctionId id, std::span<const ValueId> bindings, Span at);
  ValueId make_literal(Ref<syntax::FuncLit> e);
  FunctionId child(FunctionKind kind, Ref<syntax::Node> node, TypeId signature, Span span);

  // --- expressions (expr.cc, literal.cc, selector.cc) ---
  ValueId expr(Ref<Expr> e);
  ValueId expr_as(Ref<Expr> e, TypeId type);
  ValueId expr_value(Ref<Expr> e);  // of no constant and no variable
  ValueId tuple(Ref<Expr> e);       // a call with several results, or a comma-ok form
  void condition(Ref<Expr> e, BlockId then, BlockId otherwise);
  ValueId logical(Ref<syntax::BinaryExpr> e);
  ValueId binary_chain(Ref<syntax::BinaryExpr> e);
  ValueId unary(Ref<syntax::UnaryExpr> e);
  ValueId index_value(Ref<syntax::IndexExpr> e);
  ValueId slice_value(Ref<syntax::SliceExpr> e);
  ValueId selector_value(Ref<syntax::SelectorExpr> e);
  ValueId composite(Ref<syntax::CompositeLit> e, TypeId type);
  ValueId composite_pointer(Ref<syntax::CompositeLit> e, TypeId type);
  void composite_at(ValueId address, Ref<syntax::CompositeLit> e, TypeId type);
  void elements_at(ValueId array, const syntax::CompositeLit& lit);
  int64_t literal_length(const syntax::CompositeLit& lit) const;
  void element_at(ValueId address, Ref<Expr> value);
  Place place(Ref<Expr> e, bool escapes);
  ValueId address_of(const Place& p, Span at);
  ValueId address(Ref<Expr> e, bool escapes);
  ValueId load_place(const Place& p, Span at);
  void store_place(const Place& p, ValueId value, Span at);
  ValueId ident_value(Ref<Ident> e);
  ValueId index_operand(Ref<Expr> e);
  ValueId bound_value(Ref<syntax::SelectorExpr> e, const types::Selection& selection);
  ValueId named_function(ObjectId object, Ref<Ident> name, Span at);
  std::optional<types::Instance> instance_of(Ref<Ident> name) const;
  const types::Selection* selection_of(Ref<syntax::SelectorExpr> e) const;
  types::Mode mode(Ref<Expr> e) const { return static_cast<types::Mode>(node(e).mode); }

  // --- calls (call.cc, builtin.cc) ---
  ValueId call(Ref<syntax::CallExpr> e);
  Call prepare_call(Ref<syntax::CallExpr> e);
  Callee callee(Ref<Expr> fun);
  // The receiver as the method wants it, evaluated; the method's function unless it is an invoke.
  Callee method_callee(Ref<syntax::SelectorExpr> e, const types::Selection& selection);
  void arguments(Ref<syntax::CallExpr> e, TypeId signature, Call& out);
  std::vector<ValueId> argument_values(Ref<syntax::CallExpr> e);
  ValueId builtin_call(Ref<syntax::CallExpr> e, types::Builtin id);
  // The arguments of a builtin function that becomes a call, converted.
  std::vector<ValueId> builtin_arguments(Ref<syntax::CallExpr> e, types::Builtin id);
  std::optional<types::Builtin> builtin_of(Ref<Expr> fun) const;
  ValueId make(Ref<syntax::CallExpr> e);
  ValueId append(Ref<syntax::CallExpr> e);
  ValueId layout_of(Ref<syntax::CallExpr> e, types::Builtin id);
  ValueId pack(std::span<const ValueId> values, TypeId slice, Span at);

  // --- statements (stmt.cc, assign.cc, switch.cc, select.cc, range.cc, range_func.cc) ---
  void stmt_list(List<Stmt> list);
  void stmt(Ref<Stmt> s, ObjectId label = {});
  void decl_stmt(const syntax::DeclStmt& s);
  void value_spec(const syntax::ValueSpec& s);
  void assign_stmt(Ref<syntax::AssignStmt> s);
  void assign_op(const Place& p, Token op, ValueId operand, Span at);
  Place define_or_place(Ref<Expr> lhs, bool define);
  void if_stmt(Ref<syntax::IfStmt> s);
  void for_stmt(Ref<syntax::ForStmt> s, ObjectId label);
  void switch_stmt(Ref<syntax::SwitchStmt> s, ObjectId label);
  void type_switch_stmt(Ref<syntax::TypeSwitchStmt> s, ObjectId label);
  void select_stmt(Ref<syntax::SelectStmt> s, ObjectId label);
  void select_receive(const syntax::CommClause& c, ValueId value, ValueId ok);
  void branch_stmt(Ref<syntax::BranchStmt> s);
  void return_stmt(Ref<syntax::ReturnStmt> s);
  void defer_stmt(Ref<syntax::DeferStmt> s);
  void range_stmt(Ref<syntax::RangeStmt> s, ObjectId label);
  void range_int(const syntax::RangeStmt& s, ObjectId label, TypeId type);
  void range_indexed(const syntax::RangeStmt& s, ObjectId label, TypeId type);
  void range_iterator(const syntax::RangeStmt& s, ObjectId label, TypeId type);
  void range_channel(const syntax::RangeStmt& s, ObjectId label, TypeId type);
  void range_function(Ref<syntax::RangeStmt> s, ObjectId label, TypeId type);
  void range_declare_once(const syntax::RangeStmt& s);
  void range_assign(const syntax::RangeStmt& s, ValueId key, ValueId value);
  void loop_body(const syntax::RangeStmt& s, ObjectId label, BlockId continue_to, BlockId done);
  Label& label_of(ObjectId object);

  // Ways out (range_func.cc).
  void leave(Builder* to, BlockId block, Span at);
  void return_from_body(Span at);
  void take_exit(Exit exit, Span at);
  void end_loop(Span at);
  ValueId in_entry(Op op, TypeId type, LocalId local, uint16_t flags);
  ValueId next_variable();
  ValueId defer_stack();

  // --- short forms ---
  template <typename T>
  const T& node(Ref<T> ref) const {
    return (*tree_)[ref];
  }
  Kind kind(Ref<Expr> e) const { return tree_->kind(e); }
  Span span(Ref<Expr> e) const { return tree_->span(e); }
  Ref<Expr> unparen(Ref<Expr> e) const;
  types::TypeStore& types() const { return cx_.types; }
  TypeId subst(TypeId t) const;
  TypeId type_of(Ref<Expr> e) const;  // as checked, substituted; untyped ones by default
  TypeId type_of(ValueId v) const { return draft_[v].type; }
  TypeId object_type(ObjectId object) const { return subst(cx_.objects[object].type); }
  bool is_type(Ref<Expr> e) const;
  bool is_blank(Ref<Expr> e) const;
  ObjectId object_of(Ref<Ident> e) const;
  TypeId under(TypeId t) const { return cx_.types.under(t); }
  // The underlying type that counts for operations: of a type parameter the common one, if any.
  TypeId core(TypeId t) const;
  bool is_kind(TypeId t, TypeKind k) const { return types().is(core(t), k); }
  TypeId elem(TypeId t) const;  // of the pointer, slice, array, channel or map that t is
  bool is_pointer(TypeId t) const { return is_kind(t, TypeKind::kPointer); }
  bool is_interface(TypeId t) const { return types::is_interface(cx_, t); }
  TypeId result_type(TypeId signature) const;
  bool is_invalid(TypeId t) const;

  Program& program_;
  types::Context& cx_;
  FunctionId id_;
  Builder* parent_;
  Builder* source_;  // this, or of a range body the builder of the function that the source shows
  const types::Package* package_ = nullptr;
  const types::Package* view_ = nullptr;
  const types::File* file_ = nullptr;
  const Tree* tree_ = nullptr;             // of the file, or of the late body
  const types::LateBody* late_ = nullptr;  // of a function whose body was read on demand
  FileId block_file_;
  Substitution* substitution_ = nullptr;

  Draft draft_;
  BlockId current_;
  absl::flat_hash_map<ObjectId, ValueId> variables_;  // addresses
  absl::flat_hash_map<ValueId, ValueId> captured_;    // of the parent -> free variable
  std::vector<ValueId> bindings_;                     // of the parent, one per free variable
  absl::flat_hash_map<ObjectId, LocalId> locals_;
  absl::flat_hash_map<ObjectId, Label> labels_;
  Targets* targets_ = nullptr;
  std::vector<ValueId> results_;  // of a source function: addresses of the result variables
  uint32_t child_index_ = 0;
  uint32_t literal_count_ = 0;
  uint32_t range_count_ = 0;
  size_t depth_ = 0;

  // Of a source function with range-over-func loops.
  int64_t exit_count_ = 0;
  ValueId next_;         // address of the number of the exit being taken
  ValueId defer_stack_;  // kDeferStack in the entry block
  // Of a range body.
  std::vector<Exit> exits_;
  ValueId state_;  // the parent's address of the loop's state
  ObjectId loop_label_;
};

}  // namespace unpark::ssa
