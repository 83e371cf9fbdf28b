// The tree is one of canonical function names: each distinct stack is walked once from its root,
// however many goroutines have it. Nodes lie flat and know their first child and next sibling by
// index; a map from (parent, name) finds them. Cost: one look-up for each frame of each distinct
// stack.
#include "report/diagnosis_tree.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "evidence/function_name.h"
#include "report/diagnosis_words.h"
#include "report/glyphs.h"
#include "report/paint.h"

namespace unpark::report {

namespace {

using evidence::Evidence;
using evidence::Goroutine;
using evidence::Snapshot;
using evidence::StackId;

constexpr size_t kDeepest = 256;  // frames of a stack from the root
constexpr size_t kMostLines = 300;
constexpr double kSmall = 0.01;
constexpr size_t kBar = 20;
constexpr size_t kColumnsForBars = 100;  // the names need the room of narrower terminals

struct Node {
  std::string name;
  uint64_t count = 0;  // of goroutines through here
  uint64_t own = 0;    // of them, those that are here
  std::vector<uint32_t> children;
};

// What of a stack the tree shows: how it started, who is in it.
using Signature = std::pair<StackId, evidence::FrameId>;

class Tree {
 public:
  explicit Tree(const Evidence& evidence) : evidence_(evidence) { nodes_.emplace_back(); }

  void add(const Signature& signature, uint64_t count) {
    nodes_[0].count += count;
    uint32_t at = 0;
    std::span<const evidence::FrameId> frames = evidence_.symbols[signature.first];
    if (signature.second.exists()) {
      at = child(at, "created by " + name_of(signature.second), count);
    }
    size_t depth = 0;
    for (size_t i = frames.size(); i-- > 0 && depth < kDeepest; depth++) {
      if (evidence_.symbols[frames[i]].is_elision()) {
        at = child(at, "(frames left out)", count);
        continue;
      }
      at = child(at, name_of(frames[i]), count);
    }
    nodes_[at].own += count;
  }

  void sort() {
    for (Node& node : nodes_) {
      std::sort(node.children.begin(), node.children.end(), [&](uint32_t a, uint32_t b) {
        const Node& x = nodes_[a];
        const Node& y = nodes_[b];
        return x.count != y.count ? x.count > y.count : x.name < y.name;
      });
    }
  }

  const Node& operator[](uint32_t index) const { return nodes_[index]; }

 private:
  uint32_t child(uint32_t parent, std::string name, uint64_t count) {
    auto [at, added] = index_.try_emplace({parent, name}, static_cast<uint32_t>(nodes_.size()));
    uint32_t index = at->second;
    if (added) {
      nodes_[parent].children.push_back(index);
      nodes_.push_back({std::move(name), 0, 0, {}});
    }
    nodes_[index].count += count;
    return index;
  }

  std::string name_of(evidence::FrameId frame) {
    auto [at, added] = names_.try_emplace(evidence_.symbols[frame].function.raw);
    if (added) {
      at->second = short_function(evidence_.symbols.text(evidence_.symbols[frame].function));
    }
    return at->second;
  }

  const Evidence& evidence_;
  std::vector<Node> nodes_;
  absl::flat_hash_map<std::pair<uint32_t, std::string>, uint32_t> index_;
  absl::flat_hash_map<uint32_t, std::string> names_;
};

Tree tree_of(const Evidence& evidence, const Snapshot& snapshot) {
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, uint64_t> counts;
  std::vector<Signature> order;
  for (const Goroutine& g : snapshot.goroutines) {
    auto [at, added] = counts.try_emplace({g.stack.raw, g.created_by.raw}, 0);
    if (added) order.emplace_back(g.stack, g.created_by);
    at->second += g.count;
  }
  Tree tree(evidence);
  for (const Signature& s : order) tree.add(s, counts[{s.first.raw, s.second.raw}]);
  tree.sort();
  return tree;
}

class TreeWriter {
 public:
  TreeWriter(const Tree& tree, const DiagnosisTextOptions& options)
      : tree_(tree), options_(options), paint_(options.color) {}

  std::string write() {
    struct Step {
      uint32_t node;
      size_t depth;
    };
    std::vector<Step> steps = {{0, 0}};
    while (!steps.empty()) {
      Step step = steps.back();
      steps.pop_back();
      if (lines_ >= kMostLines && !options_.all) {
        out_ += "... the tree goes on; --all shows all of it\n";
        break;
      }
      uint32_t end = add_chain(step.node, step.depth);
      const std::vector<uint32_t>& children = tree_[end].children;
      size_t shown = children.size();
      if (!options_.all) {
        while (shown > 1 && is_small(children[shown - 1])) shown--;
      }
      if (shown < children.size()) left_out_ += children.size() - shown;
      for (size_t i = shown; i-- > 0;) steps.push_back({children[i], step.depth + 1});
    }
    if (left_out_ > 0) {
      out_ += fmt::format("{} {} of less than 1% left out; --all shows them\n", number(left_out_),
                          left_out_ == 1 ? "branch" : "branches");
    }
    return std::move(out_);
  }

 private:
  double share(uint32_t node) const {
    uint64_t all = tree_[0].count;
    return all == 0 ? 0 : static_cast<double>(tree_[node].count) / static_cast<double>(all);
  }
  bool is_small(uint32_t node) const { return share(node) < kSmall; }

  // The node and, as long as there is no choice, what it calls. Gives the last of them.
  uint32_t add_chain(uint32_t node, size_t depth) {
    add_line(node, depth, true);
    while (node != 0 && tree_[node].children.size() == 1 && tree_[node].own == 0) {
      node = tree_[node].children[0];
      add_line(node, depth, false);
    }
    return node;
  }

  void add_line(uint32_t node, size_t depth, bool first) {
    lines_++;
    std::string name = node == 0 ? "all goroutines" : printable(tree_[node].name);
    bool bars = options_.width == 0 || options_.width >= kColumnsForBars;
    if (!first) {
      size_t before = 10 + 1 + 6 + 1 + (bars ? kBar + 1 : 0);  // as below
      out_ += std::string(before + 2 * depth, ' ') + name + "\n";
      return;
    }
    size_t bar = static_cast<size_t>(share(node) * kBar + 0.5);
    out_ += fmt::format("{:>10} {:>5.1f}% ", number(tree_[node].count), 100 * share(node));
    if (bars) {
      out_ += paint_(Style::kWarning, std::string(bar, '=')) + std::string(kBar - bar, ' ') + " ";
    }
    out_ += std::string(2 * depth, ' ') + name + "\n";
  }

  const Tree& tree_;
  const DiagnosisTextOptions& options_;
  Paint paint_;
  std::string out_;
  size_t lines_ = 0;
  size_t left_out_ = 0;
};

}  // namespace

std::string diagnosis_tree(const Evidence& evidence, const diagnose::Diagnosis& diagnosis,
                           const DiagnosisTextOptions& options) {
  if (diagnosis.looks.empty()) return "";
  const Snapshot& snapshot = evidence.snapshots[diagnosis.looks.back().snapshot];
  if (snapshot.goroutines.empty()) return "";
  return TreeWriter(tree_of(evidence, snapshot), options).write();
}

}  // namespace unpark::report
