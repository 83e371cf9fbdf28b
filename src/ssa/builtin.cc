// Calls of builtin functions (spec: "Built-in functions", "Package unsafe").
#include "ssa/builder.h"
#include "types/sizes.h"

namespace unpark::ssa {

using syntax::CallExpr;
using syntax::SelectorExpr;
using types::Builtin;

std::optional<Builtin> Builder::builtin_of(Ref<Expr> fun) const {
  fun = unparen(fun);
  if (mode(fun) != types::Mode::kBuiltin) return std::nullopt;
  Ref<Ident> name = tree_->as<Ident>(fun);
  if (auto sel = tree_->as<SelectorExpr>(fun); sel.exists()) name = node(sel).sel;
  ObjectId id = name.exists() ? object_of(name) : ObjectId{};
  if (!id.exists() || cx_.objects[id].kind != types::ObjectKind::kBuiltin) return std::nullopt;
  return static_cast<Builtin>(cx_.objects[id].extra);
}

std::vector<ValueId> Builder::builtin_arguments(Ref<CallExpr> e, Builtin id) {
  Span at = node(e).span;
  std::vector<ValueId> args = argument_values(e);
  switch (id) {
    case Builtin::kPanic:
      if (args.size() == 1) args[0] = assignable(args[0], types().empty_interface(), at);
      break;
    case Builtin::kDelete:
      if (args.size() == 2 && is_kind(type_of(args[0]), TypeKind::kMap)) {
        args[1] = assignable(args[1], types().key(core(type_of(args[0]))), at);
      }
      break;
    case Builtin::kMax:
    case Builtin::kMin:
      for (ValueId& a : args) a = assignable(a, type_of(Ref<Expr>(e)), at);
      break;
    case Builtin::kComplex:
      if (args.size() == 2) {
        TypeId x = type_of(args[0]);
        TypeId y = type_of(args[1]);
        bool x_constant = draft_[args[0]].op == Op::kConst;
        if (x != y)
          args[x_constant ? 0 : 1] = assignable(args[x_constant ? 0 : 1], x_constant ? y : x, at);
      }
      break;
    case Builtin::kAdd:
      if (!args.empty()) {
        args[0] = assignable(args[0], types::basic(BasicKind::kUnsafePointer), at);
      }
      break;
    case Builtin::kString:
      if (!args.empty()) {
        args[0] = assignable(args[0], types().pointer_to(types::basic(BasicKind::kUint8)), at);
      }
      break;
    case Builtin::kStringData:
      if (!args.empty()) args[0] = assignable(args[0], types::basic(BasicKind::kString), at);
      break;
    case Builtin::kPrint:
    case Builtin::kPrintln:
      for (ValueId& a : args) {
        if (type_of(a) == types::basic(BasicKind::kUntypedNil)) {
          a = zero(types().empty_interface());
        }
      }
      break;
    case Builtin::kRecover:
      draft_.calls_recover = true;
      break;
    default:
      break;
  }
  return args;
}

ValueId Builder::append(Ref<CallExpr> e) {
  const CallExpr& n = node(e);
  Span at = n.span;
  TypeId type = type_of(Ref<Expr>(e));
  std::vector<ValueId> args = argument_values(e);
  if (args.empty()) return poison(at, "append without arguments");
  ValueId slice = assignable(args[0], type, at);
  if (args.size() == 1) return slice;
  ValueId more;
  TypeId element = elem(type);
  if (n.flags & CallExpr::kSpread) {
    more = args[1];
    if (!types::is_string(cx_, core(type_of(more)))) {
      more = assignable(more, types().slice_of(element), at);
    }
  } else {
    more = pack(std::span(args).subspan(1), types().slice_of(element), at);
  }
  ValueId operands[] = {slice, more};
  ValueId result = call_builtin(Builtin::kAppend, operands, type, at);
  if (!(n.flags & CallExpr::kSpread)) draft_[result].flags |= Value::kPacked;
  return result;
}

ValueId Builder::make(Ref<CallExpr> e) {
  const CallExpr& n = node(e);
  TypeId type = type_of(Ref<Expr>(e));
  std::vector<ValueId> sizes;
  for (uint32_t i = 1; i < n.args.count; i++) sizes.push_back(expr(tree_->at(n.args, i)));
  switch (types().kind(core(type))) {
    case TypeKind::kSlice:
      if (sizes.empty()) break;
      return emit(Op::kMakeSlice, type, n.span, {sizes.front(), sizes.back()});
    case TypeKind::kMap:
      if (sizes.empty()) return emit(Op::kMakeMap, type, n.span);
      return emit(Op::kMakeMap, type, n.span, {sizes[0]});
    case TypeKind::kChan:
      return emit(Op::kMakeChan, type, n.span, {sizes.empty() ? integer(0) : sizes[0]});
    default:
      break;
  }
  return poison(n.span, "make of a type that cannot be made");
}

// unsafe.Sizeof and its like are constants but in generic functions; there they wait for the types.
// The argument is not evaluated: its zero value stands for its type.
ValueId Builder::layout_of(Ref<CallExpr> e, Builtin id) {
  const CallExpr& n = node(e);
  TypeId word = types::basic(BasicKind::kUintptr);
  if (n.args.count != 1) return poison(n.span, "a call with the wrong number of arguments");
  Ref<Expr> arg = unparen(tree_->at(n.args, 0));
  TypeId type = type_of(arg);
  if (id == Builtin::kOffsetof) {
    auto sel = tree_->as<SelectorExpr>(arg);
    const types::Selection* selection = sel.exists() ? selection_of(sel) : nullptr;
    if (!selection) return poison(n.span, "the offset of no field");
    type = subst(selection->recv);
    if (is_invalid(type)) return poison(n.span, "a type is not known");
    if (types::has_constant_size(cx_, type)) {
      int64_t offset = 0;
      TypeId at = type;
      for (uint32_t i : selection->path) {
        TypeId u = core(at);
        if (!types().is(u, TypeKind::kStruct) || i >= types().fields(u).size()) {
          return poison(n.span, "the offset of no field");
        }
        offset += types::field_offsets(cx_, types().fields(u))[i];
        at = types().fields(u)[i].type;
      }
      return integer(offset, word);
    }
  } else {
    if (is_invalid(type)) return poison(n.span, "a type is not known");
    if (types::has_constant_size(cx_, type)) {
      return integer(
          id == Builtin::kSizeof ? types::size_of(cx_, type) : types::align_of(cx_, type), word);
    }
  }
  ValueId stand_in[] = {zero(type)};
  return call_builtin(id, stand_in, word, n.span);
}

ValueId Builder::builtin_call(Ref<CallExpr> e, Builtin id) {
  const CallExpr& n = node(e);
  switch (id) {
    case Builtin::kAppend:
      return append(e);
    case Builtin::kMake:
      return make(e);
    case Builtin::kNew: {
      if (n.args.count != 1) return poison(n.span, "a call with the wrong number of arguments");
      Ref<Expr> arg = tree_->at(n.args, 0);
      TypeId type = elem(type_of(Ref<Expr>(e)));
      if (is_invalid(type)) return poison(n.span, "a type is not known");
      if (is_type(unparen(arg))) return alloc(type, synthetic("new"), n.span, true);
      ValueId value = expr_as(arg, type);
      ValueId address = alloc(type, synthetic("new"), n.span, true);
      store(address, value, n.span);
      return address;
    }
    case Builtin::kPanic: {
      std::vector<ValueId> args = builtin_arguments(e, id);
      if (args.size() != 1) return poison(n.span, "a call with the wrong number of arguments");
      terminate(Op::kPanic, n.span, {args[0]});
      return zero(types().empty_tuple());
    }
    case Builtin::kAlignof:
    case Builtin::kOffsetof:
    case Builtin::kSizeof:
      return layout_of(e, id);
    case Builtin::kCap:
    case Builtin::kClear:
    case Builtin::kClose:
    case Builtin::kComplex:
    case Builtin::kCopy:
    case Builtin::kDelete:
    case Builtin::kImag:
    case Builtin::kLen:
    case Builtin::kMax:
    case Builtin::kMin:
    case Builtin::kPrint:
    case Builtin::kPrintln:
    case Builtin::kReal:
    case Builtin::kRecover:
    case Builtin::kAdd:
    case Builtin::kSlice:
    case Builtin::kSliceData:
    case Builtin::kString:
    case Builtin::kStringData:
      break;
  }
  std::vector<ValueId> args = builtin_arguments(e, id);
  return call_builtin(id, args, type_of(Ref<Expr>(e)), n.span);
}

}  // namespace unpark::ssa
