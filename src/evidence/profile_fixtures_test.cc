// Profiles of Go 1.19 to 1.27 read from their two forms: both hold the same, and what the programs
// that made them knew.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "evidence/byte_source.h"
#include "evidence/debug1.h"
#include "evidence/function_name.h"
#include "evidence/pprof.h"

namespace unpark::evidence {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const char* const kFixtures = "tests/evidence/fixtures";

std::string content(const std::string& path) {
  std::string text, what;
  auto file = open_file(path);
  EXPECT_TRUE(file.ok()) << path;
  if (!file.ok()) return text;
  auto plain = decompressed(std::move(*file), 1 << 30, &what);
  EXPECT_TRUE(plain.ok() && read_all(**plain, 1 << 30, &text).ok()) << path;
  return text;
}

void read_pprof_file(const std::string& path, Evidence& evidence) {
  InputId id{static_cast<uint32_t>(evidence.inputs.size())};
  evidence.inputs.push_back({path, "", 0, {}, ""});
  std::string bytes = content(path);
  EXPECT_TRUE(looks_like_pprof(std::string_view(bytes).substr(0, 64))) << path;
  EXPECT_TRUE(read_pprof(bytes, id, evidence)) << path << ": " << evidence.inputs.back().error;
}

void read_debug1_file(const std::string& path, Evidence& evidence) {
  InputId id{static_cast<uint32_t>(evidence.inputs.size())};
  evidence.inputs.push_back({path, "", 0, {}, ""});
  std::string text = content(path);
  Debug1Reader reader(id, evidence);
  size_t at = 0;
  while (at < text.size()) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line(text.data() + at, end - at);
    if (!reader.take(line, at)) {
      EXPECT_TRUE(line.empty()) << path << ": not taken: " << line;
    }
    at = end + 1;
  }
  reader.finish();
}

void read_file(const std::string& path, Evidence& evidence) {
  path.ends_with(".pb.gz") ? read_pprof_file(path, evidence) : read_debug1_file(path, evidence);
  for (const Note& note : evidence.inputs.back().notes) {
    ADD_FAILURE() << path << ": " << note.message;
  }
}

// Folders of `kind`... below all versions that have `file`.
std::vector<std::string> folders_with(const char* file) {
  std::vector<std::string> out;
  for (const fs::directory_entry& version : fs::directory_iterator(kFixtures)) {
    for (const fs::directory_entry& folder : fs::directory_iterator(version)) {
      if (fs::exists(folder.path() / file)) out.push_back(folder.path().string());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string place(const Symbols& symbols, const Frame& frame) {
  return canonical(symbols.text(frame.function)) + " " + std::string(symbols.text(frame.file)) +
         ":" + std::to_string(frame.line);
}

bool is_run_time(std::string_view function) {
  return function.starts_with("runtime.") || function.starts_with("internal/runtime/");
}

// The stack as both forms tell it: debug=1 hides the run time at its leaf, unless there is nothing
// else.
std::vector<std::string> told_frames(const Symbols& symbols, StackId stack, bool inlining) {
  std::vector<std::string> all;
  size_t hidden = 0;
  for (FrameId id : symbols[stack]) {
    const Frame& frame = symbols[id];
    if (hidden == all.size() && is_run_time(symbols.text(frame.function))) hidden++;
    all.push_back(place(symbols, frame) + (inlining && frame.flags & kInlined ? " inlined" : ""));
  }
  if (hidden < all.size()) all.erase(all.begin(), all.begin() + static_cast<ptrdiff_t>(hidden));
  return all;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

std::string labels_text(const Symbols& symbols, LabelsId labels) {
  std::string out;
  for (const Label& label : symbols[labels]) {
    out += json(std::string(symbols.text(label.key)))
               .dump(-1, ' ', true, json::error_handler_t::replace) +
           "=" + std::string(symbols.text(label.value)) + ";";
  }
  return out;
}

std::map<std::string, uint64_t> groups_of(const Evidence& evidence, const Snapshot& snapshot) {
  std::map<std::string, uint64_t> out;
  for (const Goroutine& g : snapshot.goroutines) {
    std::string key = joined(told_frames(evidence.symbols, g.stack, true));
    key += labels_text(evidence.symbols, g.labels) + " [" + std::string(text_of(g.reason)) + "]";
    out[key] += g.count;
  }
  return out;
}

// The goroutine that writes the profile is in another place for each form.
void drop_writer(std::map<std::string, uint64_t>* groups) {
  std::erase_if(*groups, [](const auto& group) {
    return group.first.find("runtime/pprof.") != std::string::npos;
  });
}

// A spinning goroutine is anywhere in its loop.
void drop_running(std::map<std::string, uint64_t>* groups) {
  std::erase_if(*groups, [](const auto& group) {
    return group.first.find("main.busy ") != std::string::npos;
  });
}

class BothForms : public testing::TestWithParam<const char*> {};

TEST_P(BothForms, HoldTheSameGoroutines) {
  std::string name = GetParam();
  std::vector<std::string> folders = folders_with((name + ".debug1.txt").c_str());
  ASSERT_FALSE(folders.empty());
  for (const std::string& folder : folders) {
    SCOPED_TRACE(folder);
    Evidence evidence;
    read_file(folder + "/" + name + ".debug1.txt", evidence);
    read_file(folder + "/" + name + ".pb.gz", evidence);
    ASSERT_EQ(evidence.snapshots.size(), 2u);
    const Snapshot &text = evidence.snapshots[0], &proto = evidence.snapshots[1];
    EXPECT_EQ(text.kind, proto.kind);
    EXPECT_EQ(text.kind,
              name == "goroutine" ? SnapshotKind::kGoroutineProfile : SnapshotKind::kLeakProfile);
    EXPECT_EQ(text.goroutine_count(), proto.goroutine_count());
    EXPECT_EQ(text.claimed_total, text.goroutine_count());
    EXPECT_FALSE(text.cut || proto.cut);
    auto of_text = groups_of(evidence, text), of_proto = groups_of(evidence, proto);
    for (auto* groups : {&of_text, &of_proto}) {
      drop_writer(groups);
      drop_running(groups);
    }
    EXPECT_EQ(of_text, of_proto);
    for (const Goroutine& g : proto.goroutines) {
      EXPECT_EQ((g.flags & kLeaked) != 0, name == "goroutineleak");
      EXPECT_EQ(g.id, 0u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Profiles, BothForms, testing::Values("goroutine", "goroutineleak"));

// The reason of each site as the newest version names it, which tells locks apart.
std::map<std::string, std::string> newest_kinds() {
  std::map<std::string, std::string> out;
  for (const std::string& folder : folders_with("expected.json")) {
    if (!folder.ends_with("/waits")) continue;
    json expected = json::parse(content(folder + "/expected.json"));
    for (const json& site : expected["sites"]) out[site["site"]] = site["kind"];
  }
  return out;
}

struct Site {
  std::string kind;
  std::vector<std::string> frames;
  std::map<std::string, std::string> labels;
  uint64_t count = 0, leaked = 0;
  std::set<std::string> names;
};

// Sites that profiles cannot tell apart are one.
std::vector<Site> sites_of(const json& expected) {
  static const std::map<std::string, std::string> kinds = newest_kinds();
  std::map<std::string, Site> out;
  for (const json& s : expected["sites"]) {
    Site site;
    auto kind = kinds.find(s["site"]);
    site.kind = kind != kinds.end() ? kind->second : s["kind"].get<std::string>();
    // It is deeper than what profiles hold.
    for (const json& frame : s.value("stack", json::array())) {
      site.frames.push_back(canonical(frame["function"].get<std::string>()) + " " +
                            frame["file"].get<std::string>() + ":" +
                            std::to_string(frame["line"].get<int>()));
      if (s["site"] == "deep" && site.frames.size() == 20) break;
    }
    if (site.frames.empty()) continue;
    if (s.contains("labels")) site.labels = s["labels"].get<std::map<std::string, std::string>>();
    std::string key = site.kind + joined(site.frames) + json(site.labels).dump();
    Site& merged = out.try_emplace(key, site).first->second;
    merged.count += s["count"].get<uint64_t>();
    if (s.value("leaked", false)) merged.leaked += s["count"].get<uint64_t>();
    merged.names.insert(s["site"]);
  }
  std::vector<Site> sites;
  for (auto& [key, site] : out) sites.push_back(std::move(site));
  return sites;
}

// What is wanted may leave the file or the line open. The file of a //line comment has no folder
// before Go 1.27.
bool is_place(const std::string& wanted, const std::string& place) {
  if (wanted == place) return true;
  if (wanted.find("/grammar.y:") != wanted.npos && place == "main.lined grammar.y:7") return true;
  std::string_view w(wanted);
  if (!w.ends_with(":0")) return false;
  w.remove_suffix(1);
  if (w.ends_with(" :")) w.remove_suffix(1);
  return place.starts_with(w);
}

// The frames in their order, the first one being the innermost of the user's.
bool has_frames(const std::vector<std::string>& stack, const Site& site) {
  size_t found = 0;
  for (const std::string& place : stack) {
    if (found < site.frames.size() && is_place(site.frames[found], place)) {
      found++;
    } else if (found == 0 && place.starts_with("main.")) {
      return false;
    }
  }
  return found == site.frames.size();
}

bool has_labels(const Symbols& symbols, LabelsId labels, const Site& site) {
  std::map<std::string, std::string> told;
  for (const Label& label : symbols[labels]) {
    told[std::string(symbols.text(label.key))] = symbols.text(label.value);
  }
  if (told == site.labels) return true;
  // Bytes that are no UTF-8 are not in the expected labels.
  for (const auto& [key, value] : told) {
    if (key == "bad" && site.labels.contains("bad")) return true;
  }
  return false;
}

void expect_sites(const Evidence& evidence, const Snapshot& snapshot, const json& expected) {
  for (const Site& site : sites_of(expected)) {
    uint64_t wanted = snapshot.kind == SnapshotKind::kLeakProfile ? site.leaked : site.count;
    uint64_t count = 0;
    std::set<std::string> reasons;
    for (const Goroutine& g : snapshot.goroutines) {
      if (!has_labels(evidence.symbols, g.labels, site)) continue;
      if (!has_frames(told_frames(evidence.symbols, g.stack, false), site)) continue;
      std::string reason(text_of(g.reason));
      bool same = site.kind == reason ||
                  (reason.empty() && (site.kind == "syscall" || site.kind == "running|runnable"));
      if (same) count += g.count;
      reasons.insert(reason);
    }
    EXPECT_EQ(count, wanted) << testing::PrintToString(site.names) << " [" << site.kind
                             << "] read as " << testing::PrintToString(reasons) << "\n"
                             << joined(site.frames);
  }
}

TEST(ProfileFixtures, GoroutinesAreWhereTheProgramPutThem) {
  size_t checked = 0;
  for (const char* file : {"goroutine.debug1.txt", "goroutine.pb.gz", "goroutineleak.debug1.txt",
                           "goroutineleak.pb.gz"}) {
    for (const std::string& folder : folders_with(file)) {
      if (folder.ends_with("/bubble")) continue;
      SCOPED_TRACE(folder + "/" + file);
      Evidence evidence;
      read_file(folder + "/" + file, evidence);
      ASSERT_EQ(evidence.snapshots.size(), 1u);
      const Snapshot& snapshot = evidence.snapshots[0];
      json expected = json::parse(content(folder + "/expected.json"));
      if (snapshot.kind == SnapshotKind::kGoroutineProfile) {
        EXPECT_EQ(snapshot.goroutine_count(), expected["goroutines"].get<uint64_t>());
      } else {
        EXPECT_EQ(snapshot.goroutine_count(), 40u);
      }
      expect_sites(evidence, snapshot, expected);
      checked++;
    }
  }
  EXPECT_GE(checked, 22u);
}

// The values of samples whose stack has `function`, summed.
std::vector<int64_t> values_at(const Evidence& evidence, const Snapshot& snapshot,
                               std::string_view function) {
  std::vector<int64_t> out(snapshot.value_types.size());
  for (const Sample& sample : snapshot.samples) {
    bool here = false;
    for (FrameId id : evidence.symbols[sample.stack]) {
      here |= evidence.symbols.text(evidence.symbols[id].function) == function;
    }
    for (size_t i = 0; here && i < out.size(); i++) {
      out[i] += snapshot.values[sample.first_value + i];
    }
  }
  return out;
}

std::vector<std::string> types_of(const Snapshot& snapshot) {
  std::vector<std::string> out;
  for (const ValueType& t : snapshot.value_types) out.push_back(t.type + "/" + t.unit);
  return out;
}

// What the program did: four of five had to wait for the lock, and so on.
TEST(ProfileFixtures, Contention) {
  struct Case {
    const char* name;
    SnapshotKind kind;
    std::map<std::string, int64_t> contentions;
  };
  const Case kCases[] = {
      {"mutex", SnapshotKind::kMutex, {{"main.contend", 4}}},
      {"block", SnapshotKind::kBlock, {{"main.contend", 4}, {"main.blockProfile.func3", 3}}},
  };
  for (const Case& c : kCases) {
    std::vector<std::string> folders = folders_with((std::string(c.name) + ".pb.gz").c_str());
    ASSERT_GE(folders.size(), 9u);
    for (const std::string& folder : folders) {
      SCOPED_TRACE(folder + "/" + c.name);
      Evidence evidence;
      read_file(folder + "/" + c.name + ".debug1.txt", evidence);
      read_file(folder + "/" + c.name + ".pb.gz", evidence);
      ASSERT_EQ(evidence.snapshots.size(), 2u);
      const Snapshot &text = evidence.snapshots[0], &proto = evidence.snapshots[1];
      EXPECT_EQ(text.kind, c.kind);
      EXPECT_EQ(proto.kind, c.kind);
      EXPECT_EQ(types_of(text), types_of(proto));
      EXPECT_EQ(types_of(proto),
                (std::vector<std::string>{"contentions/count", "delay/nanoseconds"}));
      for (const auto& [function, contentions] : c.contentions) {
        std::vector<int64_t> in_text = values_at(evidence, text, function);
        std::vector<int64_t> in_proto = values_at(evidence, proto, function);
        EXPECT_EQ(in_text[0], contentions) << function;
        EXPECT_EQ(in_proto[0], contentions) << function;
        // Milliseconds, the same in both forms but for the last digit.
        EXPECT_GT(in_proto[1], 3'000'000);
        EXPECT_NEAR(static_cast<double>(in_text[1]), static_cast<double>(in_proto[1]), 10);
      }
      EXPECT_TRUE(proto.goroutines.empty() && text.goroutines.empty());
    }
  }
}

// 64 blocks of 32 KiB are held; sampling sees some of them and says about how many there are.
TEST(ProfileFixtures, Heap) {
  size_t checked = 0;
  std::map<std::string, std::vector<int64_t>> of_folder;
  for (const char* file : {"heap.debug1.txt", "heap.pb.gz", "allocs.pb.gz"}) {
    for (const std::string& folder : folders_with(file)) {
      SCOPED_TRACE(folder + "/" + file);
      Evidence evidence;
      read_file(folder + "/" + file, evidence);
      ASSERT_EQ(evidence.snapshots.size(), 1u);
      const Snapshot& s = evidence.snapshots[0];
      EXPECT_EQ(s.kind, std::string_view(file).starts_with("allocs") ? SnapshotKind::kAllocs
                                                                     : SnapshotKind::kHeap);
      EXPECT_EQ(types_of(s),
                (std::vector<std::string>{"alloc_objects/count", "alloc_space/bytes",
                                          "inuse_objects/count", "inuse_space/bytes"}));
      EXPECT_EQ(s.period, 32768);
      std::vector<int64_t> held = values_at(evidence, s, "main.allocate");
      EXPECT_NEAR(static_cast<double>(held[2]), 64, 36);
      EXPECT_NEAR(static_cast<double>(held[3]), 64 * 32768, 36 * 32768);
      EXPECT_GE(held[0], held[2]);
      of_folder.try_emplace(folder, held);
      EXPECT_EQ(of_folder[folder], held) << "both forms mean the same";
      checked++;
    }
  }
  EXPECT_GE(checked, 21u);
}

TEST(ProfileFixtures, Threads) {
  for (const std::string& folder : folders_with("threadcreate.pb.gz")) {
    SCOPED_TRACE(folder);
    Evidence evidence;
    read_file(folder + "/threadcreate.debug1.txt", evidence);
    read_file(folder + "/threadcreate.pb.gz", evidence);
    ASSERT_EQ(evidence.snapshots.size(), 2u);
    for (const Snapshot& s : evidence.snapshots) {
      EXPECT_EQ(s.kind, SnapshotKind::kThreadCreate);
      EXPECT_EQ(types_of(s), std::vector<std::string>{"threadcreate/count"});
      int64_t sum = 0;
      for (int64_t v : s.values) sum += v;
      EXPECT_GT(sum, 3);
      EXPECT_LT(sum, 100);
      // The template thread, which one locked goroutine asks for.
      EXPECT_EQ(values_at(evidence, s, "runtime.startTemplateThread")[0], 1);
    }
  }
}

TEST(ProfileFixtures, Process) {
  for (const std::string& folder : folders_with("goroutine.pb.gz")) {
    if (folder.ends_with("/bubble")) continue;
    SCOPED_TRACE(folder);
    Evidence evidence;
    read_file(folder + "/goroutine.pb.gz", evidence);
    const Snapshot& s = evidence.snapshots.at(0);
    EXPECT_EQ(s.process.binary, "/app/waits");
    EXPECT_TRUE(s.time_is_own);
    ASSERT_TRUE(s.time_ns.has_value());
    EXPECT_GT(*s.time_ns, 1'700'000'000'000'000'000);
    EXPECT_EQ(s.period, 1);
    EXPECT_EQ(s.duration_ns, 0);
  }
}

}  // namespace
}  // namespace unpark::evidence
