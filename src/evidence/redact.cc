#include "evidence/redact.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "evidence/byte_source.h"
#include "evidence/gzip.h"

namespace unpark::evidence {

namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_hidden_value(std::string_view value) {
  return value.size() == 9 && value[0] == '~' &&
         std::all_of(value.begin() + 1, value.end(), is_hex);
}

// Numbers stay, and what holds them; false when nothing does.
bool keep_numbers(nlohmann::ordered_json& json) {
  if (json.is_number()) return true;
  if (!json.is_structured()) return false;
  nlohmann::ordered_json kept =
      json.is_object() ? nlohmann::ordered_json::object() : nlohmann::ordered_json::array();
  for (auto& [key, value] : json.items()) {
    if (!keep_numbers(value)) continue;
    if (json.is_object()) {
      kept[key] = std::move(value);
    } else {
      kept.push_back(std::move(value));
    }
  }
  json = std::move(kept);
  return !json.empty();
}

// Before anything recursive sees them.
bool nests_deeply(std::string_view json) {
  constexpr int kMost = 64;
  int depth = 0;
  for (char c : json) {
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    if (depth > kMost) return true;
  }
  return false;
}

base::Result<std::string> redact_json(std::string_view bytes) {
  if (!nests_deeply(bytes)) {
    auto json = nlohmann::ordered_json::parse(bytes, nullptr, false);
    if (json.is_object()) {
      keep_numbers(json);
      return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    }
  }
  return base::Error{base::ErrorKind::kMalformed, "JSON that cannot be read", 0};
}

}  // namespace

bool shows_label(std::string_view key) {
  constexpr std::string_view kShown[] = {"component", "controller", "service", "subsystem",
                                         "worker"};
  return std::find(std::begin(kShown), std::end(kShown), key) != std::end(kShown);
}

std::string hidden_value(std::string_view value) {
  if (is_hidden_value(value)) return std::string(value);
  return fmt::format("~{:08x}", static_cast<uint32_t>(base::hash64(value)));
}

std::string without_addresses(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    bool starts = text.substr(at).starts_with("0x") && (at == 0 || !is_word(text[at - 1]));
    size_t end = at + 2;
    while (starts && end < text.size() && is_hex(text[end])) end++;
    constexpr size_t kShort = 4;
    if (starts && end - at - 2 > kShort) {
      out += "0x0";
      at = end;
    } else {
      out += text[at++];
    }
  }
  return out;
}

base::Result<std::string> redacted(std::string_view bytes, uint64_t max_bytes,
                                   Pseudonyms& pseudonyms) {
  std::string what;
  base::Result<std::unique_ptr<ByteSource>> source =
      decompressed(source_of(bytes), max_bytes, &what);
  if (!source) return source.error();
  std::string plain;
  base::Status read = read_all(**source, max_bytes, &plain);
  if (!read) return read.error();
  if (base::Result<std::string> profile = redact_pprof(plain); profile) return gzip(*profile);
  size_t first = plain.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && plain[first] == '{') return redact_json(plain);
  return redact_text(plain, pseudonyms);
}

}  // namespace unpark::evidence
