#include "diagnose/globs.h"

#include <gtest/gtest.h>

#include "diagnose/test_evidence.h"

namespace unpark::diagnose {
namespace {

const std::vector<std::string> kNames = {"net/http.(*conn).serve", "net.(*netFD).accept",
                                         "example.com/app.(*T).run.func1", "a", "main.main"};
const std::vector<std::string> kGlobs = {"",         "*",       "net*",   "net/http.(*conn).serve",
                                         "*.(*T).*", "n*serve", "main.*", "*.func1",
                                         "net*",     "x*"};

TEST(FunctionGlobs, SayWhatEachGlobSaysOfEachName) {
  TestEvidence e;
  for (const std::string& name : kNames) e.stack({name + "@a.go:1"});
  Signatures signatures(e.evidence());
  FunctionGlobs globs(signatures);
  std::vector<uint32_t> numbers;
  for (const std::string& glob : kGlobs) numbers.push_back(globs.add(glob));
  EXPECT_EQ(numbers[2], numbers[8]);
  for (bool again : {false, true}) {
    SCOPED_TRACE(again);
    for (const std::string& name : kNames) {
      uint32_t function = signatures.names().of(e.symbols().string(name)).id;
      for (size_t i = 0; i < kGlobs.size(); i++) {
        EXPECT_EQ(globs.matches(function, numbers[i]), matches_glob(kGlobs[i], name))
            << kGlobs[i] << " " << name;
      }
    }
    uint32_t nameless = signatures.names().of(evidence::FrameId()).id;
    EXPECT_TRUE(globs.matches(nameless, numbers[0]));
    EXPECT_TRUE(globs.matches(nameless, numbers[1]));
    EXPECT_FALSE(globs.matches(nameless, numbers[2]));
  }
}

TEST(FunctionGlobs, AStackMatchesWhereOneOfItsFramesDoes) {
  TestEvidence e;
  auto accept = e.stack({"net.(*netFD).accept@fd.go:1", "main.main@m.go:2"});
  auto serve = e.stack({"net/http.(*conn).serve@server.go:5"});
  Signatures signatures(e.evidence());
  FunctionGlobs globs(signatures);
  uint32_t of_main = globs.add("main.*"), of_net = globs.add("net*");
  globs.look_at(accept);
  EXPECT_TRUE(globs.some_matches(of_main));
  EXPECT_TRUE(globs.some_matches(of_net));
  globs.look_at(serve);
  EXPECT_FALSE(globs.some_matches(of_main));
  EXPECT_TRUE(globs.some_matches(of_net));
}

}  // namespace
}  // namespace unpark::diagnose
