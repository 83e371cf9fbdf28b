#include "evidence/unwrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "evidence/counted.h"
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
constexpr uint32_t kMaxHeldShort = 64;  // of what holds no dump
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

std::string unquoted(std::string_view text) {
  std::string plain;
  unescape(without_quote(text), &plain);
  return plain;
}

bool is_header(std::string_view text) {
  HeaderLine header;
  return parse_header(text, &header) || is_part_of_header(text);
}

// The end of the last "\\n" whose backslash is not itself escaped; 0: there is none.
size_t after_line_feeds(std::string_view text) {
  size_t end = 0;
  for (size_t i = 0; (i = text.find('\\', i)) != text.npos && i + 1 < text.size(); i += 2) {
    if (text[i + 1] == 'n') end = i + 2;
  }
  return end;
}

// The next quote that no backslash stands before; the end where there is none.
size_t find_quote(std::string_view text, size_t from) {
  for (size_t i = from; i < text.size(); i++) {
    if (text[i] == '\\') {
      i++;
    } else if (text[i] == '"') {
      return i;
    }
  }
  return text.size();
}

struct LogfmtValue {
  bool found = false;
  bool quoted = false;
  bool closed = true;     // the quote has an end
  std::string_view text;  // between its quotes
};

// The value of a logfmt line that a stack may be in, or its message.
LogfmtValue logfmt_value(std::string_view text) {
  constexpr std::string_view kKeys[] = {"stack", "stacktrace", "error", "err", "msg", "message"};
  LogfmtValue best;
  size_t best_rank = 0;
  bool is_logfmt = false;
  for (size_t at = 0; at < text.size();) {
    at = std::min(text.find_first_not_of(" \t", at), text.size());
    size_t end = std::min(text.find_first_of("= \t\"", at), text.size());
    std::string_view key = text.substr(at, end - at);
    if (end == text.size() || text[end] != '=') {
      at = end + 1;
      continue;
    }
    LogfmtValue value;
    value.quoted = end + 1 < text.size() && text[end + 1] == '"';
    size_t begin = end + 1 + value.quoted;
    end = value.quoted ? find_quote(text, begin) : std::min(text.find(' ', begin), text.size());
    value.closed = !value.quoted || end < text.size();
    value.text = text.substr(begin, end - begin);
    value.found = true;
    at = end + 1;
    is_logfmt |= key == "time" || key == "ts" || key == "t" || key == "level" || key == "lvl";
    size_t rank =
        static_cast<size_t>(std::find(std::begin(kKeys), std::end(kKeys), key) - std::begin(kKeys));
    if (rank == std::size(kKeys)) continue;
    rank += value.text.find(kGoroutine) != value.text.npos ? 20 : 0;
    if (rank >= best_rank) {
      best = value;
      best_rank = rank;
    }
  }
  best.found &= is_logfmt;
  return best;
}

// Where the header of a goroutine stands in a line.
size_t find_header(std::string_view text) {
  for (size_t at = text.find(kGoroutine); at != text.npos; at = text.find(kGoroutine, at + 1)) {
    size_t digit = at + kGoroutine.size();
    if (digit >= text.size() || text[digit] < '0' || text[digit] > '9' || !at_edge(text, at)) {
      continue;
    }
    bool quoted = std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '"') % 2 == 1;
    if (quoted ? is_header(unquoted(text.substr(at))) : is_header(text.substr(at))) return at;
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

// Where a text begins that other readers know by its first words.
size_t find_first_words(std::string_view text) {
  size_t first = text.npos;
  for (std::string_view words :
       {std::string_view("WARNING: DATA RACE"), std::string_view("heap profile: "),
        std::string_view("threadcreate profile: "), std::string_view("--- mutex:"),
        std::string_view("--- contention:"), std::string_view("SCHED "),
        std::string_view("# HELP "), std::string_view("# TYPE ")}) {
    first = std::min(first, text.find(words));
  }
  return first;
}

// Where what a dying process says may begin.
size_t find_message(std::string_view text) {
  for (std::string_view word :
       {std::string_view("panic: "), std::string_view("fatal error: "), std::string_view("SIG")}) {
    size_t at = text.find(word);
    if (at != text.npos && at_edge(text, at) && is_crash_message(text.substr(at))) return at;
  }
  return text.npos;
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

void Unwrapper::take(std::string_view raw, Sink sink) {
  std::string whole;
  if (!carry_.empty()) {
    whole = std::exchange(carry_, {}).append(raw);
    raw = whole;
  }
  // A terminal sequence may be broken by the end of a line.
  size_t escape = raw.size() > 8 ? raw.find('\x1b', raw.size() - 8) : raw.npos;
  for (; escape != raw.npos; escape = raw.find('\x1b', escape + 1)) {
    std::string_view tail = raw.substr(escape + 1);
    if (tail.find_first_not_of("[0123456789;") != tail.npos) continue;
    carry_ = raw.substr(escape);
    raw = raw.substr(0, escape);
    break;
  }
  layer(raw, 0, sink);
}

void Unwrapper::layer(std::string_view text, int depth, Sink sink) {
  std::string buffer, decoded;
  // Entities inside a quoted string belong to it: it is unquoted first.
  text = clean_marks(text, text.find('"') == text.npos, &buffer, &marks_);
  if (depth <= kMaxDepth) {
    if (!held_.empty() && take_held(text, depth, sink)) return;
    if (take_container(text, depth, sink)) return;
    if (take_json(text, depth, sink)) return;
    if (take_logfmt(text, depth, sink)) return;
    if (take_literal(text, depth, sink)) return;
  }
  take_prefixed(clean_marks(text, true, &decoded, &marks_), sink);
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

// What was held, with this line or without it. True: the line is done.
bool Unwrapper::take_held(std::string_view text, int depth, Sink sink) {
  std::string whole = std::exchange(held_, {});
  bool json = whole.front() == '{';
  std::string_view start = trim_left(text);
  bool begins = json ? start.starts_with("{\"") : logfmt_value(text).found;
  if (begins) {  // what was held has no end
    held_lines_ = kMaxHeldLines;
    layer(whole, depth, sink);
    held_lines_ = 0;
    return false;
  }
  whole.append(text);
  bool dump = whole.find(kGoroutine) != whole.npos;
  held_lines_++;
  bool room = whole.size() <= kMaxHeld && held_lines_ < (dump ? kMaxHeldLines : kMaxHeldShort);
  if (json && room && !trim_right(text).ends_with('}')) {
    held_ = std::move(whole);
    return true;
  }
  if (!room) held_lines_ = kMaxHeldLines;
  rejoined_++;
  layer(whole, depth, sink);
  if (held_.empty()) held_lines_ = 0;
  return true;
}

bool Unwrapper::take_json(std::string_view text, int depth, Sink sink) {
  size_t at = text.find("{\"");
  if (at == text.npos) return false;
  // Behind a prefix only where the object fills the rest of the line.
  if (at > 0 && at != text.find_first_not_of(" \t") && !trim_right(text).ends_with('}')) {
    return false;
  }
  JsonText found = json_text(text.substr(at));
  if (!found.is_object) return false;
  if (!found.complete && text.size() <= kMaxHeld && held_lines_ < kMaxHeldLines) {
    held_ = text.substr(at);
    return true;
  }
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

// time=... level=error msg="goroutine 1 [running]:"
bool Unwrapper::take_logfmt(std::string_view text, int depth, Sink sink) {
  if (text.find("msg=") == text.npos && text.find("stack") == text.npos &&
      text.find("err") == text.npos) {
    return false;
  }
  LogfmtValue value = logfmt_value(text);
  if (!value.found) return false;
  // A whole dump is for take_literal(), which needs no end.
  if (after_line_feeds(value.text) > 0 && value.text.find(kGoroutine) != value.text.npos)
    return false;
  if (!value.closed && text.size() <= kMaxPrefix * 8 && held_lines_ < kMaxHeldShort) {
    held_ = text;
    return true;
  }
  held_lines_ = 0;
  logfmt_++;
  std::string plain(value.text);
  if (value.quoted) {
    plain.clear();
    unescape(value.text, &plain);
  }
  emit_lines(plain, false, depth, sink);
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
  if (literal_open_) {
    std::string before = std::exchange(literal_, {});
    literal_plain_ = has_escape ? 0 : literal_plain_ + 1;
    if (has_escape || !is_stack_line(text) || (literal_quoted_ && literal_plain_ < 3)) {
      rejoined_++;
      before.append(text);
      size_t end = literal_quoted_ ? find_quote(before, 0) : before.size();
      expand_literal(std::string_view(before).substr(0, end), end < before.size(), depth, sink);
      return true;
    }
    expand_literal(before, true, depth, sink);
  }
  if (!has_escape || find_header(text) != text.npos) return false;
  size_t header = text.find(kGoroutine);
  size_t message = std::min(text.find("panic: "), text.find("fatal error: "));
  size_t other = find_first_words(text);
  size_t at = std::min({header, message, other});
  if (at == text.npos || text.find("\\n", at) == text.npos) return false;
  bool known = header != text.npos || other != text.npos;
  if (!known && text.find("\\n\\n", at) == text.npos) return false;
  size_t quote = text.size();
  for (size_t q = find_quote(text, 0); q < at; q = find_quote(text, q + 1)) quote = q;
  literal_quoted_ = quote < text.size();
  size_t begin = literal_quoted_ ? quote + 1 : 0;
  size_t end = literal_quoted_ ? find_quote(text, begin) : text.size();
  std::string_view inner = text.substr(begin, end - begin);
  if (is_doubled(inner)) {  // by one log inside another
    std::string plain;
    unescape(inner, &plain);
    layer(plain, depth + 1, sink);
  } else {
    expand_literal(inner, end < text.size(), depth, sink);
  }
  return true;
}

// Gives all lines but the last, which the next raw line may continue, unless it ends here.
void Unwrapper::expand_literal(std::string_view text, bool ends, int depth, Sink sink) {
  std::string kept(text);
  literals_++;
  literal_.clear();
  literal_open_ = false;
  std::string plain;
  size_t begin = ends ? kept.size() : after_line_feeds(kept);
  unescape(std::string_view(kept).substr(0, begin), &plain);
  if (plain.ends_with('\n')) plain.pop_back();
  if (begin > 0) emit_lines(plain, false, depth, sink);
  literal_ = kept.substr(begin);
  literal_open_ = !ends && literal_.size() <= kMaxPartial;
}

void Unwrapper::take_prefixed(std::string_view text, Sink sink) {
  lines_since_message_++;
  size_t header = find_header(text);
  if (header == 0) {
    prefix_.clear();
    emit_message(sink);
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
    if (prefix_.is_quoted()) return emit(unquoted(rest), sink);
    return emit(rest, sink);
  }
  if (prefix_.empty() && text.size() <= kMaxMessage && find_message(text) != text.npos) {
    if (messages_.size() == kMaxMessages) messages_.pop_front();
    messages_.emplace_back(text);
    lines_since_message_ = 0;
  }
  std::optional<std::string_view> rest;
  if (!prefix_.empty()) {
    rest = prefix_.strip(text);
    if (!rest && !is_stack_line(text)) rest = prefix_.shorten(text, is_stack_line);
  }
  if (!rest) return emit(text, sink);
  std::string plain;
  if (prefix_.is_quoted()) {
    plain = unquoted(*rest);
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
  bool found = false;
  for (const std::string& line : messages_) {
    std::optional<std::string_view> rest = prefix_.strip(line);
    if (!rest) continue;
    std::string plain = prefix_.is_quoted() ? unquoted(*rest) : std::string(*rest);
    if (!is_crash_message(plain)) continue;
    prefixed_++;
    found = true;
    emit(plain, sink);
  }
  if (!found) emit_message(sink);
  messages_.clear();
}

// The first line of a crash may be the only one that has a prefix: then the header comes right
// behind it, a blank line between them as the run time prints one, or lost.
void Unwrapper::emit_message(Sink sink) {
  if (messages_.empty()) return;
  std::string text = std::move(messages_.back());
  messages_.clear();
  std::string_view line = text;
  size_t at = find_message(line);
  if (lines_since_message_ > 2 || at == line.npos || trim(line.substr(0, at)).empty()) return;
  prefixed_++;
  emit(line.substr(at), sink);
}

void Unwrapper::emit(std::string_view line, Sink sink) {
  std::string buffer;
  sink(repair_markdown(line, &buffer, &marks_));
}

void Unwrapper::finish(Sink sink) {
  if (!held_.empty()) {
    held_lines_ = kMaxHeldLines;
    layer(std::exchange(held_, {}), 0, sink);
  }
  if (literal_open_) expand_literal(std::exchange(literal_, {}), true, kMaxDepth, sink);
  if (!partial_.empty()) {
    std::string rest = std::move(partial_);
    partial_.clear();
    layer(rest, kMaxDepth + 1, sink);
  }
}

void Unwrapper::add_notes(std::vector<Note>* notes) const {
  auto say = [&](uint64_t lines, std::string_view what) {
    if (lines == 0) return;
    notes->push_back(
        {Note::Kind::kMangled, fmt::format("{} {}", counted(lines, "line", "lines"), what)});
  };
  say(prefixed_, "stood behind a prefix of a log");
  say(json_, json_ == 1 ? "of JSON was unpacked" : "of JSON were unpacked");
  say(logfmt_, logfmt_ == 1 ? "of logfmt was unpacked" : "of logfmt were unpacked");
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
