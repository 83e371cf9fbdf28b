#include "evidence/wait_reason.h"

#include <algorithm>
#include <array>
#include <utility>

namespace unpark::evidence {

namespace {

struct ReasonInfo {
  WaitReason reason;
  std::string_view text;
  WaitKind kind;
};

constexpr ReasonInfo kReasons[] = {
#define WAIT_REASON(name, text, kind) {WaitReason::name, text, WaitKind::kind},
#include "evidence/wait_reasons.def"
#undef WAIT_REASON
};
constexpr size_t kReasonCount = std::size(kReasons);

constexpr auto kByText = [] {
  std::array<ReasonInfo, kReasonCount> out{};
  std::copy(std::begin(kReasons), std::end(kReasons), out.begin());
  std::sort(out.begin(), out.end(),
            [](const ReasonInfo& a, const ReasonInfo& b) { return a.text < b.text; });
  return out;
}();

constexpr std::string_view kStatuses[] = {
    "", "idle", "runnable", "running", "syscall", "waiting", "dead", "copystack", "preempted",
};

}  // namespace

std::string_view text_of(WaitReason reason) { return kReasons[static_cast<size_t>(reason)].text; }

std::string_view text_of(Status status) { return kStatuses[static_cast<size_t>(status)]; }

WaitKind kind_of(WaitReason reason) { return kReasons[static_cast<size_t>(reason)].kind; }

std::optional<WaitReason> wait_reason_of(std::string_view text) {
  auto at = std::lower_bound(kByText.begin(), kByText.end(), text,
                             [](const ReasonInfo& a, std::string_view b) { return a.text < b; });
  if (at == kByText.end() || at->text != text || text.empty()) return std::nullopt;
  if (at->reason == WaitReason::kOther) return std::nullopt;
  return at->reason;
}

std::optional<Status> status_of(std::string_view text) {
  for (size_t i = 1; i < std::size(kStatuses); i++) {
    if (kStatuses[i] == text) return static_cast<Status>(i);
  }
  return std::nullopt;
}

}  // namespace unpark::evidence
