// RuleContext: what a check may ask, and where it reports. One per thread; findings of one package
// are taken before the next begins.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "diag/finding.h"
#include "flow/channel.h"
#include "flow/facts.h"
#include "flow/obligation.h"
#include "rules/rule.h"
#include "rules/sync/sync_types.h"
#include "syntax/tree.h"

namespace unpark::rules {

using flow::BlockId;
using flow::Body;
using flow::FunctionId;
using flow::Op;
using flow::Value;
using flow::ValueId;

// The source of a function: what rules about syntax look at. Trees are read-only and typed.
struct FunctionSyntax {
  const syntax::Tree* tree = nullptr;
  const types::Package* package = nullptr;
  const types::File* file = nullptr;
  syntax::List<syntax::Field> receiver;  // of a method declared
  syntax::Ref<syntax::FuncType> type;
  syntax::Ref<syntax::BlockStmt> body;

  bool exists() const { return body.exists(); }
};

class RuleContext {
 public:
  explicit RuleContext(flow::Facts& facts)
      : facts_(facts), obligations_(facts), sync_types_(facts.context()) {}

  flow::Facts& facts() { return facts_; }
  ssa::Program& program() { return facts_.program(); }
  types::Context& types() { return facts_.context(); }

  // The channels a function makes with all that is done with them; computed once per function.
  const std::vector<flow::ChannelFacts>& channels(FunctionId function);

  // The channels that calls in the function give it, as far as they stay in sight.
  const std::vector<flow::ChannelFacts>& called_channels(FunctionId function);

  // The same for the channels of unexported fields whose first one, of those that do not stay in
  // sight, the function makes: so that each field is looked at once. None where a part of what is
  // done with it is not seen.
  std::vector<const flow::FieldChannels*> field_channels(FunctionId function);

  // Of one unexported field; computed once per package.
  const flow::FieldChannels& field(::unpark::types::ObjectId field);

  // Calls whose results have to be released.
  flow::Obligations& obligations() { return obligations_; }

  // Begins a finding at an instruction; `operation` is its kind for the site key ("send", "go", …).
  diag::Finding& report(const RuleInfo& info, FunctionId function, ValueId at,
                        std::string_view operation);
  // The same at a place that is no instruction: the `ordinal`-th of its kind in the function,
  // from 1.
  diag::Finding& report(const RuleInfo& info, FunctionId function, source::Loc where,
                        std::string_view operation, uint32_t ordinal);
  // A finding that is not shown because something it rests on is unknown.
  void withhold() { withheld_++; }
  // Something that a rule asked for rests on a function of which a part is not understood. Then,
  // and in such a function itself, the rule is asked once more with Unknown::kHarmless: what it
  // reports more than before is withheld.
  bool take_met_unknown() { return std::exchange(met_unknown_, false); }
  void take_unknown_as(flow::Unknown unknown) { unknown_ = unknown; }
  size_t finding_count() const { return findings_.size(); }
  void drop_findings_from(size_t first) { findings_.resize(first); }
  // To be called before asking for anything that depends on packages which the one under check does
  // not import: who calls a function, which types implement an interface. The cache then reuses the
  // package's result only while all packages of the run are as they were.
  void look_beyond() { beyond_ = true; }

  // The declaration or literal that a function is written as; nothing for functions that are
  // neither, and for those without a body.
  FunctionSyntax syntax(FunctionId function);

  // Which types hold locks and the like by value.
  SyncTypes& sync_types() { return sync_types_; }

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
  bool take_beyond() { return std::exchange(beyond_, false); }
  // Of one package, when its checks are over.
  void forget() {
    channels_.clear();
    called_.clear();
    fields_.clear();
  }

 private:
  flow::Facts& facts_;
  flow::Obligations obligations_;
  SyncTypes sync_types_;
  std::vector<diag::Finding> findings_;
  uint32_t withheld_ = 0;
  bool beyond_ = false;
  bool met_unknown_ = false;
  flow::Unknown unknown_ = flow::Unknown::kEscapes;
  absl::flat_hash_map<std::pair<FunctionId, flow::Unknown>,
                      std::unique_ptr<std::vector<flow::ChannelFacts>>>
      channels_;
  absl::flat_hash_map<FunctionId, std::unique_ptr<std::vector<flow::ChannelFacts>>> called_;
  absl::flat_hash_map<::unpark::types::ObjectId, std::unique_ptr<flow::FieldChannels>> fields_;
};

}  // namespace unpark::rules
