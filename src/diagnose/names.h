// Names of functions, judged once each: what package they are of, and whether a goroutine that
// stands in them is in the run time, in a package that only waits for others, in the standard
// library, or in the user's code.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "evidence/symbols.h"

namespace unpark::diagnose {

// From the inside outwards. `sync`, `time`, `context` and thin wrappers around them wait on behalf
// of their caller: who is blocked is the frame below.
enum class Home : uint8_t { kRuntime, kWaiting, kLibrary, kUser };

struct Function {
  uint32_t id = 0;        // equal for equal canonical names
  std::string_view name;  // canonical: "example.com/app.(*Pool).Run.func1"
  std::string_view package;
  std::string_view
      type;  // the package and the receiver's type without star: "example.com/app.Pool"
  bool by_pointer = false;      // a method with a pointer receiver, not a closure in one
  bool serves_request = false;  // runs a server's handler, for one request or connection
  Home home = Home::kUser;
};

// Not thread-safe: fills itself as it is asked. References stay valid while it lives.
class Names {
 public:
  explicit Names(const evidence::Symbols& symbols) : symbols_(symbols) {}
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  // No id: a function without a name.
  const Function& of(evidence::StringId function);
  const Function& of(evidence::FrameId frame);
  // Of those that were asked for.
  const Function& by_id(uint32_t id) const { return entries_[id]->function; }
  uint32_t count() const { return static_cast<uint32_t>(entries_.size()); }

 private:
  struct Entry {
    std::string name, package, type;
    Function function;
  };
  const Function* make(std::string_view printed);
  const Function& nameless();

  const evidence::Symbols& symbols_;
  std::vector<const Function*> of_string_;
  const Function* nameless_ = nullptr;
  std::vector<std::unique_ptr<Entry>> entries_;
  // Finds a function by its canonical name.
  struct NameKey {
    using is_transparent = void;
    size_t operator()(std::string_view name) const { return base::hash64(name); }
    size_t operator()(const Function* f) const { return base::hash64(f->name); }
    bool operator()(const Function* a, std::string_view b) const { return a->name == b; }
    bool operator()(const Function* a, const Function* b) const { return a == b; }
  };
  absl::flat_hash_set<const Function*, NameKey, NameKey> by_name_;
};

// Of the standard library, by the first element of its import path: "net/http", "internal/poll".
bool is_library_package(std::string_view package);

}  // namespace unpark::diagnose
