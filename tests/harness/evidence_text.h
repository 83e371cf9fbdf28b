// Reading goroutine text in tests, and saying what was found in one comparable text.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/text.h"

namespace unpark::testing {

// Gives its bytes in pieces, never all at once.
class PieceSource : public evidence::ByteSource {
 public:
  PieceSource(std::string_view bytes, size_t piece) : bytes_(bytes), piece_(piece) {}
  base::Result<size_t> read(char* to, size_t size) override {
    size_t n = std::min({size, piece_, bytes_.size()});
    bytes_.copy(to, n);
    bytes_.remove_prefix(n);
    return n;
  }

 private:
  std::string_view bytes_;
  size_t piece_;
};

class WholeSource : public evidence::ByteSource {
 public:
  explicit WholeSource(std::string_view bytes) : bytes_(bytes) {}
  base::Result<size_t> read(char*, size_t) override { return size_t{0}; }
  const std::string_view* whole() const override { return &bytes_; }

 private:
  std::string_view bytes_;
};

struct TextOf {
  evidence::Evidence evidence;

  // `piece`: 0 for all in memory.
  explicit TextOf(std::string_view text, size_t piece = 0) {
    evidence.inputs.emplace_back();
    if (piece == 0) {
      WholeSource source(text);
      read_text(source, {}, {}, evidence::InputId{0}, evidence);
    } else {
      PieceSource source(text, piece);
      read_text(source, {}, {}, evidence::InputId{0}, evidence);
    }
  }

  const evidence::Symbols& symbols() const { return evidence.symbols; }

  std::string notes() const {
    std::string out = evidence.inputs[0].error;
    for (const evidence::Note& note : evidence.inputs[0].notes) out += note.message + "\n";
    return out;
  }

  // The words before the first comma of the bracket.
  std::string words(const evidence::Goroutine& g) const {
    using evidence::WaitReason;
    std::string out(g.reason == WaitReason::kNone ? text_of(g.status) : text_of(g.reason));
    if (g.state_text.exists()) out = symbols().text(g.state_text);
    bool said = out.ends_with(" (durable)") || out.ends_with(" (synctest)");
    if ((g.flags & evidence::kDurable) && !said) out += " (durable)";
    return out;
  }

  bool has_frame(const evidence::Goroutine& g, std::string_view function) const {
    for (evidence::FrameId id : symbols()[g.stack]) {
      if (symbols().text(symbols()[id].function) == function) return true;
    }
    return false;
  }

  int goroutines_in(std::string_view function) const {
    int count = 0;
    for (const evidence::Snapshot& s : evidence.snapshots) {
      for (const evidence::Goroutine& g : s.goroutines) count += has_frame(g, function);
    }
    return count;
  }

  std::string frame(evidence::FrameId id) const {
    const evidence::Frame& f = symbols()[id];
    if (f.is_elision()) return "..." + std::to_string(f.line);
    return std::string(symbols().text(f.function)) + "@" + std::string(symbols().text(f.file)) +
           ":" + std::to_string(f.line) + (f.flags & evidence::kInlined ? "i" : "");
  }

  std::string goroutine(const evidence::Snapshot& s, const evidence::Goroutine& g) const {
    std::string out = std::to_string(g.id) + " [" + words(g) + "]";
    out += " x" + std::to_string(g.count) + " f" + std::to_string(g.flags);
    if (g.minutes != evidence::Goroutine::kNotShown) out += " m" + std::to_string(g.minutes);
    if (g.bubble != 0) out += " b" + std::to_string(g.bubble);
    for (const evidence::Label& l : symbols()[g.labels]) {
      out += " {" + std::string(symbols().text(l.key)) + ":" +
             std::string(symbols().text(l.value)) + "}";
    }
    for (evidence::FrameId id : symbols()[g.stack]) out += "\n  " + frame(id);
    for (evidence::FrameId id : symbols()[g.ancestors]) out += "\n  < " + frame(id);
    if (g.created_by.exists()) {
      out += "\n  by " + frame(g.created_by) + " in " + std::to_string(g.creator_id);
    }
    for (uint32_t i = 0; i < g.argument_count; i++) {
      const evidence::Argument& a = s.arguments[g.first_argument + i];
      out += "\n  a" + std::to_string(a.frame) + "." + std::to_string(a.position) + "=" +
             std::to_string(a.value) + (a.exact ? "" : "?");
    }
    return out + "\n";
  }

  // All goroutines of all snapshots, in order, with everything that was read.
  std::string shape() const {
    std::string out;
    for (const evidence::Snapshot& s : evidence.snapshots) {
      out += "-- " + std::string(text_of(s.kind)) + " " + s.message + "\n";
      for (const evidence::Goroutine& g : s.goroutines) out += goroutine(s, g);
    }
    return out;
  }
};

}  // namespace unpark::testing
