#include "evidence/collect.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/os.h"
#include "harness/http_server.h"

namespace unpark::evidence {
namespace {

using testing::http_response;
using testing::HttpServer;
using testing::request_target;
using Peer = HttpServer::Peer;

constexpr std::string_view kBinary = "application/octet-stream";
constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kIndex =
    "<html><title>/debug/pprof/</title><a href='goroutine?debug=1'>goroutine</a>"
    "<a href='heap?debug=1'>heap</a><a href='mutex?debug=1'>mutex</a>"
    "<a href='block?debug=1'>block</a></html>";

std::string fixture(const std::string& name) {
  base::Result<std::string> bytes = base::read_file("tests/evidence/fixtures/go1.26.7/" + name);
  EXPECT_TRUE(bytes) << name;
  return bytes ? *bytes : "";
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class FakeClock : public Clock {
 public:
  int64_t now_ns() override { return now_; }
  void sleep_until_ns(int64_t time_ns, const std::atomic<bool>*) override {
    now_ = std::max(now_, time_ns);
  }
  void advance(double seconds) { now_ += static_cast<int64_t>(seconds * 1e9); }

 private:
  int64_t now_ = 1'000'000'000'000'000'000;
};

// A Go process as the network sees it. Pages may be changed while it runs.
class Process {
 public:
  Process() : server_([this](Peer& peer, const std::string& request) { answer(peer, request); }) {
    set("/debug/pprof/", "text/html; charset=utf-8", kIndex);
    set("/debug/pprof/goroutine?debug=0", kBinary, fixture("waits/goroutine.pb.gz"));
    set("/debug/pprof/goroutine?debug=2", kText, fixture("waits/goroutine.debug2.txt"));
    for (const char* name : {"heap", "mutex", "block"}) {
      set(std::string("/debug/pprof/") + name + "?debug=0", kBinary,
          fixture(std::string("waits/") + name + ".pb.gz"));
    }
  }

  void set(const std::string& target, std::string_view type, std::string_view body) {
    std::lock_guard lock(mutex_);
    pages_[target] = http_response("200 OK", type, body);
  }
  void answer_all(std::string response) {
    std::lock_guard lock(mutex_);
    for_all_ = std::move(response);
  }
  // From the request of this number on nobody answers.
  void die_at(size_t request) { dies_at_ = request; }
  void on_request(std::function<void(const std::string&)> action) { action_ = std::move(action); }

  std::string url() const { return server_.url(); }
  std::vector<std::string> requests() {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  size_t count(std::string_view target) {
    std::lock_guard lock(mutex_);
    return static_cast<size_t>(std::count(requests_.begin(), requests_.end(), target));
  }

 private:
  void answer(Peer& peer, const std::string& request) {
    std::string target = request_target(request);
    std::string response;
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(target);
      if (requests_.size() >= dies_at_) return;
      auto page = pages_.find(target);
      response = !for_all_.empty() ? for_all_
                 : page != pages_.end()
                     ? page->second
                     : http_response("404 Not Found", kText, "Unknown profile\n");
    }
    if (action_) action_(target);
    peer.send(response);
  }

  std::mutex mutex_;
  std::map<std::string, std::string> pages_;
  std::vector<std::string> requests_;
  std::string for_all_;
  std::function<void(const std::string&)> action_;
  size_t dies_at_ = SIZE_MAX;
  HttpServer server_;
};

struct Collected {
  Evidence evidence;
  std::vector<std::string> saved;
  std::vector<std::string> progress;
  Collection collection;
  FakeClock clock;

  explicit Collected(CollectOptions options) {
    collection = collect(
        options, clock, evidence,
        [&](const CollectProgress& at) { progress.emplace_back(at.page); },
        [&](std::string_view name, std::string_view) -> base::Status {
          saved.emplace_back(name);
          return base::Ok{};
        });
  }
  size_t count(SnapshotKind kind) const {
    return static_cast<size_t>(
        std::count_if(evidence.snapshots.begin(), evidence.snapshots.end(),
                      [&](const Snapshot& snapshot) { return snapshot.kind == kind; }));
  }
};

CollectOptions options_for(const std::string& url) {
  CollectOptions options;
  options.url = url;
  options.for_seconds = 40;
  options.every_seconds = 10;
  return options;
}

TEST(Collect, FollowsThePolicy) {
  Process process;
  process.set("/metrics", kText, fixture("sched/prometheus.txt"));
  process.set("/debug/vars", "application/json; charset=utf-8", fixture("sched/expvar.json"));
  Collected run(options_for(process.url()));
  EXPECT_EQ(run.collection.error, "");
  EXPECT_EQ(run.collection.looks, 5u);
  EXPECT_TRUE(run.collection.notes.empty());
  EXPECT_EQ(run.count(SnapshotKind::kGoroutineProfile), 5u);
  EXPECT_EQ(run.count(SnapshotKind::kGoroutineDump), 5u);
  EXPECT_EQ(run.count(SnapshotKind::kHeap), 2u);
  EXPECT_EQ(run.count(SnapshotKind::kMutex), 1u);
  EXPECT_EQ(run.count(SnapshotKind::kBlock), 1u);
  EXPECT_EQ(run.count(SnapshotKind::kMetrics), 2u);
  EXPECT_EQ(run.count(SnapshotKind::kExpvar), 2u);
  std::vector<std::string> requests = process.requests();
  ASSERT_GE(requests.size(), 3u);
  EXPECT_EQ(requests[0], "/debug/pprof/");
  EXPECT_EQ(requests[1], "/debug/pprof/goroutine?debug=0");
  EXPECT_EQ(requests[2], "/debug/pprof/goroutine?debug=2");
  EXPECT_EQ(process.count("/debug/pprof/goroutineleak?debug=0"), 0u) << "the index has none";

  // Both pages of a look have its time, and looks are ten seconds apart.
  std::vector<int64_t> times;
  for (const Snapshot& snapshot : run.evidence.snapshots) {
    ASSERT_TRUE(snapshot.time_ns.has_value());
    EXPECT_FALSE(snapshot.time_is_own);
    if (snapshot.kind == SnapshotKind::kGoroutineProfile) times.push_back(*snapshot.time_ns);
  }
  for (size_t i = 1; i < times.size(); i++) EXPECT_EQ(times[i] - times[i - 1], 10'000'000'000);
  EXPECT_EQ(run.evidence.inputs[1].name, process.url() + "/debug/pprof/goroutine?debug=2 (look 1)");

  std::vector<std::string> sorted = run.saved;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted.front(), "look01-goroutine.debug2.txt");
  EXPECT_EQ(sorted.back(), "look05-vars.json");
  EXPECT_EQ(std::adjacent_find(sorted.begin(), sorted.end()), sorted.end()) << "names are unique";
}

TEST(Collect, TheLeakProfileOnceWhereItIsOffered) {
  Process process;
  std::string index(kIndex);
  process.set("/debug/pprof/", "text/html", index + "<a href='goroutineleak?debug=1'>x</a>");
  process.set("/debug/pprof/goroutineleak?debug=0", kBinary,
              fixture("waits-leakprofile/goroutineleak.pb.gz"));
  Collected run(options_for(process.url()));
  EXPECT_EQ(run.collection.error, "");
  EXPECT_EQ(run.count(SnapshotKind::kLeakProfile), 1u);
  EXPECT_EQ(process.requests().back(), "/debug/pprof/goroutineleak?debug=0");

  CollectOptions without = options_for(process.url());
  without.leak_profile = false;
  EXPECT_EQ(Collected(without).count(SnapshotKind::kLeakProfile), 0u);
}

TEST(Collect, EmptyProfilesKeepTheirNames) {
  Process process;
  std::string_view empty(
      "\x0a\x04\x08\x01\x10\x02\x0a\x04\x08\x03\x10\x04\x32\x00\x32\x0b"
      "contentions\x32\x05"
      "count\x32\x05"
      "delay\x32\x0b"
      "nanoseconds",
      54);
  process.set("/debug/pprof/mutex?debug=0", kBinary, empty);
  process.set("/debug/pprof/block?debug=0", kBinary, empty);
  CollectOptions options = options_for(process.url());
  options.for_seconds = 0;
  Collected run(options);
  EXPECT_EQ(run.count(SnapshotKind::kMutex), 1u);
  EXPECT_EQ(run.count(SnapshotKind::kBlock), 1u);
  EXPECT_EQ(run.evidence.inputs.back().what, "block profile");
}

TEST(Collect, NoDumpsAboveTheBudget) {
  Process process;
  CollectOptions options = options_for(process.url());
  options.dump_budget = 100;
  Collected run(options);
  EXPECT_EQ(process.count("/debug/pprof/goroutine?debug=2"), 0u);
  EXPECT_EQ(run.count(SnapshotKind::kGoroutineProfile), 5u);
  ASSERT_EQ(run.collection.notes.size(), 1u);
  EXPECT_TRUE(has(run.collection.notes[0].message, "budget of 100"));
}

TEST(Collect, DumpsStopWhenTheyBecomeTooMuch) {
  Process process;
  CollectOptions options = options_for(process.url());
  options.dump_bytes = fixture("waits/goroutine.debug2.txt").size() + 1;
  Collected run(options);
  EXPECT_EQ(run.count(SnapshotKind::kGoroutineDump), 3u) << "the first two and the last";
}

TEST(Collect, WithoutAnIndexPageAndBelowAPath) {
  Process process;
  for (const char* page : {"goroutine?debug=0", "goroutine?debug=2"}) {
    process.set(std::string("/app/debug/pprof/") + page, kBinary,
                fixture(has(page, "=0") ? "waits/goroutine.pb.gz" : "waits/goroutine.debug2.txt"));
  }
  for (const char* path : {"/app/", "/app", "/app/debug/pprof", "/app/debug/pprof/"}) {
    SCOPED_TRACE(path);
    CollectOptions options = options_for(process.url() + path);
    options.for_seconds = 0;
    Collected run(options);
    EXPECT_EQ(run.collection.error, "");
    EXPECT_EQ(run.collection.looks, 1u);
    EXPECT_EQ(run.evidence.snapshots.size(), 2u);
  }
  EXPECT_GE(process.count("/app/debug/pprof/goroutineleak?debug=0"), 1u);
  EXPECT_GE(process.count("/app/metrics"), 1u);

  process.set("/internal/prof/", "text/html", kIndex);
  process.set("/internal/prof/goroutine?debug=0", kBinary, fixture("waits/goroutine.pb.gz"));
  CollectOptions moved = options_for(process.url() + "/internal/prof/");
  moved.for_seconds = 0;
  EXPECT_EQ(Collected(moved).collection.looks, 1u);
}

TEST(Collect, OneProfileAlone) {
  Process process;
  Collected run(options_for(process.url() + "/debug/pprof/goroutine?debug=2"));
  EXPECT_EQ(run.collection.error, "");
  EXPECT_EQ(run.collection.looks, 5u);
  EXPECT_EQ(process.requests().size(), 5u);
  EXPECT_EQ(run.count(SnapshotKind::kGoroutineDump), 5u);
  EXPECT_EQ(run.saved[0], "look01-goroutine.debug2.txt");

  process.set("/dump", kText, fixture("waits/goroutine.debug2.txt"));
  Collected other(options_for(process.url() + "/dump"));
  EXPECT_EQ(other.collection.looks, 5u);

  Collected cpu(options_for(process.url() + "/debug/pprof/profile?seconds=5"));
  EXPECT_TRUE(has(cpu.collection.error, "give " + process.url() + "/debug/pprof/goroutine"))
      << cpu.collection.error;
}

TEST(Collect, OtherParametersGoAlong) {
  Process process;
  process.set("/debug/pprof/?token=s3cret", "text/html", kIndex);
  process.set("/debug/pprof/goroutine?debug=0&token=s3cret", kBinary,
              fixture("waits/goroutine.pb.gz"));
  CollectOptions options = options_for(process.url() + "/?token=s3cret");
  options.for_seconds = 0;
  Collected run(options);
  EXPECT_EQ(run.collection.looks, 1u) << run.collection.error;
  for (const Input& input : run.evidence.inputs) EXPECT_FALSE(has(input.name, "s3cret"));
  for (const Note& note : run.collection.notes) EXPECT_FALSE(has(note.message, "s3cret"));
}

TEST(Collect, KeepsWhatItHasWhenTheProcessDies) {
  Process process;
  process.die_at(9);  // index, two looks with the state of the first, and half of the third
  Collected run(options_for(process.url()));
  EXPECT_EQ(run.collection.looks, 2u);
  EXPECT_TRUE(has(run.collection.error, "after 2 looks that worked")) << run.collection.error;
  EXPECT_EQ(run.count(SnapshotKind::kGoroutineProfile), 2u);
  EXPECT_EQ(run.count(SnapshotKind::kGoroutineDump), 2u);
}

TEST(Collect, ALookThatFailsIsAGap) {
  Process process;
  size_t looks = 0;
  process.on_request([&](const std::string& target) {
    if (target != "/debug/pprof/goroutine?debug=0") return;
    looks++;
    process.answer_all(looks == 2 ? http_response("500 Oops", kText, "busy") : "");
  });
  // The answer to look 3's profile is set while look 2's is sent, so one look fails.
  Collected run(options_for(process.url()));
  EXPECT_EQ(run.collection.error, "");
  EXPECT_EQ(run.collection.looks, 4u);
  ASSERT_FALSE(run.collection.notes.empty());
  EXPECT_TRUE(
      std::any_of(run.collection.notes.begin(), run.collection.notes.end(),
                  [](const Note& note) { return has(note.message, "500: the server failed"); }));
}

TEST(Collect, ServersThatAreSomethingElse) {
  struct Case {
    std::string response;
    const char* error;
  } cases[] = {
      {http_response("404 Not Found", kText, "404 page not found"), "404: no such page"},
      {http_response("401 Unauthorized", kText, "no"), "401: needs credentials"},
      {http_response("200 OK", "text/html", "<html><title>My app</title></html>"),
       "is an HTML page (\"My app\")"},
      {http_response("200 OK", kText, ""), "is empty"},
      {"SSH-2.0-x\r\n", "not HTTP"},
      {"HTTP/1.1 302 Found\r\nLocation: https://sso.example.com/login?x=1\r\n\r\n",
       "redirects to https://sso.example.com/"},
  };
  for (const Case& c : cases) {
    Process process;
    process.answer_all(c.response);
    Collected run(options_for(process.url()));
    EXPECT_TRUE(has(run.collection.error, c.error)) << run.collection.error;
    EXPECT_EQ(run.collection.looks, 0u);
    EXPECT_TRUE(run.evidence.inputs.empty());
  }
  EXPECT_TRUE(
      has(Collected(options_for("http://127.0.0.1:1")).collection.error, "Connection refused"));
  EXPECT_TRUE(has(Collected(options_for("http://")).collection.error, "has no host"));
}

// A page for every address, as single-page applications have it, is no metrics page.
TEST(Collect, OptionalPagesThatAreSomethingElse) {
  Process process;
  for (const char* page : {"/metrics", "/debug/vars"}) {
    process.set(page, "text/html", "<html><title>My app</title></html>");
  }
  Collected run(options_for(process.url()));
  EXPECT_EQ(run.collection.error, "");
  EXPECT_TRUE(run.collection.notes.empty());
  EXPECT_EQ(process.count("/metrics"), 1u) << "not asked again";
  for (const Input& input : run.evidence.inputs) EXPECT_EQ(input.error, "");
}

TEST(Collect, StopsWhenAsked) {
  Process process;
  std::atomic<bool> stop{false};
  process.on_request([&](const std::string& target) {
    if (target == "/debug/pprof/goroutine?debug=2") stop = true;
  });
  CollectOptions options = options_for(process.url());
  options.fetch.cancel = &stop;
  Collected run(options);
  EXPECT_TRUE(run.collection.cancelled);
  EXPECT_EQ(run.collection.error, "");
  EXPECT_EQ(run.count(SnapshotKind::kGoroutineProfile), 1u);
  EXPECT_EQ(process.count("/debug/pprof/goroutine?debug=0"), 1u);
}

TEST(Collect, LooksThatTakeLongLeaveOthersOut) {
  Process process;
  CollectOptions options = options_for(process.url());
  Evidence evidence;
  FakeClock clock;
  uint32_t last = 0;
  Collection collection = collect(
      options, clock, evidence,
      [&](const CollectProgress& at) {
        last = at.look;
        if (at.page == "goroutine?debug=0") clock.advance(15);
      },
      [](std::string_view, std::string_view) -> base::Status {
        return base::Error{base::ErrorKind::kIo, "disk full"};
      });
  EXPECT_EQ(collection.looks, 3u) << "at 0, 20 and 40 s";
  EXPECT_EQ(last, 5u);
  EXPECT_EQ(collection.save_error, "disk full");
}

}  // namespace
}  // namespace unpark::evidence
