// What `go test` prints of each package: "ok  	example.com/app	0.2s". It is no evidence, but where
// it stands and nothing else does, tests have run and left none, which is no fault of the input.
#pragma once

#include <cstdint>
#include <string_view>

#include "evidence/line_reader.h"

namespace unpark::evidence {

class GoTestOutput : public LineReader {
 public:
  bool take(std::string_view line, uint64_t offset) override;
  void finish() override {}

  uint64_t packages() const { return packages_; }

 private:
  uint64_t packages_ = 0;
};

}  // namespace unpark::evidence
