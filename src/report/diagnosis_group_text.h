// One group, or one race, of a diagnosis as text.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "diagnose/diagnosis.h"
#include "evidence/snapshot.h"
#include "report/diagnosis_text.h"
#include "report/diagnosis_words.h"
#include "report/paint.h"

namespace unpark::report {

// Writes groups and races one after the other; objects keep their numbers from one to the next.
class GroupWriter {
 public:
  GroupWriter(const evidence::Evidence& evidence, const diagnose::Diagnosis& diagnosis,
              const DiagnosisTextOptions& options);

  void add_group(size_t index, std::string& out);
  // In one line: number, count, state, place.
  void add_line(size_t index, std::string& out);
  void add_cycle(const diagnose::LockCycle& cycle, std::string& out);
  void add_race(const diagnose::RaceGroup& race, std::string& out);
  // "main.go:92 in main.main": the innermost frame that is not the run time's; empty: none.
  std::string place_of_crash(const evidence::Goroutine& goroutine) const;

 private:
  void add_row(std::string_view row, size_t indent, std::string& out) const;
  void add_stack_row(std::string_view words, std::string& out) const;
  // Nothing for no words.
  void add_remark(std::string_view kind, std::string_view words, std::string& out) const;
  void add_stack(const diagnose::Group& group, std::string& out) const;
  void add_counts(const diagnose::Group& group, std::string& out) const;
  void add_waits(size_t index, std::string& out);
  void add_resources(const diagnose::Group& group, std::string& out) const;
  void add_labels(const diagnose::Group& group, std::string& out) const;
  void add_origin(const diagnose::Group& group, std::string& out) const;
  void add_reasons(size_t index, std::string& out);
  void add_race_stack(evidence::StackId stack, std::string& out) const;
  size_t without_start_of_goroutine(std::span<const evidence::FrameId> frames, size_t least) const;
  std::string frame_text(const evidence::Frame& frame) const;  // "a/b.go:12 in pkg.F"
  std::string goroutine_text(uint64_t goroutine, diagnose::GroupId group) const;
  std::string waited_for(const diagnose::Edge& edge);

  const evidence::Evidence& evidence_;
  const diagnose::Diagnosis& diagnosis_;
  const DiagnosisTextOptions& options_;
  Paint paint_;
  Discretion discretion_;
};

}  // namespace unpark::report
