#include "evidence/unwrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "evidence/goroutine_text_lines.h"
#include "evidence/unwrap_json.h"

namespace unpark::evidence {

namespace {

constexpr int kMaxDepth = 4;
constexpr size_t kMaxPrefix = 400;
constexpr size_t kMaxMessages = 16;
constexpr size_t kMaxMessage = 1024;
constexpr size_t kMaxPartial = 1 << 20;
constexpr size_t kMaxHeld = 4 << 20;
constexpr uint32_t kMaxHeldLines = 4096;
constexpr std::string_view kGoroutine = "goroutine ";

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Whether what begins at `at` could follow a prefix.
bool at_edge(std::string_view text, size_t at) { return at == 0 || !is_word(text[at - 1]); }

// A quote that a log line puts behind its text, and what follows it.
std::string_view without_quote(std::string_view text) {
  size_t quote = text.rfind('"');
  return quote == text.npos || (quote > 0 && text[quote - 1] == '\\') ? text
                                                                      : text.substr(0, quote);
}

bool is_header(std::string_view text) {
  HeaderLine header;
  return parse_header(text, &header) || is_part_of_header(text);
}

// Where the header of a goroutine stands in a line.
size_t find_header(std::string_view text) {
  for (size_t at = text.find(kGoroutine); at != text.npos; at = text.find(kGoroutine, at + 1)) {
    size_t digit = at + kGoroutine.size();
    if (digit >= text.size() || text[digit] < '0' || text[digit] > '9' || !at_edge(text, at)) {
      continue;
    }
    std::string_view rest = text.substr(at);
    if (is_header(rest) || (text.substr(0, at).ends_with('"') && is_header(without_quote(rest)))) {
      return at;
    }
  }
  return text.npos;
}

// Where a line begins that other readers know by its first words.
size_t find_anchor(std::string_view text) {
  for (std::string_view anchor :
       {std::string_view("SCHED "), std::string_view("WARNING: DATA RACE"),
        std::string_view("goroutine profile: total "),
        std::string_view("goroutineleak profile: total ")}) {
    size_t at = text.find(anchor);
    if (at != text.npos && at > 0 && std::string_view(" |:]\"\t").find(text[at - 1]) != text.npos) {
      return at;
    }
  }
  return text.npos;
}

// The text has a form that only lines of stacks have.
bool is_stack_line(std::string_view line) {
  std::string_view text = trim(line);
  if (text.empty()) return false;
  HeaderLine header;
  FunctionLine function;
  FileLine place;
  std::string_view name;
  uint64_t id = 0;
  uint32_t elided = 0;
  if (parse_function(text, &function) || is_header(text) || parse_created_by(text, &name, &id)) {
    return true;
  }
  if (parse_file(text, &place)) return is_source_file(place.file);
  return parse_elision(text, &elided) || is_ancestor(text) || is_unavailable(text) ||
         is_crash_message(text) || parse_goleak_header(text, &header);
}

// No "\\n" stands alone: each has another backslash before it.
bool is_doubled(std::string_view text) {
  size_t at = text.find("\\n");
  for (; at != text.npos; at = text.find("\\n", at + 1)) {
    if (at == 0 || text[at - 1] != '\\') return false;
  }
  return text.find("\\n") != text.npos;
}

bool may_be_message(std::string_view text) {
  return text.find("panic: ") != text.npos || text.find("fatal error: ") != text.npos ||
         text.find("SIG") != text.npos;
}

// "2026-01-02T03:04:05.000000000Z stderr F text": the tag and where the text begins.
std::optional<std::pair<char, size_t>> container_line(std::string_view text) {
  if (text.size() < 24 || text[4] != '-' || text[10] != 'T') return std::nullopt;
  size_t stream = text.find(' ');
  if (stream == text.npos || stream > 40) return std::nullopt;
  std::string_view rest = text.substr(stream + 1);
  if (!rest.starts_with("stderr ") && !rest.starts_with("stdout ")) return std::nullopt;
  size_t tag = stream + 8;
  if (tag >= text.size() || (text[tag] != 'F' && text[tag] != 'P')) return std::nullopt;
  if (tag + 1 < text.size() && text[tag + 1] != ' ') return std::nullopt;
  return std::pair(text[tag], std::min(tag + 2, text.size()));
}

}  // namespace

void Unwrapper::take(std::string_view raw, Sink sink) { layer(raw, 0, sink); }

void Unwrapper::layer(std::string_view text, int depth, Sink sink) {
  std::string buffer;
  text = clean_marks(text, &buffer, &marks_);
  if (depth <= kMaxDepth) {
    if (take_container(text, depth, sink)) return;
    if (take_json(text, depth, sink)) return;
    if (take_literal(text, depth, sink)) return;
  }
  take_prefixed(text, sink);
}

bool Unwrapper::take_container(std::string_view text, int depth, Sink sink) {
  auto found = container_line(text);
  if (!found) return false;
  container_++;
  std::string_view inner = text.substr(found->second);
  if (found->first == 'P' && partial_.size() + inner.size() <= kMaxPartial) {
    partial_.append(inner);
    return true;
  }
  if (partial_.empty()) {
    layer(inner, depth + 1, sink);
    return true;
  }
  std::string whole = std::move(partial_);
  partial_.clear();
  whole.append(inner);
  rejoined_++;
  layer(whole, depth + 1, sink);
  return true;
}

bool Unwrapper::take_json(std::string_view text, int depth, Sink sink) {
  std::string whole;
  if (!held_.empty()) {
    bool begins = trim_left(text).starts_with("{\"");
    whole = std::move(held_);
    held_.clear();
    if (begins) {  // the object before has no end
      emit_lines(whole, false, depth, sink);
    } else {
      whole.append(text);
      text = whole;
      if (whole.size() <= kMaxHeld && ++held_lines_ < kMaxHeldLines && !text.ends_with('}')) {
        held_ = std::move(whole);
        return true;
      }
      rejoined_++;
    }
  }
  size_t at = text.find("{\"");
  if (at == text.npos) return false;
  // Behind a prefix only where the object fills the rest of the line.
  if (at > 0 && at != text.find_first_not_of(" \t") && !trim_right(text).ends_with('}'))
    return false;
  JsonText found = json_text(text.substr(at));
  if (!found.is_object) return false;
  if (!found.complete && text.size() <= kMaxHeld && held_lines_ < kMaxHeldLines) {
    held_ = text.substr(at);
    return true;
  }
  held_lines_ = 0;
  if (found.texts.empty()) return false;
  json_++;
  for (std::string_view inner : found.texts) {
    std::string plain;
    plain.reserve(inner.size());
    unescape(inner, &plain);
    emit_lines(plain, found.is_stream, depth, sink);
  }
  return true;
}

// Lines of a string; the last one goes on in the next piece where it is one of a stream.
void Unwrapper::emit_lines(std::string_view text, bool is_stream, int depth, Sink sink) {
  std::string whole;
  if (is_stream && !partial_.empty()) {
    whole = std::move(partial_);
    partial_.clear();
    whole.append(text);
    text = whole;
  }
  while (true) {
    size_t end = text.find('\n');
    if (end == text.npos) break;
    layer(text.substr(0, end), depth + 1, sink);
    text.remove_prefix(end + 1);
  }
  if (text.empty() && is_stream) return;
  if (is_stream && text.size() <= kMaxPartial) {
    partial_ = text;
    return;
  }
  layer(text, depth + 1, sink);
}

// A string with its line feeds spelled out: goroutine 1 [running]:\nmain.main()\n\t/src/main.go:7
bool Unwrapper::take_literal(std::string_view text, int depth, Sink sink) {
  bool has_escape = text.find("\\n") != text.npos;
  if (!literal_.empty()) {
    std::string before = std::move(literal_);
    literal_.clear();
    if (has_escape || !is_stack_line(text)) {
      rejoined_++;
      expand_literal(before.append(text), depth, sink);
      return true;
    }
    expand_literal(before.append("\\n"), depth, sink);
  }
  if (!has_escape || find_header(text) != text.npos) return false;
  size_t header = text.find(kGoroutine);
  size_t message = std::min(text.find("panic: "), text.find("fatal error: "));
  size_t at = std::min(header, message);
  if (at == text.npos || text.find("\\n", at) == text.npos) return false;
  if (header == text.npos && text.find("\\n\\n", at) == text.npos) return false;
  size_t quote = text.rfind('"', at);
  if (quote != text.npos) {
    size_t end = quote + 1;
    while ((end = text.find('"', end)) != text.npos && text[end - 1] == '\\') end++;
    expand_literal(text.substr(quote + 1, end == text.npos ? end : end - quote - 1), depth, sink);
    if (end != text.npos && !literal_.empty()) {
      expand_literal(std::move(literal_).append("\\n"), depth, sink);
    }
  } else {
    expand_literal(text, depth, sink);
  }
  return true;
}

// Gives all lines but the last, which the next raw line may continue.
void Unwrapper::expand_literal(std::string_view text, int depth, Sink sink) {
  std::string kept(text);
  literals_++;
  literal_.clear();
  // Backslashes may be doubled, by one log inside another.
  bool doubled = is_doubled(kept);
  size_t last = kept.rfind("\\n");
  size_t begin = last == kept.npos ? 0 : last + 2;
  std::string plain;
  unescape(std::string_view(kept).substr(0, begin), &plain);
  if (doubled) {
    std::string all;
    unescape(kept, &all);
    layer(all, depth + 1, sink);
    return;
  }
  emit_lines(plain, true, depth, sink);
  if (!partial_.empty()) {  // the text has ends of lines only where it says so
    std::string rest = std::move(partial_);
    partial_.clear();
    layer(rest, depth + 1, sink);
  }
  literal_ = kept.substr(begin);
}

void Unwrapper::take_prefixed(std::string_view text, Sink sink) {
  size_t header = find_header(text);
  if (header == 0) {
    prefix_.clear();
    emit(text, sink);
    return;
  }
  if (header == text.npos) {
    size_t anchor = find_anchor(text);
    if (anchor != text.npos && anchor <= kMaxPrefix) {
      prefix_.learn(text.substr(0, anchor));
      header = anchor;
    }
  } else {
    std::optional<std::string_view> rest = prefix_.strip(text);
    if (prefix_.empty() || !rest || rest->data() != text.data() + header) {
      learn(text.substr(0, header), sink);
    }
  }
  if (header != text.npos) {
    prefixed_++;
    std::string_view rest = text.substr(header);
    emit(prefix_.is_quoted() ? without_quote(rest) : rest, sink);
    return;
  }
  std::optional<std::string_view> rest;
  if (!prefix_.empty()) rest = prefix_.strip(text);
  if (!rest) {
    if (prefix_.empty() && text.size() <= kMaxMessage && may_be_message(text)) {
      if (messages_.size() == kMaxMessages) messages_.pop_front();
      messages_.emplace_back(text);
    }
    emit(text, sink);
    return;
  }
  std::string plain;
  if (prefix_.is_quoted()) {
    unescape(without_quote(*rest), &plain);
    rest = plain;
  }
  if (!is_stack_line(*rest) && is_stack_line(text)) rest = text;
  prefixed_ += rest->data() != text.data();
  emit(*rest, sink);
}

// Messages of a crash come before the line that tells what the prefix is.
void Unwrapper::learn(std::string_view prefix, Sink sink) {
  if (prefix.size() > kMaxPrefix) return;
  prefix_.learn(prefix);
  std::deque<std::string> messages = std::move(messages_);
  messages_.clear();
  for (const std::string& line : messages) {
    std::optional<std::string_view> rest = prefix_.strip(line);
    if (!rest || rest->empty() || !is_crash_message(*rest)) continue;
    prefixed_++;
    emit(*rest, sink);
  }
}

void Unwrapper::emit(std::string_view line, Sink sink) {
  std::string buffer;
  sink(repair_markdown(line, &buffer, &marks_));
}

void Unwrapper::finish(Sink sink) {
  if (!held_.empty()) {
    JsonText found = json_text(held_);
    std::string whole = std::move(held_);
    held_.clear();
    json_ += !found.texts.empty();
    for (std::string_view inner : found.texts) {
      std::string plain;
      unescape(inner, &plain);
      emit_lines(plain, found.is_stream, 0, sink);
    }
  }
  if (!literal_.empty()) {
    std::string plain;
    unescape(literal_, &plain);
    literal_.clear();
    layer(plain, kMaxDepth + 1, sink);
  }
  if (!partial_.empty()) {
    std::string rest = std::move(partial_);
    partial_.clear();
    layer(rest, kMaxDepth + 1, sink);
  }
}

void Unwrapper::add_notes(std::vector<Note>* notes) const {
  auto say = [&](uint64_t lines, std::string_view what) {
    if (lines == 0) return;
    notes->push_back({Note::Kind::kMangled,
                      fmt::format("{} {} {}", lines, lines == 1 ? "line" : "lines", what)});
  };
  say(prefixed_, "stood behind a prefix of a log");
  say(json_, "of JSON were unpacked");
  say(container_, "stood behind a container's time and stream");
  say(literals_, "had \\n spelled out");
  say(rejoined_, "that a log had split were put together");
  say(marks_.line_ends, "ended in CR LF or ^M");
  say(marks_.zeros, "had NUL bytes");
  say(marks_.colours, "had colour codes");
  say(marks_.octal, "had #011 for a tab");
  say(marks_.html, "had HTML entities or tags");
  say(marks_.markdown, "had markdown in names or addresses");
}

}  // namespace unpark::evidence
