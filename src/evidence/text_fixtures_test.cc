// Goroutine text of Go 1.19 to 1.27 as its programs wrote it, against what the programs know.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "harness/evidence_text.h"

namespace unpark::evidence {
namespace {

using nlohmann::json;
using testing::TextOf;

const std::string kFixtures = "tests/evidence/fixtures/";

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

json expected_of(const std::string& path) { return json::parse(slurp(path), nullptr, false); }

std::vector<std::string> folders(const std::string& kind) {
  std::vector<std::string> out;
  for (const auto& version : std::filesystem::directory_iterator(kFixtures)) {
    std::filesystem::path path = version.path() / kind;
    if (std::filesystem::exists(path / "expected.json") || kind == "crash") {
      if (std::filesystem::exists(path)) out.push_back(path.string());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool is_one_of(const std::string& state, const std::string& choice) {
  std::stringstream in(choice);
  for (std::string one; std::getline(in, one, '|');) {
    if (one == state) return true;
  }
  return false;
}

// The wanted frames, in order, somewhere in the stack.
void expect_frames(const TextOf& dump, const Goroutine& g, const json& site) {
  std::span<const FrameId> stack = dump.symbols()[g.stack];
  size_t at = 0, wanted = 0;
  for (const json& frame : site["stack"]) {
    if (site["site"] == "deep" && wanted++ == 3) break;
    while (at < stack.size()) {
      const Frame& f = dump.symbols()[stack[at]];
      if (dump.symbols().text(f.function) == frame["function"].get<std::string>() &&
          (frame["line"] == 0 || frame["line"] == f.line)) {
        break;
      }
      at++;
    }
    ASSERT_LT(at, stack.size()) << frame << " of " << site["site"] << " in goroutine " << g.id;
    // -trimpath leaves the last element of the path in a //line directive.
    std::string file = frame["file"];
    EXPECT_TRUE(file.empty() || file.ends_with(dump.symbols().text(dump.symbols()[stack[at]].file)))
        << file;
  }
}

void expect_creator(const TextOf& dump, const Goroutine& g, const json& site) {
  if (!site.contains("creator")) {
    EXPECT_FALSE(g.created_by.exists()) << site["site"];
    return;
  }
  ASSERT_TRUE(g.created_by.exists()) << site["site"];
  const Frame& f = dump.symbols()[g.created_by];
  EXPECT_EQ(dump.symbols().text(f.function), site["creator"]["function"].get<std::string>());
  if (site["creator"]["line"] != 0 && site["site"] != "generic") {
    EXPECT_EQ(f.line, site["creator"]["line"]);
    EXPECT_EQ(dump.symbols().text(f.file), site["creator"]["file"].get<std::string>());
  }
  if (site.contains("creator_goid") && g.creator_id != 0) {
    EXPECT_EQ(g.creator_id, site["creator_goid"]);
  }
}

void expect_labels(const TextOf& dump, const Goroutine& g, const json& site, bool shown) {
  std::map<std::string, std::string> got;
  for (const Label& label : dump.symbols()[g.labels]) {
    got[std::string(dump.symbols().text(label.key))] = dump.symbols().text(label.value);
  }
  const json labels = site.value("labels", json::object());
  EXPECT_EQ(got.size(), shown ? labels.size() : 0) << site["site"];
  // Bytes that are not UTF-8 have no place in JSON, and Go 1.26 prints a sign for them.
  bool exact = shown && !labels.contains("bad");
  for (const auto& [key, value] : labels.items()) {
    EXPECT_TRUE(!exact || got[key] == value.get<std::string>()) << site["site"] << key;
  }
}

void expect_waits(const std::string& folder, const std::string& file) {
  SCOPED_TRACE(folder + "/" + file);
  json wanted = expected_of(folder + "/expected.json");
  ASSERT_TRUE(wanted.is_object());
  TextOf dump(slurp(folder + "/" + file));
  ASSERT_EQ(dump.evidence.snapshots.size(), 1u);
  const Snapshot& snapshot = dump.evidence.snapshots[0];
  EXPECT_EQ(snapshot.kind, SnapshotKind::kGoroutineDump);
  EXPECT_EQ(snapshot.goroutines.size(), wanted["goroutines"]);
  EXPECT_FALSE(snapshot.cut);
  // Two of the stacks are deeper than old versions print.
  bool old = folder.find("go1.19") != folder.npos || folder.find("go1.20") != folder.npos;
  EXPECT_EQ(dump.notes().find("2 stacks end where Go 1.20 and earlier stop") != std::string::npos,
            old);
  EXPECT_TRUE(old || dump.notes().empty()) << dump.notes();
  bool labels = wanted["labels_in_debug2"] == "yes";
  std::map<uint64_t, const Goroutine*> by_id;
  for (const Goroutine& g : snapshot.goroutines) by_id[g.id] = &g;
  EXPECT_EQ(by_id.size(), snapshot.goroutines.size());
  for (const json& site : wanted["sites"]) {
    if (!site.contains("goids")) continue;
    for (uint64_t id : site["goids"]) {
      ASSERT_TRUE(by_id.contains(id)) << site["site"];
      const Goroutine& g = *by_id[id];
      EXPECT_TRUE(is_one_of(dump.words(g), site["kind"])) << dump.words(g) << site["site"];
      EXPECT_EQ(static_cast<bool>(g.flags & kLockedToThread), site.value("locked", false));
      bool after_leak = file.find("leak") != file.npos;
      bool leaked = after_leak && site["leaked"];
      EXPECT_EQ(static_cast<bool>(g.flags & kLeaked), leaked);
      // All of them had waited for more than a minute.
      EXPECT_EQ(g.minutes != Goroutine::kNotShown, folder.ends_with("waits-minutes"));
      expect_frames(dump, g, site);
      expect_creator(dump, g, site);
      expect_labels(dump, g, site, labels);
    }
  }
}

TEST(TextFixtures, Waits) {
  size_t count = 0;
  for (const char* kind : {"waits", "waits-minutes", "waits-rangefunc", "waits-leakprofile",
                           "waits-labels", "waits-nolabels"}) {
    for (const std::string& folder : folders(kind)) {
      for (const char* file : {"goroutine.debug2.txt", "stack.txt", "goroutineleak.debug2.txt",
                               "goroutine-after-leak.debug2.txt"}) {
        if (!std::filesystem::exists(folder + "/" + file)) continue;
        expect_waits(folder, file);
        count++;
      }
    }
  }
  EXPECT_GE(count, 20u);
}

TEST(TextFixtures, Bubbles) {
  size_t count = 0;
  for (const std::string& folder : folders("bubble")) {
    SCOPED_TRACE(folder);
    json wanted = expected_of(folder + "/expected.json");
    TextOf dump(slurp(folder + "/goroutine.debug2.txt"));
    ASSERT_EQ(dump.evidence.snapshots.size(), 1u);
    EXPECT_EQ(dump.notes(), "");
    const Snapshot& snapshot = dump.evidence.snapshots[0];
    EXPECT_EQ(snapshot.goroutines.size(), wanted["goroutines"]);
    for (const json& site : wanted["sites"]) {
      int found = 0;
      for (const Goroutine& g : snapshot.goroutines) {
        bool there = dump.has_frame(g, site["function"].get<std::string>());
        std::string state = dump.words(g);
        if (there && state == site["kind"].get<std::string>() && (g.bubble != 0) == site["bubble"])
          found++;
      }
      EXPECT_GE(found, site["count"].get<int>()) << site;
      count++;
    }
    TextOf crash(slurp(folder + "/deadlock-all.txt"));
    ASSERT_EQ(crash.evidence.snapshots.size(), 1u);
    EXPECT_TRUE(crash.evidence.snapshots[0].message.starts_with("panic: deadlock: "));
  }
  EXPECT_GE(count, 50u);
}

void expect_crash(const std::string& path, const json& wanted) {
  SCOPED_TRACE(path);
  TextOf dump(slurp(path));
  if (wanted.value("shows", "") == "nothing") {
    EXPECT_TRUE(dump.evidence.snapshots.empty());
    return;
  }
  ASSERT_EQ(dump.evidence.snapshots.size(), 1u) << dump.notes();
  const Snapshot& snapshot = dump.evidence.snapshots[0];
  std::string message = wanted["message"];
  bool alive = message.starts_with("none: ");
  EXPECT_EQ(snapshot.kind, alive ? SnapshotKind::kGoroutineDump : SnapshotKind::kCrash);
  EXPECT_EQ(snapshot.message.empty(), alive);
  std::string text = slurp(path);
  EXPECT_NE(text.find(snapshot.message), text.npos);
  EXPECT_FALSE(snapshot.cut);
  EXPECT_EQ(dump.notes(), "");
  if (wanted.contains("counted")) {
    std::map<std::string, int> states;
    for (const Goroutine& g : snapshot.goroutines) states[dump.words(g)]++;
    json counted = wanted["counted"]["states"];
    size_t headers = wanted["counted"]["header_lines"];
    // Two goroutines crashed at once, and one was printed twice: first without a stack.
    if (snapshot.goroutines.size() + 1 == headers && text.find("stack unavailable") != text.npos) {
      counted["running"] = counted["running"].get<int>() - 1;
      headers--;
    }
    EXPECT_EQ(snapshot.goroutines.size(), headers);
    EXPECT_EQ(json(states), counted);
  }
  int crashing = 0;
  for (const Goroutine& g : snapshot.goroutines) {
    crashing += (g.flags & kCrashing) != 0;
    EXPECT_TRUE(!(g.flags & kStackUnavailable) || dump.symbols()[g.stack].empty());
  }
  bool cause = !alive && !message.starts_with("SIG") && message.find("deadlock") == message.npos;
  EXPECT_EQ(crashing > 0, cause) << message;
}

TEST(TextFixtures, Crashes) {
  size_t count = 0;
  for (const std::string& folder : folders("crash")) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::string path = entry.path().string();
      size_t end = path.find(".expected.json");
      if (end == path.npos) continue;
      expect_crash(path.substr(0, end) + ".txt", expected_of(path));
      count++;
    }
  }
  EXPECT_GE(count, 270u);
}

TEST(TextFixtures, TestTimeouts) {
  for (const std::string& folder : folders("crash")) {
    SCOPED_TRACE(folder);
    json wanted = expected_of(folder + "/test-timeout.expected.json");
    TextOf plain(slurp(folder + "/test-timeout.txt"));
    TextOf events(slurp(folder + "/test-timeout.json.txt"));
    ASSERT_EQ(plain.evidence.snapshots.size(), 1u);
    ASSERT_EQ(events.evidence.snapshots.size(), 1u) << events.notes();
    EXPECT_EQ(plain.evidence.snapshots[0].message, wanted["message"].get<std::string>());
    EXPECT_EQ(events.evidence.snapshots[0].message, wanted["message"].get<std::string>());
    for (const TextOf* run : {&plain, &events}) {
      for (const auto& [function, count] : wanted["functions"].items()) {
        EXPECT_EQ(run->goroutines_in(function), count) << function;
      }
    }
    EXPECT_NE(events.notes(), "");
  }
}

// What log shippers, editors and cut-off files made of two crashes.
TEST(TextFixtures, Wrapped) {
  size_t count = 0;
  for (const std::string& folder : folders("wrapped")) {
    json wanted = expected_of(folder + "/expected.json");
    for (const auto& [name, file] : wanted["files"].items()) {
      SCOPED_TRACE(folder + "/" + name);
      TextOf dump(slurp(folder + "/" + name));
      size_t headers = 0;
      for (const Snapshot& s : dump.evidence.snapshots) {
        for (const Goroutine& g : s.goroutines) headers += !(g.flags & kHeadless);
      }
      EXPECT_EQ(headers, file["header_lines"]) << dump.notes();
      count++;
      if (name == "empty.txt") {
        EXPECT_TRUE(dump.evidence.snapshots.empty());
        continue;
      }
      TextOf clean(slurp(folder + "/../" + file["from"].get<std::string>()));
      if (name == "twice.txt") {
        ASSERT_EQ(dump.evidence.snapshots.size(), 2u);
        EXPECT_EQ(dump.evidence.snapshots[0].goroutines.size(),
                  dump.evidence.snapshots[1].goroutines.size());
        EXPECT_EQ(dump.evidence.snapshots[1].message, clean.evidence.snapshots[0].message);
        continue;
      }
      ASSERT_EQ(dump.evidence.snapshots.size(), 1u);
      if (name.find(".cut-") != name.npos) {
        EXPECT_TRUE(dump.evidence.snapshots[0].cut);
        EXPECT_NE(dump.notes().find("ends in the middle"), std::string::npos);
        continue;
      }
      EXPECT_FALSE(dump.evidence.snapshots[0].cut);
      if (name.find("headless") != name.npos) {
        EXPECT_NE(dump.notes().find("no header"), std::string::npos);
        continue;
      }
      EXPECT_EQ(dump.shape(), clean.shape()) << dump.notes();
      EXPECT_EQ(dump.evidence.snapshots[0].message, clean.evidence.snapshots[0].message);
    }
  }
  EXPECT_GE(count, 90u);
}

// The same text, in place or in pieces of any size, has the same goroutines.
TEST(TextFixtures, InPieces) {
  for (const char* path :
       {"go1.27.3/waits/goroutine.debug2.txt", "go1.23.1/crash/sigquit.crash.txt",
        "go1.27.0/wrapped/sigquit.docker.txt"}) {
    std::string text = slurp(kFixtures + path);
    TextOf whole(text);
    ASSERT_FALSE(whole.evidence.snapshots.empty());
    for (size_t piece : {size_t{1}, size_t{7}, size_t{4096}}) {
      TextOf pieces(text, piece);
      EXPECT_EQ(pieces.shape(), whole.shape()) << path << " by " << piece;
    }
  }
}

}  // namespace
}  // namespace unpark::evidence
