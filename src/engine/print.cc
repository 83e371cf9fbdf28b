#include "engine/print.h"

#include <fmt/format.h>

#include "flow/channel.h"
#include "source/line_table.h"
#include "ssa/print.h"
#include "syntax/print.h"
#include "types/facts.h"

namespace unpark::engine {

namespace {

std::string_view name_of(flow::Escape escape) {
  switch (escape) {
    case flow::Escape::kNo:
      return "stays in sight";
    case flow::Escape::kReturned:
      return "returned";
    case flow::Escape::kGlobal:
      return "stored in a package-level variable";
    case flow::Escape::kUnknownCall:
      return "handed to a function that is not seen";
    case flow::Escape::kStored:
      return "stored where others may find it";
    case flow::Escape::kSent:
      return "sent over a channel";
    case flow::Escape::kLimit:
      return "too much to follow";
  }
  return "";
}

std::string_view name_of(flow::ChannelOpKind kind) {
  switch (kind) {
    case flow::ChannelOpKind::kSend:
      return "send";
    case flow::ChannelOpKind::kReceive:
      return "receive";
    case flow::ChannelOpKind::kClose:
      return "close";
    case flow::ChannelOpKind::kLook:
      return "look";
  }
  return "";
}

// Of each channel that the unit's functions make: where it goes and what is done with it.
std::string channel_facts_text(flow::Facts& facts, types::UnitId unit) {
  std::string out;
  ssa::Program& program = facts.program();
  types::Context& cx = facts.context();
  const types::Package& package = cx.package(program.types().unit(unit).package);
  auto where = [&](ssa::FunctionId function, ssa::ValueId at) {
    const ssa::Body& body = facts.body(function);
    for (const types::File& file : package.files) {
      if (file.id != body.file_of(at)) continue;
      size_t slash = file.path.rfind('/');
      source::Position p = source::LineTable(file.tree->text()).position(body[at].span.begin);
      return fmt::format("{}:{}:{}", file.path.substr(slash + 1), p.line, p.column);
    }
    return std::string("elsewhere");
  };
  std::vector<ssa::FunctionId> work = program.functions_of(unit);
  for (size_t i = 0; i < work.size(); i++) {
    const ssa::Body& body = facts.body(work[i]);
    const auto& inner = program[work[i]].children;
    work.insert(work.end(), inner.begin(), inner.end());
    for (ssa::ValueId made : flow::made_channels(body)) {
      flow::ChannelFacts c = flow::channel_facts(facts, work[i], made);
      out += fmt::format("channel {} in {}: capacity {}, {}{}\n", where(work[i], made),
                         program.name_of(work[i]), c.capacity ? std::to_string(*c.capacity) : "?",
                         name_of(c.tracked.escape), c.tracked.mixed ? ", mixed with others" : "");
      if (c.tracked.escape != flow::Escape::kNo) {
        out +=
            fmt::format("  leaves at {}\n", where(c.tracked.escape_function, c.tracked.escape_at));
      }
      for (const flow::ChannelOp& op : c.ops) {
        std::string thread = op.thread == flow::Context::kUnknownThread
                                 ? "unknown goroutine"
                                 : fmt::format("goroutine {}", op.thread);
        out +=
            fmt::format("  {} {} {}{}{}{}{}\n", name_of(op.kind), where(op.function, op.at), thread,
                        op.can_leave ? ", may leave" : "", op.ranges ? ", until closed" : "",
                        op.repeated ? ", repeated" : "", op.deferred ? ", deferred" : "");
      }
    }
  }
  return out;
}

}  // namespace

std::string print_unit(AnalyzeOptions::Print what, flow::Facts& facts, types::UnitId unit) {
  std::string out;
  ssa::Program& program = facts.program();
  types::Context& cx = facts.context();
  const types::Package& package = cx.package(program.types().unit(unit).package);
  switch (what) {
    case AnalyzeOptions::kNothing:
      break;
    case AnalyzeOptions::kTree:
      for (const types::File& file : package.files) {
        out += syntax::print(*file.tree, cx.names);
      }
      break;
    case AnalyzeOptions::kTypes: {
      types::CanonicalWriter writer(cx);
      for (const types::File& file : package.files) {
        types::for_each_declaration(cx, package, file, writer, [&](const auto& d) {
          out += fmt::format("{} {}\n{}", package.path, d.name, d.text);
        });
      }
      break;
    }
    case AnalyzeOptions::kSsa: {
      std::vector<ssa::FunctionId> work = program.functions_of(unit);
      for (size_t i = 0; i < work.size(); i++) {
        facts.body(work[i]);
        const auto& inner = program[work[i]].children;
        work.insert(work.end(), inner.begin(), inner.end());
        out += ssa::print(program, work[i]);
      }
      break;
    }
    case AnalyzeOptions::kFacts:
      out += channel_facts_text(facts, unit);
      break;
  }
  return out;
}

}  // namespace unpark::engine
