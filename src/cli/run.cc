#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace unpark::cli {

int run(int argc, char** argv) {
  CLI::App app{"unpark finds the goroutines that will never wake up, and says why."};
  app.name("unpark");
  app.require_subcommand(1);
  std::vector<std::pair<std::string, Run>> commands;
  commands.emplace_back("check", add_check(app));
  commands.emplace_back("diagnose", add_diagnose(app));
  commands.emplace_back("rules", add_rules(app));
  commands.emplace_back("explain", add_explain(app));
  commands.emplace_back("cache", add_cache(app));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kClean : kFailed;
  }
  for (const auto& [name, command] : commands) {
    if (app.got_subcommand(name)) return command();
  }
  return kFailed;
}

}  // namespace unpark::cli
