// RuleContext: what a check may ask, and where it reports. One per thread; findings of one package
// are taken before the next begins.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "diag/finding.h"
#include "flow/channel.h"
#include "flow/facts.h"
#include "rules/rule.h"

namespace unpark::rules {

using flow::BlockId;
using flow::Body;
using flow::FunctionId;
using flow::Op;
using flow::Value;
using flow::ValueId;

class RuleContext {
 public:
  explicit RuleContext(flow::Facts& facts) : facts_(facts) {}

  flow::Facts& facts() { return facts_; }
  ssa::Program& program() { return facts_.program(); }
  types::Context& types() { return facts_.context(); }

  // The channels a function makes with all that is done with them; computed once per function.
  const std::vector<flow::ChannelFacts>& channels(FunctionId function);

  // Begins a finding at an instruction; `operation` is its kind for the site key ("send", "go", …).
  diag::Finding& report(const RuleInfo& info, FunctionId function, ValueId at,
                        std::string_view operation);
  // A finding that is not shown because something it rests on is unknown.
  void withhold() { withheld_++; }

  source::Loc place(FunctionId function, ValueId at);
  // The variable or field that holds what an instruction makes; "channel" when it has no name.
  std::string name_of_made(FunctionId function, ValueId made, std::string_view fallback);
  // The same for an operand: the parameter, variable or field it is read from.
  std::string name_of_operand(FunctionId function, ValueId v, std::string_view fallback);
  // The declared function around a literal (itself otherwise).
  FunctionId declared(FunctionId function) { return program().root_of(function); }
  // As the Go run time names it, without the package: "(*Pool).Run.func1".
  std::string runtime_name(FunctionId function);
  std::string package_path(FunctionId function);

  std::vector<diag::Finding> take() { return std::move(findings_); }
  uint32_t take_withheld() { return std::exchange(withheld_, 0); }
  // Of one package, when its checks are over.
  void forget() { channels_.clear(); }

 private:
  flow::Facts& facts_;
  std::vector<diag::Finding> findings_;
  uint32_t withheld_ = 0;
  absl::flat_hash_map<FunctionId, std::unique_ptr<std::vector<flow::ChannelFacts>>> channels_;
};

}  // namespace unpark::rules
