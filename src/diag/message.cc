#include "diag/message.h"

#include <fmt/format.h>

#include "diag/places.h"

namespace unpark::diag {

static std::string to_text(const Argument& argument, Places& places, source::FileId here) {
  if (const Code* code = std::get_if<Code>(&argument)) return fmt::format("`{}`", code->text);
  if (const Words* words = std::get_if<Words>(&argument)) return words->text;
  if (const int64_t* count = std::get_if<int64_t>(&argument)) return std::to_string(*count);
  const source::Loc& where = *std::get_if<source::Loc>(&argument);
  uint32_t line = places.begin(where).line;
  if (where.file == here) return fmt::format("line {}", line);
  std::string_view path = places.path(where.file);
  return fmt::format("{}:{}", path.substr(path.rfind('/') + 1), line);
}

std::string to_text(const Message& message, Places& places, source::FileId here) {
  const std::string& format = message.format;
  std::string out;
  for (size_t i = 0; i < format.size(); i++) {
    char c = format[i];
    bool doubled = i + 1 < format.size() && format[i + 1] == c;
    if ((c == '{' || c == '}') && doubled) {
      out += c;
      i++;
      continue;
    }
    if (c == '{' && i + 2 < format.size() && format[i + 2] == '}' && format[i + 1] >= '0' &&
        format[i + 1] <= '9') {
      size_t index = static_cast<size_t>(format[i + 1] - '0');
      if (index < message.arguments.size()) {
        out += to_text(message.arguments[index], places, here);
        i += 2;
        continue;
      }
    }
    out += c;
  }
  return out;
}

}  // namespace unpark::diag
