#include "rules/goroutine/field_op.h"

#include <algorithm>

namespace unpark::rules {

namespace {

constexpr size_t kMaxMakers = 3;  // that are shown

bool in_test(RuleContext& cx, FunctionId function) {
  const ssa::Function& f = cx.program()[function];
  const types::Package& package = cx.types().package(cx.program().types().unit(f.unit).package);
  return f.file_index < package.files.size() &&
         package.files[f.file_index].path.ends_with("_test.go");
}

}  // namespace

FieldFault fault_of_field(RuleContext& cx, const flow::ChannelFacts& c, const flow::ChannelOp& op,
                          bool (*hopeless)(const flow::FieldChannels&)) {
  if (!c.tracked.field.exists() || op.can_leave) return FieldFault::kNo;
  const flow::FieldChannels& f = cx.field(c.tracked.field);
  if (!f.known || !hopeless(f)) return FieldFault::kNo;
  // An instance of a generic function stands where that stands.
  source::Loc place = cx.place(op.function, op.at);
  auto same = std::find_if(f.ops.begin(), f.ops.end(), [&](const flow::ChannelOp& o) {
    source::Loc other = cx.place(o.function, o.at);
    return o.kind == op.kind && o.context == flow::FieldTracked::kAnybody &&
           other.file == place.file && other.span == place.span;
  });
  if (same == f.ops.end() || !outside_tests(cx, field_op(cx, f, *same))) return FieldFault::kNo;
  for (const flow::FieldChannels::Channel& made : f.channels) {
    for (const flow::ChannelFacts& local : cx.channels(made.maker)) {
      if (local.made == made.made && !local.closed_world()) return FieldFault::kSaid;
    }
  }
  bool first = f.channels[0].maker == c.maker && f.channels[0].made == c.made;
  return first ? FieldFault::kHere : FieldFault::kNo;
}

FieldOp field_op(RuleContext& cx, const flow::FieldChannels& field, const flow::ChannelOp& op) {
  FieldOp out{&field, &op, op.function, op.at, {}};
  for (uint32_t i = op.context; i != flow::FieldTracked::kAnybody;) {
    const flow::Context& context = field.tracked.contexts[i];
    if (cx.declared(context.caller) != cx.declared(out.function)) {
      out.function = context.caller;
      out.at = context.at;
    }
    i = context.parent;
  }
  const flow::FieldChannels::Channel& made = field.channels[0];
  out.name = cx.name_of_made(made.maker, made.made, "channel");
  if (!out.handed_on()) out.name = cx.name_of_operand(op.function, op.name, out.name);
  return out;
}

bool outside_tests(RuleContext& cx, const FieldOp& op) {
  if (in_test(cx, op.function)) return false;
  for (const flow::FieldChannels::Channel& c : op.field->channels) {
    if (!in_test(cx, c.maker)) return true;
  }
  return false;
}

flow::Lifetime lifetime(RuleContext& cx, const FieldOp& op) {
  cx.look_beyond();
  const Body& body = cx.facts().body(op.function);
  return flow::lifetime_of(cx.facts(), op.function, body.blocks[0].first);
}

void label_field(RuleContext& cx, diag::Finding& finding, const FieldOp& op,
                 const std::string& text, const std::string& there) {
  for (size_t i = 0; i < op.field->channels.size() && i < kMaxMakers; i++) {
    const flow::FieldChannels::Channel& c = op.field->channels[i];
    finding.labels.push_back({cx.place(c.maker, c.made), diag::Message(text, diag::Code{op.name})});
  }
  if (!op.handed_on()) return;
  std::string inner = cx.name_of_operand(op.op->function, op.op->name, op.name);
  finding.labels.push_back(
      {cx.place(op.op->function, op.op->at), diag::Message(there, diag::Code{inner})});
}

}  // namespace unpark::rules
