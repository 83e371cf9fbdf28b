// Calls of builtin functions (spec: "Built-in functions", "Package unsafe").
#include "types/checker.h"
#include "types/lookup.h"
#include "types/predicates.h"
#include "types/sizes.h"

namespace unpark::types {

using syntax::CallExpr;
using syntax::SelectorExpr;

namespace {

// The float type of a complex type's parts, or the complex type made of two such floats.
TypeId part_type(TypeId u) {
  switch (static_cast<BasicKind>(u.raw)) {
    case BasicKind::kComplex64:
      return basic(BasicKind::kFloat32);
    case BasicKind::kComplex128:
      return basic(BasicKind::kFloat64);
    case BasicKind::kUntypedComplex:
      return basic(BasicKind::kUntypedFloat);
    default:
      return {};
  }
}

TypeId whole_type(TypeId u) {
  switch (static_cast<BasicKind>(u.raw)) {
    case BasicKind::kFloat32:
      return basic(BasicKind::kComplex64);
    case BasicKind::kFloat64:
      return basic(BasicKind::kComplex128);
    case BasicKind::kUntypedFloat:
      return basic(BasicKind::kUntypedComplex);
    default:
      return {};
  }
}

}  // namespace

// For the summary of a body. At package level declared types may not be known yet.
bool Checker::may_be_chan(Ref<Expr> e, TypeId type) const {
  switch (kind(e)) {
    case Kind::kChanType:
      return true;
    case Kind::kMapType:
    case Kind::kArrayType:
      return false;
    default:
      break;
  }
  if (!env_.in_function) return true;
  TypeKind u = under_kind(type);
  return u == TypeKind::kChan || u == TypeKind::kTypeParam;
}

bool Checker::builtin_call(Operand& x, Ref<CallExpr> e, Builtin id) {
  const CallExpr& n = node(e);
  bool spread = n.flags & CallExpr::kSpread;
  ConstantPool& pool = cx_.constant_pool;

  // len and cap of an array are constant when the argument has no call and no receive.
  bool outer_call_or_recv = env_.has_call_or_recv;
  bool measures = id == Builtin::kLen || id == Builtin::kCap;
  if (measures) env_.has_call_or_recv = false;
  std::vector<Operand> args;
  if (id != Builtin::kMake && id != Builtin::kNew && id != Builtin::kOffsetof) {
    expr_list(tree()[n.args], args);
    for (const Operand& a : args) {
      if (!a.valid()) {
        if (measures) env_.has_call_or_recv = outer_call_or_recv;
        return false;
      }
    }
    if (!args.empty()) x = args[0];
  }
  bool argument_calls = env_.has_call_or_recv;
  if (measures) env_.has_call_or_recv = outer_call_or_recv;
  size_t count = args.empty() ? n.args.count : args.size();
  auto value = [&](TypeId type) {
    x.mode = Mode::kValue;
    x.type = type;
    return true;
  };
  auto no_value = [&] {
    x.mode = Mode::kNoValue;
    x.type = types().empty_tuple();
    return true;
  };

  switch (id) {
    case Builtin::kAppend: {
      if (count < 1) return false;
      TypeId slice_type = x.type;
      TypeId u = common_under(cx_, slice_type);
      TypeId element;
      if (u.exists() && types().is(u, TypeKind::kSlice)) {
        element = types().elem(u);
      } else {
        for_each_under(cx_, slice_type, [&](TypeId, TypeId each) {
          if (each.exists() && types().is(each, TypeKind::kSlice)) element = types().elem(each);
          return element.exists();
        });
      }
      if (!element.exists()) return false;
      // append([]byte, string...) takes the string as it is.
      bool bytes_of_string = false;
      if (count == 2 && spread) {
        TypeId bytes = types().slice_of(basic(BasicKind::kUint8));
        bool to_bytes = u.exists() && identical(cx_, u, bytes);
        bool has_string = false;
        bool only = for_each_under(cx_, args[1].type, [&](TypeId, TypeId each) {
          if (!each.exists()) return false;
          if (is_string(cx_, each)) {
            has_string = true;
            return true;
          }
          return types().is(each, TypeKind::kSlice) &&
                 identical(cx_, types().elem(each), basic(BasicKind::kUint8));
        });
        bytes_of_string = to_bytes && only && has_string;
      }
      if (!bytes_of_string) {
        for (size_t i = 0; i < args.size(); i++) {
          TypeId wanted = i == 0 ? slice_type : spread ? types().slice_of(element) : element;
          // A generic function as an element takes its type arguments from the element type.
          if (i > 0 && is_sig(args[i].type) &&
              !types().signature(args[i].type).type_params.empty()) {
            TypeId target = target_of(wanted);
            if (target.exists()) func_inst(target, args[i], {}, true, nullptr);
            record(args[i]);
          }
          assignment(args[i], wanted);
        }
      }
      return value(slice_type);
    }

    case Builtin::kCap:
    case Builtin::kLen: {
      if (count != 1) return false;
      TypeId u = under(x.type);
      if (types().is(u, TypeKind::kPointer)) {
        TypeId array = under(types().elem(u));
        if (types().is(array, TypeKind::kArray)) u = array;
      }
      switch (types().kind(u)) {
        case TypeKind::kBasic:
          if (x.mode == Mode::kConstant && id == Builtin::kLen) {
            x.value = Constant(static_cast<int64_t>(x.value.string_value().size()));
            x.type = basic(BasicKind::kInt);
            return true;
          }
          break;
        case TypeKind::kArray:
          if (!argument_calls) {
            x.mode = Mode::kConstant;
            x.type = basic(BasicKind::kInt);
            x.value = Constant(types().array_length(u));
            return true;
          }
          break;
        default:
          break;
      }
      return value(basic(BasicKind::kInt));
    }

    case Builtin::kClose:
      has_ |= BodySummary::kClose;
      return no_value();
    case Builtin::kClear:
      return no_value();

    case Builtin::kComplex: {
      if (count != 2) return false;
      Operand& y = args[1];
      bool untyped_x = is_untyped(x.type);
      bool untyped_y = is_untyped(y.type);
      if (untyped_x && !untyped_y) {
        convert_untyped(x, y.type);
      } else if (!untyped_x && untyped_y) {
        convert_untyped(y, x.type);
      } else if (untyped_x && untyped_y) {
        if (x.mode == Mode::kConstant && y.mode == Mode::kConstant) {
          for (Operand* o : {&x, &y}) {
            if (is_numeric(cx_, o->type) && sign(pool.imag(o->value)) == 0) {
              o->type = basic(BasicKind::kUntypedFloat);
            }
          }
        } else {
          convert_untyped(x, basic(BasicKind::kFloat64));
          convert_untyped(y, basic(BasicKind::kFloat64));
        }
      }
      if (!x.valid() || !y.valid()) return false;
      TypeId result = whole_type(under(x.type));
      if (!result.exists()) return false;
      if (x.mode == Mode::kConstant && y.mode == Mode::kConstant) {
        x.value = pool.binary_op(pool.to_float(x.value), Token::kAdd,
                                 pool.make_imag(pool.to_float(y.value)));
      } else {
        x.mode = Mode::kValue;
      }
      x.type = result;
      return true;
    }

    case Builtin::kCopy:
      return count == 2 && value(basic(BasicKind::kInt));

    case Builtin::kDelete: {
      if (count != 2) return false;
      TypeId key;
      for_each_under(cx_, x.type, [&](TypeId, TypeId u) {
        if (!u.exists() || !types().is(u, TypeKind::kMap)) return false;
        key = types().key(u);
        return true;
      });
      if (!key.exists()) return false;
      assignment(args[1], key);
      return no_value();
    }

    case Builtin::kImag:
    case Builtin::kReal: {
      if (count != 1) return false;
      if (is_untyped(x.type)) {
        if (x.mode == Mode::kConstant) {
          if (is_numeric(cx_, x.type)) x.type = basic(BasicKind::kUntypedComplex);
        } else {
          convert_untyped(x, basic(BasicKind::kComplex128));
          if (!x.valid()) return false;
        }
      }
      TypeId result = part_type(under(x.type));
      if (!result.exists()) return false;
      if (x.mode == Mode::kConstant) {
        x.value = id == Builtin::kReal ? pool.real(x.value) : pool.imag(x.value);
      } else {
        x.mode = Mode::kValue;
      }
      x.type = result;
      return true;
    }

    case Builtin::kMake: {
      if (n.args.count == 0) return false;
      TypeId t = type_of(tree().at(n.args, 0));
      if (may_be_chan(tree().at(n.args, 0), t)) has_ |= BodySummary::kMakeChan;
      for (uint32_t i = 1; i < n.args.count; i++) index(tree().at(n.args, i));
      return t != kInvalidType && value(t);
    }

    case Builtin::kMax:
    case Builtin::kMin: {
      if (args.empty()) return false;
      Token op = id == Builtin::kMax ? Token::kGtr : Token::kLss;
      for (size_t i = 1; i < args.size(); i++) {
        match_types(x, args[i]);
        if (!x.valid()) return false;
        if (x.mode == Mode::kConstant && args[i].mode == Mode::kConstant) {
          if (compare(args[i].value, op, x.value)) x = args[i];
        } else {
          x.mode = Mode::kValue;
        }
      }
      // A constant result may stay untyped.
      if (x.mode != Mode::kConstant) {
        assignment(x, types().empty_interface());
        if (!x.valid()) return false;
      }
      for (const Operand& a : args) update_expr_type(a.expr, x.type, true);
      return true;
    }

    case Builtin::kNew: {
      if (n.args.count != 1) return false;
      expr_or_type(x, tree().at(n.args, 0));
      if (!x.valid() || x.mode == Mode::kBuiltin) return false;
      if (x.mode != Mode::kTypeExpr && is_untyped(x.type)) {
        assignment(x, {});
        if (!x.valid()) return false;
      }
      return value(types().pointer_to(x.type));
    }

    case Builtin::kPanic:
      if (count != 1) return false;
      assignment(x, types().empty_interface());
      return no_value();

    case Builtin::kPrint:
    case Builtin::kPrintln:
      for (Operand& a : args) assignment(a, {});
      return no_value();

    case Builtin::kRecover:
      return value(types().empty_interface());

    case Builtin::kAdd:
      if (count != 2) return false;
      assignment(x, basic(BasicKind::kUnsafePointer));
      valid_index(args[1]);
      return value(basic(BasicKind::kUnsafePointer));

    case Builtin::kAlignof:
    case Builtin::kSizeof:
      if (count != 1) return false;
      assignment(x, {});
      if (!x.valid()) return false;
      if (has_constant_size(cx_, x.type)) {
        x.mode = Mode::kConstant;
        x.value = Constant(id == Builtin::kAlignof ? align_of(cx_, x.type) : size_of(cx_, x.type));
      } else {
        x.mode = Mode::kValue;
      }
      x.type = basic(BasicKind::kUintptr);
      return true;

    case Builtin::kOffsetof: {
      if (n.args.count != 1) return false;
      auto sel = tree().as<SelectorExpr>(unparen(tree().at(n.args, 0)));
      if (!sel.exists()) return false;
      expr(x, node(sel).x);
      if (!x.valid()) return false;
      TypeId base = x.type;
      if (TypeId u = under(base); types().is(u, TypeKind::kPointer)) {
        TypeId pointed = types().elem(u);
        if (under_kind(pointed) == TypeKind::kStruct) base = pointed;
      }
      Found found = types::lookup(cx_, *package_, view_, base, false, node(node(sel).sel).name);
      if (!found.object.exists() || object(found.object).kind != ObjectKind::kVar) return false;
      Selection s;
      s.kind = Selection::kFieldVal;
      s.recv = base;
      s.object = found.object;
      s.path = found.path;
      s.type = found.type;
      record_selection(sel, s);
      record(sel, x.mode == Mode::kVariable ? Mode::kVariable : Mode::kValue, found.type);
      if (has_constant_size(cx_, base)) {
        int64_t offset = 0;
        TypeId at = base;
        for (uint32_t i : found.path) {
          TypeId u = under(at);
          if (!types().is(u, TypeKind::kStruct)) return false;
          std::span<const StructField> fields = types().fields(u);
          if (i >= fields.size()) return false;
          offset += field_offsets(cx_, fields)[i];
          at = fields[i].type;
        }
        x.mode = Mode::kConstant;
        x.value = Constant(offset);
      } else {
        x.mode = Mode::kValue;
      }
      x.type = basic(BasicKind::kUintptr);
      return true;
    }

    case Builtin::kSlice: {
      if (count != 2) return false;
      TypeId u = common_under(cx_, x.type);
      if (!u.exists() || !types().is(u, TypeKind::kPointer)) return false;
      valid_index(args[1]);
      return value(types().slice_of(types().elem(u)));
    }

    case Builtin::kSliceData: {
      if (count != 1) return false;
      TypeId u = common_under(cx_, x.type);
      if (!u.exists() || !types().is(u, TypeKind::kSlice)) return false;
      return value(types().pointer_to(types().elem(u)));
    }

    case Builtin::kString:
      if (count != 2) return false;
      assignment(x, types().pointer_to(basic(BasicKind::kUint8)));
      valid_index(args[1]);
      return value(basic(BasicKind::kString));

    case Builtin::kStringData:
      if (count != 1) return false;
      assignment(x, basic(BasicKind::kString));
      return value(types().pointer_to(basic(BasicKind::kUint8)));
  }
  return false;
}

}  // namespace unpark::types
