// Comments that accept a finding.
//
//   //unpark:ignore UP1005[,UP1006] -- reason     ours; a rule may also be named abandoned-sender
//   or UP1*
//   //nolint   //nolint:unpark   //nolint:errcheck,unpark // why
//   //lint:ignore UP1005 reason                   in the way of staticcheck, when it names our
//   rules
//   //lint:file-ignore UP1005 reason
//
// Only line comments count, and nothing may stand between the slashes and the word (except blanks
// before `nolint`, as its own tool has it). Comments that speak to other tools are not suppressions
// here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/span.h"

namespace unpark::diag {

enum class SuppressionForm : uint8_t { kIgnore, kNolint, kLintIgnore, kLintFileIgnore };

enum class SuppressionFault : uint8_t {
  kNone,
  kNoRule,    // it does not say what to ignore
  kNoReason,  // a reason is part of it
};

struct Suppression {
  SuppressionForm form = SuppressionForm::kIgnore;
  std::vector<std::string> rules;  // ids, names or prefixes with '*', as written; empty: all rules
  // It names unpark or rules of it, not just every tool or every rule.
  bool by_name = true;
  std::string reason;                                // may be empty for kNolint only
  SuppressionFault fault = SuppressionFault::kNone;  // a faulty one accepts nothing
};

// Reads one comment, with its slashes and without its line end. None: not a suppression for us.
std::optional<Suppression> parse_suppression(std::string_view comment);

// Whether `pattern` (from Suppression::rules) means the rule with this id and name. Ids and names
// are compared without regard to case.
bool names_rule(std::string_view pattern, std::string_view id, std::string_view name);

// A suppression and the code it covers. Made by those who can see comments and declarations.
struct PlacedSuppression {
  Suppression what;
  source::Loc comment;
  // Set when the comment is part of a declaration's documentation: it covers the declaration.
  // Otherwise it covers its own line or, when it stands alone on it, the next line of code.
  std::optional<source::Span> declaration;
  std::string package;  // import path of the file's package
  // The code was analysed in full, so a suppression that met no finding is stale.
  bool complete = true;
};

}  // namespace unpark::diag
