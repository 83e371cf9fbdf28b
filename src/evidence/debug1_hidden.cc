// A goroutine that waits on a channel shows, in a debug=1 profile, the addresses of gopark,
// chanrecv and chanrecv1 (or chansend and chansend1), or of gopark and selectgo, or of gopark and
// block, and then the first function with a name. Which of these it was can be told from the
// addresses alone:
//
// - The wrappers chanrecv1, chanrecv2, chansend1 and block are so small that the place of their one
//   call has been the same for years, and functions begin at multiples of 32 on amd64. So the
//   address modulo 32 names them. gopark's own address, modulo 32, says which of the two sets of
//   places holds, and is missing everywhere else (arm64's addresses are multiples of four).
// - chanrecv and chansend stand close behind their wrappers, park at their very beginning when the
//   channel is nil, and far down when it is not.
//
// The numbers are those of Go 1.19 to 1.27, amd64; where they do not fit, nothing is said.
#include "evidence/debug1_hidden.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>

namespace unpark::evidence {

namespace {

constexpr uint64_t kAlignment = 32;
constexpr uint64_t kNilSendWithin = 0x200;     // 0xe3 to 0x119; others 0x396 and more
constexpr uint64_t kNilReceiveWithin = 0x300;  // 0x187 to 0x218; others 0x3ed and more

// Return addresses modulo 32.
struct Layout {
  uint64_t send, receive, block;
};
constexpr Layout kSince122{0x17, 0x12, 0x06};
constexpr Layout kUpTo120{0x1d, 0x18, 0x0c};  // of 1.21 none was seen

const Layout* layout_of(uint64_t gopark) {
  switch (gopark % kAlignment) {
    case 0x16:
      return &kUpTo120;
    case 0x0e:
    case 0x0a:
      return &kSince122;
    default:
      return nullptr;
  }
}

// Nearly every goroutine of a profile is parked.
uint64_t most_frequent_leaf(std::span<const HiddenFrames> records) {
  absl::flat_hash_map<uint64_t, size_t> counts;
  uint64_t best = 0;
  size_t most = 0;
  for (const HiddenFrames& r : records) {
    if (r.count < 2) continue;
    size_t n = ++counts[r.pcs[0]];
    if (n > most) {
      most = n;
      best = r.pcs[0];
    }
  }
  return best;
}

WaitReason wait_of(const HiddenFrames& r, const Layout& layout) {
  if (r.count == 2) {
    // The reader of execution traces parks like this, too: its caller has a name.
    return r.pcs[1] % kAlignment == layout.block ? WaitReason::kSelectNoCases : WaitReason::kSelect;
  }
  if (r.count != 3 || r.pcs[1] <= r.pcs[2]) return WaitReason::kNone;
  uint64_t distance = r.pcs[1] - r.pcs[2];
  if (r.pcs[2] % kAlignment == layout.send) {
    return distance < kNilSendWithin ? WaitReason::kChanSendNil : WaitReason::kChanSend;
  }
  if (r.pcs[2] % kAlignment == layout.receive) {
    return distance < kNilReceiveWithin ? WaitReason::kChanReceiveNil : WaitReason::kChanReceive;
  }
  return WaitReason::kNone;
}

}  // namespace

std::vector<WaitReason> waits_of_hidden(std::span<const HiddenFrames> records) {
  std::vector<WaitReason> out(records.size(), WaitReason::kNone);
  uint64_t gopark = most_frequent_leaf(records);
  const Layout* layout = layout_of(gopark);
  if (!layout) return out;
  for (size_t i = 0; i < records.size(); i++) {
    if (records[i].pcs[0] == gopark) out[i] = wait_of(records[i], *layout);
  }
  return out;
}

}  // namespace unpark::evidence
