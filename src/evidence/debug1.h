// Profiles as text: /debug/pprof/NAME?debug=1. Goroutine and leak profiles become goroutines, heap,
// mutex, block, threadcreate and user-made profiles become samples, with the same types and units
// as in their protobuf form.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evidence/debug1_hidden.h"
#include "evidence/debug1_lines.h"
#include "evidence/line_reader.h"
#include "evidence/snapshot.h"

namespace unpark::evidence {

// Reads any number of profiles, one after the other, with other text between and inside them. A
// profile that lost its first line is one all the same, when it has records with names.
class Debug1Reader : public LineReader {
 public:
  Debug1Reader(InputId input, Evidence& evidence) : input_(input), evidence_(evidence) {}

  bool take(std::string_view line, uint64_t offset) override;
  void finish() override { close_profile(); }

 private:
  struct FrameLine {
    Frame frame;
    uint64_t pc = 0;
    uint64_t entry = 0;  // of the function that has the stack frame; 0: not known
  };

  bool take_body(std::string_view line);
  bool take_header(std::string_view line);
  bool take_setting(std::string_view line);
  bool take_record(std::string_view line);
  bool take_detail(std::string_view line);
  bool take_frame(std::string_view text);
  void open_profile(const Debug1Header& header);
  void open_headless(const Debug1Record& record);
  void close_profile();
  void close_record();
  StackId stack_of_record();
  void add_goroutines(StackId stack);
  void add_sample(StackId stack);
  void tell_all();
  void tell(uint64_t claimed, uint64_t sum, std::string_view of);
  void note(Note::Kind kind, std::string message);
  bool has_goroutines() const;
  void note_nameless();
  void name_bare();
  WaitReason wait_below(StackId stack, const HiddenFrames& hidden, WaitReason told) const;

  InputId input_;
  Evidence& evidence_;

  // The profile that is open.
  std::optional<Snapshot> profile_;
  std::string name_;
  size_t prefix_ = 0;           // of its first line: what stands before the profile's own words
  uint64_t behind_prefix_ = 0;  // lines
  bool headless_ = false;
  bool mem_stats_ = false;   // "# runtime.MemStats" was seen: lines of settings follow
  uint64_t totals_[4] = {};  // of its first line
  uint64_t sums_[4] = {};    // of its records
  double cycles_per_second_ = 0;
  uint64_t named_frames_ = 0;
  uint64_t nameless_ = 0;             // records without frames
  uint64_t lost_ = 0;                 // damaged lines of its records
  uint64_t absurd_ = 0;               // counts that are too large to be kept
  uint64_t beyond_ = 0;               // records beyond what we keep
  std::vector<HiddenFrames> hidden_;  // beside profile_->goroutines
  // Goroutines of one address without a name, by their places in profile_->goroutines; and the
  // outermost address of a record with names, which has none: that of goexit.
  std::vector<std::pair<size_t, uint64_t>> bare_;
  uint64_t outermost_ = 0;

  // The record that is open.
  bool record_open_ = false;
  bool has_frame_lines_ = false;
  Debug1Record record_;
  std::vector<FrameLine> frames_;
  std::vector<Label> labels_;
  uint64_t first_named_pc_ = 0;

  std::vector<FrameId> stack_;  // scratch
  uint64_t kept_bytes_ = 0;     // of all lines that were taken, over all profiles
};

}  // namespace unpark::evidence
