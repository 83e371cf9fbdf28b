// Reports of the race detector (-race), as they stand in the standard error of a process or in the
// output of `go test -race`.
#pragma once

#include <string_view>
#include <vector>

#include "evidence/line_reader.h"
#include "evidence/snapshot.h"

namespace unpark::evidence {

// Adds one kRaces snapshot with all reports of the input. Lines of other writers may stand between
// the lines of a report. Reports that lost their first line, one of their halves or a stack are
// kept with what they have, and counted in notes.
class RaceReader : public LineReader {
 public:
  RaceReader(InputId input, Evidence& evidence) : input_(input), evidence_(evidence) {}

  bool take(std::string_view line, uint64_t offset) override;
  void finish() override;

 private:
  // Whose stack the frames belong to that come next.
  enum class Section : uint8_t { kNone, kAccess, kCreation, kIgnored };

  bool take_separator();
  bool take_access(std::string_view text, uint64_t offset);
  bool take_creation(std::string_view text);
  bool take_remark(std::string_view text);
  bool take_frame(std::string_view text);
  bool take_summary(std::string_view text);
  bool take_outside(std::string_view text, uint64_t offset);
  void begin(uint64_t offset);
  void begin_section(Section section);
  void close_section();
  void close_race();
  void judge(const Race& race);
  void write_notes();

  InputId input_;
  Evidence& evidence_;
  std::vector<Race> races_;
  Race race_;
  bool open_ = false;
  Section section_ = Section::kNone;
  std::vector<FrameId> frames_;
  StringId function_;  // of a frame whose place has not come yet
  uint32_t foreign_lines_ = 0;
  uint64_t claimed_ = 0, halves_ = 0, without_stack_ = 0, without_creation_ = 0, other_tools_ = 0;
  bool too_many_goroutines_ = false;
};

}  // namespace unpark::evidence
