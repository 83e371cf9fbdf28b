// Who in a package touches a field of a struct: every instruction that reads it or takes its
// address. The field that composite literals set is touched by the store that the literal becomes.
//
// For an unexported field of a package whose bodies are all there this is everybody: other packages
// cannot name it (reflection and unsafe are left out of the account). Fields of structs that are
// converted to other structs of the same fields have two names, and are not answered for.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "flow/facts.h"

namespace unpark::flow {

struct FieldUse {
  FunctionId function;
  ValueId at;  // the kField or kFieldAddr
};

struct FieldUses {
  // All there are. Not so for exported fields, for those with two names, and where a body could not
  // be read.
  bool complete = false;
  std::span<const FieldUse> uses;  // by file and place; of generic types in all their instances
};

class FieldUsers {
 public:
  explicit FieldUsers(Facts& facts) : facts_(facts) {}

  // Of a declared field. The first question about a package goes through all its functions; other
  // threads that ask meanwhile wait.
  FieldUses of(types::ObjectId field);

 private:
  struct Package {
    std::once_flag once;
    bool complete = true;
    absl::flat_hash_map<types::ObjectId, std::vector<FieldUse>> uses;
    absl::flat_hash_set<types::ObjectId> converted;
  };
  void note_conversion(const Body& body, const Value& v, Package& package);
  void scan(types::PackageRef ref, Package& package);

  Facts& facts_;
  std::mutex mutex_;
  absl::flat_hash_map<types::PackageRef, std::unique_ptr<Package>> packages_;
};

// The field that a kField or kFieldAddr names; none for what is no declared struct's.
types::ObjectId field_of(Facts& facts, const Body& body, const Value& v);

// Nothing but storing into it and comparing with nil is ever done with the field, as far as can be
// seen: false when not everything can.
bool never_used(Facts& facts, types::ObjectId field);

}  // namespace unpark::flow
