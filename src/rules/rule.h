// A rule: metadata, and a check that queries facts and reports findings.
//
// One rule is one file in the folder of its family, with its Go cases beside it
// (testdata/NAME/{bad,good,gaps}.go) and one line in all_rules.def. docs/add_a_rule.md follows one
// through.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "diag/severity.h"
#include "ssa/value.h"
#include "types/package.h"

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

// What a declared function, literals inside included, must have for a rule to be called for it and
// for its literals: any of the things in `has` (types::BodySummary::Has), or the name of a function
// or method that has a result as `gives` wants it (as it is declared: results that are type
// parameters do not count). Besides it must have everything that is in `all`. What none of this can
// say, `shows` says of a node of the function, and is asked of each until it says yes; of package
// initialisers only the literals in them are looked at so.
struct Trigger {
  uint16_t has = 0;
  uint16_t all = 0;
  bool (*gives)(types::Context& cx, types::TypeId result) = nullptr;
  bool (*shows)(RuleContext& cx, const syntax::Tree& tree,
                syntax::Ref<syntax::Node> node) = nullptr;
};

struct Rule {
  const RuleInfo* info;
  // Called for the functions of the packages under analysis, literals included; from several
  // threads, never twice at once with the same context.
  void (*check)(RuleContext& cx, ssa::FunctionId function);
  // Without one, `check` is called for every function. Most functions concern no rule, and what is
  // not asked for is not built: say what you wait for. It must not change what is found.
  std::optional<Trigger> trigger = {};
};

std::string_view name_of(Family family);

// In the order of their ids.
std::span<const Rule> all_rules();
// By id or name; null when there is none.
const Rule* find_rule(std::string_view id_or_name);

}  // namespace unpark::rules
