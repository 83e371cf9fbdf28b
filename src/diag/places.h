// Places: lines and columns of the files that findings speak of, computed when first asked for.
//
// Not thread-safe; findings are collected and rendered by one thread. A Loc without a file, or with
// offsets beyond its end, is met with a place that exists: the empty path, the end of the text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "source/file_store.h"
#include "source/line_table.h"
#include "source/span.h"

namespace unpark::diag {

class Places {
 public:
  // `files` must outlive this.
  explicit Places(const source::FileStore& files) : files_(files) {}

  std::string_view path(source::FileId file) const;
  std::string_view text(source::FileId file) const;
  const source::LineTable& lines(source::FileId file);
  source::Position begin(source::Loc where) { return lines(where.file).position(where.span.begin); }
  source::Position end(source::Loc where) { return lines(where.file).position(where.span.end); }
  // A line's text, without its end; empty beyond the last line.
  std::string_view line(source::FileId file, uint32_t number);

 private:
  const source::FileStore& files_;
  std::unordered_map<source::FileId, std::unique_ptr<source::LineTable>> tables_;
};

// `path` as a user in `working_dir` would name it: relative when that is shorter. Both are absolute
// and clean; an empty `working_dir` leaves the path as it is.
std::string display_path(std::string_view path, std::string_view working_dir);

}  // namespace unpark::diag
