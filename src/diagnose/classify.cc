#include "diagnose/classify.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <optional>

#include "diagnose/globs.h"

namespace unpark::diagnose {

namespace {

using evidence::Argument;
using evidence::FrameId;
using evidence::Goroutine;
using evidence::Snapshot;
using evidence::StackId;

// Of a large group, this many speak for all: evenly spread ones.
constexpr size_t kSample = 4096;
// Of senders started in rows by one goroutine.
constexpr uint64_t kSeveralRuns = 12;
constexpr size_t kMostSiblings = 256;  // lines of one function that start senders

// Frames that name the mechanism by themselves, whatever the goroutine waits for there. First
// match.
struct ByFrame {
  std::string_view frame;
  Wait wait;  // kNone: any
  Mechanism mechanism;
  bool innermost = false;  // it is the one that waits, not one that has called user code
};
constexpr ByFrame kByFrame[] = {
    {"runtime.runFinalizers", Wait::kNone, Mechanism::kFinalizerBlocked},
    {"runtime.runfinq", Wait::kNone, Mechanism::kFinalizerBlocked},
    {"runtime.runCleanups", Wait::kNone, Mechanism::kFinalizerBlocked},
    {"net.(*netFD).accept", Wait::kNetwork, Mechanism::kListenerNeverClosed},
    {"net.(*UnixListener).accept*", Wait::kNetwork, Mechanism::kListenerNeverClosed},
    {"net/http.(*persistConn).readLoop", Wait::kNetwork, Mechanism::kTransportPerCall},
    {"net/http.(*persistConn).readLoop", Wait::kNone, Mechanism::kBodyUnclosed},
    {"net/http.(*persistConn).writeLoop", Wait::kNone, Mechanism::kTransportPerCall},
    {"net/http.(*http2clientConnReadLoop).run", Wait::kNone, Mechanism::kTransportPerCall},
    {"golang.org/x/net/http2.(*clientConnReadLoop).run", Wait::kNone, Mechanism::kTransportPerCall},
    {"database/sql.(*Rows).awaitDone", Wait::kNone, Mechanism::kRowsUnclosed},
    {"database/sql.(*Rows).initContextClose.*", Wait::kNone, Mechanism::kRowsUnclosed},
    {"database/sql.(*Tx).awaitDone", Wait::kNone, Mechanism::kRowsUnclosed},
    {"database/sql.(*DB).conn", Wait::kSelect, Mechanism::kConnectionPoolExhausted, true},
    {"database/sql.(*DB).conn", Wait::kReceive, Mechanism::kConnectionPoolExhausted, true},
    {"github.com/jackc/puddle*.(*Pool).*cquire*", Wait::kNone, Mechanism::kConnectionPoolExhausted},
    {"database/sql.(*DB).connectionOpener", Wait::kNone, Mechanism::kPool},
    {"golang.org/x/sync/errgroup.(*Group).Go", Wait::kSend, Mechanism::kGroupLimit},
    {"golang.org/x/sync/semaphore.(*Weighted).Acquire", Wait::kNone, Mechanism::kSemaphoreKept},
    {"context.(*cancelCtx).propagateCancel.*", Wait::kNone, Mechanism::kContextWatcher},
    {"context.propagateCancel.*", Wait::kNone, Mechanism::kContextWatcher},
    {"context.(*afterFuncCtx).*", Wait::kNone, Mechanism::kAfterFuncPileUp},
    {"time.goFunc", Wait::kNone, Mechanism::kAfterFuncPileUp},
    {"io.(*pipe).read", Wait::kSelect, Mechanism::kPipeAbandoned, true},
    {"io.(*pipe).write", Wait::kSelect, Mechanism::kPipeAbandoned, true},
    {"net.(*pipe).read", Wait::kSelect, Mechanism::kPipeAbandoned, true},
    {"net.(*pipe).write", Wait::kSelect, Mechanism::kPipeAbandoned, true},
    {"net/http.(*persistConn).roundTrip", Wait::kSelect, Mechanism::kSlowOutside, true},
    {"net/http.(*Transport).getConn", Wait::kSelect, Mechanism::kSlowOutside, true},
    {"net/http.(*http2ClientConn).*oundTrip", Wait::kSelect, Mechanism::kSlowOutside, true},
    // Streams that share a connection wait for the peer, too, though by channels and conditions.
    {"net/http.(*http2pipe).Read", Wait::kCond, Mechanism::kSlowOutside, true},
    {"net/http/internal/http2.(*pipe).Read", Wait::kCond, Mechanism::kSlowOutside, true},
    {"golang.org/x/net/http2.(*pipe).Read", Wait::kCond, Mechanism::kSlowOutside, true},
    {"net/http.(*http2clientStream).*", Wait::kSelect, Mechanism::kSlowOutside, true},
    {"net/http/internal/http2.(*clientStream).*", Wait::kSelect, Mechanism::kSlowOutside, true},
    {"golang.org/x/net/http2.(*clientStream).*", Wait::kSelect, Mechanism::kSlowOutside, true},
    {"google.golang.org/grpc.newClientStreamWithParams.*", Wait::kSelect,
     Mechanism::kStreamUnfinished, true},
    {"google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run", Wait::kNone,
     Mechanism::kClientUnclosed, true},
    {"google.golang.org/grpc/internal/transport.(*recvBufferReader).*", Wait::kSelect,
     Mechanism::kSlowOutside, true},
    {"google.golang.org/grpc/internal/transport.(*recvBufferReader).*", Wait::kReceive,
     Mechanism::kSlowOutside, true},
    {"google.golang.org/grpc/internal/transport.(*Stream).waitOnHeader", Wait::kSelect,
     Mechanism::kSlowOutside, true},
    {"google.golang.org/grpc/internal/transport.(*ClientStream).waitOnHeader", Wait::kSelect,
     Mechanism::kSlowOutside, true},
    {"google.golang.org/grpc/internal/transport.(*writeQuota).get", Wait::kSelect,
     Mechanism::kSlowOutside, true},
    {"github.com/quic-go/quic-go.(*onn*).run", Wait::kSelect, Mechanism::kSlowOutside, true},
    {"github.com/quic-go/quic-go.(*).Accept*Stream", Wait::kSelect, Mechanism::kSlowOutside, true},
    {"github.com/quic-go/quic-go.(*eceiveStream).readImpl", Wait::kReceive, Mechanism::kSlowOutside,
     true},
    {"golang.org/x/crypto/ssh.(*buffer).Read", Wait::kCond, Mechanism::kSlowOutside, true},
    {"github.com/hashicorp/yamux.(*Stream).Read", Wait::kSelect, Mechanism::kSlowOutside, true},
    {"github.com/hashicorp/yamux.(*Session).Accept*", Wait::kSelect, Mechanism::kSlowOutside, true},
};

bool is_after_func(std::string_view creator) {
  return creator == "time.goFunc" || creator == "context.(*afterFuncCtx).cancel" ||
         creator.starts_with("context.(*afterFuncCtx).");
}

class Classes {
 public:
  explicit Classes(Model& model)
      : model_(model), signatures_(model.signatures), globs_(model.signatures) {
    for (const ByFrame& f : kByFrame) by_frame_.push_back(globs_.add(f.frame));
  }

  void run() {
    find_served();
    for (uint32_t g = 0; g < model_.groups.size(); g++) {
      GroupWork& work = model_.groups[g];
      work.request_path = is_request_path(g);
      measure_objects(g);
      work.out.mechanism = mechanism_of(g);
      work.asks_others = waits_in(work.out.stack, "net/http.(*persistConn).roundTrip") &&
                         !signatures_.of(work.out.stack).serves_request;
    }
    decide_client_connections();
    join_sibling_senders();
  }

 private:
  Mechanism mechanism_of(uint32_t group) {
    GroupWork& g = model_.groups[group];
    const StackInfo& stack = signatures_.of(g.out.stack);
    if (g.key.wait == Wait::kRuntime || (stack.runtime_only && g.key.wait == Wait::kNone)) {
      return Mechanism::kRuntime;
    }
    if (g.key.wait == Wait::kNilChannel) return Mechanism::kNilChannel;
    if (g.key.wait == Wait::kNoCases) return Mechanism::kEmptySelect;
    globs_.look_at(g.out.stack);
    for (size_t i = 0; i < by_frame_.size(); i++) {
      const ByFrame& f = kByFrame[i];
      if (f.wait != Wait::kNone && f.wait != g.key.wait) continue;
      if (!globs_.some_matches(by_frame_[i])) continue;
      if (!f.innermost || waits_in(g.out.stack, f.frame)) return f.mechanism;
    }
    if (is_after_func(signatures_.names().of(g.out.created_by).name)) {
      return Mechanism::kAfterFuncPileUp;
    }
    return by_wait(group);
  }

  bool waits_in(StackId stack, std::string_view glob) {
    std::span<const FrameId> frames = signatures_.symbols()[stack];
    uint32_t at = signatures_.of(stack).blocking;
    return at < frames.size() && matches_glob(glob, signatures_.names().of(frames[at]).name);
  }

  Mechanism by_wait(uint32_t group) {
    GroupWork& g = model_.groups[group];
    bool started_per_request =
        g.request_path || g.out.creators >= std::max<uint64_t>(5, g.out.count / 4);
    // Who serves a request waits for its answer; who was left behind by one, for the word to end.
    bool handler = signatures_.of(g.out.stack).serves_request;
    bool to_end = (started_per_request && !handler) || waits_on_context(group);
    switch (g.key.wait) {
      case Wait::kReceive:
        if (waits_on_ticker(group)) return Mechanism::kTickerNeverStopped;
        return to_end && !ranges_.contains(g.key.place) ? Mechanism::kNeverCancelled
                                                        : Mechanism::kOrphanReceive;
      case Wait::kSelect:
        if (waits_on_ticker(group)) return Mechanism::kTickerNeverStopped;
        return to_end ? Mechanism::kNeverCancelled : Mechanism::kSelectForever;
      case Wait::kSend:
        if (handler) return Mechanism::kChannelNotDrained;
        return is_fan_in(group) ? Mechanism::kFanInShortfall : Mechanism::kAbandonedSender;
      case Wait::kCond:
        return Mechanism::kCondNeverSignalled;
      case Wait::kWaitGroup:
        return Mechanism::kWaitGroupNeverDone;
      case Wait::kCoroutine:
        return Mechanism::kCoroutineNotStopped;
      case Wait::kNetwork:
        return Mechanism::kSlowOutside;
      case Wait::kSleep:
        return Mechanism::kTickerNeverStopped;
      case Wait::kNone:
        return g.out.status == evidence::Status::kSyscall ? Mechanism::kSlowOutside
                                                          : Mechanism::kBusy;
      default:
        return Mechanism::kNone;
    }
  }

  // Functions that some stack of the evidence, of whatever profile, shows below a server's handler.
  void find_served() {
    const auto& symbols = signatures_.symbols();
    for (uint32_t i = 0; i < symbols.stack_count(); i++) {
      StackId stack(i);
      const StackInfo& info = signatures_.of(stack);
      if (receives_values(symbols[stack])) ranges_.insert(info.place);
      if (!info.serves_request) continue;
      for (FrameId f : symbols[stack]) {
        const Function& function = signatures_.names().of(f);
        if (function.home == Home::kUser) served_.insert(function.id);
      }
    }
  }

  // A receive that asks whether the channel is closed, or a loop over it, as a profile shows it: it
  // is not for a context.
  bool receives_values(std::span<const FrameId> stack) {
    for (FrameId f : stack) {
      const Function& function = signatures_.names().of(f);
      if (function.home != Home::kRuntime) return false;
      if (function.name == "runtime.chanrecv2") return true;
    }
    return false;
  }

  bool is_request_path(uint32_t group) {
    const GroupWork& g = model_.groups[group];
    if (signatures_.of(g.out.stack).serves_request) return true;
    if (g.out.created_by.exists()) {
      const Function& creator = signatures_.names().of(g.out.created_by);
      if (creator.home == Home::kUser && served_.contains(creator.id)) return true;
    }
    return creators_serve(group);
  }

  // Connections of a server outlive their requests: the goroutine that started these is often
  // there.
  bool creators_serve(uint32_t group) {
    const GroupWork& g = model_.groups[group];
    const LookWork& look = model_.looks[g.look];
    const Snapshot& s = model_.snapshot_of(look);
    size_t asked = 0, serve = 0;
    for (uint32_t i : look.members_of(group)) {
      uint64_t creator = s.goroutines[i].creator_id;
      if (creator == 0) continue;
      if (++asked > 64) break;
      auto at = std::lower_bound(look.by_id.begin(), look.by_id.end(), LookWork::ById{creator, 0});
      if (at == look.by_id.end() || at->id != creator) continue;
      serve += signatures_.of(s.goroutines[at->goroutine].stack).serves_request;
    }
    return serve > 0 && serve * 4 >= asked;
  }

  // Done makes a context's channel when it is first asked for: an allocation below a context's
  // method in the very function that waits.
  bool waits_on_context(uint32_t group) { return is_among(group, made().contexts); }

  // It has made itself what wakes it, and asks no context.
  bool waits_on_ticker(uint32_t group) {
    bool selects = model_.groups[group].key.wait == Wait::kSelect;
    bool ticks = is_among(group, made().tickers) || (selects && is_among(group, made().timers));
    return ticks && !is_among(group, made().contexts);
  }

  bool is_among(uint32_t group, const absl::flat_hash_set<uint32_t>& functions) const {
    uint32_t function = model_.groups[group].key.place.function;
    return function != Place::kNone && functions.contains(function);
  }

  // Functions of the user that have made, by a heap profile, channels to wait on.
  struct Made {
    absl::flat_hash_set<uint32_t> contexts, tickers, timers;
  };
  const Made& made() {
    if (made_) return *made_;
    made_.emplace();
    const auto& symbols = signatures_.symbols();
    for (const Snapshot& s : model_.evidence.snapshots) {
      if (s.kind != evidence::SnapshotKind::kHeap && s.kind != evidence::SnapshotKind::kAllocs) {
        continue;
      }
      for (const evidence::Sample& sample : s.samples) note_what_makes(symbols[sample.stack]);
    }
    return *made_;
  }

  void note_what_makes(std::span<const FrameId> stack) {
    const Function* inner = nullptr;
    for (FrameId f : stack) {
      const Function& function = signatures_.names().of(f);
      if (function.home == Home::kRuntime) continue;
      if (function.home == Home::kUser && inner != nullptr) {
        bool done = inner->package == "context" && inner->name.ends_with(".Done");
        bool ticks = inner->name == "time.NewTicker" || inner->name == "time.Tick";
        bool times = inner->name == "time.NewTimer" || inner->name == "time.After";
        if (done) made_->contexts.insert(function.id);
        if (ticks) made_->tickers.insert(function.id);
        if (times) made_->timers.insert(function.id);
      }
      if (function.package != "time" && inner != nullptr) break;
      inner = &function;
    }
  }

  // Several senders for one receiver: they share one channel's address, or were started in a row by
  // one goroutine, for many such goroutines.
  bool is_fan_in(uint32_t group) {
    const GroupWork& g = model_.groups[group];
    if (g.share_objects) return true;
    const LookWork& look = model_.looks[g.look];
    const Snapshot& s = model_.snapshot_of(look);
    // One connection serves one request after the other.
    if (g.out.creators < 3 && !(g.request_path && g.out.count >= kSeveralRuns)) return false;
    std::span<const uint32_t> members = look.members_of(group);
    size_t neighbours = 0, known = 0;
    for (size_t i = 0; i < members.size(); i++) {
      const Goroutine& one = s.goroutines[members[i]];
      if (one.id == 0 || one.creator_id == 0) continue;
      known++;
      auto follows = [&](size_t a, size_t b) {
        const Goroutine& x = s.goroutines[members[a]];
        const Goroutine& y = s.goroutines[members[b]];
        return x.creator_id == y.creator_id && y.id - x.id == 1;
      };
      neighbours += (i > 0 && follows(i - 1, i)) || (i + 1 < members.size() && follows(i, i + 1));
    }
    return known > 0 && neighbours * 2 >= known;
  }

  // Senders started at several lines of one function by the same goroutines are one fan-in.
  void join_sibling_senders() {
    // By look and the function that started them.
    absl::flat_hash_map<std::pair<uint32_t, uint32_t>, std::vector<uint32_t>> senders;
    for (uint32_t g = 0; g < model_.groups.size(); g++) {
      const GroupWork& work = model_.groups[g];
      if (work.key.wait != Wait::kSend || !work.key.creator.exists()) continue;
      std::vector<uint32_t>& beside = senders[{work.look, work.key.creator.function}];
      if (beside.size() < kMostSiblings) beside.push_back(g);
    }
    for (uint32_t a = 0; a < model_.groups.size(); a++) {
      GroupWork& x = model_.groups[a];
      if (x.out.mechanism != Mechanism::kAbandonedSender || !x.key.creator.exists()) continue;
      for (uint32_t b : senders[{x.look, x.key.creator.function}]) {
        GroupWork& y = model_.groups[b];
        if (a == b || y.key.creator.line == x.key.creator.line) continue;
        uint64_t less = std::min(x.out.count, y.out.count);
        uint64_t more = std::max(x.out.count, y.out.count);
        if (less < 2 || more > less * 3) continue;
        if (x.out.creators != 0 && x.out.creators == x.out.count) {
          if (!share_creators(a, b)) continue;
        }
        x.out.mechanism = y.out.mechanism = Mechanism::kFanInShortfall;
      }
    }
  }

  bool share_creators(uint32_t a, uint32_t b) {
    absl::flat_hash_set<uint64_t> of_a;
    const LookWork& look = model_.looks[model_.groups[a].look];
    const Snapshot& s = model_.snapshot_of(look);
    for (uint32_t i : look.members_of(a)) of_a.insert(s.goroutines[i].creator_id);
    size_t shared = 0;
    std::span<const uint32_t> members = look.members_of(b);
    for (uint32_t i : members) shared += of_a.contains(s.goroutines[i].creator_id);
    return shared * 2 >= members.size();
  }

  // A connection has a goroutine that writes beside the one that reads: it means what that one
  // means. Where as many requests are under way as there are connections, none of these is idle.
  void decide_client_connections() {
    uint64_t in_body = 0, idle = 0, under_way = 0;
    for (const GroupWork& g : model_.groups) {
      if (g.out.mechanism == Mechanism::kBodyUnclosed) in_body += g.out.count;
      if (g.out.mechanism == Mechanism::kTransportPerCall && g.key.wait == Wait::kNetwork) {
        idle += g.out.count;
      }
      if (waits_in(g.out.stack, "net/http.(*persistConn).roundTrip")) under_way += g.out.count;
    }
    bool all_busy = under_way > 0 && under_way * 5 >= idle * 4;
    for (GroupWork& g : model_.groups) {
      if (g.out.mechanism != Mechanism::kTransportPerCall) continue;
      if (in_body > idle && g.key.wait != Wait::kNetwork) {
        g.out.mechanism = Mechanism::kBodyUnclosed;
      } else if (all_busy) {
        g.out.mechanism = Mechanism::kSlowOutside;
      }
    }
  }

  // Looks for the position of an argument that tells how many objects the group waits for: the lock
  // or channel itself first, then what the user's function was given.
  void measure_objects(uint32_t group) {
    GroupWork& g = model_.groups[group];
    const LookWork& look = model_.looks[g.look];
    const Snapshot& s = model_.snapshot_of(look);
    if (s.arguments.empty() || !is_sync(g.key.wait)) return;
    std::span<const uint32_t> members = look.members_of(group);
    size_t step = std::max<size_t>(1, members.size() / kSample);
    absl::flat_hash_map<uint32_t, absl::flat_hash_map<uint64_t, uint64_t>> by_position;
    size_t asked = 0;
    for (size_t i = 0; i < members.size(); i += step, asked++) {
      const Goroutine& one = s.goroutines[members[i]];
      uint32_t shown = signatures_.of(one.stack).shown;
      for (uint32_t a = 0; a < one.argument_count; a++) {
        const Argument& x = s.arguments[one.first_argument + a];
        if (!x.exact || x.frame > shown) continue;
        // Inner frames first: they are closer to what it waits for.
        uint32_t depth = x.frame == shown ? 1 : 0;
        by_position[depth << 16 | x.frame << 4 | x.position][x.value]++;
      }
    }
    choose_position(by_position, asked, g);
  }

  static void choose_position(
      const absl::flat_hash_map<uint32_t, absl::flat_hash_map<uint64_t, uint64_t>>& by_position,
      size_t asked, GroupWork& g) {
    // The lock or channel itself, where a frame of its method shows it; then what differs from one
    // goroutine to the next; then what all have in common.
    uint32_t best = UINT32_MAX;
    for (const auto& [position, values] : by_position) {
      uint64_t known = 0;
      for (const auto& v : values) known += v.second;
      if (known * 2 <= asked) continue;
      bool of_caller = position >> 16 != 0;
      uint32_t order = (of_caller && values.size() == 1 ? 1u << 20 : 0) | position;
      best = std::min(best, order);
      if (of_caller && values.size() >= 3 && known * 2 >= values.size() * 3) {
        g.share_objects = true;
      }
    }
    if (best == UINT32_MAX) return;
    best &= (1u << 20) - 1;
    const auto& values = by_position.at(best);
    g.out.objects = values.size();
    for (const auto& [value, count] : values) {
      if (count * 2 > asked) g.out.shared_object = value;
    }
  }

  Model& model_;
  Signatures& signatures_;
  FunctionGlobs globs_;
  std::vector<uint32_t> by_frame_;  // the globs of kByFrame
  absl::flat_hash_set<uint32_t> served_;
  absl::flat_hash_set<Place> ranges_;  // where values are received in a loop
  std::optional<Made> made_;           // once asked
};

}  // namespace

void classify_groups(Model& model) { Classes(model).run(); }

}  // namespace unpark::diagnose
