// `unpark rules` and `unpark explain`: what the rules are.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "rules/rule.h"

namespace unpark::cli {

Run add_rules(CLI::App& app) {
  app.add_subcommand("rules", "List the rules");
  return [] {
    for (const rules::Rule& rule : rules::all_rules()) {
      fmt::print("{}  {:<28} {:<8} {}\n", rule.info->id, rule.info->name,
                 diag::to_string(rule.info->severity), rule.info->summary);
    }
    return kClean;
  };
}

Run add_explain(CLI::App& app) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("explain", "Explain a rule");
  command->add_option("rule", *name, "Id or name")->required();
  return [name] {
    const rules::Rule* rule = rules::find_rule(*name);
    if (!rule) {
      fmt::print(stderr, "unpark: no rule is named {}; see `unpark rules`\n", *name);
      return kFailed;
    }
    const rules::RuleInfo& info = *rule->info;
    fmt::print("{} {}: {}\n", info.id, info.name, info.summary);
    fmt::print("family {}, severity {}, since {}\n\n", rules::name_of(info.family),
               diag::to_string(info.severity), info.since);
    fmt::print("{}\n\nWhat to do: {}.\n\n", info.why, info.advice);
    fmt::print("In a goroutine dump: {}.\n\n", info.dump);
    fmt::print("To accept a finding: //unpark:ignore {} -- reason\n", info.id);
    return kClean;
  };
}

}  // namespace unpark::cli
