#include "ssa/step/overlay.h"

namespace unpark::ssa::step {

void add_overlay(source::OverlayFileSystem& files, const std::string& goroot) {
  // Arguments are passed in memory: reflect lays them out so, and its call is a native.
  files.write(goroot + "/src/internal/abi/abi_amd64.go",
              "package abi\n\n"
              "const (\n"
              "\tIntArgRegs            = 0\n"
              "\tFloatArgRegs          = 0\n"
              "\tEffectiveFloatRegSize = 0\n"
              ")\n");
}

}  // namespace unpark::ssa::step
