// Runs the programs of testdata/ and compares what they do with the comments at their ends, which
// say what the Go toolchain's build of the same file does: `// exit:`, `// stdout:`, `// stderr:`
// (up to the goroutines' traces). The tests run in the root of the repository. The programs use the
// standard library, so they need its sources.
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "harness/std_source.h"
#include "load/load.h"
#include "source/file_system.h"
#include "ssa/step/machine.h"
#include "ssa/step/overlay.h"
#include "types/units.h"

namespace unpark::ssa::step {
namespace {

struct Wanted {
  int exit = 0;
  std::string out, err;
};

Wanted wanted(std::string_view text) {
  Wanted w;
  size_t at = text.find("\n// exit: ");
  if (at == std::string_view::npos) return w;
  text.remove_prefix(at + 1);
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    auto rest = [&](std::string_view prefix) {
      return std::string(line.substr(std::min(line.size(), prefix.size() + 1)));
    };
    if (line.starts_with("// exit:")) w.exit = std::stoi(rest("// exit:"));
    if (line.starts_with("// stdout:")) w.out += rest("// stdout:") + "\n";
    if (line.starts_with("// stderr:")) w.err += rest("// stderr:") + "\n";
  }
  return w;
}

// Without the spaces at the ends of lines, which comments do not keep.
std::string trimmed(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') {
      while (out.ends_with(' ')) out.pop_back();
    }
    out += c;
  }
  return out;
}

struct Outcome {
  ExitKind kind = ExitKind::kRunning;
  int exit = 0;
  std::string out, err, message;
};

// All the programs, loaded and checked once.
class World {
 public:
  World() : overlay_(real_), workers_(2) { load_all(); }

  bool ready() const { return program_ != nullptr; }
  const std::string& text(const std::string& name) { return texts_[name]; }

  static const std::vector<std::string>& names() {
    static const std::vector<std::string> kNames = {
        "arithmetic", "channels", "deadlock", "exit",       "generics", "interfaces",
        "maps",       "panics",   "slices",   "reflection", "strings",  "uncaught"};
    return kNames;
  }
  // Programs that only this test runs.
  static const std::map<std::string, std::string>& small() {
    static const std::map<std::string, std::string> kPrograms = {
        {"loop", "package main\nfunc main() { for { } }\n"},
        {"recursion",
         "package main\nfunc f(n int) int { return f(n+1) + 1 }\n"
         "func main() { println(f(0)) }\n"},
        {"hoard",
         "package main\nvar all [][]byte\n"
         "func main() { for { all = append(all, make([]byte, 1<<20)) } }\n"},
        {"garbage",
         "package main\ntype t struct { next *t; b [1000]byte }\n"
         "func main() { var p *t; for i := range 1000000 { p = &t{}; _ = i }; _ = p }\n"},
        {"outside",
         "package main\nimport \"unsafe\"\n"
         "func main() { x := 1; println(*(*int)(unsafe.Add(unsafe.Pointer(&x), 64))) }\n"},
        {"empty", "package main\nfunc main() {}\n"},
        {"nowhere", "package main\nfunc other()\nfunc main() { other() }\n"},
    };
    return kPrograms;
  }

  Outcome run(const std::string& name, RunOptions options = {}) {
    Outcome out;
    options.write = [&](int fd, std::string_view bytes) { (fd == 1 ? out.out : out.err) += bytes; };
    Image image(*program_);
    FifoScheduler scheduler;
    Machine machine(image, options, scheduler);
    out.kind = machine.run(units_[name]);
    out.exit = machine.state().exit_code;
    out.message = machine.state().message;
    return out;
  }

 private:
  void load_all() {
    load::GoEnv env(load::process_environment(), real_);
    goroot_ = load::find_goroot("", env, real_).dir;
    if (goroot_.empty()) return;
    add_overlay(overlay_, goroot_);
    overlay_.write("/step-test/go.mod", "module steptest\n\ngo 1.26\n");
    const std::string dir = "src/ssa/step/testdata";
    for (const std::string& name : names()) {
      auto bytes = real_.read(absolute(dir + "/" + name + ".go"));
      ASSERT_TRUE(bytes) << name;
      texts_[name] = bytes->bytes();
      overlay_.write("/step-test/" + name + "/main.go", texts_[name]);
    }
    for (const auto& [name, text] : small()) {
      texts_[name] = text;
      overlay_.write("/step-test/" + name + "/main.go", text);
    }
    load::LoadOptions options;
    options.dir = "/step-test";
    options.patterns = {"./...", "runtime", "internal/abi"};
    options.tests = false;
    options.cgo = false;
    auto loaded = load::load(options, overlay_, workers_, names_);
    ASSERT_TRUE(loaded) << loaded.error().message;
    packages_ = std::move(*loaded);
    types::UnitOptions unit_options;
    unit_options.dependency_bodies = true;
    forest_ = types::parse_files(packages_, workers_, names_, unit_options);
    types::Units units = types::make_units(packages_, forest_, unit_options);
    typed_ = std::make_unique<types::Program>(names_, types::sizes_of(packages_.context.goarch));
    typed_->check(std::move(units.specs), workers_);
    for (const auto& [name, text] : texts_) {
      load::PackageId id = packages_.find("steptest/" + name);
      ASSERT_TRUE(id.exists()) << name;
      units_[name] = units.of_package[id.raw].package;
    }
    program_ = std::make_unique<Program>(*typed_);
  }

  static std::string absolute(const std::string& path) { return base::current_dir() + "/" + path; }

  source::RealFileSystem real_;
  source::OverlayFileSystem overlay_;
  base::WorkerPool workers_;
  base::Interner names_;
  std::string goroot_;
  load::Program packages_;
  types::Forest forest_;
  std::unique_ptr<types::Program> typed_;
  std::unique_ptr<Program> program_;
  std::map<std::string, std::string> texts_;
  std::map<std::string, types::UnitId> units_;
};

class Step : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { world_ = std::make_unique<World>(); }
  static void TearDownTestSuite() { world_.reset(); }
  void SetUp() override {
    // Machine code is replaced by natives, which know the library's own layouts of this version on.
    std::string lacks = unpark::testing::lacks_std("1.26");
    if (!lacks.empty()) GTEST_SKIP() << lacks;
    ASSERT_TRUE(world_->ready());
  }

  void same_as_go(const std::string& name) {
    Wanted want = wanted(world_->text(name));
    Outcome got = world_->run(name);
    EXPECT_NE(got.kind, ExitKind::kUnsupported) << got.message;
    EXPECT_EQ(got.exit, want.exit);
    EXPECT_EQ(trimmed(got.out), want.out);
    EXPECT_EQ(trimmed(got.err.substr(0, got.err.find("\ngoroutine "))), trimmed(want.err));
  }

  static std::unique_ptr<World> world_;
};
std::unique_ptr<World> Step::world_;

TEST_F(Step, Arithmetic) { same_as_go("arithmetic"); }
TEST_F(Step, Strings) { same_as_go("strings"); }
TEST_F(Step, Slices) { same_as_go("slices"); }
TEST_F(Step, Maps) { same_as_go("maps"); }
TEST_F(Step, Interfaces) { same_as_go("interfaces"); }
TEST_F(Step, Panics) { same_as_go("panics"); }
TEST_F(Step, UncaughtPanic) { same_as_go("uncaught"); }
TEST_F(Step, Deadlock) { same_as_go("deadlock"); }
TEST_F(Step, Channels) { same_as_go("channels"); }
TEST_F(Step, Generics) { same_as_go("generics"); }
TEST_F(Step, Reflection) { same_as_go("reflection"); }
TEST_F(Step, Exit) { same_as_go("exit"); }

TEST_F(Step, AnEndlessLoopEndsWithTheBudget) {
  RunOptions options;
  options.max_steps = 1'000'000;
  Outcome got = world_->run("loop", options);
  EXPECT_EQ(got.kind, ExitKind::kBudget);
  EXPECT_NE(got.message.find("steps"), std::string::npos);
}

TEST_F(Step, EndlessRecursionOverflowsTheStack) {
  Outcome got = world_->run("recursion");
  EXPECT_EQ(got.kind, ExitKind::kFatal);
  EXPECT_EQ(got.exit, 2);
  EXPECT_NE(got.err.find("stack overflow"), std::string::npos) << got.err;
}

TEST_F(Step, MemoryThatIsHeldCountsAgainstTheBudget) {
  RunOptions options;
  options.max_bytes = 128 << 20;
  EXPECT_EQ(world_->run("hoard", options).kind, ExitKind::kBudget);
}

TEST_F(Step, MemoryThatIsDroppedIsFreed) {
  RunOptions options;
  options.max_bytes = 128 << 20;  // of a gigabyte in all
  EXPECT_EQ(world_->run("garbage", options).kind, ExitKind::kExit);
}

TEST_F(Step, MemoryOutsideOfVariablesIsNotRead) {
  Outcome got = world_->run("outside");
  EXPECT_EQ(got.kind, ExitKind::kUnsupported);
  EXPECT_NE(got.message.find("outside of any variable"), std::string::npos) << got.message;
  EXPECT_NE(got.message.find("main.main"), std::string::npos) << got.message;
}

TEST_F(Step, AFunctionWithoutBodyIsNamed) {
  Outcome got = world_->run("nowhere");
  EXPECT_EQ(got.kind, ExitKind::kUnsupported);
  EXPECT_NE(got.message.find("other"), std::string::npos) << got.message;
}

TEST_F(Step, RunsAreRepeatable) {
  Outcome a = world_->run("channels");
  Outcome b = world_->run("channels");
  EXPECT_EQ(a.out, b.out);
  EXPECT_FALSE(a.out.empty());
}

TEST(StepHeap, CopiesAreIndependent) {
  Heap heap;
  uint32_t id = heap.add(16, types::basic(BasicKind::kUintptr), true);
  heap[id].data[0] = 1;
  Heap copy(heap);
  heap[id].data[0] = 2;
  EXPECT_EQ(copy[id].data[0], 1);
  EXPECT_EQ(copy[id].size, 16u);
}

TEST(StepHeap, CopiesOfAStateShareNothing) {
  State state;
  state.globals.resize(1);
  state.globals[0].data = std::make_unique<uint8_t[]>(8);
  state.globals[0].size = 8;
  uint32_t id = state.heap.add(8, types::basic(BasicKind::kUint64), false);
  State copy(state);
  state.globals[0].data[3] = 7;
  state.heap[id].data[3] = 7;
  EXPECT_EQ(copy.globals[0].data[3], 0);
  EXPECT_EQ(copy.heap[id].data[3], 0);
}

TEST(StepHeap, MarksThroughPointers) {
  Heap heap;
  uint32_t inner = heap.add(8, types::basic(BasicKind::kUint64), false);
  uint32_t outer = heap.add(8, types::basic(BasicKind::kUintptr), true);
  uint32_t lost = heap.add(8, types::basic(BasicKind::kUint64), false);
  Word p = pointer_to(inner, 4);
  std::memcpy(heap[outer].data.get(), &p, sizeof p);
  heap.start_marking();
  heap.mark_word(pointer_to(outer));
  heap.finish_marking();
  heap.sweep();
  EXPECT_EQ(heap[inner].kind, ObjectKind::kBytes);
  EXPECT_EQ(heap[outer].kind, ObjectKind::kBytes);
  EXPECT_EQ(heap[lost].kind, ObjectKind::kFree);
}

}  // namespace
}  // namespace unpark::ssa::step
