// What the command line of `unpark diagnose` says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/fail_on.h"

namespace CLI {
class App;
}

namespace unpark::cli {

// As typed.
struct DiagnoseArguments {
  std::vector<std::string> inputs, base, live, fail_on;
  std::string looks_for = "60s", every = "10s", timeout = "60s", max_bytes;
  std::string save, format = "text", output, benign, auth_file, ca_file, color = "auto";
  uint64_t debug2_budget = 20'000;
  bool tree = false, all = false, no_default_patterns = false, no_redact = false;
  bool insecure = false, stats = false;
};

void add_arguments(DiagnoseArguments& arguments, CLI::App& command);

// As meant.
struct DiagnoseSettings {
  double looks_for = 60, every = 10, timeout = 60;  // seconds
  std::optional<uint64_t> max_bytes;                // of one input, after decompression
  std::string benign;                               // the patterns themselves
  FailOn fail_on;
};

// Fails with all that is wrong with the arguments.
base::Result<DiagnoseSettings> settings_of(const DiagnoseArguments& arguments);

}  // namespace unpark::cli
