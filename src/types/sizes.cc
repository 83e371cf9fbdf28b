// Types that contain themselves by value, or expand for ever, are no Go but may be in the input: a
// budget of parts ends the walk, and the size is then unknown (negative).
#include "types/sizes.h"

#include <absl/container/inlined_vector.h>

#include <algorithm>
#include <array>

namespace unpark::types {

namespace {

constexpr int64_t kMaxSize = INT64_MAX;
constexpr int kMaxParts = 100'000;
constexpr int kMaxDepth = 1000;

// By BasicKind; 0: one machine word, or by rule.
constexpr std::array<uint8_t, kBasicCount> kBasicSizes = [] {
  std::array<uint8_t, kBasicCount> sizes{};
  auto set = [&](BasicKind k, uint8_t size) { sizes[static_cast<uint32_t>(k)] = size; };
  using enum BasicKind;
  set(kBool, 1);
  set(kInt8, 1);
  set(kUint8, 1);
  set(kInt16, 2);
  set(kUint16, 2);
  set(kInt32, 4);
  set(kUint32, 4);
  set(kFloat32, 4);
  set(kInt64, 8);
  set(kUint64, 8);
  set(kFloat64, 8);
  set(kComplex64, 8);
  set(kComplex128, 16);
  return sizes;
}();

// x, not negative, up to a multiple of a; negative when that is too large.
int64_t align(int64_t x, int64_t a) { return x > kMaxSize - (a - 1) ? -1 : (x + a - 1) / a * a; }

class Layout {
 public:
  explicit Layout(Context& cx) : cx_(cx), types_(cx.types) {}

  // Both at once: a struct needs the alignment of each part that it needs the size of.
  struct Extent {
    int64_t size = 0;  // negative: too large
    int64_t align = 1;
  };

  Extent of(TypeId t, int depth = 0) {
    if (depth > kMaxDepth || ++parts_ > kMaxParts) return {-1, 1};
    const int64_t word = cx_.sizes.word;
    TypeId u = types_.under(t);
    switch (types_.kind(u)) {
      case TypeKind::kBasic: {
        if (u == basic(BasicKind::kString)) return {word * 2, word};
        int64_t size = kBasicSizes[u.raw] != 0 ? kBasicSizes[u.raw] : word;
        bool pair = u == basic(BasicKind::kComplex64) || u == basic(BasicKind::kComplex128);
        return {size, std::min(pair ? size / 2 : size, cx_.sizes.max_align)};
      }
      case TypeKind::kArray: {
        Extent elem = of(types_.elem(u), depth + 1);
        int64_t n = types_.array_length(u);
        if (n <= 0 || elem.size == 0) return {0, elem.align};
        if (elem.size < 0 || elem.size > kMaxSize / n) return {-1, elem.align};
        return {elem.size * n, elem.align};
      }
      case TypeKind::kSlice:
        return {word * 3, word};
      case TypeKind::kInterface:
        return {word * 2, word};
      case TypeKind::kStruct: {
        std::span<const StructField> fields = types_.fields(u);
        if (fields.empty()) return {0, is_align64(t) ? 8 : 1};
        Extent all{0, 1};
        int64_t last = 0;
        for (const StructField& f : fields) last = add_field(all, f.type, nullptr, depth);
        if (all.size < 0) return all;
        // A pointer to the last field must not point behind the struct.
        if (all.size > 0 && last == 0) all.size = all.size == kMaxSize ? -1 : all.size + 1;
        if (all.size >= 0) all.size = align(all.size, all.align);
        return all;
      }
      case TypeKind::kPointer:
      case TypeKind::kTuple:
      case TypeKind::kSignature:
      case TypeKind::kMap:
      case TypeKind::kChan:
      case TypeKind::kNamed:
      case TypeKind::kTypeParam:
      case TypeKind::kUnion:
        return {word, std::min(word, cx_.sizes.max_align)};
    }
    return {word, word};
  }

  // Puts a field behind `all`; gives the field's size and, where asked for, its offset.
  int64_t add_field(Extent& all, TypeId type, int64_t* offset, int depth) {
    Extent field = of(type, depth + 1);
    all.align = std::max(all.align, field.align);
    int64_t at = all.size < 0 ? -1 : align(all.size, field.align);
    if (offset) *offset = at;
    all.size = at < 0 || field.size < 0 || field.size > kMaxSize - at ? -1 : at + field.size;
    return field.size;
  }

 private:
  // The marker type of sync/atomic that aligns a struct to 8 bytes everywhere.
  bool is_align64(TypeId t) const {
    if (!types_.is(t, TypeKind::kNamed)) return false;
    const Object& object = cx_.objects[types_.named(t).object];
    if (!object.package.exists() || cx_.text(object.name) != "align64") return false;
    const std::string& path = cx_.package(object.package).path;
    return path == "sync/atomic" || path == "internal/runtime/atomic";
  }

  Context& cx_;
  TypeStore& types_;
  int parts_ = 0;
};

bool constant_size_at(Context& cx, TypeId t, absl::InlinedVector<TypeId, 16>& seen) {
  // The flag of t itself does not tell: a type declared in a generic function may hold its
  // parameters.
  if (std::find(seen.begin(), seen.end(), t) != seen.end() || seen.size() > kMaxDepth) return true;
  if (cx.types.is(t, TypeKind::kNamed)) seen.push_back(t);
  TypeId u = cx.types.under(t);
  switch (cx.types.kind(u)) {
    case TypeKind::kTypeParam:
      return false;
    case TypeKind::kArray:
      return constant_size_at(cx, cx.types.elem(u), seen);
    case TypeKind::kStruct: {
      std::span<const StructField> fields = cx.types.fields(u);
      return std::all_of(fields.begin(), fields.end(),
                         [&](const StructField& f) { return constant_size_at(cx, f.type, seen); });
    }
    default:
      return true;
  }
}

}  // namespace

int64_t align_of(Context& cx, TypeId t) { return Layout(cx).of(t).align; }
int64_t size_of(Context& cx, TypeId t) { return Layout(cx).of(t).size; }

std::vector<int64_t> field_offsets(Context& cx, std::span<const StructField> fields) {
  Layout layout(cx);
  Layout::Extent all{0, 1};
  std::vector<int64_t> offsets(fields.size());
  for (size_t i = 0; i < fields.size(); i++) layout.add_field(all, fields[i].type, &offsets[i], 0);
  return offsets;
}

bool has_constant_size(Context& cx, TypeId t) {
  absl::InlinedVector<TypeId, 16> seen;
  return constant_size_at(cx, t, seen);
}

}  // namespace unpark::types
