// LocalScopes: what names mean inside a function (spec: "Declarations and scope", "Blocks").
//
// One table slot per interned name holds the innermost binding; opening a block marks an undo log
// and closing it rolls back. Lookup and declaration cost a few instructions, whatever the depth.
// `Barrier` hides all bindings while something at package level is looked at from inside a
// function.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "types/object.h"

namespace unpark::types {

class LocalScopes {
 public:
  void open() { marks_.push_back(log_.size()); }
  void close() {
    size_t mark = marks_.back();
    marks_.pop_back();
    while (log_.size() > mark) {
      table_[log_.back().first] = log_.back().second;
      log_.pop_back();
    }
  }
  uint32_t depth() const { return static_cast<uint32_t>(marks_.size()); }

  void declare(NameId name, ObjectId object) {
    if (name.raw >= table_.size()) table_.resize(std::max<size_t>(name.raw + 1, table_.size() * 2));
    log_.emplace_back(name.raw, table_[name.raw]);
    table_[name.raw] = {object, depth()};
  }
  ObjectId lookup(NameId name) const {
    if (name.raw >= table_.size()) return {};
    const Binding& b = table_[name.raw];
    return b.depth > hidden_ ? b.object : ObjectId{};
  }
  // In the innermost block only.
  ObjectId lookup_innermost(NameId name) const {
    if (name.raw >= table_.size()) return {};
    const Binding& b = table_[name.raw];
    return b.depth > hidden_ && b.depth == depth() ? b.object : ObjectId{};
  }

  class Block {
   public:
    explicit Block(LocalScopes& scopes) : scopes_(scopes) { scopes_.open(); }
    ~Block() { scopes_.close(); }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

   private:
    LocalScopes& scopes_;
  };

  class Barrier {
   public:
    explicit Barrier(LocalScopes& scopes) : scopes_(scopes), was_(scopes.hidden_) {
      scopes_.hidden_ = scopes_.depth();
    }
    ~Barrier() { scopes_.hidden_ = was_; }
    Barrier(const Barrier&) = delete;
    Barrier& operator=(const Barrier&) = delete;

   private:
    LocalScopes& scopes_;
    uint32_t was_;
  };

 private:
  struct Binding {
    ObjectId object;
    uint32_t depth = 0;
  };
  std::vector<Binding> table_;
  std::vector<std::pair<uint32_t, Binding>> log_;
  std::vector<size_t> marks_;
  uint32_t hidden_ = 0;
};

}  // namespace unpark::types
