// Colours of terminal text. Without colour, text passes unchanged.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "diag/severity.h"

namespace unpark::report {

enum class Style : uint8_t { kPlain, kBold, kError, kWarning, kInfo, kGutter, kLabel, kHelp };

constexpr Style style_of(diag::Severity severity) {
  switch (severity) {
    case diag::Severity::kError:
      return Style::kError;
    case diag::Severity::kWarning:
      return Style::kWarning;
    case diag::Severity::kInfo:
      return Style::kInfo;
  }
  return Style::kPlain;
}

class Paint {
 public:
  explicit Paint(bool color) : color_(color) {}

  std::string operator()(Style style, std::string_view text) const {
    if (!color_ || style == Style::kPlain || text.empty()) return std::string(text);
    std::string out(start(style));
    out += text;
    out += "\033[0m";
    return out;
  }

 private:
  static constexpr std::string_view start(Style style) {
    switch (style) {
      case Style::kPlain:
        return "";
      case Style::kBold:
        return "\033[1m";
      case Style::kError:
        return "\033[1;31m";
      case Style::kWarning:
        return "\033[1;33m";
      case Style::kInfo:
        return "\033[1;36m";
      case Style::kGutter:
      case Style::kLabel:
        return "\033[1;34m";
      case Style::kHelp:
        return "\033[1;32m";
    }
    return "";
  }

  bool color_;
};

}  // namespace unpark::report
