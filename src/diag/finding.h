// A finding: what a rule has to say about one place, as data. It owns all its text (no ids of
// stores that die with a package), so it can be cached, sorted and rendered long after the analysis
// is over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diag/message.h"
#include "diag/severity.h"
#include "diag/site.h"
#include "source/span.h"

namespace unpark::diag {

// A place that belongs to the story, in its own words.
struct Label {
  source::Loc where;
  Message message;
};

// Replaces the text of `where`; an empty span inserts.
struct Edit {
  source::Loc where;
  std::string text;
};

struct Fix {
  std::string title;
  bool safe = false;        // keeps the meaning of the program; else only a suggestion
  std::vector<Edit> edits;  // do not overlap
};

struct Finding {
  std::string rule;  // "UP1005"
  std::string name;  // "abandoned-sender"
  Severity severity = Severity::kWarning;
  Confidence confidence = Confidence::kMedium;
  source::Loc where;  // the code to change, not the whole construct
  Message message;
  std::vector<Label> labels;   // in the order the story is told
  std::vector<Message> notes;  // assumptions and limits: what must hold for this to be right
  Message advice;              // at most one hint; may be empty
  std::vector<Fix> fixes;      // best first
  std::string package;         // import path
  std::string function;        // as in Site::function; empty outside functions
  Site site;
  // A hash of the faulty code's shape that does not change when things are renamed or moved. Only
  // the rule can make it.
  std::optional<uint64_t> shape;
};

}  // namespace unpark::diag
