// Takes out of evidence what may be private before it is stored or shown.
//
// Kept: functions, files, lines, states, ids, counts, times, names of labels. Taken out: values of
// labels (a hash stands in their place, so that equal ones are seen to be equal), words of argument
// lists and addresses of memory (of objects of Go's heap it stays visible which are the same and
// which lie side by side, see pseudonyms.h), the values of panics, and every line of a text that is
// not part of a dump, a profile, a scheduler trace, a race report or a metric. A hash hides a value
// from who reads it, not from who can guess it and compare.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "evidence/pseudonyms.h"

namespace unpark::evidence {

// Labels whose values name parts of a program and no requests or people.
bool shows_label(std::string_view key);

// "~1f2e3d4c". What is already one of these stays as it is.
std::string hidden_value(std::string_view value);

// The text with every hexadecimal number of more than four digits as "0x0".
std::string without_addresses(std::string_view text);

// A text of lines, in pieces of any size. Memory: the longest line, of which no more than 64 KiB
// are looked at; longer ones are left out.
class TextRedactor {
 public:
  // Appends to `to`, which the caller may empty between two calls. Both must outlive it.
  TextRedactor(std::string* to, Pseudonyms* pseudonyms) : to_(*to), pseudonyms_(*pseudonyms) {}

  void add(std::string_view bytes);
  void finish();
  uint64_t left_out() const { return left_out_; }  // lines that were no evidence

 private:
  enum class Where : uint8_t { kOutside, kStack, kRace };

  void line(std::string_view text);
  bool redacted(std::string_view text, std::string& out);
  bool stack_line(std::string_view text, std::string& out);

  std::string& to_;
  Pseudonyms& pseudonyms_;
  std::string open_;  // a line whose end has not come
  bool too_long_ = false;
  Where where_ = Where::kOutside;
  uint64_t left_out_ = 0;
};

std::string redact_text(std::string_view bytes, Pseudonyms& pseudonyms);

// A profile as protobuf, not compressed. Fails when it is none.
base::Result<std::string> redact_pprof(std::string_view bytes);

// What the bytes are, is told from them: compressed ones are unpacked, up to `max_bytes`; profiles
// come back as gzip. JSON keeps its numbers only. `pseudonyms`: the same for all that is stored
// together, so that an object has one name in all of it.
base::Result<std::string> redacted(std::string_view bytes, uint64_t max_bytes,
                                   Pseudonyms& pseudonyms);

}  // namespace unpark::evidence
