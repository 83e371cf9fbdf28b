#include "evidence/text_other.h"

#include <fmt/format.h>

#include "evidence/goroutine_text_lines.h"

namespace unpark::evidence {

namespace {

struct Form {
  std::string_view start;  // of a line without its blanks
  std::string_view with;   // somewhere behind it
  std::string_view advice;
};

constexpr Form kForms[] = {
    {"Goroutine ", " - ",
     "Delve's `goroutines` list, one frame each and no whole stacks: bring `goroutines -t`'s "
     "process "
     "as a dump (/debug/pprof/goroutine?debug=2, or `kill -QUIT`)"},
    {"* Goroutine ", " - ",
     "Delve's `goroutines` list, one frame each and no whole stacks: bring the process's dump "
     "(/debug/pprof/goroutine?debug=2, or `kill -QUIT`)"},
    {"flat ", "cum%",
     "a table of `go tool pprof -top`, without stacks: bring the profile it was "
     "made from"},
    {"Showing nodes accounting for", "",
     "output of `go tool pprof`: bring the profile it was made from"},
    {"POTENTIAL DEADLOCK", "",
     "a report of go-deadlock; the goroutines it prints are read, its own verdict is not: a dump "
     "of "
     "the hanging process shows all of them"},
    {"<title>/debug/pprof/</title>", "",
     "the index page of net/http/pprof: bring /debug/pprof/goroutine?debug=2"},
    {"Types of profiles available:", "",
     "the index page of net/http/pprof: bring /debug/pprof/goroutine?debug=2"},
};

}  // namespace

void OtherTools::look(std::string_view line) {
  static_assert(std::size(kForms) == kCount && kForms[kGoDeadlock].start == "POTENTIAL DEADLOCK");
  std::string_view text = trim_left(line);
  if (text.size() < 8) return;
  char first = text.front();
  if (first != 'G' && first != '*' && first != 'f' && first != 'S' && first != 'P' &&
      first != '<' && first != 'T') {
    return;
  }
  for (size_t i = 0; i < std::size(kForms); i++) {
    const Form& form = kForms[i];
    seen_[i] +=
        text.starts_with(form.start) && text.find(form.with, form.start.size()) != text.npos;
  }
}

void OtherTools::add_notes(std::vector<Note>* notes) const {
  std::string_view last;
  for (size_t i = 0; i < std::size(kForms); i++) {
    if (seen_[i] == 0 || kForms[i].advice == last) continue;
    last = kForms[i].advice;
    notes->push_back({Note::Kind::kInstead, fmt::format("holds {}", last)});
  }
}

}  // namespace unpark::evidence
