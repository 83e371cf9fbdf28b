#include "evidence/debug1_lines.h"

#include <algorithm>

#include "evidence/go_quote.h"

namespace unpark::evidence {

namespace {

constexpr size_t kMaxPcs = 4096;

bool eat(std::string_view* text, std::string_view what) {
  if (!text->starts_with(what)) return false;
  text->remove_prefix(what.size());
  return true;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

void skip_blanks(std::string_view* text) {
  while (!text->empty() && is_blank(text->front())) text->remove_prefix(1);
}

// "0x" and up to 16 digits.
bool take_hex(std::string_view* text, uint64_t* value) {
  if (!text->starts_with("0x")) return false;
  size_t i = 2;
  *value = 0;
  for (; i < text->size() && i < 18; i++) {
    char c = (*text)[i];
    char lower = static_cast<char>(c | 0x20);
    bool digit = c >= '0' && c <= '9';
    if (!digit && (lower < 'a' || lower > 'f')) break;
    *value = *value << 4 | static_cast<uint64_t>(digit ? c - '0' : lower - 'a' + 10);
  }
  if (i == 2) return false;
  text->remove_prefix(i);
  return true;
}

// "45: 1257168 [84: 1451024] @"
bool take_heap_numbers(std::string_view* text, uint64_t (&values)[4]) {
  return take_decimal(text, &values[0]) && eat(text, ": ") && take_decimal(text, &values[1]) &&
         eat(text, " [") && take_decimal(text, &values[2]) && eat(text, ": ") &&
         take_decimal(text, &values[3]) && eat(text, "] @");
}

bool take_counts(std::string_view* text, Debug1Record* record) {
  std::string_view heap = *text;
  if (take_heap_numbers(&heap, record->values)) {
    record->value_count = 4;
    *text = heap;
    return true;
  }
  record->value_count = 0;
  while (record->value_count < 2 && take_decimal(text, &record->values[record->value_count])) {
    record->value_count++;
    if (eat(text, " @")) return true;
    if (!eat(text, " ")) return false;
  }
  return false;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  skip_blanks(&text);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool take_decimal(std::string_view* text, uint64_t* value) {
  size_t i = 0;
  *value = 0;
  for (; i < text->size(); i++) {
    char c = (*text)[i];
    if (c < '0' || c > '9') break;
    auto digit = static_cast<uint64_t>(c - '0');
    bool fits = *value <= (UINT64_MAX - digit) / 10;
    *value = fits ? *value * 10 + digit : UINT64_MAX;
  }
  text->remove_prefix(i);
  return i > 0;
}

bool parse_debug1_header(std::string_view line, Debug1Header* header) {
  *header = Debug1Header();
  constexpr size_t kLongest = 400;
  constexpr std::string_view kMark = " profile: ";
  if (line.empty() || line.size() > kLongest) return false;
  if (line.back() == ':') {
    header->name = line.ends_with("--- mutex:") ? "mutex" : "contention";
    if (!line.ends_with("--- mutex:") && !line.ends_with("--- contention:")) return false;
    header->start = line.rfind("--- ");
    return header->start == 0 || is_blank(line[header->start - 1]);
  }
  if (line.back() < '0' || line.back() > '9') return false;
  size_t mark = line.find(kMark);
  if (mark == line.npos || mark == 0) return false;
  header->start = line.substr(0, mark).find_last_of(" \t") + 1;
  header->name = line.substr(header->start, mark - header->start);
  std::string_view rest = line.substr(mark + kMark.size());
  if (eat(&rest, "total ")) {
    header->total_count = 1;
    return take_decimal(&rest, &header->totals[0]) && rest.empty();
  }
  header->total_count = 4;
  return header->name == "heap" && take_heap_numbers(&rest, header->totals) &&
         eat(&rest, " heap/") && take_decimal(&rest, &header->sampling) && rest.empty();
}

bool parse_debug1_record(std::string_view line, Debug1Record* record) {
  record->pcs.clear();
  record->complete = true;
  if (!take_counts(&line, record)) return false;
  for (;;) {
    bool blank = !line.empty() && is_blank(line.front());
    skip_blanks(&line);
    if (line.empty()) return true;
    uint64_t pc;
    if (!blank || !take_hex(&line, &pc)) {
      // A line that was cut in an address is a record; anything else behind the "@" is not.
      record->complete = false;
      return blank && (line == "0" || line == "0x") && !record->pcs.empty();
    }
    if (record->pcs.size() < kMaxPcs) {
      record->pcs.push_back(pc);
    } else {
      record->complete = false;
    }
  }
}

bool parse_debug1_frame(std::string_view text, Debug1Frame* frame) {
  *frame = Debug1Frame();
  skip_blanks(&text);
  if (!take_hex(&text, &frame->pc)) return false;
  if (trimmed(text).empty()) return true;
  if (!is_blank(text.front())) return false;
  skip_blanks(&text);
  size_t plus = text.find("+0x");
  if (plus == text.npos || plus == 0) return false;
  frame->function = text.substr(0, plus);
  text.remove_prefix(plus + 1);
  take_hex(&text, &frame->offset);
  text = trimmed(text);
  // The place may have been cut off.
  size_t colon = text.rfind(':');
  if (colon == text.npos) return true;
  frame->file = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  uint64_t line = 0;
  if (take_decimal(&text, &line) && line <= UINT32_MAX) frame->line = static_cast<uint32_t>(line);
  return true;
}

bool parse_debug1_labels(std::string_view text,
                         std::vector<std::pair<std::string, std::string>>* labels) {
  labels->clear();
  text = trimmed(text);
  if (!eat(&text, "{")) return false;
  while (!eat(&text, "}")) {
    if (!labels->empty() && !eat(&text, ", ")) return false;
    std::pair<std::string, std::string> label;
    if (!take_go_quoted(&text, &label.first) || !eat(&text, ":") ||
        !take_go_quoted(&text, &label.second)) {
      return false;
    }
    labels->push_back(std::move(label));
  }
  return true;
}

}  // namespace unpark::evidence
