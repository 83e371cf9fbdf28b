// What the HTML page hides unless asked: addresses and the values of labels.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace unpark::report {

class HtmlRedactor {
 public:
  HtmlRedactor(bool show_addresses, bool show_labels)
      : show_addresses_(show_addresses), show_labels_(show_labels) {}

  // What an object in memory is called: its address, or a number that stands for it here.
  std::string object(uint64_t address);
  // Words of the evidence, with "0x..." for addresses.
  std::string text(std::string_view words) const;
  // "go_goroutines{instance=...}" for go_goroutines{instance="10.0.0.7:6060"}.
  std::string series_name(std::string_view name) const;

 private:
  bool show_addresses_, show_labels_;
  absl::flat_hash_map<uint64_t, size_t> objects_;
};

}  // namespace unpark::report
