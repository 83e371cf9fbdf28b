// Wrappers: functions that find the method behind embedded fields and pointers and call it with the
// arguments they got (spec: "Method sets", "Method values", "Method expressions").
#include "ssa/builder.h"
#include "ssa/program_impl.h"

namespace unpark::ssa {

// Calls the method that `found` leads to from `receiver`, with the parameters from `first_param`
// on, and returns what it returns.
void Builder::forward_call(ValueId receiver, const types::Found& found, uint32_t first_param) {
  Span at = program_[id_].span;
  if (!found.object.exists() || !types().is(found.type, TypeKind::kSignature)) {
    fail(at, "a method that does not exist");
    return;
  }
  const types::Object& o = cx_.objects[found.object];
  bool by_pointer = o.is(types::Object::kPointerRecv) && !o.is(types::Object::kInterfaceMethod);
  ValueId v = receiver;
  if (found.path.size() > 1) {
    std::span<const uint32_t> path = found.path;
    v = implicit_fields(v, path.first(path.size() - 1), at);
  }
  if (TypeId t = type_of(v); !is_interface(t) && !types::is_type_param(cx_, t) && is_pointer(t) &&
                             (!by_pointer || is_interface(elem(t)))) {
    if (found.path.size() == 1) v = emit(Op::kNilCheck, t, at, {v}, found.object.raw);
    v = load(v, at);
  }
  TypeId t = type_of(v);
  std::vector<ValueId> operands;
  uint16_t flags = 0;
  ObjectId method;
  if (is_interface(t) || types::is_type_param(cx_, t)) {
    flags = Value::kInvoke;
    method = found.object;
    operands.push_back(v);
  } else {
    FunctionId f = program_.function_of(found.object, receiver_args(cx_, t));
    if (!f.exists()) {
      fail(at, "instances without end");
      return;
    }
    operands.push_back(function(f));
    operands.push_back(v);
  }
  for (size_t i = first_param; i < draft_.params.size(); i++) {
    operands.push_back(draft_.params[i]);
  }
  TypeId result = result_type(found.type);
  ValueId returned = emit(Op::kCall, result, at, operands, method.raw, flags);
  std::vector<ValueId> values;
  if (!types().is(result, TypeKind::kTuple)) {
    values.push_back(returned);
  } else {
    for (uint32_t i = 0; i < types().tuple(result).size(); i++) {
      values.push_back(extract(returned, i, at));
    }
  }
  emit(Op::kReturn, {}, at, values, Value::kNoAux, 0);
}

void Builder::add_plain_params() {
  const Function& fn = program_[id_];
  if (!types().is(fn.signature, TypeKind::kSignature)) return;
  for (TypeId t : types().tuple(types().signature(fn.signature).params)) {
    ValueId p = placeless(Op::kParameter, t, static_cast<uint32_t>(draft_.params.size()));
    draft_[p].span = fn.span;
    draft_.params.push_back(p);
  }
}

void Builder::build_wrapper() {
  const Function& fn = program_[id_];
  add_plain_params();
  if (draft_.params.empty() || is_invalid(fn.signature)) {
    fail(fn.span, "a method whose type is not known");
    return;
  }
  forward_call(draft_.params[0], find_method(cx_, fn.receiver, fn.object, view_, false), 1);
}

void Builder::build_bound() {
  const Function& fn = program_[id_];
  add_plain_params();
  ValueId receiver = placeless(Op::kFreeVar, fn.receiver, 0);
  draft_[receiver].span = fn.span;
  draft_.free_vars.push_back(receiver);
  if (is_invalid(fn.signature) || is_invalid(fn.receiver)) {
    fail(fn.span, "a method whose type is not known");
    return;
  }
  forward_call(receiver, find_method(cx_, fn.receiver, fn.object, view_, false), 0);
}

}  // namespace unpark::ssa
