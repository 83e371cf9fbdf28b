// Our readers against Go itself: a program of ours parks goroutines in every way there is and
// writes its own profile in all three forms while nothing moves. They agree with each other, with
// what the program knows, and with what `go tool pprof` says of the protobuf.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "evidence/byte_source.h"
#include "evidence/function_name.h"
#include "evidence/read.h"
#include "harness/temp_dir.h"

namespace unpark::oracle {
namespace {

using namespace evidence;
using nlohmann::json;

bool run(const std::string& command) { return std::system(command.c_str()) == 0; }

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// What one run of the program left; made once for all tests.
struct Dump {
  unpark::testing::TempDir dir;
  std::string why_not;
  json truth;
  Evidence evidence;  // of debug=2, debug=1, the protobuf and the difference, in this order

  Dump() {
    if (!run("go version > /dev/null 2>&1")) {
      why_not = "there is no go command";
      return;
    }
    std::string program = dir.file("evidence");
    if (!run("cd tests/oracle/evidence/program && GOTOOLCHAIN=local GOWORK=off GOFLAGS= go build "
             "-o " +
             program + " . 2> " + dir.file("build.txt"))) {
      std::string said = content(dir.file("build.txt"));
      // Too old a Go, which is none of our faults; anything else is one.
      if (said.find("requires go >=") != said.npos) why_not = said;
      EXPECT_FALSE(why_not.empty()) << said;
      if (why_not.empty()) why_not = "the program cannot be built";
      return;
    }
    bool ran = run("GODEBUG=tracebacklabels=1 timeout 120 " + program + " " + dir.file(""));
    EXPECT_TRUE(ran);
    if (!ran) {
      why_not = "the program failed";
      return;
    }
    truth = json::parse(content(dir.file("truth.json")));
    for (const char* name : {"debug2.txt", "debug1.txt", "goroutine.pb.gz", "delta.pb.gz"}) {
      base::Result<std::unique_ptr<ByteSource>> source = open_file(dir.file(name));
      EXPECT_TRUE(source.ok());
      read_input(**source, name, ReadOptions(), evidence);
      EXPECT_EQ(evidence.inputs.back().error, "") << name;
      for (const Note& note : evidence.inputs.back().notes) {
        ADD_FAILURE() << name << ": " << note.message;
      }
    }
    EXPECT_EQ(evidence.snapshots.size(), 4u);
  }
};

Dump& dump() {
  static Dump made;
  return made;
}

// The innermost function of the program.
std::string site_of(const Symbols& symbols, const Goroutine& g) {
  for (FrameId id : symbols[g.stack]) {
    std::string name = canonical(symbols.text(symbols[id].function));
    if (name.starts_with("main.")) return name;
  }
  return "";
}

std::map<std::string, std::string> labels_of(const Symbols& symbols, const Goroutine& g) {
  std::map<std::string, std::string> out;
  for (const Label& l : symbols[g.labels]) {
    out[std::string(symbols.text(l.key))] = symbols.text(l.value);
  }
  return out;
}

using Site = std::tuple<std::string, std::string, std::map<std::string, std::string>>;
using Sites = std::map<Site, uint64_t>;

Sites sites_of(const Symbols& symbols, const Snapshot& snapshot) {
  Sites out;
  for (const Goroutine& g : snapshot.goroutines) {
    std::string reason(text_of(g.reason));
    out[{site_of(symbols, g), reason, labels_of(symbols, g)}] += g.count;
  }
  return out;
}

Sites known_sites(const json& truth) {
  // The one that writes it all down.
  Sites out{{{"main.write", "", {}}, 1}};
  for (const json& site : truth["sites"]) {
    std::map<std::string, std::string> labels;
    if (site.contains("labels")) labels = site["labels"].get<decltype(labels)>();
    out[{site["function"], site["reason"], labels}] += site["count"].get<uint64_t>();
  }
  return out;
}

std::string shown(const Sites& sites) {
  std::string out;
  for (const auto& [site, count] : sites) {
    out += std::to_string(count) + " " + std::get<0>(site) + " [" + std::get<1>(site) + "] " +
           json(std::get<2>(site)).dump() + "\n";
  }
  return out;
}

class EvidenceOracle : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!dump().why_not.empty()) GTEST_SKIP() << dump().why_not;
    ASSERT_EQ(dump().evidence.snapshots.size(), 4u);
  }
  const Symbols& symbols() { return dump().evidence.symbols; }
  const Snapshot& debug2() { return dump().evidence.snapshots[0]; }
  const Snapshot& debug1() { return dump().evidence.snapshots[1]; }
  const Snapshot& proto() { return dump().evidence.snapshots[2]; }
  const Snapshot& delta() { return dump().evidence.snapshots[3]; }
};

TEST_F(EvidenceOracle, TotalsAgree) {
  auto total = dump().truth["total"].get<uint64_t>();
  EXPECT_GT(total, 4500u);
  EXPECT_EQ(debug2().kind, SnapshotKind::kGoroutineDump);
  EXPECT_EQ(debug1().kind, SnapshotKind::kGoroutineProfile);
  EXPECT_EQ(proto().kind, SnapshotKind::kGoroutineProfile);
  EXPECT_EQ(debug2().goroutine_count(), total);
  EXPECT_EQ(debug1().goroutine_count(), total);
  EXPECT_EQ(debug1().claimed_total, total);
  EXPECT_EQ(proto().goroutine_count(), total);
}

TEST_F(EvidenceOracle, ProfilesSayWhoWaitsWhereAndWhy) {
  Sites known = known_sites(dump().truth);
  EXPECT_EQ(shown(sites_of(symbols(), debug1())), shown(known));
  EXPECT_EQ(shown(sites_of(symbols(), proto())), shown(known));
}

TEST_F(EvidenceOracle, TheDumpSaysTheSame) {
  Sites known = known_sites(dump().truth), told = sites_of(symbols(), debug2());
  // Labels are in the text from Go 1.26 on.
  bool labels = false;
  for (const auto& [site, count] : told) labels |= !std::get<2>(site).empty();
  if (!labels) {
    Sites without;
    for (const auto& [site, count] : known) {
      without[{std::get<0>(site), std::get<1>(site), {}}] += count;
    }
    known = without;
  }
  EXPECT_EQ(shown(told), shown(known));
  uint64_t locked = 0, known_locked = 0;
  for (const Goroutine& g : debug2().goroutines) {
    if (g.flags & kLockedToThread) locked++;
    EXPECT_NE(g.id, 0u);
  }
  for (const json& site : dump().truth["sites"]) {
    if (site.value("locked", false)) known_locked += site["count"].get<uint64_t>();
  }
  EXPECT_EQ(locked, known_locked);
}

// Frame by frame, where no form leaves any out. Of a function that was inlined into a wrapper that
// the compiler made and nobody shows, only the dump says that it was.
TEST_F(EvidenceOracle, StacksAgree) {
  auto stacks = [&](const Snapshot& s) {
    std::map<std::string, uint64_t> out;
    for (const Goroutine& g : s.goroutines) {
      std::string site = site_of(symbols(), g);
      if (site == "main.deep" || site == "main.busy" || site == "main.write") continue;
      std::string text;
      bool inlined = false;  // the frame before
      for (FrameId id : symbols()[g.stack]) {
        const Frame& frame = symbols()[id];
        std::string name = canonical(symbols().text(frame.function));
        // Dumps hide the run time wherever it stands.
        if (is_runtime(name)) continue;
        text += (inlined ? "inlined into " : "") + name + " " +
                std::string(symbols().text(frame.file)) + ":" + std::to_string(frame.line) + "\n";
        inlined = frame.flags & kInlined;
      }
      out[text] += g.count;
    }
    return out;
  };
  auto of_debug1 = stacks(debug1());
  EXPECT_EQ(stacks(proto()), of_debug1);
  EXPECT_EQ(stacks(debug2()), of_debug1);
  EXPECT_GT(of_debug1.size(), 20u);
}

// ?seconds=2: who came and who went.
TEST_F(EvidenceOracle, Differences) {
  EXPECT_EQ(delta().kind, SnapshotKind::kGoroutineDelta);
  EXPECT_TRUE(delta().goroutines.empty());
  EXPECT_GE(delta().duration_ns, 2'000'000'000);
  std::map<std::string, int64_t> changes;
  for (const Sample& sample : delta().samples) {
    for (FrameId id : symbols()[sample.stack]) {
      std::string name(symbols().text(symbols()[id].function));
      if (name.starts_with("main.")) changes[name] += delta().values[sample.first_value];
    }
  }
  EXPECT_EQ(changes["main.arriving"], 6);
  EXPECT_EQ(changes["main.leaving"], -4);
  EXPECT_EQ(changes["main.labelled"], 0);
}

std::string pprof_of(const std::string& options) {
  std::string out = dump().dir.file("pprof.txt");
  bool ran = run("go tool pprof " + options + " " + dump().dir.file("goroutine.pb.gz") + " > " +
                 out + " 2> /dev/null");
  EXPECT_TRUE(ran);
  return content(out);
}

std::string without_inline(std::string name) {
  for (std::string_view mark : {" (inline)", " (partial-inline)"}) {
    if (name.ends_with(mark)) name.resize(name.size() - mark.size());
  }
  return name;
}

// A block for each sample: labels as "key:value", the count before the leaf, one function a line.
TEST_F(EvidenceOracle, PprofTraces) {
  std::map<std::string, uint64_t> theirs, ours;
  std::istringstream lines(pprof_of("-traces"));
  std::string line, stack;
  uint64_t count = 0;
  bool in_stack = false;
  auto close = [&] {
    if (in_stack) theirs[stack] += count;
    in_stack = false;
    stack.clear();
  };
  while (std::getline(lines, line)) {
    if (line.starts_with("-----------+")) {
      close();
      continue;
    }
    if (line.size() < 13 || line.compare(10, 3, "   ") != 0) continue;  // a label, or above it all
    std::string number = line.substr(0, 10);
    if (number.find_first_not_of(" ") != number.npos) {
      count = std::stoull(number);
      in_stack = true;
    }
    if (in_stack) stack += without_inline(line.substr(13)) + "\n";
  }
  close();
  for (const Goroutine& g : proto().goroutines) {
    std::string text;
    for (FrameId id : symbols()[g.stack]) {
      text += std::string(symbols().text(symbols()[id].function)) + "\n";
    }
    ours[text] += g.count;
  }
  EXPECT_EQ(theirs, ours);
  EXPECT_GT(theirs.size(), 20u);
}

// "flat flat% sum% cum cum% name" for each function.
TEST_F(EvidenceOracle, PprofTop) {
  std::map<std::string, std::pair<uint64_t, uint64_t>> theirs, ours;
  std::istringstream lines(pprof_of("-top -nodefraction=0 -nodecount=1000000"));
  std::string line;
  bool table = false;
  while (std::getline(lines, line)) {
    if (line.find("flat%") != line.npos) {
      table = true;
      continue;
    }
    if (!table) continue;
    std::istringstream row(line);
    uint64_t flat, cum;
    std::string share, name;
    row >> flat >> share >> share >> cum >> share;
    std::getline(row >> std::ws, name);
    auto& [f, c] = theirs[without_inline(name)];
    f += flat;
    c += cum;
  }
  for (const Goroutine& g : proto().goroutines) {
    std::map<std::string, bool> seen;
    bool leaf = true;
    for (FrameId id : symbols()[g.stack]) {
      std::string name(symbols().text(symbols()[id].function));
      if (leaf) ours[name].first += g.count;
      leaf = false;
      if (seen.emplace(name, true).second) ours[name].second += g.count;
    }
  }
  EXPECT_EQ(theirs, ours);
  EXPECT_GT(theirs.size(), 40u);
}

}  // namespace
}  // namespace unpark::oracle
