#include "harness/go_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "diag/message.h"

namespace unpark::testing {

namespace {

using source::Span;

struct Function {
  std::string_view name;
  Span span;  // from `func` to behind the body
  bool documented = false;
};

struct Expectation {
  bool is_want = false;
  uint32_t line = 0;
  std::string rule;
  std::string text;
  std::optional<Span> exact;
  bool met = false;
};

bool is_letter(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Finds line comments and top-level functions. Knows of Go only what that needs: comments, strings
// and brackets.
class Outline {
 public:
  explicit Outline(std::string_view text) : text_(text) { scan(); }

  std::vector<Span> comments;  // line comments, from the slashes to the end of the line
  std::vector<Function> functions;

 private:
  void scan() {
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (text_.substr(at_).starts_with("//")) {
        uint32_t end = find("\n", at_);
        comments.push_back({at_, end});
        at_ = end;
      } else if (text_.substr(at_).starts_with("/*")) {
        at_ = find("*/", at_ + 2) + 2;
      } else if (c == '`') {
        at_ = find("`", at_ + 1) + 1;
      } else if (c == '"' || c == '\'') {
        skip_quoted(c);
      } else if (is_letter(c)) {
        uint32_t begin = at_;
        while (at_ < text_.size() && is_letter(text_[at_])) at_++;
        if (depth_ == 0 && starts_line(begin) && text_.substr(begin, at_ - begin) == "func") {
          open_function(begin);
        }
      } else {
        bracket(c);
        at_++;
      }
    }
    close_function(static_cast<uint32_t>(text_.size()));
  }

  uint32_t find(std::string_view what, uint32_t from) const {
    return static_cast<uint32_t>(std::min(text_.find(what, from), text_.size()));
  }

  void skip_quoted(char quote) {
    for (at_++; at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n'; at_++) {
      if (text_[at_] == '\\') at_++;
    }
    at_++;
  }

  void bracket(char c) {
    if (c == '(' || c == '[' || c == '{') depth_++;
    if ((c == ')' || c == ']' || c == '}') && depth_ > 0) depth_--;
    if (c == '}' && depth_ == 0) close_function(at_ + 1);
  }

  bool starts_line(uint32_t at) const { return at == 0 || text_[at - 1] == '\n'; }

  void open_function(uint32_t begin) {
    close_function(begin);  // the one before had no body
    // The name stands behind the receiver, if there is one.
    uint32_t at = begin + 4;
    while (at < text_.size() && text_[at] == ' ') at++;
    if (at < text_.size() && text_[at] == '(') at = find(")", at) + 1;
    while (at < text_.size() && text_[at] == ' ') at++;
    uint32_t end = at;
    while (end < text_.size() && is_letter(text_[end])) end++;
    bool documented =
        !comments.empty() && comments.back().end + 1 == begin && starts_line(comments.back().begin);
    if (at < text_.size()) open_ = Function{text_.substr(at, end - at), {begin, end}, documented};
  }

  void close_function(uint32_t end) {
    if (!open_) return;
    open_->span.end = end;
    functions.push_back(*open_);
    open_.reset();
  }

  std::string_view text_;
  uint32_t at_ = 0;
  uint32_t depth_ = 0;
  std::optional<Function> open_;
};

// Reads the items of one comment: `want RULE "text"` and `note "text"`, in any number.
class ItemReader {
 public:
  explicit ItemReader(std::string_view comment) : rest_(comment.substr(2)) {}

  // Whether the comment means to expect something; if not, it is prose.
  bool begins_item() {
    skip_blanks();
    return rest_.starts_with("want ") || rest_.starts_with("note ");
  }
  bool done() {
    skip_blanks();
    return rest_.empty();
  }
  // None: the comment is faulty.
  std::optional<Expectation> next() {
    Expectation out;
    std::string_view word = take_word();
    out.is_want = word == "want";
    if (!out.is_want && word != "note") return std::nullopt;
    if (out.is_want) {
      out.rule = take_word();
      if (out.rule.empty() || out.rule[0] == '"' || out.rule[0] == '`') return std::nullopt;
    }
    std::optional<std::string> text = take_string();
    if (!text) return std::nullopt;
    out.text = std::move(*text);
    return out;
  }

 private:
  void skip_blanks() {
    size_t begin = rest_.find_first_not_of(" \t\r");
    rest_.remove_prefix(std::min(begin, rest_.size()));
  }
  std::string_view take_word() {
    skip_blanks();
    std::string_view word = rest_.substr(0, rest_.find_first_of(" \t\r"));
    rest_.remove_prefix(word.size());
    return word;
  }
  std::optional<std::string> take_string() {
    skip_blanks();
    if (rest_.empty() || (rest_[0] != '"' && rest_[0] != '`')) return std::nullopt;
    char quote = rest_[0];
    std::string out;
    for (size_t i = 1; i < rest_.size(); i++) {
      if (rest_[i] == quote) {
        rest_.remove_prefix(i + 1);
        return out;
      }
      if (quote == '"' && rest_[i] == '\\' && i + 1 < rest_.size()) i++;
      out += rest_[i];
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

// Positions of the groups of carets in a comment that holds nothing else, as columns from the start
// of the line, in characters. Empty: it is another comment.
std::vector<Span> caret_groups(std::string_view line, uint32_t slashes) {
  std::vector<Span> groups;
  uint32_t column = 0;
  for (uint32_t at = 0; at < line.size(); at++) {
    bool continues = (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80;
    if (continues) continue;
    column++;
    if (at < slashes) continue;
    char c = line[at];
    bool directly_before = at < slashes + 2 && line.substr(slashes).starts_with("//^");
    if (c == '^' || directly_before) {
      if (groups.empty() || groups.back().end != column - 1) groups.push_back({column - 1, column});
      groups.back().end = column;
    } else if (at >= slashes + 2 && c != ' ' && c != '\t' && c != '\r') {
      return {};
    }
  }
  return groups;
}

// The byte at which the character of a column begins; the end of the line for columns beyond it.
uint32_t byte_of(std::string_view line, uint32_t column) {
  uint32_t at = 0;
  for (; at < line.size(); at++) {
    bool continues = (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80;
    if (!continues && column-- == 0) break;
  }
  return at;
}

class Checker {
 public:
  Checker(source::FileId file, diag::Places& places)
      : file_(file), places_(places), outline_(places.text(file)) {}

  std::vector<std::string> check(std::span<const diag::Finding> findings) {
    for (Span comment : outline_.comments) read(comment);
    // A finding that is exactly where carets want it must not be beaten to it by one that is not.
    std::vector<const diag::Finding*> elsewhere;
    for (const diag::Finding& finding : findings) {
      if (finding.where.file == file_ && !meet_want(finding, true)) elsewhere.push_back(&finding);
      for (const diag::Label& label : finding.labels) {
        if (label.where.file == file_) meet_note(label);
      }
    }
    for (const diag::Finding* finding : elsewhere) meet_want(*finding, false);
    for (const Expectation& one : expectations_) {
      if (one.met) continue;
      std::string who = one.is_want ? "finding of " + one.rule : "label";
      complain(one.line, fmt::format("no {} says \"{}\"", who, one.text));
    }
    for (const Function& function : outline_.functions) hold_to_name(function, findings);

    std::sort(mismatches_.begin(), mismatches_.end());
    std::vector<std::string> out;
    for (const auto& [line, words] : mismatches_) {
      out.push_back(fmt::format("line {}: {}", line, words));
    }
    return out;
  }

 private:
  void complain(uint32_t line, std::string words) {
    mismatches_.emplace_back(line, std::move(words));
  }
  uint32_t line_of(uint32_t offset) { return places_.lines(file_).position(offset).line; }
  std::string text_of(const diag::Message& message) {
    return diag::to_text(message, places_, file_);
  }

  void read(Span comment) {
    uint32_t number = line_of(comment.begin);
    std::string_view line = places_.line(file_, number);
    uint32_t slashes = comment.begin - places_.lines(file_).line_start(number);
    std::vector<Span> groups = caret_groups(line, slashes);
    if (!groups.empty()) {
      read_carets(number, groups);
      return;
    }
    ItemReader items(line.substr(slashes));
    if (!items.begins_item()) return;
    wants_line_ = carets_line_ = number;
    first_want_ = expectations_.size();
    while (!items.done()) {
      std::optional<Expectation> item = items.next();
      if (!item) {
        complain(number, "faulty expectation; write `want RULE \"text\"` or `note \"text\"`");
        return;
      }
      item->line = number;
      expectations_.push_back(std::move(*item));
    }
  }

  // Pins the wants of the line above that have no exact place yet.
  void read_carets(uint32_t number, const std::vector<Span>& groups) {
    if (carets_line_ == 0 || number != carets_line_ + 1) {
      complain(number, "carets that stand below no expectation");
      return;
    }
    carets_line_ = number;
    std::string_view code = places_.line(file_, wants_line_);
    uint32_t start = places_.lines(file_).line_start(wants_line_);
    size_t next = first_want_;
    for (Span group : groups) {
      while (next < expectations_.size() &&
             (!expectations_[next].is_want || expectations_[next].exact)) {
        next++;
      }
      if (next == expectations_.size()) {
        complain(number, "more carets than wants");
        return;
      }
      expectations_[next].exact =
          Span{start + byte_of(code, group.begin), start + byte_of(code, group.end)};
    }
  }

  // Of the wants that the finding could meet, takes the one that says most. With `exact` only one
  // whose carets are where the finding is; otherwise complains when that does not hold. Whether one
  // was met.
  bool meet_want(const diag::Finding& finding, bool exact) {
    uint32_t line = line_of(finding.where.span.begin);
    std::string text = text_of(finding.message);
    Expectation* met = nullptr;
    for (Expectation& one : expectations_) {
      if (one.met || !one.is_want || one.line != line) continue;
      if (one.rule != finding.rule && one.rule != finding.name) continue;
      if (text.find(one.text) == std::string::npos) continue;
      if (exact && one.exact != finding.where.span) continue;
      if (met == nullptr || one.text.size() > met->text.size()) met = &one;
    }
    if (met != nullptr) met->met = true;
    if (exact) return met != nullptr;
    if (met == nullptr) {
      complain(line, fmt::format("unexpected finding: {} \"{}\"", finding.rule, text));
    } else if (met->exact) {
      complain(line, fmt::format("{} is at {}, the carets are at {}", finding.rule,
                                 columns(finding.where.span), columns(*met->exact)));
    }
    return met != nullptr;
  }

  void meet_note(const diag::Label& label) {
    uint32_t line = line_of(label.where.span.begin);
    std::string text = text_of(label.message);
    for (Expectation& one : expectations_) {
      if (one.met || one.is_want || one.line != line) continue;
      if (text.find(one.text) == std::string::npos) continue;
      one.met = true;
      return;
    }
  }

  std::string columns(Span span) {
    source::Position begin = places_.lines(file_).position(span.begin);
    source::Position end = places_.lines(file_).position(span.end);
    if (begin.line == end.line) return fmt::format("columns {} to {}", begin.column, end.column);
    return fmt::format("{}:{} to {}:{}", begin.line, begin.column, end.line, end.column);
  }

  // "Bad", "BadSend", "Bad2", but not "Badge".
  static bool is_called(std::string_view name, std::string_view prefix) {
    if (!name.starts_with(prefix)) return false;
    return name.size() == prefix.size() || name[prefix.size()] < 'a' || name[prefix.size()] > 'z';
  }

  void hold_to_name(const Function& function, std::span<const diag::Finding> findings) {
    uint32_t line = line_of(function.span.begin);
    bool found = std::any_of(findings.begin(), findings.end(), [&](const diag::Finding& finding) {
      uint32_t at = finding.where.span.begin;
      return finding.where.file == file_ && at >= function.span.begin && at < function.span.end;
    });
    if (is_called(function.name, "Bad") && !found) {
      complain(line, fmt::format("{} has no finding", function.name));
    }
    if (is_called(function.name, "Good") && found) {
      complain(line, fmt::format("{} has a finding", function.name));
    }
    bool missed = is_called(function.name, "Missed");
    bool noisy = is_called(function.name, "Noisy");
    if (missed && found) {
      complain(line, fmt::format("{} is no longer missed: call it Bad", function.name));
    }
    if (noisy && !found) {
      complain(line, fmt::format("{} is no longer reported: call it Good", function.name));
    }
    if ((missed || noisy) && !function.documented) {
      complain(line, fmt::format("{} has no comment that says why", function.name));
    }
  }

  source::FileId file_;
  diag::Places& places_;
  Outline outline_;
  std::vector<Expectation> expectations_;
  std::vector<std::pair<uint32_t, std::string>> mismatches_;
  size_t first_want_ = 0;     // of the line that was read last
  uint32_t wants_line_ = 0;   // that line
  uint32_t carets_line_ = 0;  // it, or the last line of carets below it
};

}  // namespace

std::vector<std::string> check_go_cases(source::FileId file,
                                        std::span<const diag::Finding> findings,
                                        diag::Places& places) {
  return Checker(file, places).check(findings);
}

}  // namespace unpark::testing
