// Range loops over integers, arrays, slices, strings, maps and channels (spec: "For statements with
// range clause"). Functions: range_func.cc.
//
// From Go 1.22 on each iteration has new variables; before, they are made once, before the loop.
#include "ssa/builder.h"
#include "syntax/walk.h"

namespace unpark::ssa {

using syntax::RangeStmt;

void Builder::range_stmt(Ref<RangeStmt> s, ObjectId label) {
  const RangeStmt& n = node(s);
  TypeId type = type_of(n.x);
  TypeId u = core(type);
  if (is_invalid(type)) {
    fail(n.span, "a range loop over what does not type-check");
    return;
  }
  switch (types().kind(u)) {
    case TypeKind::kBasic:
      if (types::is_string(cx_, u)) {
        range_iterator(n, label, type);
      } else {
        range_int(n, label, type);
      }
      return;
    case TypeKind::kArray:
    case TypeKind::kSlice:
    case TypeKind::kPointer:
      range_indexed(n, label, type);
      return;
    case TypeKind::kMap:
      range_iterator(n, label, type);
      return;
    case TypeKind::kChan:
      range_channel(n, label, type);
      return;
    case TypeKind::kSignature:
      range_function(s, label, type);
      return;
    case TypeKind::kTypeParam:
      // No common type: only an integer of some size is left.
      if (types::all_integer(cx_, type)) {
        range_int(n, label, type);
        return;
      }
      break;
    default:
      break;
  }
  fail(n.span, "a range loop over what cannot be ranged over");
}

void Builder::range_declare_once(const RangeStmt& s) {
  if (s.op != Token::kDefine || file_->version.minor >= 22) return;
  for (Ref<Expr> e : {s.key, s.value}) {
    if (!e.exists() || is_blank(e) || kind(e) != Kind::kIdent) continue;
    ObjectId id = object_of(tree_->as<Ident>(e));
    if (id.exists()) declare_zero(id, span(e));
  }
}

// Gives the iteration variables their values; absent values are not wanted.
void Builder::range_assign(const RangeStmt& s, ValueId key, ValueId value) {
  bool define = s.op == Token::kDefine;
  bool each = file_->version.minor >= 22;
  Place places[2];
  Ref<Expr> lhs[] = {s.key, s.value};
  ValueId values[] = {key, value};
  for (int i = 0; i < 2; i++) {
    if (!lhs[i].exists() || is_blank(lhs[i]) || !values[i].exists()) continue;
    places[i] = define_or_place(lhs[i], define && each);
  }
  for (int i = 0; i < 2; i++) store_place(places[i], values[i], places[i].span);
}

void Builder::loop_body(const RangeStmt& s, ObjectId label, BlockId continue_to, BlockId done) {
  Targets targets{targets_, label, done, continue_to, {}};
  targets_ = &targets;
  stmt_list(node(s.body).stmts);
  targets_ = targets.outer;
  jump(continue_to, s.span);
}

void Builder::range_int(const RangeStmt& s, ObjectId label, TypeId type) {
  Span at = span(s.x);
  ValueId limit = expr_as(s.x, type);
  range_declare_once(s);
  ValueId index = alloc(type, synthetic("range.index"), at);
  BlockId head = new_block("range.loop");
  BlockId body = new_block("range.body");
  BlockId post = new_block("range.post");
  BlockId done = new_block("range.done");
  start_block(head);
  ValueId i = load(index, at);
  branch(compare(Token::kLss, i, limit, at), body, done, at);
  set_block(body);
  range_assign(s, i, {});
  loop_body(s, label, post, done);
  set_block(post);
  ValueId next = arithmetic(Token::kAdd, load(index, at), integer(1), type, at);
  store(index, next, at);
  jump(head, s.span);
  set_block(done);
}

void Builder::range_indexed(const RangeStmt& s, ObjectId label, TypeId type) {
  Span at = span(s.x);
  TypeId u = core(type);
  TypeId array = types().is(u, TypeKind::kPointer) ? core(types().elem(u)) : u;
  bool fixed = types().is(array, TypeKind::kArray);
  if (!fixed && !types().is(array, TypeKind::kSlice)) {
    fail(at, "a range loop over what cannot be ranged over");
    return;
  }
  bool wants_value = s.value.exists() && !is_blank(s.value);
  bool evaluate = true;
  if (fixed && !wants_value) {
    // len(x) is constant, so x is not evaluated, unless it has calls or receives.
    evaluate = false;
    syntax::walk(*tree_, Ref<syntax::Node>{s.x.raw}, [&](Ref<syntax::Node> child) {
      const syntax::Node& c = (*tree_)[child];
      if (c.kind == Kind::kFuncLit) return false;
      evaluate |= c.kind == Kind::kCallExpr && tree_->get<syntax::CallExpr>(child).value == 0;
      evaluate |= c.kind == Kind::kUnaryExpr && c.op == Token::kArrow;
      return true;
    });
  }
  ValueId x;
  if (evaluate) x = expr(s.x);
  TypeId int_type = types::basic(BasicKind::kInt);
  ValueId length;
  if (fixed) {
    length = integer(types().array_length(array));
  } else {
    ValueId args[] = {x};
    length = call_builtin(types::Builtin::kLen, args, int_type, at);
  }
  range_declare_once(s);
  ValueId index = alloc(int_type, synthetic("range.index"), at);
  BlockId head = new_block("range.loop");
  BlockId body = new_block("range.body");
  BlockId post = new_block("range.post");
  BlockId done = new_block("range.done");
  start_block(head);
  ValueId i = load(index, at);
  branch(compare(Token::kLss, i, length, at), body, done, at);
  set_block(body);
  ValueId value;
  if (wants_value) {
    TypeId element = types().elem(array);
    if (types().is(u, TypeKind::kArray)) {
      value = emit(Op::kIndex, element, at, {x, i});
    } else {
      value = load(emit(Op::kIndexAddr, types().pointer_to(element), at, {x, i}), at);
    }
  }
  range_assign(s, i, value);
  loop_body(s, label, post, done);
  set_block(post);
  store(index, arithmetic(Token::kAdd, load(index, at), integer(1), int_type, at), at);
  jump(head, s.span);
  set_block(done);
}

void Builder::range_iterator(const RangeStmt& s, ObjectId label, TypeId type) {
  Span at = span(s.x);
  TypeId u = core(type);
  bool is_map = types().is(u, TypeKind::kMap);
  TypeId parts[] = {types::basic(BasicKind::kBool),
                    is_map ? types().key(u) : types::basic(BasicKind::kInt),
                    is_map ? types().elem(u) : types::basic(BasicKind::kInt32)};
  TypeId next_type = types().tuple_of(parts);
  ValueId x = expr(s.x);
  range_declare_once(s);
  ValueId iterator = emit(Op::kRange, types::basic(BasicKind::kUnsafePointer), at, {x});
  BlockId head = new_block("range.loop");
  BlockId body = new_block("range.body");
  BlockId done = new_block("range.done");
  start_block(head);
  ValueId next = emit(Op::kNext, next_type, at, {iterator});
  branch(extract(next, 0, at), body, done, at);
  set_block(body);
  auto wanted = [&](Ref<Expr> e) { return e.exists() && !is_blank(e); };
  ValueId key = wanted(s.key) ? extract(next, 1, at) : ValueId{};
  ValueId value = wanted(s.value) ? extract(next, 2, at) : ValueId{};
  range_assign(s, key, value);
  loop_body(s, label, head, done);
  set_block(done);
}

void Builder::range_channel(const RangeStmt& s, ObjectId label, TypeId type) {
  Span at = span(s.x);
  ValueId channel = expr(s.x);
  range_declare_once(s);
  BlockId head = new_block("range.loop");
  BlockId body = new_block("range.body");
  BlockId done = new_block("range.done");
  start_block(head);
  TypeId parts[] = {elem(type), types::basic(BasicKind::kBool)};
  ValueId received =
      emit(Op::kRecv, types().tuple_of(parts), at, {channel}, Value::kNoAux, Value::kCommaOk);
  branch(extract(received, 1, at), body, done, at);
  set_block(body);
  bool wanted = s.key.exists() && !is_blank(s.key);
  range_assign(s, wanted ? extract(received, 0, at) : ValueId{}, {});
  loop_body(s, label, head, done);
  set_block(done);
}

}  // namespace unpark::ssa
