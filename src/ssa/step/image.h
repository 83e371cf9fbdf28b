// Image: what all states of one program share: code, layouts, type descriptors and other constants.
// It grows while the program runs, and what it once answered stays true.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ssa/program.h"
#include "ssa/step/code.h"
#include "ssa/step/heap.h"

namespace unpark::ssa::step {

class Image {
 public:
  explicit Image(Program& program);
  ~Image();

  Program& program() { return program_; }
  types::Context& context() { return program_.context(); }
  Layouts& layouts() { return layouts_; }

  // ---- Code ----
  uint32_t code_of(FunctionId function);
  const Code& code(uint32_t number) const { return *codes_[number]; }
  uint32_t code_count() const { return static_cast<uint32_t>(codes_.size()); }
  // A function's name as the runtime writes it: "main.f.func1".
  std::string runtime_name(uint32_t code);
  // Code that stands between others, made once for each key.
  template <typename Make>
  uint32_t trampoline(uint64_t key, Make make) {
    auto it = trampolines_.find(key);
    if (it != trampolines_.end()) return it->second;
    uint32_t number = add_code(make());
    trampolines_[key] = number;
    return number;
  }
  uint32_t add_code(std::unique_ptr<Code> code);
  // Of a builtin that is deferred or started with go.
  uint32_t code_of_builtin(types::Builtin id, std::span<const TypeId> params);
  // Closures of functions without free variables.
  Word closure_of(FunctionId function);
  // Native functions as values: hash and equality functions of type descriptors.
  Word native_closure(std::string_view name, NativeFn native, TypeId signature, uint64_t bound);
  uint32_t code_of_closure_word(uint64_t first_word);
  static uint64_t closure_head(uint32_t code) { return (uint64_t{code} << 1) | 1; }
  static uint64_t closure_head(FunctionId f) { return uint64_t{f.raw} << 1; }

  // ---- Constants ----
  Object& constant(uint32_t object) { return constants_[object - kConstantRange]; }
  bool is_constant(uint32_t object) const { return object - kConstantRange < constants_.size(); }
  Word add_constant(std::string_view bytes);
  GoString string_constant(std::string_view bytes);
  // The value of a constant of type `t`, written to `out` (Layout::size bytes).
  void write_constant(const types::Constant& c, const Layout& l, uint8_t* out);

  // ---- Package-level variables ----
  Word global(ObjectId variable);
  TypeId global_type(uint32_t number) const { return global_types_[number]; }
  uint32_t global_count() const { return static_cast<uint32_t>(global_types_.size()); }
  ObjectId find_object(std::string_view package, std::string_view name);

  // ---- Types ----
  // The descriptor of a type; its bytes come into being when somebody looks (rtype.cc).
  Word descriptor(TypeId type);
  // The type that a descriptor describes; none for other pointers.
  TypeId type_at(Word descriptor) const;
  void fill_descriptor(uint32_t object);
  // Names and types by the 32-bit offsets that descriptors hold.
  Word name_at(int32_t offset) const;
  TypeId find_type(std::string_view package, std::string_view name);
  std::string_view type_string(TypeId type);
  std::string runtime_type_text(TypeId type);
  // As in messages of failed type assertions: with the package's name.
  bool implements(TypeId type, TypeId interface);
  // The name of a method of `interface` that `type` has not; empty if it has all.
  std::string missing_method(TypeId type, TypeId interface);
  // The code of a method for a value of a dynamic type; UINT32_MAX if there is none.
  uint32_t method_code(TypeId type, ObjectId method);
  ObjectId method_named(TypeId type, std::string_view name);
  uint32_t field_offset(TypeId structure, std::string_view field);
  TypeId field_type(TypeId structure, std::string_view field);

  // ---- Natives ----
  NativeFn native(const std::string& name) const;

 private:
  friend class DescriptorWriter;
  struct Compiler;
  uint32_t add_name(std::string_view name, std::string_view tag, bool exported, bool embedded);

  Program& program_;
  Layouts layouts_;
  std::vector<std::unique_ptr<Code>> codes_;
  absl::flat_hash_map<FunctionId, uint32_t> code_by_function_;
  absl::flat_hash_map<FunctionId, Word> closures_;
  absl::flat_hash_map<uint64_t, uint32_t> trampolines_;
  std::vector<Object> constants_;
  absl::flat_hash_map<std::string, Word> strings_;
  absl::flat_hash_map<ObjectId, Word> globals_;
  std::vector<TypeId> global_types_;
  absl::flat_hash_map<TypeId, Word> descriptors_;
  std::vector<TypeId> type_by_constant_;  // by constant number; none for other constants
  std::vector<Word> names_;
  absl::flat_hash_map<std::string, uint32_t> name_numbers_;
  absl::flat_hash_map<uint64_t, uint8_t> implements_;
  absl::flat_hash_map<uint64_t, uint32_t> method_codes_;
  absl::flat_hash_map<std::string, NativeFn> natives_;
  absl::flat_hash_map<TypeId, std::string> type_strings_;
  absl::flat_hash_map<std::string, const types::Package*> packages_;
};

}  // namespace unpark::ssa::step
