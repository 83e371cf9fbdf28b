#include "load/constraint.h"

#include <algorithm>

namespace unpark::load {

namespace {

constexpr uint32_t kMaxNodes = 1000;

// Go trims Unicode white space here; in practice it is ASCII.
std::string_view trim(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r\n\v\f");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n\v\f") - begin + 1);
}

// Letters beyond ASCII are allowed; telling them from other characters is not worth a table.
bool is_tag_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

class ExprParser {
 public:
  explicit ExprParser(std::string_view text) : text_(text) {}

  base::Result<Constraint> parse() {
    parse_or(0);
    skip_space();
    if (error_.empty() && at_ < text_.size()) fail("unexpected text");
    if (!error_.empty()) return base::Error{base::ErrorKind::kMalformed, error_, at_};
    return std::move(out_);
  }

 private:
  void fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) at_++;
  }
  bool eat(std::string_view token) {
    skip_space();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  uint32_t add(Constraint::Node node) {
    if (out_.size() >= kMaxNodes) fail("the expression is too large");
    return error_.empty() ? out_.add(std::move(node)) : 0;
  }

  uint32_t parse_or(uint32_t depth) {
    uint32_t x = parse_and(depth);
    while (error_.empty() && eat("||")) {
      uint32_t y = parse_and(depth);
      x = add({Constraint::Op::kOr, x, y, {}});
    }
    return x;
  }
  uint32_t parse_and(uint32_t depth) {
    uint32_t x = parse_not(depth);
    while (error_.empty() && eat("&&")) {
      uint32_t y = parse_not(depth);
      x = add({Constraint::Op::kAnd, x, y, {}});
    }
    return x;
  }
  uint32_t parse_not(uint32_t depth) {
    if (!eat("!")) return parse_atom(depth);
    if (eat("!")) {
      fail("double negation is not allowed");
      return 0;
    }
    uint32_t x = parse_atom(depth);
    return add({Constraint::Op::kNot, x, 0, {}});
  }
  uint32_t parse_atom(uint32_t depth) {
    if (eat("(")) {
      if (depth >= kMaxNodes) {
        fail("the expression is too large");
        return 0;
      }
      uint32_t x = parse_or(depth + 1);
      if (error_.empty() && !eat(")")) fail("missing )");
      return x;
    }
    skip_space();
    size_t begin = at_;
    while (at_ < text_.size() && is_tag_char(text_[at_])) at_++;
    if (at_ == begin) {
      fail(at_ == text_.size() ? "unexpected end" : "a tag was expected");
      return 0;
    }
    return add({Constraint::Op::kTag, 0, 0, std::string(text_.substr(begin, at_ - begin))});
  }

  std::string_view text_;
  size_t at_ = 0;
  Constraint out_;
  std::string error_;
};

std::optional<uint32_t> release_of(std::string_view tag) {
  if (tag == "go1") return 0;
  if (!tag.starts_with("go1.")) return std::nullopt;
  tag.remove_prefix(4);
  if (tag.empty() || tag.size() > 5) return std::nullopt;
  uint32_t n = 0;
  for (char c : tag) {
    if (c < '0' || c > '9') return std::nullopt;
    n = n * 10 + static_cast<uint32_t>(c - '0');
  }
  return n;
}

// The expression of a "//go:build" line, or nothing when the line is none.
std::optional<std::string_view> go_build_expression(std::string_view line) {
  constexpr std::string_view kPrefix = "//go:build";
  if (!line.starts_with(kPrefix)) return std::nullopt;
  std::string_view rest = line.substr(kPrefix.size());
  if (!rest.empty() && rest[0] != ' ' && rest[0] != '\t') return std::nullopt;
  return trim(rest);
}

std::optional<std::string_view> plus_build_terms(std::string_view line) {
  if (!line.starts_with("//")) return std::nullopt;
  line = trim(line.substr(2));
  if (!line.starts_with("+build")) return std::nullopt;
  line.remove_prefix(6);
  if (!line.empty() && line[0] != ' ' && line[0] != '\t') return std::nullopt;
  return trim(line);
}

}  // namespace

bool Constraint::holds(const std::function<bool(std::string_view)>& tag) const {
  if (nodes_.empty()) return true;
  std::vector<char> value(nodes_.size());
  for (size_t i = 0; i < nodes_.size(); i++) {
    const Node& n = nodes_[i];
    switch (n.op) {
      case Op::kTag:
        value[i] = tag(n.tag);
        break;
      case Op::kNot:
        value[i] = !value[n.x];
        break;
      case Op::kAnd:
        value[i] = value[n.x] && value[n.y];
        break;
      case Op::kOr:
        value[i] = value[n.x] || value[n.y];
        break;
    }
  }
  return value.back() != 0;
}

std::optional<uint32_t> Constraint::min_go_minor() const {
  if (nodes_.empty()) return std::nullopt;
  // For each node the release implied by it and by its opposite; -1 where none is.
  std::vector<int64_t> yes(nodes_.size(), -1), no(nodes_.size(), -1);
  for (size_t i = 0; i < nodes_.size(); i++) {
    const Node& n = nodes_[i];
    switch (n.op) {
      case Op::kTag: {
        std::optional<uint32_t> release = release_of(n.tag);
        yes[i] = release ? int64_t{*release} : -1;
        break;
      }
      case Op::kNot:
        yes[i] = no[n.x];
        no[i] = yes[n.x];
        break;
      case Op::kAnd:
        yes[i] = std::max(yes[n.x], yes[n.y]);
        no[i] = std::min(no[n.x], no[n.y]);
        break;
      case Op::kOr:
        yes[i] = std::min(yes[n.x], yes[n.y]);
        no[i] = std::max(no[n.x], no[n.y]);
        break;
    }
  }
  if (yes.back() < 0) return std::nullopt;
  return static_cast<uint32_t>(yes.back());
}

base::Result<Constraint> parse_go_build(std::string_view expression) {
  return ExprParser(expression).parse();
}

Constraint parse_plus_build(std::string_view terms) {
  Constraint out;
  std::optional<uint32_t> any;
  auto join = [&](Constraint::Op op, std::optional<uint32_t> x, uint32_t y) {
    return x ? out.add({op, *x, y, {}}) : y;
  };
  size_t at = 0;
  while (at < terms.size() && out.size() < kMaxNodes) {
    size_t begin = terms.find_first_not_of(" \t", at);
    if (begin == terms.npos) break;
    size_t end = terms.find_first_of(" \t", begin);
    if (end == terms.npos) end = terms.size();
    at = end;
    std::string_view clause = terms.substr(begin, end - begin);
    std::optional<uint32_t> all;
    for (bool more = true; more;) {
      size_t comma = clause.find(',');
      std::string_view literal = clause.substr(0, comma);
      more = comma != clause.npos;
      clause = more ? clause.substr(comma + 1) : std::string_view();
      bool negated = literal.starts_with("!") && literal.size() > 1 && literal[1] != '!';
      if (negated) literal.remove_prefix(1);
      bool good = !literal.empty() && std::all_of(literal.begin(), literal.end(), is_tag_char);
      uint32_t node = out.add({Constraint::Op::kTag, 0, 0, good ? std::string(literal) : "ignore"});
      if (negated) node = out.add({Constraint::Op::kNot, node, 0, {}});
      all = join(Constraint::Op::kAnd, all, node);
    }
    any = join(Constraint::Op::kOr, any, *all);
  }
  if (!any) out.add({Constraint::Op::kTag, 0, 0, "ignore"});
  return out;
}

FileConstraints read_constraints(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  FileConstraints out;
  std::optional<std::string_view> go_build;
  // `// +build` lines count only up to the last blank line before the first line that is no
  // comment.
  size_t plus_end = 0;
  bool ended = false;
  bool in_block = false;
  bool done = false;
  for (size_t at = 0; at < text.size() && !done;) {
    size_t newline = text.find('\n', at);
    std::string_view line = text.substr(at, newline == text.npos ? text.npos : newline - at);
    at = newline == text.npos ? text.size() : newline + 1;
    line = trim(line);
    if (line.empty() && !ended) {
      plus_end = at;
      continue;
    }
    if (!line.starts_with("//")) ended = true;
    if (!in_block) {
      if (std::optional<std::string_view> expression = go_build_expression(line)) {
        if (go_build) {
          out.error = "multiple //go:build lines";
          return out;
        }
        go_build = expression;
      }
    }
    while (!line.empty()) {
      if (in_block) {
        size_t close = line.find("*/");
        if (close == line.npos) break;
        in_block = false;
        line = trim(line.substr(close + 2));
      } else if (line.starts_with("//")) {
        break;
      } else if (line.starts_with("/*")) {
        in_block = true;
        line.remove_prefix(2);
      } else {
        done = true;
        break;
      }
    }
  }
  if (go_build) {
    base::Result<Constraint> parsed = parse_go_build(*go_build);
    if (!parsed) {
      out.error = "cannot read the //go:build line: " + parsed.error().message;
      return out;
    }
    out.min_go_minor = parsed->min_go_minor();
    out.all.push_back(std::move(*parsed));
    return out;
  }
  for (size_t at = 0; at < plus_end;) {
    size_t newline = text.find('\n', at);
    std::string_view line = trim(text.substr(at, newline == text.npos ? text.npos : newline - at));
    at = newline == text.npos ? text.size() : newline + 1;
    if (std::optional<std::string_view> terms = plus_build_terms(line)) {
      out.all.push_back(parse_plus_build(*terms));
    }
  }
  return out;
}

}  // namespace unpark::load
