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
    {"errors", "", "Is As AsType Unwrap", {Effect::kReads, 0}},
    {"os", "", "IsExist IsNotExist IsPermission IsTimeout", {Effect::kReads, 0}},
    {"errors", "", "New", {Effect::kMakesError, 0}},
    {"fmt", "", "Errorf", {Effect::kMakesError, 0}},
    {"fmt", "", "Print Printf Println Fprint Fprintf Fprintln", {Effect::kReads, 0}},
    {"fmt", "", "Sprint Sprintf Sprintln Fscan Fscanf Fscanln", {Effect::kReads, 0}},
    {"log", "", "Print Printf Println", {Effect::kReads, 0}},
    {"log", "Logger", "Print Printf Println", {Effect::kReads, 0}},
    {"testing", "common", "Log Logf Helper", {Effect::kReads, 0}},
    {"testing", "common", "Error Errorf Fail", {Effect::kFailsTest, 0}},
    {"testing", "common", "Cleanup", {Effect::kCallsLater, 1}},
    {"net/http", "Server", "RegisterOnShutdown", {Effect::kCallsLater, 1}},
    // Readers around a reader: they read from it and never close it.
    {"bufio", "", "NewReader NewReaderSize NewScanner", {Effect::kReads, 0}},
    {"io", "", "LimitReader TeeReader CopyN ReadFull ReadAtLeast NopCloser", {Effect::kReads, 0}},
    {"compress/gzip", "", "NewReader", {Effect::kReads, 0}},
    {"compress/zlib", "", "NewReader NewReaderDict", {Effect::kReads, 0}},
    {"archive/tar", "", "NewReader", {Effect::kReads, 0}},
    {"encoding/json", "", "NewDecoder", {Effect::kReads, 0}},
    {"encoding/xml", "", "NewDecoder", {Effect::kReads, 0}},
    {"encoding/csv", "", "NewReader", {Effect::kReads, 0}},
    {"encoding/gob", "", "NewDecoder", {Effect::kReads, 0}},
    {"encoding/base64", "", "NewDecoder", {Effect::kReads, 0}},
    {"encoding/hex", "", "NewDecoder", {Effect::kReads, 0}},
    {"mime/multipart", "", "NewReader", {Effect::kReads, 0}},
    {"io", "", "ReadAll", {Effect::kReadsToEnd, 0}},
    {"io/ioutil", "", "ReadAll", {Effect::kReadsToEnd, 0}},
    {"io", "", "Copy CopyBuffer", {Effect::kReadsToEnd, 1}},
    {"bytes", "Buffer", "ReadFrom", {Effect::kReadsToEnd, 1}},
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

bool is_opaque(std::string_view package) {
  constexpr std::string_view kPackages[] = {"context", "os/signal", "reflect", "runtime", "sync",
                                            "syscall", "testing",   "time",    "unsafe"};
  constexpr std::string_view kTrees[] = {"internal/", "runtime/", "sync/"};
  for (std::string_view p : kPackages) {
    if (package == p) return true;
  }
  for (std::string_view t : kTrees) {
    if (package.starts_with(t)) return true;
  }
  return false;
}

}  // namespace unpark::flow
