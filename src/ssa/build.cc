// Functions: parameters, results, captured variables, returns; and the short questions that all of
// the builder asks.
#include "base/check.h"
#include "ssa/builder.h"
#include "ssa/program_impl.h"
#include "ssa/verify.h"

namespace unpark::ssa {

using syntax::FuncDecl;
using syntax::FuncLit;

Builder::Builder(Program& program, FunctionId id, Builder* parent)
    : program_(program), cx_(program.context()), id_(id), parent_(parent), source_(this) {
  const Function& fn = program[id];
  block_file_ = fn.file;
  if (fn.unit.exists()) {
    const types::Unit& unit = program.types().unit(fn.unit);
    package_ = &cx_.package(unit.package);
    view_ = package_->base ? package_ : unit.view;
    if (fn.node.exists()) {
      file_ = &package_->files[fn.file_index];
      tree_ = parent ? parent->tree_ : file_->tree;
      if (parent) late_ = parent->late_;
    }
  }
  FunctionEntry& entry = program.impl().entry(id);
  if (entry.view) view_ = entry.view;
  if (parent) {
    substitution_ = parent->substitution_;
    if (fn.kind == FunctionKind::kRangeBody) source_ = parent->source_;
  } else if (!fn.type_args.empty()) {
    if (!entry.substitution) {
      entry.substitution =
          std::make_unique<Substitution>(cx_, fn.type_params, fn.type_args, fn.file, fn.span);
    }
    substitution_ = entry.substitution.get();
  }
}

void Builder::build() {
  const Function& fn = program_[id_];
  if (fn.kind == FunctionKind::kDeclared && fn.external) {
    draft_.incomplete = "the function has no body in Go";
    return;
  }
  set_block(new_block("entry"));
  switch (fn.kind) {
    case FunctionKind::kDeclared:
      build_declared();
      break;
    case FunctionKind::kLiteral:
      build_literal();
      break;
    case FunctionKind::kRangeBody:
      build_range_body((*tree_).get<syntax::RangeStmt>(fn.node));
      break;
    case FunctionKind::kMethodWrapper:
      build_wrapper();
      break;
    case FunctionKind::kBoundMethod:
      build_bound();
      break;
    case FunctionKind::kPackageInit:
      build_package_init();
      break;
  }
}

std::unique_ptr<Body> Builder::take() {
  if (draft_.blocks.empty()) return finish(draft_);
  end_open_blocks();
  simplify_blocks(draft_);
  lift(draft_);
  std::unique_ptr<Body> body = finish(draft_);
  if (body->incomplete.empty() && !program_.options().verify) return body;
  // Broken code may jump over declarations and the like; what it left must still be well formed.
  std::vector<std::string> wrong = verify(program_, id_, *body);
  if (wrong.empty()) return body;
  Draft stub;
  stub.incomplete = body->incomplete.empty() ? wrong[0] : std::move(body->incomplete);
  DraftBlock entry;
  entry.name = "entry";
  entry.file = program_[id_].file;
  Value end;
  end.op = Op::kUnreachable;
  end.block = BlockId{0};
  ValueId last = stub.add(end, {});
  entry.code.push_back(last);
  stub.blocks.push_back(std::move(entry));
  for (uint32_t i = 0; i < body->param_count + body->free_var_count; i++) {
    Value v = body->values[i];
    if (v.op == Op::kParameter) v.aux = i;
    (i < body->param_count ? stub.params : stub.free_vars).push_back(stub.add(v, {}));
  }
  return finish(stub);
}

// Broken code may jump to a label in code that could not be read: its block was never filled.
void Builder::end_open_blocks() {
  size_t count = draft_.blocks.size();
  for (uint32_t i = 0; i < count; i++) {
    const DraftBlock& b = draft_.blocks[i];
    if (b.preds.empty() || (!b.code.empty() && is_terminator(draft_[b.code.back()].op))) continue;
    set_block(BlockId{i});
    fail(program_[id_].span, "a branch to code that cannot be read");
  }
}

void Builder::build_declared() {
  const Function& fn = program_[id_];
  if (fn.late) {
    late_ = &program_.types().late_body(fn.object);
    if (!late_->decl.exists()) {
      fail(fn.span, "the body does not parse");
      return;
    }
    tree_ = &late_->tree;
    const FuncDecl& decl = (*tree_)[late_->decl];
    build_signature_and_body(decl.recv, decl.func_type, decl.body);
    return;
  }
  const FuncDecl& decl = tree_->get<FuncDecl>(fn.node);
  const types::Object& o = cx_.objects[fn.object];
  const types::Declaration& d = package_->declarations[o.decl];
  if (d.body != UINT32_MAX) program_.types().ensure_body(fn.unit, d.body);
  build_signature_and_body(decl.recv, decl.func_type, decl.body);
}

void Builder::build_literal() {
  const FuncLit& lit = tree_->get<FuncLit>(program_[id_].node);
  build_signature_and_body({}, lit.func_type, lit.body);
}

void Builder::add_param(ObjectId object, TypeId type, Span at) {
  auto index = static_cast<uint32_t>(draft_.params.size());
  ValueId param = placeless(Op::kParameter, type, index);
  draft_[param].span = at;
  draft_.params.push_back(param);
  if (is_invalid(type)) fail(at, "the type of a parameter is not known");
  if (!object.exists() || cx_.objects[object].name == cx_.blank_name) return;
  ValueId address = alloc(type, local(object), at);
  emit(Op::kStore, {}, at, {address, param});
  variables_[object] = address;
}

void Builder::add_results(List<Field> results, TypeId signature) {
  std::span<const TypeId> declared = types().tuple(types().signature(signature).results);
  size_t index = 0;
  auto add = [&](ObjectId object, Span at) {
    if (index >= declared.size()) return;
    TypeId type = declared[index++];
    bool named = object.exists();
    ValueId address = alloc(type, named ? local(object) : synthetic("result"), at);
    results_.push_back(address);
    if (named && cx_.objects[object].name != cx_.blank_name) variables_[object] = address;
  };
  if (tree_) {
    for (Ref<Field> f : (*tree_)[results]) {
      for (Ref<Ident> name : (*tree_)[node(f).names]) add(object_of(name), node(name).span);
      if (node(f).names.count == 0) add({}, node(f).span);
    }
  }
  while (index < declared.size()) add({}, program_[id_].span);
}

void Builder::build_signature_and_body(List<Field> recv, Ref<syntax::FuncType> type,
                                       Ref<syntax::BlockStmt> body) {
  const Function& fn = program_[id_];
  if (!types().is(fn.signature, TypeKind::kSignature)) {
    fail(fn.span, "the function's type is not known");
    return;
  }
  std::span<const TypeId> params = types().tuple(types().signature(fn.signature).params);
  size_t index = 0;
  auto add_all = [&](List<Field> fields) {
    for (Ref<Field> f : (*tree_)[fields]) {
      for (Ref<Ident> name : (*tree_)[node(f).names]) {
        if (index < params.size()) add_param(object_of(name), params[index++], node(name).span);
      }
      if (node(f).names.count == 0 && index < params.size()) {
        add_param({}, params[index++], node(f).span);
      }
    }
  };
  add_all(recv);
  add_all(node(type).params);
  while (index < params.size()) add_param({}, params[index++], fn.span);
  add_results(node(type).results, fn.signature);
  stmt_list(node(body).stmts);
  Span end = node(body).span;
  end.begin = end.end > end.begin ? end.end - 1 : end.begin;
  finish_function(end);
}

// Falling off the end returns; of a function with results it cannot happen in code that compiles.
// With deferred calls there is the recover block.
void Builder::finish_function(Span end) {
  if (results_.empty()) {
    emit_return(end);
  } else {
    terminate(Op::kUnreachable, end);
  }
  if (!draft_.has_defer) return;
  BlockId block = new_block("recover");
  draft_.recover = block;
  draft_.results = results_;
  set_block(block);
  std::vector<ValueId> values;
  for (ValueId address : results_) values.push_back(load(address, end));
  emit(Op::kReturn, {}, end, values, Value::kNoAux, 0);
}

// The results are in their variables: deferred calls may change them before they are read.
void Builder::emit_return(Span at) {
  emit(Op::kRunDefers, {}, at);
  std::vector<ValueId> values;
  for (ValueId address : results_) values.push_back(load(address, at));
  emit(Op::kReturn, {}, at, values, Value::kNoAux, 0);
  set_block(new_block("unreachable"));
}

// ---- Variables ----

void Builder::mark_heap(ValueId address) {
  Value& v = draft_[address];
  if (v.op == Op::kAlloc || v.op == Op::kPhi) v.flags |= Value::kHeap;
}

ValueId Builder::capture(Builder* owner, ValueId value) {
  if (owner == this) return value;
  UNPARK_CHECK(parent_, "a captured value belongs to a function around");
  ValueId outer = parent_->capture(owner, value);
  parent_->mark_heap(outer);
  auto [it, fresh] = captured_.try_emplace(outer, ValueId{});
  if (fresh) {
    const Value& v = parent_->draft_[outer];
    TypeId type = v.type;
    Span at = v.span;
    it->second = placeless(Op::kFreeVar, type, static_cast<uint32_t>(draft_.free_vars.size()));
    draft_[it->second].span = at;
    draft_.free_vars.push_back(it->second);
    bindings_.push_back(outer);
  }
  return it->second;
}

ValueId Builder::variable(ObjectId object, bool escapes, Span at) {
  const types::Object& o = cx_.objects[object];
  if (o.is(types::Object::kPackageLevel)) return global(object);
  for (Builder* b = this; b; b = b->parent_) {
    auto it = b->variables_.find(object);
    if (it == b->variables_.end()) continue;
    if (escapes || b != this) b->mark_heap(it->second);
    return capture(b, it->second);
  }
  return poison(at, "a variable that is not declared here");
}

// ---- Closures ----

FunctionId Builder::child(FunctionKind kind, Ref<syntax::Node> syntax_node, TypeId signature,
                          Span at) {
  Program::Impl& impl = program_.impl();
  std::vector<FunctionId>& children = impl.entry(id_).function.children;
  uint32_t ordinal = kind == FunctionKind::kLiteral ? ++literal_count_ : ++range_count_;
  // A body that is built again finds its children from the first time.
  if (child_index_ < children.size()) return children[child_index_++];
  auto entry = std::make_unique<FunctionEntry>();
  Function& fn = entry->function;
  fn.kind = kind;
  fn.file = file_->id;
  fn.span = at;
  // Not always the unit of the function around: a test overlay initialises its package's variables.
  fn.unit = impl.files.at(file_->id).unit;
  fn.parent = id_;
  fn.ordinal = ordinal;
  fn.signature = signature;
  fn.file_index = static_cast<uint32_t>(file_ - package_->files.data());
  fn.node = syntax_node;
  FunctionId id = impl.entries.add(std::move(entry));
  impl.entry(id_).function.children.push_back(id);
  child_index_++;
  return id;
}

ValueId Builder::closure(FunctionId id, std::span<const ValueId> bindings, Span at) {
  if (bindings.empty()) return function(id);
  return emit(Op::kMakeClosure, program_[id].signature, at, bindings, id.raw, 0);
}

ValueId Builder::make_literal(Ref<FuncLit> e) {
  TypeId signature = type_of(Ref<Expr>(e));
  if (!types().is(signature, TypeKind::kSignature) || !node(e).body.exists()) {
    return poison(node(e).span, "a function literal whose type is not known");
  }
  FunctionId id = child(FunctionKind::kLiteral, Ref<syntax::Node>{e.raw}, signature, node(e).span);
  Builder builder(program_, id, this);
  builder.build();
  program_.impl().entry(id).body = builder.take();
  return closure(id, builder.bindings_, node(e).span);
}

// ---- Short forms ----

Ref<Expr> Builder::unparen(Ref<Expr> e) const {
  while (kind(e) == Kind::kParenExpr) e = tree_->get<syntax::ParenExpr>(e).x;
  return e;
}

TypeId Builder::subst(TypeId t) const { return substitution_ ? (*substitution_)(t) : t; }

TypeId Builder::type_of(Ref<Expr> e) const {
  uint32_t raw = node(e).type;
  if (raw == 0) return types::kInvalidType;
  TypeId t = types::default_type(TypeId{raw - 1});
  return subst(t);
}

bool Builder::is_type(Ref<Expr> e) const {
  return static_cast<types::Mode>(node(e).mode) == types::Mode::kTypeExpr;
}

bool Builder::is_blank(Ref<Expr> e) const {
  e = unparen(e);
  return kind(e) == Kind::kIdent && tree_->get<Ident>(e).name == cx_.blank_name;
}

ObjectId Builder::object_of(Ref<Ident> e) const {
  return node(e).object ? ObjectId{node(e).object - 1} : ObjectId{};
}

TypeId Builder::core(TypeId t) const {
  if (!types().is(t, TypeKind::kTypeParam)) return under(t);
  TypeId u = types::common_under_or_string(cx_, t);
  return u.exists() ? u : t;
}

TypeId Builder::elem(TypeId t) const {
  TypeId u = core(t);
  switch (types().kind(u)) {
    case TypeKind::kPointer:
    case TypeKind::kSlice:
    case TypeKind::kArray:
    case TypeKind::kChan:
    case TypeKind::kMap:
      return types().elem(u);
    case TypeKind::kBasic:
      if (types::is_string(cx_, u)) return types::basic(BasicKind::kUint8);
      return types::kInvalidType;
    case TypeKind::kTypeParam: {
      // Element types agree where the types of the set do not ([4]int | []int).
      TypeId found = types::kInvalidType;
      types::for_each_under(cx_, t, [&](TypeId, TypeId each) {
        if (!each.exists() || types().is(each, TypeKind::kTypeParam)) return false;
        found = elem(each);
        if (types().is(each, TypeKind::kPointer)) {
          TypeId array = under(found);
          if (types().is(array, TypeKind::kArray)) found = types().elem(array);
        }
        return false;
      });
      return found;
    }
    default:
      return types::kInvalidType;
  }
}

TypeId Builder::result_type(TypeId signature) const {
  TypeId results = types().signature(signature).results;
  return types().tuple(results).size() == 1 ? types().tuple(results)[0] : results;
}

bool Builder::is_invalid(TypeId t) const {
  return types()[t].flags & types::TypeStore::kHasInvalid;
}

}  // namespace unpark::ssa
