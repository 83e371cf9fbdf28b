// Substitution: the types of an instance's body; internal to the room.
//
// Beyond types::substitute it gives every instance its own copies of the types that are declared
// inside the function: a local `type node struct{ x T }` is another type for each T.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <span>
#include <vector>

#include "source/span.h"
#include "types/package.h"

namespace unpark::ssa {

class Substitution {
 public:
  // Types declared in `span` of `file` are copied. The spans must outlive this.
  Substitution(types::Context& cx, std::span<const types::TypeId> params,
               std::span<const types::TypeId> args, source::FileId file, source::Span span)
      : cx_(cx), params_(params), args_(args), file_(file), span_(span) {}

  types::TypeId operator()(types::TypeId t);

 private:
  types::TypeId compute(types::TypeId t);
  bool all(std::span<const types::TypeId> in, std::vector<types::TypeId>& out);

  types::Context& cx_;
  std::span<const types::TypeId> params_;
  std::span<const types::TypeId> args_;
  source::FileId file_;
  source::Span span_;
  absl::flat_hash_map<types::TypeId, types::TypeId> memo_;
};

}  // namespace unpark::ssa
