// The verifier. First the layout, since everything else reads through it; then edges and dominance;
// then what each instruction says of its operands and its type. A body with a broken layout is not
// looked at further.
//
// In the uninstantiated body of a generic function the operand types may be type parameters; what
// an operation then asks of them is asked of the types in their type set only where these agree on
// one underlying type.
#include "ssa/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "ssa/dominance.h"
#include "ssa/print.h"
#include "ssa/program_impl.h"
#include "types/canonical.h"
#include "types/predicates.h"

namespace unpark::ssa {

using types::BasicKind;
using types::TypeKind;

namespace {

class Verifier {
 public:
  Verifier(Program& program, FunctionId id, const Body& body)
      : program_(program), cx_(program.context()), fn_(program[id]), id_(id), body_(body) {}

  std::vector<std::string> run() {
    if (body_.blocks.empty()) {
      if (body_.incomplete.empty()) complain("no blocks, and nothing says why");
      return std::move(out_);
    }
    layout();
    if (!out_.empty()) return std::move(out_);
    edges();
    if (!out_.empty()) return std::move(out_);
    operands();
    if (!out_.empty()) return std::move(out_);
    function();
    for (uint32_t i = 0; i < body_.values.size(); i++) {
      at_ = ValueId{i};
      meaning(body_.values[i]);
    }
    return std::move(out_);
  }

 private:
  static constexpr size_t kMaxMessages = 20;

  void complain(const std::string& what) {
    if (out_.size() >= kMaxMessages) return;
    std::string place;
    if (at_.exists()) {
      const Value& v = body_[at_];
      if (v.block.exists()) place += fmt::format("b{} ", v.block.raw);
      // Broken layouts cannot be printed.
      place += printable_ ? print_value(program_, body_, at_)
                          : fmt::format("v{} {}", at_.raw, name_of(v.op));
      place += ": ";
    }
    out_.push_back("ssa verifier: " + program_.name_of(id_) + ": " + place + what);
  }
  // The message is made only when it is needed: nearly all is as it should be.
  template <typename... Args>
  bool expect(bool good, fmt::format_string<const Args&...> what, const Args&... args) {
    if (!good) [[unlikely]]
      complain(fmt::format(what, args...));
    return good;
  }
  std::string text(TypeId t) { return t.exists() ? types::type_text(cx_, t) : "no type"; }

  // ---- Layout ----

  void layout() {
    uint32_t count = static_cast<uint32_t>(body_.values.size());
    expect(body_.param_count + body_.free_var_count <= body_.first_instruction &&
               body_.first_instruction <= count,
           "the counts of parameters, free variables and instructions do not fit");
    if (!out_.empty()) return;
    for (uint32_t i = 0; i < count; i++) {
      at_ = ValueId{i};
      const Value& v = body_.values[i];
      if (i < body_.param_count) {
        expect(v.op == Op::kParameter && v.aux == i, "stands where a parameter should");
      } else if (i < body_.param_count + body_.free_var_count) {
        expect(v.op == Op::kFreeVar && v.aux == i - body_.param_count,
               "stands where a free variable should");
      } else if (i < body_.first_instruction) {
        expect(v.op == Op::kConst || v.op == Op::kGlobal || v.op == Op::kFunction ||
                   v.op == Op::kBuiltin,
               "stands where a constant should");
      } else {
        expect(is_instruction(v.op) && v.block.exists() && v.block.raw < body_.blocks.size(),
               "is no instruction of a block");
      }
      expect(uint64_t{v.first_operand} + v.operand_count <= body_.operand_list.size(),
             "has operands beyond the list");
      if (!is_instruction(v.op)) expect(v.operand_count == 0, "has operands");
      expect(v.type.exists() == has_result(v.op), "has a type without result, or none with one");
    }
    if (!out_.empty()) return;
    uint32_t next = body_.first_instruction;
    for (uint32_t b = 0; b < body_.blocks.size(); b++) {
      const Block& block = body_.blocks[b];
      at_ = {};
      if (!expect(block.first.raw == next && block.count > 0 && block.count <= count - next,
                  "b{} is empty or out of order", b)) {
        return;
      }
      bool phis = true;
      for (uint32_t i = 0; i < block.count; i++) {
        at_ = ValueId{next + i};
        const Value& v = body_[at_];
        expect(v.block.raw == b, "says it is in another block");
        expect(is_terminator(v.op) == (i + 1 == block.count),
               "a terminator before the end, or none there");
        if (v.op != Op::kPhi) phis = false;
        expect(v.op != Op::kPhi || phis, "a phi behind other instructions");
      }
      next += block.count;
      at_ = {};
      expect(block.first_pred + block.pred_count <= body_.pred_list.size(),
             "b{} has predecessors beyond the list", b);
      for (BlockId s : block.succs) {
        expect(!s.exists() || s.raw < body_.blocks.size(), "b{} leads nowhere", b);
      }
    }
    expect(next == count, "values behind the last block");
    for (BlockId p : body_.pred_list) {
      expect(p.exists() && p.raw < body_.blocks.size(), "a predecessor that does not exist");
    }
    expect(!body_.recover.exists() || body_.recover.raw < body_.blocks.size(),
           "a recover block that does not exist");
  }

  // ---- Edges ----

  void edges() {
    at_ = {};
    expect(body_.preds(BlockId{0}).empty(), "the entry block has predecessors");
    if (body_.recover.exists()) {
      expect(body_.preds(body_.recover).empty(), "the recover block has predecessors");
      expect(body_.recover.raw != 0, "the entry block is the recover block");
    }
    auto count = [](std::span<const BlockId> list, BlockId b) {
      return std::count(list.begin(), list.end(), b);
    };
    for (uint32_t b = 0; b < body_.blocks.size(); b++) {
      BlockId block{b};
      const Value& last = body_.terminator(block);
      size_t wanted = last.op == Op::kJump ? 1 : last.op == Op::kIf ? 2 : 0;
      expect(body_.succs(block).size() == wanted, "b{} has {} successors, its end wants {}", b,
             body_.succs(block).size(), wanted);
      for (BlockId s : body_.succs(block)) {
        expect(count(body_.succs(block), s) == count(body_.preds(s), block),
               "b{} leads to b{}, which does not know it", b, s.raw);
      }
      for (BlockId p : body_.preds(block)) {
        expect(count(body_.succs(p), block) == count(body_.preds(block), p),
               "b{} says it comes from b{}, which does not lead there", b, p.raw);
      }
    }
    std::vector<uint8_t> seen(body_.blocks.size());
    std::vector<uint32_t> work{0};
    if (body_.recover.exists()) work.push_back(body_.recover.raw);
    for (uint32_t b : work) seen[b] = 1;
    while (!work.empty()) {
      uint32_t b = work.back();
      work.pop_back();
      for (BlockId s : body_.succs(BlockId{b})) {
        if (seen[s.raw]) continue;
        seen[s.raw] = 1;
        work.push_back(s.raw);
      }
    }
    for (uint32_t b = 0; b < seen.size(); b++) {
      expect(seen[b], "nothing leads to b{}", b);
    }
  }

  // ---- Operands exist and dominate ----

  void operands() {
    Dominators tree = dominators(body_);
    for (uint32_t i = body_.first_instruction; i < body_.values.size(); i++) {
      at_ = ValueId{i};
      const Value& v = body_[at_];
      std::span<const ValueId> list = body_.operands(v);
      if (v.op == Op::kPhi) {
        expect(list.size() == body_.preds(v.block).size(),
               "has not one operand for each predecessor");
        if (!out_.empty()) return;
      }
      for (size_t o = 0; o < list.size(); o++) {
        ValueId x = list[o];
        if (!x.exists()) {
          bool may_miss = (v.op == Op::kSlice && o > 0) || (v.op == Op::kSelect && o % 2 == 1);
          expect(may_miss, "operand {} is missing", o);
          continue;
        }
        if (!expect(x.raw < body_.values.size(), "operand {} does not exist", o)) {
          continue;
        }
        const Value& def = body_[x];
        expect(has_result(def.op), "operand {} has no value", o);
        expect(def.op != Op::kBuiltin || (is_call(v.op) && o == 0 && !v.is(Value::kInvoke)),
               "a builtin function that is not called");
        if (!is_instruction(def.op)) continue;
        if (v.op == Op::kPhi) {
          expect(tree.dominates(def.block, body_.preds(v.block)[o]),
                 "operand {} does not dominate its edge", o);
        } else if (def.block == v.block) {
          expect(x < at_, "operand {} comes later", o);
        } else {
          expect(tree.dominates(def.block, v.block), "operand {} does not dominate", o);
        }
      }
    }
    printable_ = out_.empty();
  }

  // ---- The function ----

  void function() {
    at_ = {};
    if (!expect(cx_.types.is(fn_.signature, TypeKind::kSignature) || !body_.incomplete.empty(),
                "the function has no signature")) {
      return;
    }
    if (cx_.types.is(fn_.signature, TypeKind::kSignature)) {
      std::span<const TypeId> params = cx_.types.tuple(cx_.types.signature(fn_.signature).params);
      results_ = cx_.types.tuple(cx_.types.signature(fn_.signature).results);
      bool broken = !body_.incomplete.empty() && body_.param_count < params.size();
      expect(params.size() == body_.param_count || broken,
             "the number of parameters is not that of the signature");
      for (size_t i = 0; i < std::min<size_t>(params.size(), body_.param_count); i++) {
        expect(same(params[i], body_.values[i].type),
               "parameter {} has another type than the signature says", i);
      }
    }
    expect(body_.has_defer == body_.recover.exists() || !body_.incomplete.empty(),
           "a recover block without deferred calls, or none with them");
    bool closure = fn_.kind == FunctionKind::kLiteral || fn_.kind == FunctionKind::kRangeBody ||
                   fn_.kind == FunctionKind::kBoundMethod;
    expect(closure || body_.free_var_count == 0, "free variables in what is no closure");
    for (const Assigned& a : body_.assigned) {
      expect(a.value.raw < body_.values.size() && a.local.raw < body_.locals.size(),
             "an assigned value or local that does not exist");
    }
  }

  // ---- What each operation means ----

  bool same(TypeId a, TypeId b) { return a == b || types::identical(cx_, a, b); }
  TypeId type(ValueId v) { return body_[v].type; }
  // As the builder's: the underlying type, of a type parameter the common one, or the parameter.
  TypeId core(TypeId t) {
    if (!cx_.types.is(t, TypeKind::kTypeParam)) return cx_.types.under(t);
    TypeId u = types::common_under_or_string(cx_, t);
    return u.exists() ? u : t;
  }
  bool is(TypeId t, TypeKind k) { return cx_.types.is(core(t), k); }
  bool is_bool(TypeId t) { return types::all_boolean(cx_, t); }
  bool is_int(TypeId t) { return types::all_integer(cx_, t); }
  TypeId pointed(TypeId t) {
    TypeId u = core(t);
    return cx_.types.is(u, TypeKind::kPointer) ? cx_.types.elem(u) : types::kInvalidType;
  }
  bool is_param(TypeId t) { return types::is_type_param(cx_, t); }
  bool is_interface(TypeId t) { return types::is_interface(cx_, t); }
  bool expect_same(TypeId a, TypeId b, std::string_view what) {
    if (same(a, b)) return true;
    complain(fmt::format("{}: {} and {}", what, text(a), text(b)));
    return false;
  }
  bool arity(const Value& v, size_t count) {
    return expect(v.operand_count == count, "has {} operands, not {}", v.operand_count, count);
  }
  // The type of what a comma-ok instruction gives, or of the instruction.
  TypeId plain_result(const Value& v) {
    if (!v.is(Value::kCommaOk)) return v.type;
    if (!cx_.types.is(v.type, TypeKind::kTuple)) return types::kInvalidType;
    std::span<const TypeId> parts = cx_.types.tuple(v.type);
    expect(parts.size() == 2 && is_bool(parts[1]), "its type is no pair of a value and a bool");
    return parts.size() == 2 ? parts[0] : types::kInvalidType;
  }

  void meaning(const Value& v) {
    if (v.type.exists()) {
      // What an incomplete function is called with may be unknown.
      bool outside = v.op == Op::kParameter || v.op == Op::kFreeVar;
      expect(!(cx_.types[v.type].flags & types::TypeStore::kHasInvalid) ||
                 (outside && !body_.incomplete.empty()),
             "its type is invalid");
      expect(!types::is_untyped(v.type), "its type is untyped");
      if (cx_.types.is(v.type, TypeKind::kTuple)) {
        expect(
            v.op == Op::kCall || v.op == Op::kNext || v.op == Op::kSelect || v.is(Value::kCommaOk),
            "a tuple that is no result of a call or the like");
      }
    }
    std::span<const ValueId> x = body_.operands(v);
    auto t = [&](size_t i) { return i < x.size() && x[i].exists() ? type(x[i]) : TypeId{}; };
    switch (v.op) {
      case Op::kConst:
        constant(v);
        return;
      case Op::kParameter:
      case Op::kFreeVar:
      case Op::kBuiltin:
        return;
      case Op::kGlobal: {
        const types::Object& o = cx_.objects[ObjectId{v.aux}];
        expect(o.kind == types::ObjectKind::kVar && o.is(types::Object::kPackageLevel),
               "is no package-level variable");
        expect_same(pointed(v.type), o.type, "does not point to the variable's type");
        return;
      }
      case Op::kFunction:
        expect_same(v.type, program_[FunctionId{v.aux}].signature, "is not of the function's type");
        return;
      case Op::kAlloc:
        arity(v, 0);
        expect(cx_.types.is(v.type, TypeKind::kPointer), "its type is no pointer");
        expect(v.aux == Value::kNoAux || v.aux < body_.locals.size(), "an unknown local");
        return;
      case Op::kLoad:
        if (arity(v, 1)) expect_same(pointed(t(0)), v.type, "loads another type");
        return;
      case Op::kStore:
        if (arity(v, 2)) expect_same(pointed(t(0)), t(1), "stores another type");
        return;
      case Op::kFieldAddr:
      case Op::kField: {
        if (!arity(v, 1)) return;
        bool address = v.op == Op::kFieldAddr;
        TypeId s = core(address ? pointed(t(0)) : t(0));
        if (!expect(cx_.types.is(s, TypeKind::kStruct) && v.aux < cx_.types.fields(s).size(),
                    "its operand has no such field")) {
          return;
        }
        TypeId f = cx_.types.fields(s)[v.aux].type;
        expect_same(address ? pointed(v.type) : v.type, f, "is not of the field's type");
        return;
      }
      case Op::kIndexAddr: {
        if (!arity(v, 2)) return;
        expect(is_int(t(1)), "its index is no integer");
        TypeId u = core(t(0));
        if (cx_.types.is(u, TypeKind::kTypeParam)) return;
        if (cx_.types.is(u, TypeKind::kPointer)) u = core(cx_.types.elem(u));
        bool good = cx_.types.is(u, TypeKind::kSlice) ||
                    (cx_.types.is(u, TypeKind::kArray) && !is(t(0), TypeKind::kArray));
        if (!expect(good, "its operand is no slice and no pointer to an array")) return;
        expect_same(pointed(v.type), cx_.types.elem(u), "is not of the element's type");
        return;
      }
      case Op::kIndex: {
        if (!arity(v, 2)) return;
        expect(is_int(t(1)), "its index is no integer");
        TypeId u = core(t(0));
        if (cx_.types.is(u, TypeKind::kTypeParam)) return;
        if (types::is_string(cx_, u)) {
          expect_same(v.type, types::basic(BasicKind::kUint8), "is no byte");
        } else if (expect(cx_.types.is(u, TypeKind::kArray), "its operand is no array or string")) {
          expect_same(v.type, cx_.types.elem(u), "is not of the element's type");
        }
        return;
      }
      case Op::kLookup:
      case Op::kMapUpdate: {
        if (!arity(v, v.op == Op::kLookup ? 2 : 3)) return;
        TypeId m = core(t(0));
        if (!expect(cx_.types.is(m, TypeKind::kMap), "its operand is no map")) return;
        expect_same(t(1), cx_.types.key(m), "its key is of another type");
        TypeId e = v.op == Op::kLookup ? plain_result(v) : t(2);
        expect_same(e, cx_.types.elem(m), "the element is of another type");
        return;
      }
      case Op::kPhi:
        for (size_t i = 0; i < x.size(); i++) expect_same(t(i), v.type, "merges another type");
        return;
      case Op::kBinary:
        binary(v, x);
        return;
      case Op::kUnary:
        if (!arity(v, 1)) return;
        expect(v.sub == syntax::Token::kSub || v.sub == syntax::Token::kXor ||
                   v.sub == syntax::Token::kNot,
               "an unknown operator");
        expect_same(t(0), v.type, "changes the type");
        return;
      case Op::kChangeType:
        if (arity(v, 1)) {
          expect(cx_.types.kind(core(t(0))) == cx_.types.kind(core(v.type)) &&
                     (!is(v.type, TypeKind::kBasic) || core(t(0)) == core(v.type)),
                 "its types differ in more than the name");
        }
        return;
      case Op::kConvert:
        if (arity(v, 1)) convert(t(0), v.type);
        return;
      case Op::kChangeInterface:
        if (arity(v, 1)) expect(is_interface(t(0)) && is_interface(v.type), "is no interface");
        return;
      case Op::kMakeInterface:
        if (arity(v, 1)) {
          expect(is_interface(v.type), "gives no interface");
          if (expect(!is_interface(t(0)), "holds an interface")) {
            expect(types::has_all_methods(cx_, view(), t(0), v.type),
                   "holds what lacks methods of it");
          }
        }
        return;
      case Op::kSliceToArrayPointer:
        if (arity(v, 1)) {
          expect(is(t(0), TypeKind::kSlice) && is(pointed(v.type), TypeKind::kArray),
                 "is no conversion of a slice to a pointer to an array");
        }
        return;
      case Op::kTypeAssert:
        if (!arity(v, 1)) return;
        expect(is_interface(t(0)), "its operand is no interface");
        expect_same(plain_result(v), TypeId{v.aux}, "does not give what it asserts");
        return;
      case Op::kExtract: {
        if (!arity(v, 1)) return;
        bool good = cx_.types.is(t(0), TypeKind::kTuple) && v.aux < cx_.types.tuple(t(0)).size();
        if (expect(good, "its operand has no such component")) {
          expect_same(v.type, cx_.types.tuple(t(0))[v.aux], "is not of the component's type");
        }
        return;
      }
      case Op::kMakeClosure:
        closure(v, x);
        return;
      case Op::kMakeSlice:
        if (arity(v, 2)) {
          expect(is(v.type, TypeKind::kSlice) && is_int(t(0)) && is_int(t(1)), "is no slice");
        }
        return;
      case Op::kMakeMap:
        expect(is(v.type, TypeKind::kMap) && x.size() <= 1, "is no map");
        if (x.size() == 1) expect(is_int(t(0)), "its size is no integer");
        return;
      case Op::kMakeChan:
        if (arity(v, 1)) expect(is(v.type, TypeKind::kChan) && is_int(t(0)), "is no channel");
        return;
      case Op::kSlice:
        slice(v, x);
        return;
      case Op::kNilCheck:
        if (arity(v, 1)) {
          expect_same(t(0), v.type, "changes the type");
          expect(is(t(0), TypeKind::kPointer), "its operand is no pointer");
        }
        return;
      case Op::kRange:
        if (arity(v, 1)) {
          expect(is(t(0), TypeKind::kMap) || types::is_string(cx_, core(t(0))),
                 "its operand is no map or string");
        }
        return;
      case Op::kNext: {
        if (!arity(v, 1)) return;
        expect(body_[x[0]].op == Op::kRange, "its operand is no iterator");
        bool good = cx_.types.is(v.type, TypeKind::kTuple) && cx_.types.tuple(v.type).size() == 3 &&
                    is_bool(cx_.types.tuple(v.type)[0]);
        expect(good, "its type is no triple");
        return;
      }
      case Op::kCall:
      case Op::kGo:
      case Op::kDefer:
        call(v, x);
        return;
      case Op::kDeferStack:
        arity(v, 0);
        expect(body_.has_defer, "in a function without deferred calls");
        return;
      case Op::kRunDefers:
        arity(v, 0);
        expect(body_.has_defer, "in a function without deferred calls");
        return;
      case Op::kSend:
        if (!arity(v, 2)) return;
        if (expect(is(t(0), TypeKind::kChan), "its operand is no channel")) {
          expect_same(t(1), cx_.types.elem(core(t(0))), "sends another type");
        }
        return;
      case Op::kRecv:
        if (!arity(v, 1)) return;
        if (expect(is(t(0), TypeKind::kChan), "its operand is no channel")) {
          expect_same(plain_result(v), cx_.types.elem(core(t(0))), "receives another type");
        }
        return;
      case Op::kSelect:
        select(v, x);
        return;
      case Op::kJump:
      case Op::kUnreachable:
        arity(v, 0);
        return;
      case Op::kIf:
        if (arity(v, 1)) expect_same(t(0), types::basic(BasicKind::kBool), "its condition");
        return;
      case Op::kReturn:
        if (!arity(v, results_.size())) return;
        for (size_t i = 0; i < x.size(); i++)
          expect_same(t(i), results_[i], "returns another type");
        if (body_.has_defer && fn_.kind != FunctionKind::kRangeBody && v.block != body_.recover) {
          bool runs = false;
          for (const Value& other : body_.instructions(v.block)) runs |= other.op == Op::kRunDefers;
          expect(runs, "returns without running the deferred calls");
        }
        return;
      case Op::kPanic:
        if (!arity(v, 1)) return;
        if (v.is(Value::kRangeState)) {
          expect_same(t(0), types::basic(BasicKind::kInt), "its state");
        } else {
          expect_same(t(0), cx_.types.empty_interface(), "its value");
        }
        return;
    }
  }

  const types::Package* view() const {
    if (!fn_.unit.exists()) return nullptr;
    const types::Unit& unit = program_.types().unit(fn_.unit);
    const types::Package& package = cx_.package(unit.package);
    return package.base ? &package : unit.view;
  }

  void constant(const Value& v) {
    if (v.aux == Value::kNoAux) return;
    const types::Constant& c = cx_.constants[types::ConstId{v.aux}];
    if (is_param(v.type)) return;
    TypeId u = cx_.types.under(v.type);
    if (!expect(u.raw < types::kBasicCount, "a constant of no basic type")) return;
    bool good = false;
    switch (c.kind()) {
      case types::ConstantKind::kBool:
        good = types::is_boolean(cx_, u);
        break;
      case types::ConstantKind::kString:
        good = types::is_string(cx_, u);
        break;
      case types::ConstantKind::kInt:
        good = types::is_numeric(cx_, u);
        break;
      case types::ConstantKind::kFloat:
        good = types::is_float(cx_, u) || types::is_complex(cx_, u);
        break;
      case types::ConstantKind::kComplex:
        good = types::is_complex(cx_, u);
        break;
      case types::ConstantKind::kUnknown:
        break;
    }
    expect(good || u == types::basic(BasicKind::kUnsafePointer), "a constant its type cannot hold");
  }

  void binary(const Value& v, std::span<const ValueId> x) {
    if (!arity(v, 2)) return;
    TypeId a = type(x[0]);
    TypeId b = type(x[1]);
    if (syntax::is_comparison(v.sub)) {
      expect_same(a, b, "compares two types");
      expect(is_bool(v.type), "is no bool");
      return;
    }
    expect(v.sub >= syntax::Token::kAdd && v.sub <= syntax::Token::kAndNot, "an unknown operator");
    expect_same(a, v.type, "its first operand is of another type");
    if (syntax::is_shift(v.sub)) {
      expect(is_int(b), "shifts by what is no integer");
    } else {
      expect_same(b, v.type, "its second operand is of another type");
    }
  }

  void convert(TypeId from, TypeId to) {
    if (is_param(from) || is_param(to)) return;
    TypeId f = cx_.types.under(from);
    TypeId t = cx_.types.under(to);
    TypeId unsafe = types::basic(BasicKind::kUnsafePointer);
    auto text_like = [&](TypeId s) {
      return cx_.types.is(s, TypeKind::kSlice) && is_int(cx_.types.elem(s));
    };
    bool numbers = types::is_numeric(cx_, f) && types::is_numeric(cx_, t);
    bool to_text = types::is_string(cx_, t) && (is_int(f) || text_like(f));
    bool from_text = types::is_string(cx_, f) && text_like(t);
    auto address = [&](TypeId a) {
      return cx_.types.is(a, TypeKind::kPointer) || a == types::basic(BasicKind::kUintptr) ||
             is_int(a);
    };
    bool raw = (f == unsafe && address(t)) || (t == unsafe && address(f));
    if (!(numbers || to_text || from_text || raw)) {
      complain(fmt::format("converts {} to {}", text(from), text(to)));
    }
  }

  void closure(const Value& v, std::span<const ValueId> x) {
    FunctionId callee{v.aux};
    const Function& fn = program_[callee];
    expect_same(v.type, fn.signature, "is not of the function's type");
    expect(!x.empty(), "a closure over nothing");
    // A literal was built before the function around it; it must not be asked for while that is
    // built.
    const Body* body =
        fn.parent.exists() ? program_.impl().entry(callee).body.get() : &program_.body(callee);
    if (!expect(body, "its function has no body")) return;
    if (body->blocks.empty()) return;
    if (!expect(body->free_var_count == x.size(), "binds {} values to {} free variables", x.size(),
                body->free_var_count)) {
      return;
    }
    for (size_t i = 0; i < x.size(); i++) {
      expect_same(type(x[i]), body->values[body->param_count + i].type, "binds another type");
    }
  }

  void slice(const Value& v, std::span<const ValueId> x) {
    if (!arity(v, 4)) return;
    for (size_t i = 1; i < 4; i++) {
      if (x[i].exists()) expect(is_int(type(x[i])), "a bound is no integer");
    }
    TypeId from = type(x[0]);
    TypeId u = core(from);
    if (is_param(from)) return;
    if (types::is_string(cx_, u)) {
      expect(types::is_string(cx_, core(v.type)), "is no string");
      return;
    }
    TypeId list = cx_.types.is(u, TypeKind::kPointer) ? core(cx_.types.elem(u)) : u;
    bool good =
        cx_.types.is(u, TypeKind::kSlice) || (list != u && cx_.types.is(list, TypeKind::kArray));
    if (!expect(good && is(v.type, TypeKind::kSlice), "is no slice of its operand")) return;
    expect_same(cx_.types.elem(core(v.type)), cx_.types.elem(list), "has other elements");
  }

  void select(const Value& v, std::span<const ValueId> x) {
    bool good = cx_.types.is(v.type, TypeKind::kTuple) && x.size() % 2 == 0 &&
                v.aux + x.size() / 2 <= body_.select_cases.size();
    if (!expect(good, "its cases do not fit")) return;
    std::span<const TypeId> parts = cx_.types.tuple(v.type);
    size_t at = 2;
    for (size_t i = 0; i < x.size(); i += 2) {
      TypeId channel = core(type(x[i]));
      if (!expect(cx_.types.is(channel, TypeKind::kChan), "a case without channel")) return;
      TypeId e = cx_.types.elem(channel);
      expect(body_.select_cases[v.aux + i / 2].send == x[i + 1].exists(),
             "a case that does not know whether it sends");
      if (x[i + 1].exists()) {
        expect_same(type(x[i + 1]), e, "a case sends another type");
      } else if (expect(at < parts.size(), "a case without result")) {
        expect_same(parts[at++], e, "a case receives another type");
      }
    }
    expect(parts.size() == at && same(parts[0], types::basic(BasicKind::kInt)) && is_bool(parts[1]),
           "its type does not fit its cases");
  }

  void call(const Value& v, std::span<const ValueId> x) {
    if (v.is(Value::kOnStack)) {
      expect(v.op == Op::kDefer && !x.empty() &&
                 same(type(x.back()), types::basic(BasicKind::kUnsafePointer)),
             "no stack of deferred calls");
      x = x.first(x.size() - 1);
    } else if (v.op == Op::kDefer) {
      expect(body_.has_defer, "defers in a function without deferred calls");
    }
    if (!expect(!x.empty(), "calls nothing")) return;
    TypeId signature;
    if (v.is(Value::kInvoke)) {
      TypeId receiver = type(x[0]);
      if (!expect(is_interface(receiver) || is_param(receiver), "invokes on no interface")) return;
      types::Found found = find_method(cx_, receiver, ObjectId{v.aux}, view(), false);
      if (!expect(found.object.exists() && found.type.exists(),
                  "invokes a method that is not there")) {
        return;
      }
      signature = found.type;
    } else {
      signature = core(type(x[0]));
    }
    if (!expect(cx_.types.is(signature, TypeKind::kSignature), "calls no function")) return;
    const types::Signature& s = cx_.types.signature(signature);
    if (v.op == Op::kCall) {
      std::span<const TypeId> results = cx_.types.tuple(s.results);
      expect_same(v.type, results.size() == 1 ? results[0] : s.results,
                  "its result is not what the function gives");
    }
    std::span<const TypeId> params = cx_.types.tuple(s.params);
    if (!v.is(Value::kInvoke) && body_[x[0]].op == Op::kBuiltin) builtin(v, x);
    // Only of generic methods does the type of the call say more than that of the method.
    if (!s.type_params.empty()) return;
    if (!expect(params.size() == x.size() - 1, "passes {} arguments to {} parameters", x.size() - 1,
                params.size())) {
      return;
    }
    for (size_t i = 0; i < params.size(); i++) {
      expect_same(type(x[i + 1]), params[i], fmt::format("argument {}", i));
    }
  }

  void builtin(const Value& v, std::span<const ValueId> x) {
    using types::Builtin;
    auto id = static_cast<Builtin>(body_[x[0]].aux);
    size_t n = x.size() - 1;
    auto t = [&](size_t i) { return core(type(x[i + 1])); };
    auto of = [&](size_t i, TypeKind k) {
      return cx_.types.is(t(i), k) || cx_.types.is(t(i), TypeKind::kTypeParam);
    };
    bool good = false;
    switch (id) {
      case Builtin::kAppend:
        good = n == 2 && of(0, TypeKind::kSlice) &&
               (of(1, TypeKind::kSlice) || types::is_string(cx_, t(1)));
        break;
      case Builtin::kCap:
      case Builtin::kLen:
        good = n == 1;
        break;
      case Builtin::kClear:
        good = n == 1 && (of(0, TypeKind::kMap) || of(0, TypeKind::kSlice));
        break;
      case Builtin::kClose:
        good = n == 1 && of(0, TypeKind::kChan);
        break;
      case Builtin::kComplex:
        good = n == 2 && same(type(x[1]), type(x[2]));
        break;
      case Builtin::kCopy:
        good = n == 2 && of(0, TypeKind::kSlice);
        break;
      case Builtin::kDelete:
        good = n == 2 && of(0, TypeKind::kMap) &&
               (!cx_.types.is(t(0), TypeKind::kMap) || same(type(x[2]), cx_.types.key(t(0))));
        break;
      case Builtin::kImag:
      case Builtin::kReal:
        good = n == 1;
        break;
      case Builtin::kMax:
      case Builtin::kMin:
        good = n >= 1;
        for (size_t i = 1; i <= n; i++)
          good &= same(type(x[i]), v.op == Op::kCall ? v.type : type(x[1]));
        break;
      case Builtin::kPanic:
        good = n == 1 && v.op != Op::kCall;
        break;
      case Builtin::kPrint:
      case Builtin::kPrintln:
        good = true;
        break;
      case Builtin::kRecover:
        good = n == 0;
        break;
      case Builtin::kAdd:
      case Builtin::kSlice:
      case Builtin::kString:
        good = n == 2 && is_int(type(x[2]));
        break;
      case Builtin::kSliceData:
      case Builtin::kStringData:
        good = n == 1;
        break;
      case Builtin::kAlignof:
      case Builtin::kOffsetof:
      case Builtin::kSizeof:
        good = n == 1;
        break;
      case Builtin::kMake:
      case Builtin::kNew:
        break;
    }
    expect(good, "a builtin function with wrong arguments");
  }

  Program& program_;
  types::Context& cx_;
  const Function& fn_;
  FunctionId id_;
  const Body& body_;
  std::vector<std::string> out_;
  ValueId at_;
  bool printable_ = false;
  std::span<const TypeId> results_;
};

}  // namespace

std::vector<std::string> verify(Program& program, FunctionId id, const Body& body) {
  return Verifier(program, id, body).run();
}

std::vector<std::string> verify(Program& program, FunctionId id) {
  return verify(program, id, program.body(id));
}

}  // namespace unpark::ssa
