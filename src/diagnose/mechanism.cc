// The tables of names.
#include "diagnose/diagnosis.h"

namespace unpark::diagnose {

const MechanismInfo& info_of(Mechanism mechanism) {
  static constexpr MechanismInfo kInfos[] = {
#define MECHANISM(enumerator, name, rule, what, advice) {name, rule, what, advice},
#include "diagnose/mechanisms.def"
#undef MECHANISM
  };
  return kInfos[static_cast<size_t>(mechanism)];
}

std::string_view name_of(Strength strength) {
  constexpr std::string_view kNames[] = {"proven",    "always-blocked", "deadlock", "growing",
                                         "surviving", "outlived",       "hung",     "old-and-many",
                                         "noticed",   "expected"};
  return kNames[static_cast<size_t>(strength)];
}

std::string_view name_of(Verdict verdict) {
  constexpr std::string_view kNames[] = {
      "leak", "likely leak", "hang", "suspicious", "races", "no leak found", "not enough evidence"};
  return kNames[static_cast<size_t>(verdict)];
}

std::string_view name_of(Known known) {
  constexpr std::string_view kNames[] = {"address", "field", "stale-address", "creator", "frames"};
  return kNames[static_cast<size_t>(known)];
}

}  // namespace unpark::diagnose
