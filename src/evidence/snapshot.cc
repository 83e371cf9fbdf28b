#include "evidence/snapshot.h"

namespace unpark::evidence {

std::string_view text_of(SnapshotKind kind) {
  constexpr std::string_view kTexts[] = {
      "goroutine dump",
      "crash",
      "goroutine profile",
      "goroutine leak profile",
      "goroutine delta",
      "heap profile",
      "allocation profile",
      "mutex profile",
      "block profile",
      "thread profile",
      "profile",
      "scheduler trace",
      "race reports",
      "expvar variables",
      "metrics",
  };
  return kTexts[static_cast<size_t>(kind)];
}

}  // namespace unpark::evidence
