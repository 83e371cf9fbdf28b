// Goroutine blocks: the text that panics, SIGQUIT, debug=2 profiles and runtime.Stack write.
//
// There are two ways in. take_blocks() reads whole, clean blocks straight from memory, at the speed
// of memory; a block in which anything is unusual is left to take(), which gets one cleaned line at
// a time, knows what has been read before it, and joins what was wrapped. Both give the same
// goroutines for the same text.
//
// Snapshots: a goroutine's id twice means that another look, or another process, has begun; a crash
// message after goroutines does too. Sections that a crash prints for each thread (after "-----")
// belong to the crash, and only fill in stacks that it could not print before.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/goroutine_text_frames.h"
#include "evidence/goroutine_text_lines.h"
#include "evidence/goroutine_text_seen.h"
#include "evidence/snapshot.h"

namespace unpark::evidence {

class GoroutineText {
 public:
  GoroutineText(Evidence& evidence, InputId input);

  // Reads clean blocks from the start of `text`, which begins a line at `offset` of the input, and
  // returns how many bytes they take: 0 when the first one is not clean, or goes on after the text
  // and this is not the end of the input.
  size_t take_blocks(std::string_view text, uint64_t offset, bool at_end);
  // One clean line. False: it is none of a goroutine's, or perhaps part of one that comes later;
  // others may have it.
  bool take(std::string_view line, uint64_t offset);
  // A line that nobody wants: may begin a stack whose header is lost.
  void take_stray(std::string_view line, uint64_t offset);
  // Somebody else has the line: the block before it is over.
  void interrupt() { close_block(); }
  // The input ends at `offset`; `unfinished`: without the end of its last line, or not at its end.
  void finish(uint64_t offset, bool unfinished);

  bool in_block() const { return open_; }
  // How many bytes of input are expected in all; memory is reserved by it.
  void expect_bytes(uint64_t bytes) { expected_bytes_ = bytes; }
  uint64_t goroutine_count() const { return total_; }

 private:
  enum class Expect : uint8_t { kFrame, kPlace, kCreatedPlace, kDone };

  // Of goroutine_text.cc: clean blocks.
  const char* take_block(const char* p, const char* end, bool at_end);
  const char* take_frame(const char* p, const char* end);
  const char* take_creator(const char* p, const char* end);

  // Of goroutine_text_block.cc: lines, without blanks at their ends.
  bool take_blank();
  bool take_start(std::string_view line, bool indented, uint64_t offset);
  bool take_open(std::string_view line, bool indented);
  bool take_place(std::string_view line, bool indented);
  bool take_function(std::string_view line);
  bool take_created_by(std::string_view line);
  void take_foreign(std::string_view line);
  void take_message(std::string_view line);
  void begin_block(const HeaderLine& header, bool by_goleak, uint64_t offset);
  void push_frame(FrameId frame);
  void keep_arguments(std::string_view text);
  void flush_function();
  void close_block();
  void reset_block();

  // Of goroutine_text_join.cc: lines that were broken apart.
  bool amend(std::string_view line);
  bool amend_offset(std::string_view line);
  bool join(std::string_view line, std::string_view raw, uint64_t offset);
  bool join_header(std::string_view line, std::string_view raw, uint64_t offset);
  bool join_place(std::string_view joined);
  bool join_function(std::string_view line, std::string_view joined);
  bool may_be_fragment(std::string_view line, bool indented) const;

  // Of goroutine_text_snapshot.cc: goroutines into snapshots.
  void set_header(const HeaderLine& header);
  void commit();
  bool is_own_print();
  bool dumps_itself() const;
  void push_goroutine();
  bool is_known(bool running);
  void move_last_to_new_snapshot();
  bool fill_in_stack();
  bool is_at_limit() const;
  void start_snapshot();
  void close_snapshot();
  bool shows_only_chosen() const;
  void reserve();
  struct StackFacts {
    bool known = false;
    bool all_runtime = false;
    WaitReason wait = WaitReason::kNone;  // by its frames
  };
  const StackFacts& facts_of(StackId stack);
  void refine_reason(WaitReason by_frames);
  LabelsId labels_of(std::string_view text);
  void note(Note::Kind kind, std::string message);
  void add_final_notes();

  Evidence& evidence_;
  Symbols& symbols_;
  InputId input_;
  FrameCache frames_;
  uint64_t expected_bytes_ = 0;
  uint64_t total_ = 0;

  // The block that is being read.
  Goroutine now_;
  std::vector<FrameId> stack_;
  std::vector<FrameId> ancestors_;
  std::vector<Argument> arguments_;
  bool open_ = false;       // take() is in a block
  bool discard_ = false;    // it is no goroutine's ("runtime stack:")
  bool by_goleak_ = false;  // its header may be said once more
  bool after_blank_ = false;
  bool blank_inside_ = false;  // every line has a blank one after it
  bool in_ancestors_ = false;
  Expect expect_ = Expect::kFrame;
  uint64_t block_offset_ = 0;
  uint32_t foreign_run_ = 0;
  std::string function_;        // a function line, or a creator, whose place is not known yet
  std::string last_;            // the line taken last, where it may be amended
  std::string last_function_;   // the function or creator of the place in `last_`
  std::string fragment_;        // may be the first part of a wrapped line
  std::string stray_function_;  // of a stack without header, perhaps
  std::string tail_;            // the beginning of the line that was refused last
  uint64_t stray_offset_ = 0;
  uint32_t fragment_joins_ = 0;

  // The snapshot that is being filled.
  Snapshot snapshot_;
  bool has_snapshot_ = false;
  bool all_running_ = false;  // nothing but goroutines that print themselves
  // The last one runs: it makes the next dump, or the run time caught it on its way out of a system
  // call (since Go 1.26). An id that comes again behind it tells.
  bool may_be_head_ = false;
  uint32_t running_ = 0;   // of them in all
  uint32_t messages_ = 0;  // of the crash
  SeenIds seen_;
  absl::flat_hash_map<uint64_t, uint32_t> unavailable_;  // where those without a stack stand
  std::string message_;  // of a crash whose first goroutine is still to come
  uint32_t pending_messages_ = 0;
  bool thread_section_ = false;
  uint64_t snapshot_offset_ = 0;
  std::vector<StackFacts> stack_facts_;  // by stack

  // What to tell at the end.
  uint32_t snapshot_count_ = 0;
  uint64_t headless_ = 0, without_place_ = 0, without_stack_ = 0;
  uint64_t joined_ = 0, foreign_ = 0, repeated_ = 0, aggregated_ = 0;
  uint64_t at_limit_ = 0;  // stacks of as many frames as old versions print
  bool with_creator_id_ = false;
};

}  // namespace unpark::evidence
