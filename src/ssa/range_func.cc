// Range loops over functions (spec: "For statements with range clause"; Go 1.23).
//
//   for k, v := range f { body }     becomes     f(func(k K, v V) bool { body; return true })
//
// The body is a function of its own. It captures the variables around it, and three synthetic ones:
//
//   range.state  of the loop: whether the body may be called now (RangeState). The body checks it
//   on
//                entry, and the function around checks it after f has returned.
//   range.next   of the function that the source shows: the number of the way out that was taken, 0
//   if
//                none was. Every jump out of the body to somewhere else than this loop's end or
//                next iteration has a number: the body stores it, ends the loop (state done, return
//                false), and behind the call of f the function around jumps on, or, when the target
//                lies still further out, ends its own loop in the same way. `return` stores the
//                results first.
//   the deferred calls of that function, where `defer` in a body belongs (kDeferStack).
#include "ssa/builder.h"
#include "ssa/program_impl.h"

namespace unpark::ssa {

using syntax::RangeStmt;

namespace {

int64_t number_of(RangeState s) { return static_cast<int64_t>(s); }

}  // namespace

// An instruction at the start of the entry block of the function that the source shows.
ValueId Builder::in_entry(Op op, TypeId type, LocalId local, uint16_t flags) {
  Value v;
  v.op = op;
  v.type = type;
  v.flags = flags;
  v.span = program_[id_].span;
  v.span.end = v.span.begin;
  v.block = BlockId{0};
  v.aux = local.raw;
  ValueId id = draft_.add(v, {});
  std::vector<ValueId>& code = draft_[BlockId{0}].code;
  code.insert(code.begin(), id);
  return id;
}

ValueId Builder::next_variable() {
  if (!source_->next_.exists()) {
    TypeId type = types().pointer_to(types::basic(BasicKind::kInt));
    source_->next_ = source_->in_entry(Op::kAlloc, type, source_->synthetic("range.next"), 0);
  }
  return capture(source_, source_->next_);
}

ValueId Builder::defer_stack() {
  if (!source_->defer_stack_.exists()) {
    source_->defer_stack_ =
        source_->in_entry(Op::kDeferStack, types::basic(BasicKind::kUnsafePointer), {}, 0);
  }
  return capture(source_, source_->defer_stack_);
}

// Ends the loop whose body this is.
void Builder::end_loop(Span at) {
  store(capture(parent_, state_), integer(number_of(RangeState::kDone)), at);
  terminate(Op::kReturn, at, {boolean(false)});
}

void Builder::leave(Builder* to, BlockId block, Span at) {
  if (to == this) {
    jump(block, at);
    return;
  }
  take_exit({to, block, 0}, at);
}

void Builder::return_from_body(Span at) { take_exit({source_, {}, 0}, at); }

void Builder::take_exit(Exit exit, Span at) {
  bool known = false;
  for (const Exit& e : exits_) {
    if (e.to != exit.to || e.block != exit.block) continue;
    exit.number = e.number;
    known = true;
  }
  if (!known) {
    exit.number = ++source_->exit_count_;
    exits_.push_back(exit);
  }
  store(next_variable(), integer(exit.number), at);
  end_loop(at);
}

void Builder::range_function(Ref<RangeStmt> s, ObjectId label, TypeId type) {
  const RangeStmt& n = node(s);
  Span at = span(n.x);
  TypeId int_type = types::basic(BasicKind::kInt);
  std::span<const TypeId> params = types().tuple(types().signature(core(type)).params);
  TypeId yield = params.size() == 1 ? core(params[0]) : types::kInvalidType;
  if (!types().is(yield, TypeKind::kSignature)) {
    fail(at, "a range loop over a function that is no iterator");
    return;
  }
  ValueId f = expr(n.x);
  range_declare_once(n);
  ValueId state = alloc(int_type, synthetic("range.state"), at);
  store(state, integer(number_of(RangeState::kReady)), at);
  store(next_variable(), integer(0), at);

  FunctionId id = child(FunctionKind::kRangeBody, Ref<syntax::Node>{s.raw}, yield, n.span);
  Builder body(program_, id, this);
  body.state_ = state;
  body.loop_label_ = label;
  body.build();
  std::vector<Exit> exits = body.exits_;
  program_.impl().entry(id).body = body.take();
  ValueId function_value = assignable(closure(id, body.bindings_, n.span), params[0], at);
  emit(Op::kCall, types().empty_tuple(), at, {f, function_value});

  BlockId bad = new_block("range.bad");
  BlockId good = new_block("range.good");
  BlockId done = new_block("range.done");
  ValueId ended = load(state, at);
  branch(compare(Token::kEql, ended, integer(number_of(RangeState::kRunning)), at), bad, good, at);
  set_block(bad);
  terminate(Op::kPanic, at, {integer(number_of(RangeState::kMissingPanic))}, Value::kRangeState);
  set_block(good);
  store(state, integer(number_of(RangeState::kExhausted)), at);
  for (const Exit& exit : exits) {
    BlockId taken = new_block("range.exit");
    BlockId next = new_block("range.next");
    ValueId number = load(next_variable(), at);
    branch(compare(Token::kEql, number, integer(exit.number), at), taken, next, at);
    set_block(taken);
    if (exit.to == this) {
      if (exit.block.exists()) {
        jump(exit.block, at);
      } else {
        emit_return(at);
      }
    } else {
      bool known = false;
      for (const Exit& e : exits_) known |= e.number == exit.number;
      if (!known) exits_.push_back(exit);
      end_loop(at);
    }
    set_block(next);
  }
  jump(done, at);
  set_block(done);
}

void Builder::build_range_body(const RangeStmt& s) {
  const Function& fn = program_[id_];
  Span at = span(s.x);
  std::vector<ValueId> params;
  for (TypeId t : types().tuple(types().signature(fn.signature).params)) {
    ValueId p = placeless(Op::kParameter, t, static_cast<uint32_t>(params.size()));
    draft_[p].span = at;
    params.push_back(p);
  }
  draft_.params = params;

  BlockId bad = new_block("range.bad");
  BlockId good = new_block("range.body");
  BlockId proceed = new_block("range.continue");
  BlockId stop = new_block("range.break");
  ValueId state = capture(parent_, state_);
  ValueId now = load(state, at);
  branch(compare(Token::kEql, now, integer(number_of(RangeState::kReady)), at), good, bad, at);
  set_block(bad);
  terminate(Op::kPanic, at, {now}, Value::kRangeState);
  set_block(good);
  store(state, integer(number_of(RangeState::kRunning)), at);
  range_assign(s, !params.empty() ? params[0] : ValueId{},
               params.size() > 1 ? params[1] : ValueId{});
  loop_body(s, loop_label_, proceed, stop);

  set_block(proceed);
  Span end = node(s.body).span;
  store(state, integer(number_of(RangeState::kReady)), end);
  terminate(Op::kReturn, end, {boolean(true)});
  set_block(stop);
  end_loop(end);
}

}  // namespace unpark::ssa
