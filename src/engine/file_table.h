// FileTable: the files that the result of one package can speak of, numbered so that the numbers
// follow from the package's digest alone and mean the same in another run.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "load/load.h"
#include "source/span.h"

namespace unpark::engine {

class FileTable {
 public:
  // The files of `root`, tests included, and of all it imports; `beyond`: of all roots. The table
  // is made when first asked for. `program` must outlive it.
  FileTable(const load::Program& program, load::PackageId root, bool beyond)
      : program_(&program), root_(root), beyond_(beyond) {}
  // Files 0, 1, … of these sizes.
  explicit FileTable(const std::vector<uint32_t>& sizes);

  struct Entry {
    source::FileId file;
    uint32_t size = 0;
  };
  // None beyond the end.
  std::optional<Entry> at(uint64_t number);
  // None for a file that is not in the table.
  std::optional<uint32_t> number_of(source::FileId file);

 private:
  void make();

  const load::Program* program_ = nullptr;
  load::PackageId root_;
  bool beyond_ = false;
  bool made_ = false;
  std::vector<Entry> entries_;
  std::unordered_map<source::FileId, uint32_t> numbers_;  // made when asked for
};

}  // namespace unpark::engine
