// Go's two kinds of version: of the language and its tools ("1.21", "1.21rc2", "1.21.3"), and of
// modules (semantic versions with a "v": "v1.2.3-pre+incompatible").
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace unpark::load {

// A language version, as go 1.N. Go's own major version has always been 1.
struct LangVersion {
  uint16_t major = 1;
  uint16_t minor = 0;
  friend constexpr auto operator<=>(LangVersion, LangVersion) = default;
};

// What a module without a go line is written in.
inline constexpr LangVersion kDefaultLang{1, 16};

// The order of release: 1.21 < 1.21rc1 < 1.21.0 < 1.21.1; what is no version is less than any.
int compare_go_versions(std::string_view a, std::string_view b);
bool is_go_version(std::string_view text);
// "1.21.3" and "1.21rc1" are language 1.21.
std::optional<LangVersion> lang_of(std::string_view go_version);
std::string to_string(LangVersion lang);  // "1.21"

// Complete or shortened ("v1", "v1.2") semantic versions.
bool is_semver(std::string_view version);
// With major, minor and patch, as module versions must be.
bool is_canonical_semver(std::string_view version);
// By the rules of semver.org; build metadata does not count; what is no version is less than any.
int compare_semver(std::string_view a, std::string_view b);

}  // namespace unpark::load
