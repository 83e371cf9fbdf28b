// Unwrapper: from the lines of a log, a page or a paste to the lines that a Go program wrote.
//
// Each line goes through what may lie around it, outermost first: characters of terminals and web
// pages (unwrap_marks.h), container runtimes' lines, JSON objects, fields of logfmt, strings with
// "\n" spelled out, prefixes (unwrap_prefix.h). Layers inside layers are undone by going round
// again. A prefix is learned where a goroutine's header stands behind it, and then taken off the
// lines that follow, but only where they make sense without it: often the first line alone has one.
//
// Lines that are clean cost one look at their bytes. Memory: what belongs to one line, bounded.
#pragma once

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/snapshot.h"
#include "evidence/unwrap_marks.h"
#include "evidence/unwrap_prefix.h"

namespace unpark::evidence {

class Unwrapper {
 public:
  using Sink = absl::FunctionRef<void(std::string_view line)>;

  // One raw line without its line feed; clean lines go to the sink, which must copy what it keeps.
  void take(std::string_view raw, Sink sink);
  // What is kept of lines that seemed to go on.
  void finish(Sink sink);
  // Nothing is kept from lines before, so that a clean block may be read past this.
  bool is_idle() const {
    bool message = !messages_.empty() && lines_since_message_ < 2;
    return held_.empty() && carry_.empty() && partial_.empty() && !literal_open_ && !message;
  }
  // Lines have no prefix from here on.
  void forget_prefix() { prefix_.clear(); }
  void add_notes(std::vector<Note>* notes) const;

 private:
  void layer(std::string_view text, int depth, Sink sink);
  bool take_held(std::string_view text, int depth, Sink sink);
  bool take_container(std::string_view text, int depth, Sink sink);
  bool take_json(std::string_view text, int depth, Sink sink);
  bool take_logfmt(std::string_view text, int depth, Sink sink);
  bool take_literal(std::string_view text, int depth, Sink sink);
  void expand_literal(std::string_view text, bool ends, int depth, Sink sink);
  void take_prefixed(std::string_view text, Sink sink);
  void learn(std::string_view prefix, Sink sink);
  void emit_message(Sink sink);
  void emit(std::string_view line, Sink sink);
  void emit_lines(std::string_view text, bool is_stream, int depth, Sink sink);

  Prefix prefix_;
  std::deque<std::string> messages_;  // lines that may be crash messages behind a prefix
  std::string held_;                  // a JSON object that the end of its line broke
  std::string carry_;                 // a terminal sequence that it broke
  std::string partial_;               // the beginning of a line, from pieces of a stream
  std::string literal_;               // the last piece of a string whose end has not come
  bool literal_open_ = false;
  bool literal_quoted_ = false;
  uint32_t literal_plain_ = 0;  // lines without an escape since the last one with
  uint32_t held_lines_ = 0;
  uint64_t lines_since_message_ = 0;

  MarkCounts marks_;
  uint64_t prefixed_ = 0, json_ = 0, logfmt_ = 0, container_ = 0, literals_ = 0, rejoined_ = 0;
};

}  // namespace unpark::evidence
