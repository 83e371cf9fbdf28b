#include "harness/mangle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace unpark::testing {

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

using LineChange = std::function<std::string(const std::string& line, size_t number)>;

std::string each_line(std::string_view text, const LineChange& change) {
  std::string out;
  size_t number = 0;
  for (const std::string& line : lines_of(text)) out += change(line, ++number) + "\n";
  return out;
}

std::string replace_all(std::string text, std::string_view what, std::string_view with) {
  for (size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    unsigned char u = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (u < 0x20) {
      out += fmt::format("\\u{:04x}", u);
    } else {
      out += c;
    }
  }
  return out;
}

std::string stamp(size_t n) {
  return fmt::format("2026-01-02T03:{:02}:{:02}.{:03}Z", n / 60000 % 60, n / 1000 % 60, n % 1000);
}

Mangling prefix(std::string name, const std::function<std::string(size_t)>& of) {
  return {std::move(name), [of](std::string_view text) {
            return each_line(text, [&](const std::string& l, size_t n) { return of(n) + l; });
          }};
}

std::string wrap(std::string_view text, size_t width) {
  std::string out;
  for (std::string line : lines_of(text)) {
    while (line.size() > width) {
      out += line.substr(0, width) + "\n";
      line.erase(0, width);
    }
    out += line + "\n";
  }
  return out;
}

// Telephone numbers, says the page, and makes links of them.
std::string link_words(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 2;
    while (text.substr(i).starts_with("0xc0") && end < text.size() && std::isxdigit(text[end]))
      end++;
    if (end > i + 8) {
      std::string word(text.substr(i, end - i));
      out += "[" + word + "](tel:" + word.substr(3) + ")";
      i = end;
    } else {
      out += text[i++];
    }
  }
  return out;
}

std::string without_blank_lines(std::string_view text) {
  std::string out;
  for (const std::string& line : lines_of(text)) {
    if (!line.empty()) out += line + "\n";
  }
  return out;
}

std::string trimmed(const std::string& line) {
  size_t first = line.find_first_not_of(" \t");
  return first == line.npos ? "" : line.substr(first);
}

void add_prefixes(std::vector<Mangling>* all) {
  all->push_back(prefix("journald", [](size_t) { return "Jan 02 03:04:05 host app[123]: "; }));
  all->push_back(prefix("compose", [](size_t) { return "web-1  | "; }));
  all->push_back(prefix("kubectl", [](size_t) { return "[pod/api-7d9f-x2x/api] "; }));
  all->push_back(prefix("klog", [](size_t n) {
    return fmt::format("E0102 03:04:05.{:06} {:7} main.go:{}] ", n * 37 % 1000000, 4321, 12);
  }));
  all->push_back(prefix("time", [](size_t n) { return stamp(n) + " "; }));
  all->push_back(prefix("place", [](size_t) { return "server.go:42: "; }));
  all->push_back(prefix("numbers", [](size_t n) { return fmt::format("{:6}\t", n); }));
  all->push_back(prefix("numbers-colon", [](size_t n) { return fmt::format("{}: ", n); }));
  all->push_back(prefix("quoted-mail", [](size_t) { return "> "; }));
  all->push_back(prefix("indent", [](size_t) { return "    "; }));
  all->push_back({"first-line", [](std::string_view text) {
                    return "2026/01/02 03:04:05 handler.go:12: " + std::string(text);
                  }});
  all->push_back({"t.Log", [](std::string_view text) {
                    return each_line(text, [](const std::string& l, size_t n) {
                      return (n == 1 ? "    leak_test.go:42: " : "        ") + l;
                    });
                  }});
  all->push_back({"logfmt", [](std::string_view text) {
                    return each_line(text, [](const std::string& l, size_t n) {
                      return fmt::format("time={} level=error msg=\"{}\"", stamp(n), escaped(l));
                    });
                  }});
  all->push_back({"go-test-json", [](std::string_view text) {
                    return each_line(text, [](const std::string& l, size_t n) {
                      return fmt::format(
                          R"({{"Time":"{}","Action":"output","Package":"p","Output":"{}\n"}})",
                          stamp(n), escaped(l));
                    });
                  }});
  all->push_back({"docker-json", [](std::string_view text) {
                    return each_line(text, [](const std::string& l, size_t n) {
                      return fmt::format(R"({{"log":"{}\n","stream":"stderr","time":"{}"}})",
                                         escaped(l), stamp(n));
                    });
                  }});
  all->push_back({"json-msg", [](std::string_view text) {
                    return each_line(text, [](const std::string& l, size_t n) {
                      return fmt::format(R"({{"level":"error","ts":{}.5,"msg":"{}"}})", n,
                                         escaped(l));
                    });
                  }});
  all->push_back({"json-one", [](std::string_view text) {
                    return fmt::format(R"({{"msg":"died","stack":"{}","n":1}})", escaped(text)) +
                           "\n";
                  }});
  all->push_back({"cri", [](std::string_view text) {
                    return each_line(text, [](const std::string& l, size_t n) {
                      return stamp(n) + " stderr F " + l;
                    });
                  }});
}

void add_white_space(std::vector<Mangling>* all) {
  auto lines = [&](std::string name, LineChange change) {
    all->push_back(
        {std::move(name), [change](std::string_view t) { return each_line(t, change); }});
  };
  lines("tabs-lost", [](const std::string& l, size_t) { return replace_all(l, "\t", ""); });
  lines("tabs-to-blanks",
        [](const std::string& l, size_t) { return replace_all(l, "\t", "        "); });
  lines("left-trimmed", [](const std::string& l, size_t) { return trimmed(l); });
  lines("blanks-at-end", [](const std::string& l, size_t) { return l + "  "; });
  lines("cr-lf", [](const std::string& l, size_t) { return l + "\r"; });
  lines("caret-m", [](const std::string& l, size_t) { return l + "^M"; });
  lines("colours", [](const std::string& l, size_t) { return "\x1b[31m" + l + "\x1b[0m"; });
  lines("zeros", [](const std::string& l, size_t) { return l + std::string(1, '\0'); });
  lines("octal-tabs", [](const std::string& l, size_t) { return replace_all(l, "\t", "#011"); });
  all->push_back({"blank-lines-lost", without_blank_lines});
  all->push_back({"spelled-out", [](std::string_view text) {
                    return "level=error stack=\"" + escaped(text) + "\"\n";
                  }});
  all->push_back({"wrapped-80", [](std::string_view text) { return wrap(text, 80); }});
  all->push_back({"wrapped-33", [](std::string_view text) { return wrap(text, 33); }});
}

void add_web(std::vector<Mangling>* all) {
  auto text = [&](std::string name, std::string_view what, std::string_view with) {
    all->push_back({std::move(name), [what, with](std::string_view t) {
                      return replace_all(std::string(t), what, with);
                    }});
  };
  all->push_back({"links", link_words});
  text("stars-to-lines", "(*", "(_");
  text("stars-lost", "(*", "(");
  text("stars-escaped", "(*", "(\\*");
  all->push_back({"entities", [](std::string_view t) {
                    std::string out = replace_all(std::string(t), "&", "&amp;");
                    out = replace_all(replace_all(out, "<", "&lt;"), ">", "&gt;");
                    return replace_all(out, "\"", "&#34;");
                  }});
  all->push_back({"foreign-lines", [](std::string_view t) {
                    return each_line(t, [](const std::string& l, size_t n) {
                      return n % 7 == 3 ? l + "\n2026/01/02 03:04:05 request " + std::to_string(n) +
                                              " done"
                                        : l;
                    });
                  }});
}

}  // namespace

const std::vector<Mangling>& manglings() {
  static const std::vector<Mangling> all = [] {
    std::vector<Mangling> out;
    add_prefixes(&out);
    add_white_space(&out);
    add_web(&out);
    return out;
  }();
  return all;
}

std::string odd_names_dump() {
  return "goroutine 9876543210 [running]:\n"
         "gopkg.in/yaml%2ev2.(*parser).peek(0xc000123400, 0x1)\n"
         "\t/home/j\xc3\xbcrgen mustermann/go/src/gopkg.in/yaml.v2/decode.go:79 +0x35\n"
         "main.main()\n"
         "\tC:/Users/John Doe/my project/main.go:12 +0x1f\n"
         "\n"
         "goroutine 9876543211 [chan receive, 5 minutes]:\n"
         "_/go/src/example.run\xc2\xb7"
         "001(0x0)\n"
         "\t/go/src/example/run.go:7 +0x44\n"
         "example.test/m.init.0\xc2\xb7"
         "dwrap\xc2\xb7"
         "3()\n"
         "\texample.test/m@v1.2.3/init.go:9 +0x2c\n"
         "created by example.test/m.init.0 in goroutine 9876543210\n"
         "\texample.test/m@v1.2.3/init.go:9 +0x5e\n"
         "\n"
         "goroutine 9876543212 [select, locked to thread]:\n"
         "main.(*Cache[...]).Get-fm(0xc000321000?, {0x4a1b2c, 0x5})\n"
         "\t/src/cache/cache.go:120 +0x77\n"
         "main.Map[...].func1.2(...)\n"
         "\t/src/cache/map.go:33\n"
         "\xd0\xbf\xd0\xb0\xd0\xba\xd0\xb5\xd1\x82.\xd0\xa4\xd1\x83\xd0\xbd\xd0\xba()\n"
         "\t/src/\xd0\xbf\xd1\x83\xd1\x82\xd1\x8c/x.go:3 +0x11\n"
         "glob..func1()\n"
         "\t<autogenerated>:1 +0x25\n"
         "created by main.start\n"
         "\t/src/cache/start.go:8 +0x99\n";
}

}  // namespace unpark::testing
