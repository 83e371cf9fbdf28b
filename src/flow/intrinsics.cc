#include "flow/intrinsics.h"

namespace unpark::flow {

namespace {

struct Row {
  std::string_view package;
  std::string_view receiver;
  std::string_view names;  // separated by blanks
  Intrinsic what;
};

constexpr Row kRows[] = {
    {"os", "", "Exit", {Effect::kNeverReturns, 0}},
    {"syscall", "", "Exit", {Effect::kNeverReturns, 0}},
    {"runtime", "", "Goexit throw fatal exit", {Effect::kNeverReturns, 0}},
    {"log", "", "Fatal Fatalf Fatalln Panic Panicf Panicln", {Effect::kNeverReturns, 0}},
    {"log", "Logger", "Fatal Fatalf Fatalln Panic Panicf Panicln", {Effect::kNeverReturns, 0}},
    {"testing", "common", "FailNow Fatal Fatalf Skip Skipf SkipNow", {Effect::kNeverReturns, 0}},
    {"sync", "WaitGroup", "Go", {Effect::kSpawns, 1}},
    {"golang.org/x/sync/errgroup", "Group", "Go TryGo", {Effect::kSpawns, 1}},
    {"time", "", "AfterFunc", {Effect::kSpawns, 1}},
    {"context", "", "AfterFunc", {Effect::kSpawns, 1}},
    {"sync", "Once", "Do", {Effect::kCalls, 1}},
    {"sync", "", "OnceFunc OnceValue OnceValues", {Effect::kMakesOnce, 0}},
    {"sync", "WaitGroup", "Add Done Wait", {Effect::kReads, 0}},
    {"sync", "Mutex", "Lock Unlock TryLock", {Effect::kReads, 0}},
    {"sync", "RWMutex", "Lock Unlock RLock RUnlock TryLock TryRLock RLocker", {Effect::kReads, 0}},
    {"runtime", "", "KeepAlive Gosched", {Effect::kReads, 0}},
};

std::string key(std::string_view package, std::string_view receiver, std::string_view name) {
  std::string k(package);
  k += '\n';
  k += receiver;
  k += '\n';
  k += name;
  return k;
}

}  // namespace

IntrinsicTable::IntrinsicTable() {
  for (const Row& row : kRows) {
    std::string_view names = row.names;
    while (!names.empty()) {
      size_t blank = names.find(' ');
      table_[key(row.package, row.receiver, names.substr(0, blank))] = row.what;
      names = blank == std::string_view::npos ? "" : names.substr(blank + 1);
    }
  }
}

Intrinsic IntrinsicTable::find(std::string_view package, std::string_view receiver,
                               std::string_view name) const {
  auto it = table_.find(key(package, receiver, name));
  return it == table_.end() ? Intrinsic{} : it->second;
}

}  // namespace unpark::flow
