// A rule: metadata, and a check that queries facts and reports findings.
//
// One rule is one file in the folder of its family, with its Go cases beside it
// (testdata/NAME/{bad,good,gaps}.go) and one line in all_rules.def. docs/add_a_rule.md follows one
// through.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "diag/severity.h"
#include "ssa/value.h"

namespace unpark::rules {

class RuleContext;

enum class Family : uint8_t { kGoroutine, kChannel, kContext, kSync, kResource };

struct RuleInfo {
  std::string_view id;    // never reused
  std::string_view name;  // says what is bad, so that "ignore NAME" reads as a sentence
  Family family = Family::kGoroutine;
  diag::Severity severity = diag::Severity::kError;
  std::string_view since;
  std::string_view summary;  // one line: what is found
  std::string_view why;      // what happens to the program
  std::string_view advice;   // what to do
  std::string_view dump;     // how it looks in a goroutine dump
};

struct Rule {
  const RuleInfo* info;
  // Called for every function of the packages under analysis, literals included; from several
  // threads, never twice at once with the same context.
  void (*check)(RuleContext& cx, ssa::FunctionId function);
};

std::string_view name_of(Family family);

// In the order of their ids.
std::span<const Rule> all_rules();
// By id or name; null when there is none.
const Rule* find_rule(std::string_view id_or_name);

}  // namespace unpark::rules
