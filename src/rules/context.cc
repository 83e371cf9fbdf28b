#include "rules/context.h"

namespace unpark::rules {

const std::vector<flow::ChannelFacts>& RuleContext::channels(FunctionId function) {
  std::unique_ptr<std::vector<flow::ChannelFacts>>& slot = channels_[{function, unknown_}];
  if (!slot) {
    auto made = std::make_unique<std::vector<flow::ChannelFacts>>();
    for (ValueId v : flow::made_channels(facts_.body(function))) {
      if (!facts_.of(function).reaches(v)) continue;
      made->push_back(flow::channel_facts(facts_, function, v, unknown_));
    }
    slot = std::move(made);
  }
  for (const flow::ChannelFacts& c : *slot) met_unknown_ = met_unknown_ || c.tracked.met_unknown;
  return *slot;
}

const std::vector<flow::ChannelFacts>& RuleContext::called_channels(FunctionId function) {
  std::unique_ptr<std::vector<flow::ChannelFacts>>& slot = called_[function];
  if (slot) return *slot;
  auto found = std::make_unique<std::vector<flow::ChannelFacts>>();
  const flow::FunctionFacts& f = facts_.of(function);
  const Body& body = *f.body;
  auto is_channel = [&](::unpark::types::TypeId t) {
    return types().types.is(types().types.under(t), ::unpark::types::TypeKind::kChan);
  };
  for (uint32_t i = body.first_instruction; i < body.values.size(); i++) {
    const Value& v = body.values[i];
    if (v.op != Op::kCall || v.is(Value::kInvoke) || !v.type.exists()) continue;
    bool gives = is_channel(v.type);
    if (types().types.is(v.type, ::unpark::types::TypeKind::kTuple)) {
      for (::unpark::types::TypeId t : types().types.tuple(v.type)) gives |= is_channel(t);
    }
    if (!gives || !f.reaches(ValueId{i})) continue;
    FunctionId callee = facts_.static_callee(function, ValueId{i});
    if (!callee.exists() || callee == function) continue;
    const ssa::Function& g = program()[callee];
    bool readable = !g.external && !g.late && g.kind == ssa::FunctionKind::kDeclared &&
                    facts_.intrinsic(callee).effect == flow::Effect::kNone;
    if (!readable) continue;
    for (const flow::ChannelFacts& there : channels(callee)) {
      if (there.tracked.escape != flow::Escape::kReturned || there.tracked.mixed) continue;
      if (facts_.of(callee).repeats(there.made)) continue;
      flow::ChannelFacts c = flow::called_channel(facts_, function, ValueId{i}, there);
      if (c.tracked.result.exists() && c.closed_world()) found->push_back(std::move(c));
    }
  }
  return *called_.insert_or_assign(function, std::move(found)).first->second;
}

const flow::FieldChannels& RuleContext::field(::unpark::types::ObjectId field) {
  std::unique_ptr<flow::FieldChannels>& slot = fields_[field];
  if (!slot) slot = std::make_unique<flow::FieldChannels>(flow::field_channels(facts_, field));
  return *slot;
}

std::vector<const flow::FieldChannels*> RuleContext::field_channels(FunctionId function) {
  std::vector<const flow::FieldChannels*> out;
  auto is_open = [&](FunctionId maker, ValueId made) {
    for (const flow::ChannelFacts& c : channels(maker)) {
      if (c.made == made) return !c.closed_world();
    }
    return false;
  };
  for (ValueId made : flow::made_channels(facts_.body(function))) {
    ::unpark::types::ObjectId field;
    for (const flow::ChannelFacts& c : channels(function)) {
      if (c.made == made && !c.closed_world()) field = c.tracked.field;
    }
    if (!field.exists()) continue;
    const flow::FieldChannels& f = this->field(field);
    if (!f.known) continue;
    for (const flow::FieldChannels::Channel& c : f.channels) {
      if (!is_open(c.maker, c.made)) continue;
      if (c.maker == function && c.made == made) out.push_back(&f);
      break;
    }
  }
  return out;
}

source::Loc RuleContext::place(FunctionId function, ValueId at) {
  const Body& body = facts_.body(function);
  return {body.file_of(at), body[at].span};
}

std::string RuleContext::package_path(FunctionId function) {
  const ssa::Function& f = program()[function];
  return types().package(program().types().unit(f.unit).package).path;
}

std::string RuleContext::runtime_name(FunctionId function) {
  const ssa::Function& f = program()[function];
  types::Context& cx = types();
  if (f.kind == ssa::FunctionKind::kLiteral || f.kind == ssa::FunctionKind::kRangeBody) {
    const ssa::Function& parent = program()[f.parent];
    bool nested = parent.kind == ssa::FunctionKind::kLiteral;
    std::string mark = f.kind == ssa::FunctionKind::kRangeBody ? "-range" : nested ? "." : ".func";
    return runtime_name(f.parent) + mark + std::to_string(f.ordinal);
  }
  if (f.kind == ssa::FunctionKind::kPackageInit) return "init";
  if (!f.object.exists()) return "";
  const types::Object& o = cx.objects[f.object];
  std::string name(cx.text(o.name));
  if (!o.is(types::Object::kMethod) || !f.receiver.exists()) return name;
  types::TypeId t = f.receiver;
  bool pointer = cx.types.is(t, types::TypeKind::kPointer);
  if (pointer) t = cx.types.elem(t);
  std::string type = "?";
  if (cx.types.is(t, types::TypeKind::kNamed)) {
    type = cx.text(cx.objects[cx.types.named(t).object].name);
  }
  return (pointer ? "(*" + type + ")." : type + ".") + name;
}

FunctionSyntax RuleContext::syntax(FunctionId function) {
  const ssa::Function& f = program()[function];
  bool declared = f.kind == ssa::FunctionKind::kDeclared;
  FunctionSyntax out;
  if (!f.node.exists() || (!declared && f.kind != ssa::FunctionKind::kLiteral)) return out;
  out.package = &types().package(program().types().unit(f.unit).package);
  out.file = &out.package->files[f.file_index];
  out.tree = out.file->tree;
  syntax::Ref<syntax::Node> node = f.node;
  if (const ssa::Function& root = program()[program().root_of(function)]; root.late) {
    const types::LateBody& late = program().types().late_body(root.object);
    out.tree = &late.tree;
    if (declared) node = late.decl;
    if (!node.exists()) return {};
  }
  if (declared) {
    const syntax::FuncDecl& d = out.tree->get<syntax::FuncDecl>(node);
    out.receiver = d.recv;
    out.type = d.func_type;
    out.body = d.body;
  } else {
    const syntax::FuncLit& lit = out.tree->get<syntax::FuncLit>(node);
    out.type = lit.func_type;
    out.body = lit.body;
  }
  return out;
}

diag::Finding& RuleContext::report(const RuleInfo& info, FunctionId function, source::Loc where,
                                   std::string_view operation, uint32_t ordinal) {
  diag::Finding& f = findings_.emplace_back();
  f.rule = info.id;
  f.name = info.name;
  f.severity = info.severity;
  f.confidence = diag::Confidence::kHigh;
  f.where = where;
  f.advice = diag::Message(std::string(info.advice));
  f.package = package_path(function);
  f.function = runtime_name(function);
  f.site = {f.package, f.function, std::string(operation), ordinal};
  return f;
}

diag::Finding& RuleContext::report(const RuleInfo& info, FunctionId function, ValueId at,
                                   std::string_view operation) {
  const Body& body = facts_.body(function);
  uint32_t ordinal = 1;
  for (uint32_t i = body.first_instruction; i < at.raw; i++) {
    ordinal += body.values[i].op == body[at].op;
  }
  return report(info, function, place(function, at), operation, ordinal);
}

std::string RuleContext::name_of_made(FunctionId function, ValueId made,
                                      std::string_view fallback) {
  const flow::FunctionFacts& facts = facts_.of(function);
  const Body& body = *facts.body;
  types::Context& cx = types();
  // A plain variable, directly or through conversions.
  for (ValueId v = made; v.exists();) {
    for (const ssa::Assigned& a : body.assigned) {
      if (a.value == v && body[a.local].object.exists()) {
        return std::string(cx.text(body[a.local].name));
      }
    }
    ValueId next;
    for (ValueId use : facts.uses_of(v)) {
      const Value& u = body[use];
      if (u.op == Op::kChangeType) next = use;
      if (u.op != Op::kStore || body.operands(u)[1] != v) continue;
      const Value& address = body[body.operands(u)[0]];
      if (address.op == Op::kAlloc && address.aux != Value::kNoAux &&
          body[ssa::LocalId{address.aux}].object.exists()) {
        return std::string(cx.text(body[ssa::LocalId{address.aux}].name));
      }
      if (address.op == Op::kGlobal) {
        return std::string(cx.text(cx.objects[types::ObjectId{address.aux}].name));
      }
      if (address.op == Op::kFieldAddr) {
        types::TypeId base = cx.types.under(body[body.operands(address)[0]].type);
        if (cx.types.is(base, types::TypeKind::kPointer))
          base = cx.types.under(cx.types.elem(base));
        if (cx.types.is(base, types::TypeKind::kStruct)) {
          return std::string(cx.text(cx.types.fields(base)[address.aux].name));
        }
      }
    }
    v = next;
  }
  return std::string(fallback);
}

std::string RuleContext::name_of_operand(FunctionId function, ValueId v,
                                         std::string_view fallback) {
  const Body& body = facts_.body(function);
  types::Context& cx = types();
  for (int steps = 0; steps < 8; steps++) {
    const Value& value = body[v];
    for (const ssa::Assigned& a : body.assigned) {
      if (a.value == v) return std::string(cx.text(body[a.local].name));
    }
    switch (value.op) {
      case Op::kLoad:
      case Op::kChangeType:
        v = body.operands(value)[0];
        continue;
      case Op::kAlloc:
        if (value.aux == Value::kNoAux) return std::string(fallback);
        return std::string(cx.text(body[ssa::LocalId{value.aux}].name));
      case Op::kFieldAddr:
      case Op::kField: {
        types::TypeId base = cx.types.under(body[body.operands(value)[0]].type);
        if (cx.types.is(base, types::TypeKind::kPointer))
          base = cx.types.under(cx.types.elem(base));
        if (!cx.types.is(base, types::TypeKind::kStruct)) return std::string(fallback);
        return std::string(cx.text(cx.types.fields(base)[value.aux].name));
      }
      default:
        return std::string(fallback);
    }
  }
  return std::string(fallback);
}

}  // namespace unpark::rules
