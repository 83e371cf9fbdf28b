// Both files are lines of words. A line whose last word is "(" opens a block: its verb stands
// before each line up to the ")". Words are separated by white space and commas and brackets stand
// alone;
// "..." and `...` quote. The first pass makes flat directives of that, the second knows the verbs.
#include "load/mod_file.h"

#include <algorithm>
#include <tuple>

#include "load/version.h"

namespace unpark::load {

namespace {

struct Directive {
  uint32_t line = 0;
  std::vector<std::string> words;  // the verb first
  std::string comment;             // behind "//" on the same line
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }
bool is_bracket(char c) {
  return c == '(' || c == ')' || c == '[' || c == ']' || c == '{' || c == '}' || c == ',';
}

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// One escape of an interpreted string, `at` behind the backslash. False when it is none.
bool unescape(std::string_view text, size_t& at, std::string& out) {
  char c = text[at++];
  constexpr std::string_view kNames = "abfnrtv\\\"";
  constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\\"";
  if (size_t i = kNames.find(c); i != kNames.npos) {
    out += kValues[i];
    return true;
  }
  size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : c >= '0' && c <= '7' ? 3 : 0;
  uint32_t base = digits == 3 ? 8 : 16;
  if (digits == 0) return false;
  if (digits == 3) at--;
  uint32_t value = 0;
  for (size_t i = 0; i < digits; i++, at++) {
    if (at >= text.size()) return false;
    char d = text[at];
    uint32_t digit = d >= '0' && d <= '9'   ? static_cast<uint32_t>(d - '0')
                     : d >= 'a' && d <= 'f' ? static_cast<uint32_t>(d - 'a' + 10)
                     : d >= 'A' && d <= 'F' ? static_cast<uint32_t>(d - 'A' + 10)
                                            : 99;
    if (digit >= base) return false;
    value = value * base + digit;
  }
  if (digits <= 3) {
    if (value > 0xFF) return false;
    out += static_cast<char>(value);
    return true;
  }
  if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return false;
  append_utf8(out, value);
  return true;
}

class LineReader {
 public:
  LineReader(std::string_view text, std::vector<ModError>& errors) : text_(text), errors_(errors) {}

  std::vector<Directive> read() {
    std::vector<Directive> out;
    std::string verb;
    uint32_t block_line = 0;
    while (at_ < text_.size()) {
      line_++;
      Directive line = read_line();
      if (line.words.empty()) continue;
      bool open = block_line != 0;
      if (open && line.words.size() == 1 && line.words[0] == ")") {
        block_line = 0;
        continue;
      }
      if (!open && line.words.back() == "(" && !quoted_last_) {
        if (line.words.size() != 2) {
          fail("a block needs one verb before its \"(\"");
          verb.clear();
        } else {
          verb = line.words[0];
        }
        block_line = line_;
        continue;
      }
      if (!open && line.words.size() == 3 && line.words[1] == "(" && line.words[2] == ")") {
        continue;
      }
      if (open) {
        if (verb.empty()) continue;
        line.words.insert(line.words.begin(), verb);
      }
      out.push_back(std::move(line));
    }
    if (block_line != 0) {
      errors_.push_back({block_line, "the block that starts here has no \")\""});
    }
    return out;
  }

 private:
  void fail(std::string message) { errors_.push_back({line_, std::move(message)}); }

  // Reads up to and with the next newline.
  Directive read_line() {
    Directive out;
    out.line = line_;
    quoted_last_ = false;
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == '\n') {
        at_++;
        return out;
      }
      if (is_space(c)) {
        at_++;
        continue;
      }
      std::string_view rest = text_.substr(at_);
      if (rest.starts_with("//")) {
        size_t end = rest.find('\n');
        out.comment = rest.substr(2, end == rest.npos ? rest.npos : end - 2);
        at_ = end == rest.npos ? text_.size() : at_ + end + 1;
        return out;
      }
      if (rest.starts_with("/*")) {
        fail("only // comments are allowed, not /* */");
        skip_line();
        out.words.clear();
        return out;
      }
      quoted_last_ = false;
      if (is_bracket(c)) {
        out.words.emplace_back(1, c);
        at_++;
      } else if (rest.starts_with("=>")) {
        out.words.emplace_back("=>");
        at_ += 2;
      } else if (c == '"' || c == '`') {
        std::string word;
        if (!read_quoted(word)) {
          skip_line();
          out.words.clear();
          return out;
        }
        quoted_last_ = true;
        out.words.push_back(std::move(word));
      } else {
        out.words.push_back(read_word());
      }
    }
    return out;
  }

  std::string read_word() {
    size_t begin = at_;
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == '\n' || is_space(c) || is_bracket(c)) break;
      if (c == '/' && at_ + 1 < text_.size() && (text_[at_ + 1] == '/' || text_[at_ + 1] == '*')) {
        break;
      }
      at_++;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  bool read_quoted(std::string& word) {
    char quote = text_[at_++];
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == quote) {
        at_++;
        return true;
      }
      if (c == '\n') break;
      at_++;
      if (c == '\\' && quote == '"') {
        if (at_ >= text_.size() || !unescape(text_, at_, word)) {
          fail("unknown escape in a quoted string");
          return false;
        }
        continue;
      }
      word += c;
    }
    fail("a quoted string does not end on its line");
    return false;
  }

  void skip_line() {
    size_t end = text_.find('\n', at_);
    at_ = end == text_.npos ? text_.size() : end + 1;
  }

  std::string_view text_;
  std::vector<ModError>& errors_;
  size_t at_ = 0;
  uint32_t line_ = 0;
  bool quoted_last_ = false;
};

using Words = std::vector<std::string>;

void add_error(std::vector<ModError>& errors, const Directive& d, std::string message) {
  errors.push_back({d.line, std::move(message)});
}

bool is_indirect(const Directive& d) {
  std::string_view text = d.comment;
  while (!text.empty() && is_space(text[0])) text.remove_prefix(1);
  if (!text.starts_with("indirect")) return false;
  text.remove_prefix(8);
  return text.empty() || is_space(text[0]) || text[0] == ';';
}

// "1.20", "1.21rc1", "1.21.3". Dependencies are read as they are meant: "v1.13" and "1.13-x"
// occurred.
void read_go_line(const Directive& d, bool lax, std::string& go_version,
                  std::vector<ModError>& errors) {
  if (!go_version.empty()) return add_error(errors, d, "repeated go line");
  if (d.words.size() != 2) return add_error(errors, d, "go line needs exactly one version");
  std::string_view text = d.words[1];
  if (is_go_version(text) && text.find('.') != text.npos) {
    go_version = text;
    return;
  }
  if (lax) {
    if (text.starts_with("v")) text.remove_prefix(1);
    size_t end = 0;
    int dots = 0;
    while (end < text.size() &&
           ((text[end] >= '0' && text[end] <= '9') || (text[end] == '.' && ++dots == 1))) {
      end++;
    }
    if (dots >= 1 && is_go_version(text.substr(0, end))) go_version = text.substr(0, end);
    return;
  }
  add_error(errors, d, "invalid go version \"" + d.words[1] + "\": it must look like 1.23");
}

void read_toolchain_line(const Directive& d, std::string& toolchain,
                         std::vector<ModError>& errors) {
  if (!toolchain.empty()) return add_error(errors, d, "repeated toolchain line");
  if (d.words.size() != 2) return add_error(errors, d, "toolchain line needs exactly one name");
  std::string_view name = d.words[1];
  if (name != "default" && !(name.starts_with("go1") && name.size() > 3)) {
    return add_error(errors, d,
                     "invalid toolchain \"" + d.words[1] + "\": it must look like go1.23.1");
  }
  toolchain = name;
}

void read_replace(const Directive& d, std::vector<Replace>& replaces,
                  std::vector<ModError>& errors) {
  const Words& w = d.words;
  size_t arrow = w.size() > 2 && w[2] == "=>" ? 2 : 3;
  if (w.size() < arrow + 2 || w.size() > arrow + 3 || w[arrow] != "=>") {
    return add_error(errors, d,
                     "a replace line looks like: replace module [version] => module version, or "
                     "=> ./directory");
  }
  Replace replace;
  replace.line = d.line;
  replace.from.path = w[1];
  if (arrow == 3) {
    replace.from.version = w[2];
    if (!is_canonical_semver(w[2])) return add_error(errors, d, "invalid version \"" + w[2] + "\"");
  }
  replace.to.path = w[arrow + 1];
  if (w.size() == arrow + 2) {
    if (!is_directory_path(replace.to.path)) {
      return add_error(errors, d,
                       "a replacement module without a version must be a directory path "
                       "(starting with ./ or ../ or /)");
    }
  } else {
    replace.to.version = w[arrow + 2];
    if (!is_canonical_semver(replace.to.version)) {
      return add_error(errors, d, "invalid version \"" + replace.to.version + "\"");
    }
    if (is_directory_path(replace.to.path)) {
      return add_error(errors, d, "a replacement directory has no version");
    }
  }
  replaces.push_back(std::move(replace));
}

void read_godebug(const Directive& d, std::vector<Setting>& settings,
                  std::vector<ModError>& errors) {
  size_t equals = d.words.size() == 2 ? d.words[1].find('=') : std::string::npos;
  if (equals == std::string::npos) return add_error(errors, d, "a godebug line needs key=value");
  settings.push_back({d.words[1].substr(0, equals), d.words[1].substr(equals + 1)});
}

void read_require(const Directive& d, ModFile& file) {
  const Words& w = d.words;
  if (w.size() != 3) {
    return add_error(file.errors, d, "a " + w[0] + " line needs a module path and a version");
  }
  if (!is_canonical_semver(w[2])) {
    return add_error(file.errors, d,
                     "invalid version \"" + w[2] + "\" of " + w[1] + ": it must look like v1.2.3");
  }
  if (w[0] == "exclude") {
    file.excludes.push_back({w[1], w[2]});
  } else {
    file.requires_.push_back({{w[1], w[2]}, is_indirect(d), d.line});
  }
}

void sort_by_line(std::vector<ModError>& errors) {
  std::sort(errors.begin(), errors.end(), [](const ModError& a, const ModError& b) {
    return std::tie(a.line, a.message) < std::tie(b.line, b.message);
  });
}

}  // namespace

std::string to_string(const ModuleVersion& module) {
  return module.version.empty() ? module.path : module.path + "@" + module.version;
}

bool is_directory_path(std::string_view path) {
  return path == "." || path == ".." || path.starts_with("./") || path.starts_with("../") ||
         path.starts_with("/");
}

ModFile parse_mod_file(std::string_view text, ModRole role) {
  ModFile file;
  bool lax = role == ModRole::kDependency;
  for (const Directive& d : LineReader(text, file.errors).read()) {
    const std::string& verb = d.words[0];
    if (verb == "module") {
      if (!file.module_path.empty()) {
        add_error(file.errors, d, "repeated module line");
      } else if (d.words.size() != 2 || d.words[1].empty()) {
        add_error(file.errors, d, "module line needs exactly one path");
      } else {
        file.module_path = d.words[1];
      }
    } else if (verb == "go") {
      read_go_line(d, lax, file.go_version, file.errors);
    } else if (verb == "require") {
      read_require(d, file);
    } else if (verb == "ignore") {
      if (d.words.size() == 2) {
        file.ignores.push_back(d.words[1]);
      } else {
        add_error(file.errors, d, "an ignore line needs exactly one directory");
      }
    } else if (verb == "retract" || lax) {
      continue;
    } else if (verb == "toolchain") {
      read_toolchain_line(d, file.toolchain, file.errors);
    } else if (verb == "replace") {
      read_replace(d, file.replaces, file.errors);
    } else if (verb == "exclude") {
      read_require(d, file);
    } else if (verb == "tool") {
      if (d.words.size() == 2) {
        file.tools.push_back(d.words[1]);
      } else {
        add_error(file.errors, d, "a tool line needs exactly one package path");
      }
    } else if (verb == "godebug") {
      read_godebug(d, file.godebug, file.errors);
    } else {
      add_error(file.errors, d, "unknown directive \"" + verb + "\"");
    }
  }
  sort_by_line(file.errors);
  return file;
}

WorkFile parse_work_file(std::string_view text) {
  WorkFile file;
  for (const Directive& d : LineReader(text, file.errors).read()) {
    const std::string& verb = d.words[0];
    if (verb == "go") {
      read_go_line(d, false, file.go_version, file.errors);
    } else if (verb == "toolchain") {
      read_toolchain_line(d, file.toolchain, file.errors);
    } else if (verb == "use") {
      if (d.words.size() == 2 && !d.words[1].empty()) {
        file.uses.push_back({d.words[1], d.line});
      } else {
        add_error(file.errors, d, "a use line needs exactly one directory");
      }
    } else if (verb == "replace") {
      read_replace(d, file.replaces, file.errors);
    } else if (verb == "godebug") {
      read_godebug(d, file.godebug, file.errors);
    } else {
      add_error(file.errors, d, "unknown directive \"" + verb + "\"");
    }
  }
  sort_by_line(file.errors);
  return file;
}

}  // namespace unpark::load
