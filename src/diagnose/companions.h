// Companions: groups whose number is load. A connection, a stream or a session has several
// goroutines: one that waits for the peer and others that wait for that one. They come and go
// together, so as many of them as of their readers, or of those who started them, are no leak.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "diagnose/model.h"

namespace unpark::diagnose {

class Companions {
 public:
  explicit Companions(Model& model);

  // As many for each reader of connections or streams in every look, and related to them.
  bool of_readers(uint32_t group);
  // One for each of those who started them, who are still there, and whose own groups are not
  // suspected either (Group::strength of all groups must be known).
  bool of_their_creators(uint32_t group);
  // Connections to others of which each of the user's own goroutines of some kind has one.
  bool of_sessions(uint32_t group);
  // More wait here, but there are no more of them: they were busy before.
  bool went_to_rest(uint32_t group);
  // A request that a client may wait for as long as it likes, on a connection which other requests
  // share: a stream, a watch, a long poll.
  bool is_shared_stream(uint32_t group) const;

 private:
  // What a goroutine is, whatever it does at the moment: the outermost function of its stack (in
  // the upper half), and, where many kinds begin in one function, also the next one.
  using Kind = uint64_t;
  static constexpr Kind kNoKind = 0;
  static constexpr Kind kOutermost = UINT64_MAX << 32;

  Kind kind_of(evidence::StackId stack);
  Kind find_kind(evidence::StackId stack);
  Kind kind_of_group(uint32_t group) { return kind_of(model_.groups[group].out.stack); }
  uint64_t count_of(uint32_t look, Kind kind);
  bool in_proportion(uint32_t look, Kind a, Kind b);
  bool keeps_proportion(const std::vector<uint32_t>& looks, Kind a, Kind b, double for_each,
                        double part);
  bool clients_wait(uint32_t group);
  bool rises_with_load(uint32_t group);
  bool rises_with(uint32_t group, const absl::flat_hash_set<Kind>& readers, double most);
  // Goroutines of a kind in a look: their numbers, who started them, and in what functions.
  struct Family {
    absl::flat_hash_set<uint64_t> ids, creators;
    absl::flat_hash_set<uint32_t> functions;
  };
  const Family& family_of(uint32_t look, Kind kind);
  bool are_related(uint32_t group, Kind reader);
  bool suspected(Kind kind);
  bool at_rest(evidence::StackId stack);
  // Looks at the same process, in order; and the first of them that shows a goroutine.
  std::vector<uint32_t> looks_beside(uint32_t look) const;
  uint32_t first_look_of(uint64_t id, uint32_t beside) const;

  Model& model_;
  std::vector<uint32_t> readers_;
  std::vector<std::optional<Kind>> kinds_;  // of stacks, once asked
  absl::flat_hash_set<Kind> users_;         // of them, the outermost functions that are the user's
  std::vector<absl::flat_hash_map<Kind, uint64_t>> counts_;  // for each look, once asked
  std::map<std::pair<uint32_t, Kind>, Family> families_;     // once asked
};

}  // namespace unpark::diagnose
