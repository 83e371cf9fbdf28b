// The commands of `unpark`, one function each: they add themselves to the command line, and give
// the exit code when they are chosen. 0: clean, and everything asked for was analysed; 1: findings;
// 2: unpark could not do (all of) its work.
#pragma once

#include <functional>
#include <string_view>

namespace CLI {
class App;
}

namespace unpark::cli {

inline constexpr int kClean = 0;
inline constexpr int kFindings = 1;
inline constexpr int kFailed = 2;

// As in CMakeLists.txt.
inline constexpr std::string_view kVersion = "0.1.0";

using Run = std::function<int()>;

// Each gives what to run when its command was chosen.
Run add_check(CLI::App& app);
Run add_diagnose(CLI::App& app);
Run add_rules(CLI::App& app);
Run add_explain(CLI::App& app);
Run add_cache(CLI::App& app);

int run(int argc, char** argv);

}  // namespace unpark::cli
