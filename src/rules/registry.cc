#include <vector>

#include "rules/rule.h"

namespace unpark::rules {

#define UNPARK_RULE(name) Rule name();
#include "rules/all_rules.def"
#undef UNPARK_RULE

std::span<const Rule> all_rules() {
#define UNPARK_RULE(name) name(),
  static const Rule rules[] = {
#include "rules/all_rules.def"
  };
#undef UNPARK_RULE
  return rules;
}

const Rule* find_rule(std::string_view id_or_name) {
  auto same = [](std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); i++) {
      char x = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] + 32) : a[i];
      char y = b[i] >= 'A' && b[i] <= 'Z' ? static_cast<char>(b[i] + 32) : b[i];
      if (x != y) return false;
    }
    return true;
  };
  for (const Rule& rule : all_rules()) {
    if (same(rule.info->id, id_or_name) || same(rule.info->name, id_or_name)) return &rule;
  }
  return nullptr;
}

std::string_view name_of(Family family) {
  switch (family) {
    case Family::kGoroutine:
      return "goroutine";
    case Family::kChannel:
      return "channel";
    case Family::kContext:
      return "context";
    case Family::kSync:
      return "sync";
    case Family::kResource:
      return "resource";
  }
  return "";
}

}  // namespace unpark::rules
