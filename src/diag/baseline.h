// A baseline: the findings a project already had when it began to look, in a file it keeps. They
// are counted and not shown, so that only new ones stop a build.
//
// The file is JSON, one entry a finding, sorted, so that diffs of it can be read:
//
//   {"unparkBaseline": 1, "findings": [
//     {"rule": "UP1005", "file": "pool/pool.go", "function": "(*Pool).Run",
//      "fingerprints": ["site/1:91ab…", "shape/1:07c2…"]}]}
//
// Only the fingerprints count; the rest is for the reader.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "diag/finding.h"
#include "diag/places.h"

namespace unpark::diag {

struct BaselineEntry {
  std::string rule;
  std::string file;
  std::string function;
  std::vector<std::string> fingerprints;
};

struct Baseline {
  std::vector<BaselineEntry> entries;
};

// `text` comes from a user's tree and may be anything.
base::Result<Baseline> parse_baseline(std::string_view text);
// Ends with a newline.
std::string to_json(const Baseline& baseline);
Baseline make_baseline(std::span<const Finding> findings, Places& places,
                       std::string_view working_dir);

struct BaselineMatch {
  std::vector<bool> known;  // by finding: some entry forgives it
  uint32_t unused = 0;      // entries that forgave none: their fault is gone
};

// An entry forgives one finding that shares any fingerprint with it; equal sites go first, then
// shapes. Among equals, earlier findings take earlier entries. Linear in findings and entries.
BaselineMatch match(const Baseline& baseline, std::span<const Finding> findings);

}  // namespace unpark::diag
