// What the go command compiles for the tests of a program, named as `go list -test` names it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "load/load.h"

namespace unpark::load {

enum class VariantKind : uint8_t {
  kPlain,       // p
  kTest,        // p [p.test]: p with the test files inside it
  kXTest,       // p_test [p.test]: the test package outside it
  kTestMain,    // p.test: the generated program
  kRecompiled,  // q [p.test]: q imports p, and p's test sees q with p [p.test] below it
};

struct VariantImport {
  std::string path;  // as written in the source
  std::string name;  // of the variant it stands for; "C" and missing packages as written
};

struct Variant {
  std::string name;
  VariantKind kind = VariantKind::kPlain;
  PackageId package;                   // p, or q
  PackageId for_test;                  // p; none for kPlain
  std::vector<VariantImport> imports;  // by path, each once
};

// By name: the variants of each root with tests, and every package that is used as it is (one that
// only the tests of another package import may be there recompiled only).
std::vector<Variant> list_variants(const Program& program);

}  // namespace unpark::load
