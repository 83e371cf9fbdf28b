// One function as text:
//
//   func path/pkg.F(v0 x int, v1 y string) (int, error)
//   free v2 *int counter
//   b0 entry:
//     v5 *int = alloc heap counter
//     store v5 0:int
//     if v6 b1 b2
//   b1 for.body <- b0 b2:
//     …
//
// Values with a place are v and their number; constants, globals, functions and builtins stand
// where they are used.
#include "ssa/print.h"

#include <fmt/format.h>

#include "types/canonical.h"

namespace unpark::ssa {

namespace {

// A string constant in quotes, cut when long.
std::string quoted(std::string_view s) {
  constexpr size_t kMax = 40;
  std::string out = "\"";
  for (char c : s.substr(0, kMax)) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
  if (s.size() > kMax) out += fmt::format("…+{}", s.size() - kMax);
  return out;
}

class Printer {
 public:
  Printer(Program& program, const Body& body)
      : program_(program), cx_(program.context()), body_(body) {}

  std::string operand(ValueId id) {
    if (!id.exists()) return "_";
    const Value& v = body_[id];
    switch (v.op) {
      case Op::kConst:
        return constant(v) + ":" + type(v.type);
      case Op::kGlobal: {
        const types::Object& o = cx_.objects[ObjectId{v.aux}];
        return "&" + (o.package.exists() ? cx_.package(o.package).path + "." : std::string()) +
               std::string(cx_.text(o.name));
      }
      case Op::kFunction:
        return program_.name_of(FunctionId{v.aux});
      case Op::kBuiltin:
        return "builtin." + builtin(static_cast<types::Builtin>(v.aux));
      default:
        return fmt::format("v{}", id.raw);
    }
  }

  std::string type(TypeId t) { return types::type_text(cx_, t); }

  std::string value(ValueId id) {
    const Value& v = body_[id];
    std::string out;
    if (has_result(v.op)) out = fmt::format("v{} {} = ", id.raw, type(v.type));
    out += name_of(v.op);
    if (v.op == Op::kBinary || v.op == Op::kUnary) out += " " + std::string(text_of(v.sub));
    for (auto [flag, word] : kFlags) {
      if (v.is(flag)) out += std::string(" ") + word;
    }
    if (v.op == Op::kSelect) return out + select_cases(v);
    for (ValueId o : body_.operands(v)) out += " " + operand(o);
    switch (v.op) {
      case Op::kAlloc:
      case Op::kPhi:
        if (v.aux != Value::kNoAux) out += " " + local(LocalId{v.aux});
        break;
      case Op::kFieldAddr:
      case Op::kField:
        out += " ." + field(v);
        break;
      case Op::kExtract:
        out += fmt::format(" #{}", v.aux);
        break;
      case Op::kTypeAssert:
        out += " (" + type(TypeId{v.aux}) + ")";
        break;
      case Op::kMakeClosure:
        out += " " + program_.name_of(FunctionId{v.aux});
        break;
      case Op::kNilCheck:
        out += " ." + std::string(cx_.text(cx_.objects[ObjectId{v.aux}].name));
        break;
      case Op::kCall:
      case Op::kGo:
      case Op::kDefer:
        if (v.is(Value::kInvoke)) {
          out += " ." + std::string(cx_.text(cx_.objects[ObjectId{v.aux}].name));
        }
        break;
      case Op::kJump:
      case Op::kIf:
        for (BlockId s : body_.succs(v.block)) out += fmt::format(" b{}", s.raw);
        break;
      default:
        break;
    }
    return out;
  }

  std::string local(LocalId id) { return std::string(cx_.text(body_[id].name)); }

  // " x" of a value that a variable x was assigned first of all.
  std::string name_of_value(ValueId id) {
    for (const Assigned& a : body_.assigned) {
      if (a.value == id) return " " + local(a.local);
      if (id < a.value) break;
    }
    return "";
  }

 private:
  static constexpr std::pair<uint16_t, const char*> kFlags[] = {
      {Value::kCommaOk, "ok"},        {Value::kHeap, "heap"},
      {Value::kInvoke, "invoke"},     {Value::kOnStack, "on_stack"},
      {Value::kBlocking, "blocking"}, {Value::kRangeState, "range_state"},
  };

  std::string constant(const Value& v) {
    if (v.aux == Value::kNoAux) return "zero";
    const types::Constant& c = cx_.constants[types::ConstId{v.aux}];
    if (c.kind() == types::ConstantKind::kString) return quoted(c.string_value());
    return types::exact_text(c);
  }

  std::string field(const Value& v) {
    TypeId t = body_[body_.operands(v)[0]].type;
    TypeId u = cx_.types.under(t);
    if (v.op == Op::kFieldAddr && cx_.types.is(u, types::TypeKind::kPointer)) {
      u = cx_.types.under(cx_.types.elem(u));
    }
    if (!cx_.types.is(u, types::TypeKind::kStruct) || v.aux >= cx_.types.fields(u).size()) {
      return std::to_string(v.aux);
    }
    return std::string(cx_.text(cx_.types.fields(u)[v.aux].name));
  }

  std::string select_cases(const Value& v) {
    std::string out;
    std::span<const ValueId> operands = body_.operands(v);
    for (size_t i = 0; i + 1 < operands.size(); i += 2) {
      out += out.empty() ? " " : ", ";
      if (operands[i + 1].exists()) {
        out += operand(operands[i]) + "<-" + operand(operands[i + 1]);
      } else {
        out += "<-" + operand(operands[i]);
      }
    }
    return out;
  }

  static std::string builtin(types::Builtin id) {
    using types::Builtin;
    switch (id) {
      case Builtin::kAppend:
        return "append";
      case Builtin::kCap:
        return "cap";
      case Builtin::kClear:
        return "clear";
      case Builtin::kClose:
        return "close";
      case Builtin::kComplex:
        return "complex";
      case Builtin::kCopy:
        return "copy";
      case Builtin::kDelete:
        return "delete";
      case Builtin::kImag:
        return "imag";
      case Builtin::kLen:
        return "len";
      case Builtin::kMake:
        return "make";
      case Builtin::kMax:
        return "max";
      case Builtin::kMin:
        return "min";
      case Builtin::kNew:
        return "new";
      case Builtin::kPanic:
        return "panic";
      case Builtin::kPrint:
        return "print";
      case Builtin::kPrintln:
        return "println";
      case Builtin::kReal:
        return "real";
      case Builtin::kRecover:
        return "recover";
      case Builtin::kAdd:
        return "unsafe.Add";
      case Builtin::kAlignof:
        return "unsafe.Alignof";
      case Builtin::kOffsetof:
        return "unsafe.Offsetof";
      case Builtin::kSizeof:
        return "unsafe.Sizeof";
      case Builtin::kSlice:
        return "unsafe.Slice";
      case Builtin::kSliceData:
        return "unsafe.SliceData";
      case Builtin::kString:
        return "unsafe.String";
      case Builtin::kStringData:
        return "unsafe.StringData";
    }
    return "?";
  }

  Program& program_;
  types::Context& cx_;
  const Body& body_;
};

}  // namespace

std::string print_value(Program& program, const Body& body, ValueId id) {
  Printer p(program, body);
  return is_instruction(body[id].op) ? p.value(id) : p.operand(id);
}

std::string print(Program& program, FunctionId id) {
  const Body& body = program.body(id);
  const Function& fn = program[id];
  types::Context& cx = program.context();
  Printer p(program, body);
  std::string out = "func " + program.name_of(id) + "(";
  for (uint32_t i = 0; i < body.param_count; i++) {
    ValueId v{i};
    out += fmt::format("{}v{}{} {}", i ? ", " : "", i, p.name_of_value(v), p.type(body[v].type));
  }
  out += ")";
  if (cx.types.is(fn.signature, types::TypeKind::kSignature)) {
    std::span<const TypeId> results = cx.types.tuple(cx.types.signature(fn.signature).results);
    if (results.size() == 1) out += " " + p.type(results[0]);
    if (results.size() > 1) {
      for (size_t i = 0; i < results.size(); i++) out += (i ? ", " : " (") + p.type(results[i]);
      out += ")";
    }
  }
  out += "\n";
  for (uint32_t i = 0; i < body.free_var_count; i++) {
    ValueId v{body.param_count + i};
    out += fmt::format("free v{} {}\n", v.raw, p.type(body[v].type));
  }
  if (!body.incomplete.empty()) out += "incomplete: " + body.incomplete + "\n";
  for (uint32_t b = 0; b < body.blocks.size(); b++) {
    BlockId block{b};
    out += fmt::format("b{} {}{}:", b, body[block].name, block == body.recover ? " (recover)" : "");
    if (!body.preds(block).empty()) {
      out.pop_back();
      out += " <-";
      for (BlockId pred : body.preds(block)) out += fmt::format(" b{}", pred.raw);
      out += ":";
    }
    out += "\n";
    for (uint32_t i = 0; i < body[block].count; i++) {
      ValueId v{body[block].first.raw + i};
      out += "  " + p.value(v) + "\n";
    }
  }
  return out;
}

}  // namespace unpark::ssa
