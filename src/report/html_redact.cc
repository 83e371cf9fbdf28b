#include "report/html_redact.h"

#include <fmt/format.h>

namespace unpark::report {

std::string HtmlRedactor::object(uint64_t address) {
  if (show_addresses_) return fmt::format("{:#x}", address);
  return fmt::format("object {}", objects_.try_emplace(address, objects_.size() + 1).first->second);
}

static bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::string HtmlRedactor::text(std::string_view words) const {
  if (show_addresses_) return std::string(words);
  std::string out;
  for (size_t i = 0; i < words.size();) {
    size_t end = i + 2;
    while (end < words.size() && is_hex(words[end])) end++;
    if (words.substr(i, 2) == "0x" && end > i + 2) {
      out += "0x\u2026";
      i = end;
    } else {
      out += words[i++];
    }
  }
  return out;
}

std::string HtmlRedactor::series_name(std::string_view name) const {
  if (show_labels_) return std::string(name);
  std::string out;
  for (size_t i = 0; i < name.size(); i++) {
    out += name[i];
    if (name[i] != '=' || i + 1 >= name.size() || name[i + 1] != '"') continue;
    size_t end = i + 2;
    while (end < name.size() && name[end] != '"') end += name[end] == '\\' ? 2 : 1;
    out += "\u2026";
    i = end < name.size() ? end : name.size();
  }
  return out;
}

}  // namespace unpark::report
