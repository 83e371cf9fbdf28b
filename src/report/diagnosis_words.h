// What all renderings of a diagnosis share: names cut to what a person needs, numbers as words, and
// what of labels, addresses and messages may be shown.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "diagnose/diagnosis.h"

namespace unpark::report {

// The function with the last element of its package's import path: "quote.(*Book).Price.func1",
// "pgx/v5.Connect".
std::string short_function(std::string_view name);

// The file as a person looks for it: relative to the working directory where it lies there, from
// the module on for module caches, from the package on for the standard library and wherever the
// path ends as the function's import path does; else its last two elements.
std::string short_file(std::string_view file, std::string_view function,
                       std::string_view working_dir);

std::string number(uint64_t value);  // "12,345"
std::string amount(double value);    // at most three digits that matter: "12,345", "0.25"
std::string count_of(uint64_t count, std::string_view one);  // "1 look", "2 looks"
std::string duration_text(int64_t ns);                       // "2h05m", "10m", "1.5s"
std::string minutes_text(uint64_t minutes);                  // "3 min", "5h", "12d"
std::string bytes_text(int64_t bytes);                       // "8.8 MiB"
std::string time_text(int64_t ns);                           // RFC 3339, UTC, whole seconds

// What a mechanism says of so many goroutines: "4,310 goroutines wait to send ...".
std::string group_words(const diagnose::Group& group);
// The state most of them are in: as printed, or by what the stack says; "unknown" where nothing
// does.
std::string state_words(const diagnose::Group& group);

// Strong enough to fail a check by default.
inline bool is_finding(const diagnose::Group& group) {
  return group.strength <= diagnose::Strength::kHung;
}
inline bool is_suspect(const diagnose::Group& group) {
  return group.strength <= diagnose::Strength::kOldAndMany;
}

// net/http serves each connection of a client by two goroutines, which come and go together. The
// group, earlier in rank, that has the other ones of a group's connections, or none.
diagnose::GroupId other_half(const evidence::Evidence& evidence,
                             const diagnose::Diagnosis& diagnosis, size_t group);

// Whether only another look could tell if the group piles up: many of it in the only look at its
// process, waiting for other goroutines or in the user's own code, without another reason to
// suspect it.
bool is_undecided(const evidence::Evidence& evidence, const diagnose::Diagnosis& diagnosis,
                  const diagnose::Group& group);

// The verdict and what it rests on, in one line: "likely leak: 1 group of goroutines grows ...".
std::string verdict_words(const diagnose::Diagnosis& diagnosis);

// "http_requests{...}": the name of a metric without the values of its labels.
std::string without_label_values(std::string_view metric);

// What may be shown of the process's data. Redacted unless told otherwise: addresses become numbers
// in the order in which they are first asked for, values of labels become hashes.
class Discretion {
 public:
  explicit Discretion(bool redact) : redact_(redact) {}

  bool redacts() const { return redact_; }
  std::string label_value(std::string_view key, std::string_view value) const;
  std::string object(uint64_t address);  // "object 1", or "0xc000012345"
  std::string message(std::string_view text) const;

 private:
  bool redact_;
  absl::flat_hash_map<uint64_t, uint64_t> objects_;
};

}  // namespace unpark::report
