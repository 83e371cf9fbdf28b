// Header lines of goroutines, and the labels in them.
#include <algorithm>

#include "evidence/go_quote.h"
#include "evidence/goroutine_text_lines.h"

namespace unpark::evidence {

namespace {

bool eat(std::string_view* text, std::string_view what) {
  if (!text->starts_with(what)) return false;
  text->remove_prefix(what.size());
  return true;
}

// The position of `what` outside of quotes.
size_t find_unquoted(std::string_view text, char what) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); i++) {
    if (quoted && text[i] == '\\') {
      i++;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == what) {
      return i;
    }
  }
  return text.npos;
}

// " gp=0x1 m=0 mp=0x2", " gp=0x1 m=nil" or nothing.
bool eat_machine(std::string_view* text) {
  while (text->starts_with(" gp=") || text->starts_with(" m=") || text->starts_with(" mp=")) {
    text->remove_prefix(1);
    size_t end = text->find(' ');
    if (end == text->npos) return false;
    text->remove_prefix(end);
  }
  return true;
}

bool parse_bracket(std::string_view text, HeaderLine* header) {
  if (!eat(&text, " [")) return false;
  size_t close = text.find_first_of("]\"");
  if (close != text.npos && text[close] == '"') close = find_unquoted(text, ']');
  if (close == text.npos) return false;
  std::string_view words = text.substr(0, close);
  text.remove_prefix(close + 1);
  size_t labels = words.find(" labels:{");
  if (labels != words.npos) {
    header->labels = words.substr(labels + 9);
    if (header->labels.ends_with('}')) header->labels.remove_suffix(1);
    words = words.substr(0, labels);
  }
  if (eat(&text, " {")) {
    size_t end = find_unquoted(text, '}');
    if (end == text.npos) return false;
    header->labels = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  if (!eat(&text, ":") && !text.empty()) return false;
  if (!trim_left(text).empty()) return false;
  parse_state(words, header);
  return true;
}

// "5 minutes", "locked to thread", "synctest bubble 3"; false: something else.
bool parse_attribute(std::string_view text, HeaderLine* header) {
  if (text == "locked to thread") {
    header->flags |= kLockedToThread;
    return true;
  }
  uint64_t number = 0;
  if (eat(&text, "synctest bubble ") || eat(&text, "synctest group ")) {
    if (!take_number(&text, &number) || !text.empty()) return false;
    header->bubble = static_cast<uint32_t>(std::min<uint64_t>(number, UINT32_MAX));
    return true;
  }
  if (!take_number(&text, &number) || (text != " minutes" && text != " minute")) return false;
  header->minutes = static_cast<uint32_t>(std::min<uint64_t>(number, UINT32_MAX - 1));
  return true;
}

bool eat_end(std::string_view* text, std::string_view what) {
  if (!text->ends_with(what)) return false;
  text->remove_suffix(what.size());
  return true;
}

// "chan receive (nil chan) (leaked) (scan)"
bool parse_status(std::string_view words, HeaderLine* header) {
  while (true) {
    if (eat_end(&words, " (scan)")) {
      header->flags |= kScan;
    } else if (eat_end(&words, " (leaked)")) {
      header->flags |= kLeaked;
    } else if (words.ends_with(" (durable)") || words.ends_with(" (synctest)")) {
      header->flags |= kDurable;
      if (wait_reason_of(words)) break;
      words.remove_suffix(words.size() - words.rfind(" ("));
    } else {
      break;
    }
  }
  std::optional<Status> status = status_of(words);
  std::optional<WaitReason> reason = wait_reason_of(words);
  header->reason = reason.value_or(WaitReason::kNone);
  header->status = status.value_or(reason ? Status::kWaiting : Status::kUnknown);
  if (words == "leaked") {
    header->flags |= kLeaked;
    header->status = Status::kWaiting;
    return true;
  }
  if (words == "???" || words.empty()) return true;
  if (!status && !reason) header->reason = WaitReason::kOther;
  return status || reason;
}

// The text of one key or value: bare, or quoted as Go quotes.
bool take_label_text(std::string_view* text, std::string_view stop, std::string* to) {
  if (text->starts_with('"')) return take_go_quoted(text, to);
  size_t end = std::min(text->find(stop), text->size());
  *to = text->substr(0, end);
  text->remove_prefix(end);
  return to->find_first_of("&\"\\") == to->npos;  // never bare
}

}  // namespace

void parse_state(std::string_view words, HeaderLine* header) {
  std::string_view rest = words;
  size_t comma = rest.find(", ");
  bool known = parse_status(trim(rest.substr(0, comma)), header);
  while (comma != rest.npos) {
    rest = trim_left(rest.substr(comma + 1));
    comma = rest.find(", ");
    known &= parse_attribute(trim(rest.substr(0, comma)), header);
  }
  if (!known) header->state_text = words;
}

bool parse_labels(std::string_view text, LabelList* labels) {
  while (!text.empty()) {
    std::pair<std::string, std::string> label;
    if (!take_label_text(&text, ": ", &label.first) || !eat(&text, ": ")) return false;
    if (!take_label_text(&text, ", ", &label.second)) return false;
    if (labels != nullptr) labels->push_back(std::move(label));
    if (!text.empty() && !eat(&text, ", ")) return false;
  }
  return true;
}

bool parse_header(std::string_view line, HeaderLine* header) {
  *header = HeaderLine();
  if (!eat(&line, "goroutine ")) return false;
  if (!take_number(&line, &header->id) || !eat_machine(&line)) return false;
  if (header->id == 0) header->flags |= kSystem;
  return parse_bracket(line, header);
}

bool parse_goleak_header(std::string_view line, HeaderLine* header) {
  *header = HeaderLine();
  eat(&line, "[");
  if (!eat(&line, "Goroutine ") || !take_number(&line, &header->id)) return false;
  if (!eat(&line, " in state ")) return false;
  size_t with = line.find(", with ");
  if (with == line.npos || line.find(" on top of the stack:", with) == line.npos) return false;
  parse_state(line.substr(0, with), header);
  return true;
}

bool parse_aggregate_header(std::string_view line, HeaderLine* header) {
  *header = HeaderLine();
  uint64_t count = 0;
  if (!take_number(&line, &count) || count == 0 || count > UINT32_MAX) return false;
  header->count = static_cast<uint32_t>(count);
  return (eat(&line, " goroutines") || eat(&line, " goroutine")) && parse_bracket(line, header);
}

bool is_part_of_header(std::string_view line) {
  uint64_t id = 0;
  if (!eat(&line, "goroutine ") || !take_number(&line, &id)) return false;
  if (!eat_machine(&line) || !eat(&line, " [")) return false;
  if (line.size() > 4096) return false;
  size_t close = find_unquoted(line, ']');
  if (close == line.npos) return true;
  line.remove_prefix(close + 1);
  return line.empty() || (line.starts_with(" {") && find_unquoted(line, '}') == line.npos);
}

}  // namespace unpark::evidence
