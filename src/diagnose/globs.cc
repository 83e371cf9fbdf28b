#include "diagnose/globs.h"

#include <algorithm>

namespace unpark::diagnose {

bool matches_glob(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      // It may also be meant as itself, "(*T)": trying the shortest text first covers both.
      star = p++;
      from = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      p++;
      t++;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') p++;
  return p == pattern.size();
}

uint32_t FunctionGlobs::add(std::string_view glob) {
  auto [slot, added] =
      numbers_.try_emplace(std::string(glob), static_cast<uint32_t>(globs_.size()));
  if (!added) return slot->second;
  globs_.emplace_back(glob);
  bool any = glob.empty() || glob.front() == '*';
  (any ? by_any_ : by_first_[static_cast<uint8_t>(glob.front())]).push_back(slot->second);
  seen_.resize(globs_.size());
  return slot->second;
}

std::span<const uint32_t> FunctionGlobs::of(uint32_t function) {
  if (function >= of_function_.size()) {
    of_function_.resize(std::max<size_t>(size_t{function} + 1, signatures_.names().count()));
  }
  Range& range = of_function_[function];
  if (!range.known) match(signatures_.names().by_id(function), range);
  return std::span(matches_).subspan(range.first, range.count);
}

void FunctionGlobs::match(const Function& function, Range& range) {
  range.known = true;
  range.first = static_cast<uint32_t>(matches_.size());
  auto match_all = [&](const std::vector<uint32_t>& globs) {
    for (uint32_t i : globs) {
      if (matches_glob(globs_[i], function.name)) matches_.push_back(i);
    }
  };
  match_all(by_any_);
  if (!function.name.empty()) match_all(by_first_[static_cast<uint8_t>(function.name.front())]);
  std::sort(matches_.begin() + range.first, matches_.end());
  range.count = static_cast<uint32_t>(matches_.size()) - range.first;
}

bool FunctionGlobs::matches(uint32_t function, uint32_t glob) {
  std::span<const uint32_t> all = of(function);
  return std::binary_search(all.begin(), all.end(), glob);
}

void FunctionGlobs::look_at(evidence::StackId stack) {
  for (uint32_t glob : marked_) seen_[glob] = false;
  marked_.clear();
  for (evidence::FrameId f : signatures_.symbols()[stack]) {
    const FrameFacts& facts = signatures_.facts(f);
    if (facts.elision) continue;
    for (uint32_t glob : of(facts.function)) {
      if (seen_[glob]) continue;
      seen_[glob] = true;
      marked_.push_back(glob);
    }
  }
}

}  // namespace unpark::diagnose
