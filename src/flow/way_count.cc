// The idea: a search for a way whose memory holds how many steps it has passed and which loops it
// has gone round. Each loop is gone round once: what it does in its second turn does not count, or
// counts already, because all its turns are alike.
//
// Cost: a few searches over the function's control flow (flow/paths.h), none for a single step
// outside of loops of which only the most is asked.
#include "flow/way_count.h"

#include <algorithm>
#include <memory>

namespace unpark::flow {

namespace {

// Bits of the memory.
constexpr size_t kNumber = 0;  // kNumberBits
constexpr size_t kNumberBits = 12;
constexpr size_t kRound = 16;  // kMaxLoops: was gone round
constexpr size_t kMaxLoops = 64;
constexpr size_t kEnded = 100;

int64_t number_in(const PathMemory& m) {
  int64_t n = 0;
  for (size_t i = 0; i < kNumberBits; i++) n |= int64_t{m[kNumber + i]} << i;
  return n;
}
void add_to(PathMemory& m, int64_t n) {
  n = std::min(n + number_in(m), WayCount::kMax);
  for (size_t i = 0; i < kNumberBits; i++) m[kNumber + i] = n >> i & 1;
}

}  // namespace

WayCount::WayCount(Facts& facts, FunctionId function, const Cycles& cycles,
                   std::span<const WayStep> steps, std::function<bool(Edge)> feasible)
    : facts_(facts), function_(function), f_(facts.of(function)), feasible_(std::move(feasible)) {
  const Body& body = *f_.body;
  for (const WayStep& s : steps) {
    Step step{.step = s, .heads = {}};
    BlockId block = s.edge.exists() ? body[s.edge.from].succs[s.edge.succ] : body[s.at].block;
    std::optional<std::vector<LoopLevel>> around = loops_around(facts, function, cycles, block);
    if (!around) {
      bounded_ = bounded_in_turn_ = false;
      around.emplace();
    }
    levels_.push_back(std::make_unique<std::vector<LoopLevel>>(std::move(*around)));
    std::vector<LoopLevel>& levels = *levels_.back();
    for (size_t i = 0; i < levels.size(); i++) {
      const LoopLevel& level = levels[i];
      std::optional<int64_t> turns = level.number();
      if (!level.exit || !level.exit->turns.is_number()) {
        bounded_ = false;
        if (i > 0) bounded_in_turn_ = false;
      } else if (!turns || !level.only_exit) {
        // Perhaps not in each turn: how often is open, but not more often than the loop turns.
        bounded_ = bounded_ && level.exit->turns.constant <= 1;
        if (i > 0) bounded_in_turn_ = bounded_;
      }
      if (turns && level.only_exit) {
        step.total = std::min(step.total * std::min(*turns, kMax), kMax);
        if (i > 0) step.in_turn = std::min(step.in_turn * std::min(*turns, kMax), kMax);
      }
      auto known = std::find_if(loops_.begin(), loops_.end(),
                                [&](const Loop& l) { return l.head == level.head; });
      if (known == loops_.end() && loops_.size() < kMaxLoops) {
        bool some = level.exit && level.exit->edge.from == level.head &&
                    level.exit->turns.is_number() && level.exit->turns.constant > 0;
        loops_.push_back({level.head, &level.cycles, level.exit, some});
        known = loops_.end() - 1;
      }
      if (known != loops_.end()) {
        step.heads.push_back(static_cast<uint32_t>(known - loops_.begin()));
      }
    }
    step.total = std::min(step.total * s.weight, kMax);
    step.in_turn = std::min(step.in_turn * s.weight, kMax);
    steps_.push_back(std::move(step));
  }
}

PathQuery WayCount::query(int64_t Step::* weight) const {
  const Body& body = *f_.body;
  PathQuery q;
  q.cross = [this, weight, &body](PathMemory& m, Edge e) {
    if (feasible_ && !feasible_(e)) return false;
    BlockId to = body[e.from].succs[e.succ];
    for (size_t i = 0; i < loops_.size(); i++) {
      const Loop& l = loops_[i];
      if (to == l.head && l.cycles->same(e.from, to)) {
        m[kRound + i] = true;
      } else if (l.turns && l.exit->edge == e && !m[kRound + i]) {
        return false;  // it turns at least once
      }
    }
    if (!f_.returns && to.raw <= e.from.raw) m[kEnded] = true;
    for (const Step& s : steps_) {
      if (s.step.edge.exists() && s.step.edge == e) count(m, s, weight);
    }
    return true;
  };
  return q;
}

void WayCount::count(PathMemory& m, const Step& s, int64_t Step::* weight) {
  for (uint32_t head : s.heads) {
    if (m[kRound + head]) return;
  }
  add_to(m, s.*weight);
}

void WayCount::pass(PathMemory& m, ValueId at, int64_t Step::* weight) const {
  for (const Step& s : steps_) {
    if (!s.step.edge.exists() && s.step.at == at) count(m, s, weight);
  }
}

bool WayCount::way_with(int64_t wanted, int64_t Step::* weight) const {
  PathQuery q = query(weight);
  q.visit = [&](PathMemory& m, ValueId at) {
    pass(m, at, weight);
    if (number_in(m) >= wanted) return Walk::kArrived;
    return (*f_.body)[at].op == Op::kReturn ? Walk::kBlocked : Walk::kGoOn;
  };
  return find_path(facts_, function_, q).found;
}

bool WayCount::way_below(int64_t wanted) const {
  PathQuery q = query(&Step::total);
  q.visit = [&](PathMemory& m, ValueId at) {
    if (m[kEnded]) return number_in(m) < wanted ? Walk::kArrived : Walk::kBlocked;
    pass(m, at, &Step::total);
    if (number_in(m) >= wanted) return Walk::kBlocked;
    return (*f_.body)[at].op == Op::kReturn ? Walk::kArrived : Walk::kGoOn;
  };
  Path p = find_path(facts_, function_, q);
  return p.found || p.gave_up;
}

int64_t WayCount::most(int64_t Step::* weight) const {
  if (steps_.empty()) return 0;
  if (steps_.size() == 1) return steps_[0].*weight;
  int64_t sum = 0, single = 0;
  for (const Step& s : steps_) {
    sum = std::min(sum + s.*weight, kMax);
    single = std::max(single, s.*weight);
  }
  // Between the most that one of them stands for, and all together.
  while (single < sum) {
    int64_t middle = single + (sum - single + 1) / 2;
    if (way_with(middle, weight)) {
      single = middle;
    } else {
      sum = middle - 1;
    }
  }
  return single;
}

int64_t WayCount::most() const { return most(&Step::total); }
int64_t WayCount::most_in_turn() const { return most(&Step::in_turn); }

int64_t WayCount::least() const {
  int64_t low = 0, high = most();
  while (low < high) {
    int64_t middle = low + (high - low + 1) / 2;
    if (way_below(middle)) {
      high = middle - 1;
    } else {
      low = middle;
    }
  }
  return low;
}

}  // namespace unpark::flow
