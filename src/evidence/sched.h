// GODEBUG=schedtrace and scheddetail, as they stand in the standard error of a process.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "evidence/line_reader.h"
#include "evidence/snapshot.h"

namespace unpark::evidence {

// Adds one kSched snapshot for each process it sees: lines belong to one process as long as their
// milliseconds do not fall. Lines of other writers may stand between. Lines of GODEBUG=gctrace are
// taken too; they say nothing of goroutines, which a note tells when there is nothing else.
class SchedReader : public LineReader {
 public:
  SchedReader(InputId input, Evidence& evidence) : input_(input), evidence_(evidence) {}

  bool take(std::string_view line, uint64_t offset) override;
  void finish() override;

 private:
  using StateKey = std::pair<Status, WaitReason>;

  bool take_summary(std::string_view line);
  bool take_detail(std::string_view line);
  bool take_goroutine(std::string_view line);
  bool has_all_detail(const SchedLine& line) const;
  void close_line();
  void note(Note::Kind kind, std::string message);

  InputId input_;
  Evidence& evidence_;
  Snapshot snapshot_;
  bool open_ = false;  // the last line of snapshot_ may get detail
  std::map<StateKey, uint32_t> states_;
  int32_t processors_ = 0, threads_ = 0, goroutines_ = 0;  // lines of detail of the open one
  uint64_t cut_ = 0, incomplete_ = 0, collections_ = 0, unknown_reasons_ = 0;
  uint64_t falls_ = 0;  // of its clock
  bool found_ = false;
};

}  // namespace unpark::evidence
