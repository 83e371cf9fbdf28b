#include "diagnose/names.h"

#include <algorithm>
#include <iterator>

#include "evidence/function_name.h"

namespace unpark::diagnose {

namespace {

using evidence::FrameId;
using evidence::StringId;

// Sorted. What `go list std` gives, cut to the first element.
constexpr std::string_view kLibraryRoots[] = {
    "archive", "arena",    "bufio",   "bytes",   "cmp",      "compress", "container", "context",
    "crypto",  "database", "debug",   "embed",   "encoding", "errors",   "expvar",    "flag",
    "fmt",     "go",       "hash",    "html",    "image",    "index",    "internal",  "io",
    "iter",    "log",      "maps",    "math",    "mime",     "net",      "os",        "path",
    "plugin",  "reflect",  "regexp",  "runtime", "slices",   "sort",     "strconv",   "strings",
    "structs", "sync",     "syscall", "testing", "text",     "time",     "unicode",   "unique",
    "unsafe",  "vendor",   "weak",
};

// Packages that wait on behalf of their caller.
constexpr std::string_view kWaitingPackages[] = {
    "sync",
    "internal/sync",
    "internal/poll",
    "internal/synctest",
    "time",
    "context",
    "iter",
    "golang.org/x/sync/errgroup",
    "golang.org/x/sync/semaphore",
    "golang.org/x/sync/singleflight",
    "golang.org/x/time/rate",
    "github.com/sourcegraph/conc",
    "github.com/sourcegraph/conc/pool",
    "github.com/sourcegraph/conc/panics",
    "github.com/sasha-s/go-deadlock",
};

bool is_waiting_package(std::string_view package) {
  return std::find(std::begin(kWaitingPackages), std::end(kWaitingPackages), package) !=
         std::end(kWaitingPackages);
}

Home home_of(std::string_view name, std::string_view package) {
  // "panic" is how text prints runtime.gopanic.
  if (name == "panic" || evidence::is_runtime(name)) return Home::kRuntime;
  if (is_waiting_package(package)) return Home::kWaiting;
  if (is_library_package(package)) return Home::kLibrary;
  return Home::kUser;
}

bool is_closure(std::string_view rest) { return rest.find('.') != std::string_view::npos; }

// Functions below which a goroutine works for one request or connection of a server.
bool serves(std::string_view name) {
  constexpr std::string_view kServers[] = {
      "net/http.(*conn).serve",
      "net/http.(*http2serverConn).runHandler",
      "net/http.HandlerFunc.ServeHTTP",
      "net/http/internal/http2.(*serverConn).runHandler",
      "golang.org/x/net/http2.(*serverConn).runHandler",
      "google.golang.org/grpc.(*Server).handleStream",
      "net/rpc.(*service).call",
      "github.com/valyala/fasthttp.(*Server).serveConn",
  };
  return std::find(std::begin(kServers), std::end(kServers), name) != std::end(kServers);
}

}  // namespace

bool is_library_package(std::string_view package) {
  std::string_view root = package.substr(0, package.find('/'));
  return std::binary_search(std::begin(kLibraryRoots), std::end(kLibraryRoots), root);
}

const Function* Names::make(std::string_view printed) {
  std::string name = evidence::canonical(printed);
  if (auto known = by_name_.find(name); known != by_name_.end()) return *known;
  auto entry = std::make_unique<Entry>();
  entry->package = evidence::package_of(printed);
  evidence::FunctionName parts = evidence::split(name);
  if (!parts.receiver.empty()) {
    std::string_view type = parts.receiver;
    bool pointer = type.starts_with("(*") && type.ends_with(")");
    if (pointer) type = type.substr(2, type.size() - 3);
    entry->type = entry->package + "." + std::string(type);
    entry->function.by_pointer = pointer && !is_closure(parts.rest);
  }
  entry->name = std::move(name);
  Function& function = entry->function;
  function.id = static_cast<uint32_t>(entries_.size());
  function.name = entry->name;
  function.package = entry->package;
  function.type = entry->type;
  function.home = home_of(entry->name, entry->package);
  function.serves_request = serves(entry->name);
  by_name_.insert(&function);
  entries_.push_back(std::move(entry));
  return &function;
}

const Function& Names::nameless() {
  if (nameless_ == nullptr) nameless_ = make("");
  return *nameless_;
}

const Function& Names::of(StringId function) {
  if (!function.exists()) return nameless();
  if (function.raw >= of_string_.size()) {
    of_string_.resize(std::max<size_t>(symbols_.string_count(), size_t{function.raw} + 1));
  }
  const Function*& slot = of_string_[function.raw];
  if (slot == nullptr) slot = make(symbols_.text(function));
  return *slot;
}

const Function& Names::of(FrameId frame) {
  if (!frame.exists()) return nameless();
  return of(symbols_[frame].function);
}

}  // namespace unpark::diagnose
