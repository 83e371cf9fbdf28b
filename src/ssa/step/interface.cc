// Interfaces: boxing, type assertions, and the comparison and hashing of values of any type.
#include <bit>
#include <cmath>

#include "base/hash.h"
#include "ssa/step/ops.h"

namespace unpark::ssa::step {

GoInterface Machine::box(TypeId type, const uint8_t* value) {
  const Layout& l = layout(type);
  GoInterface out{image_.descriptor(l.type), 0};
  if (l.direct) {
    std::memcpy(&out.data, value, sizeof out.data);
    return out;
  }
  out.data = allocate_bytes(l.size, l.type, l.has_pointers);
  if (l.size) {
    if (uint8_t* p = at(out.data, l.size)) std::memcpy(p, value, l.size);
  }
  return out;
}

const uint8_t* Machine::boxed(const GoInterface& v) {
  const Layout& l = layout(dynamic_type(v));
  if (l.direct) return reinterpret_cast<const uint8_t*>(&v.data);
  return at(v.data, l.size);
}

void Machine::unbox(GoInterface v, uint8_t* out) {
  const Layout& l = layout(dynamic_type(v));
  if (l.size == 0) return;
  if (const uint8_t* p = boxed(v)) std::memcpy(out, p, l.size);
}

bool Machine::equal_interfaces(GoInterface a, GoInterface b, bool& result) {
  result = false;
  if (a.type != b.type) return true;
  if (a.type == 0) {
    result = true;
    return true;
  }
  const Layout& l = layout(dynamic_type(a));
  if (!l.comparable) {
    panic_runtime("comparing uncomparable type " + image_.runtime_type_text(l.type));
    return false;
  }
  if (a.data == b.data && l.plain) {
    result = true;
    return true;
  }
  const uint8_t* x = boxed(a);
  const uint8_t* y = boxed(b);
  if (!x || !y) return false;
  return equal(l, x, y, result);
}

bool Machine::equal(const Layout& l, const uint8_t* a, const uint8_t* b, bool& result) {
  if (l.plain) {
    result = std::memcmp(a, b, l.size) == 0;
    return true;
  }
  auto floats = [&](size_t count, size_t width) {
    result = true;
    for (size_t i = 0; i < count; i++) {
      double x;
      double y;
      if (width == 4) {
        float f;
        std::memcpy(&f, a + i * width, width);
        x = f;
        std::memcpy(&f, b + i * width, width);
        y = f;
      } else {
        std::memcpy(&x, a + i * width, width);
        std::memcpy(&y, b + i * width, width);
      }
      result &= x == y;
    }
    return true;
  };
  switch (l.kind) {
    case TypeKind::kBasic:
      switch (l.basic) {
        case BasicKind::kFloat32:
          return floats(1, 4);
        case BasicKind::kFloat64:
          return floats(1, 8);
        case BasicKind::kComplex64:
          return floats(2, 4);
        case BasicKind::kComplex128:
          return floats(2, 8);
        default: {
          GoString x;
          GoString y;
          std::memcpy(&x, a, sizeof x);
          std::memcpy(&y, b, sizeof y);
          result = x.size == y.size && view(x) == view(y);
          return true;
        }
      }
    case TypeKind::kInterface: {
      GoInterface x;
      GoInterface y;
      std::memcpy(&x, a, sizeof x);
      std::memcpy(&y, b, sizeof y);
      return equal_interfaces(x, y, result);
    }
    case TypeKind::kArray: {
      const Layout& e = layout(l.elem);
      result = true;
      for (int64_t i = 0; i < l.length && result; i++) {
        size_t offset = static_cast<size_t>(i) * e.size;
        if (!equal(e, a + offset, b + offset, result)) return false;
      }
      return true;
    }
    case TypeKind::kStruct: {
      result = true;
      auto fields = image_.context().types.fields(l.under);
      for (size_t i = 0; i < l.fields.size() && result; i++) {
        if (image_.context().text(fields[i].name) == "_") continue;
        if (!equal(layout(l.fields[i]), a + l.offsets[i], b + l.offsets[i], result)) return false;
      }
      return true;
    }
    default:
      result = std::memcmp(a, b, l.size) == 0;
      return true;
  }
}

bool Machine::hash(const Layout& l, const uint8_t* v, uint64_t& h, bool needless) {
  auto unhashable = [&](TypeId type) {
    if (needless) {
      panic_plain("hash of unhashable type: " + image_.runtime_type_text(type));
    } else {
      panic_runtime("hash of unhashable type " + image_.runtime_type_text(type));
    }
    return false;
  };
  if (l.plain) {
    h = base::hash_mix(h, base::hash64(v, l.size));
    return true;
  }
  auto floating = [&](double d) {
    // Zeros are equal; a NaN equals nothing, so any hash will do, and a new one keeps chains short.
    uint64_t bits = d == 0 ? 0 : std::isnan(d) ? random() : std::bit_cast<uint64_t>(d);
    h = base::hash_mix(h, bits);
  };
  auto read = [&](size_t offset, size_t width) {
    if (width == 4) {
      float f;
      std::memcpy(&f, v + offset, 4);
      return static_cast<double>(f);
    }
    double d;
    std::memcpy(&d, v + offset, 8);
    return d;
  };
  switch (l.kind) {
    case TypeKind::kBasic:
      if (l.is_string()) {
        GoString s;
        std::memcpy(&s, v, sizeof s);
        h = base::hash_mix(h, base::hash64(view(s)));
      } else if (l.is_float()) {
        floating(read(0, l.size));
      } else {
        floating(read(0, l.size / 2));
        floating(read(l.size / 2, l.size / 2));
      }
      return true;
    case TypeKind::kInterface: {
      GoInterface x;
      std::memcpy(&x, v, sizeof x);
      if (x.type == 0) {
        h = base::hash_mix(h, 0);
        return true;
      }
      const Layout& d = layout(dynamic_type(x));
      if (!d.comparable) {
        return unhashable(d.type);
      }
      h = base::hash_mix(h, x.type);
      const uint8_t* inside = boxed(x);
      return inside && hash(d, inside, h, needless);
    }
    case TypeKind::kArray: {
      const Layout& e = layout(l.elem);
      for (int64_t i = 0; i < l.length; i++) {
        if (!hash(e, v + static_cast<size_t>(i) * e.size, h, needless)) return false;
      }
      return true;
    }
    case TypeKind::kStruct: {
      auto fields = image_.context().types.fields(l.under);
      for (size_t i = 0; i < l.fields.size(); i++) {
        if (image_.context().text(fields[i].name) == "_") continue;
        if (!hash(layout(l.fields[i]), v + l.offsets[i], h, needless)) return false;
      }
      return true;
    }
    default:
      return unhashable(l.type);
  }
}

namespace op {

void make_interface(Machine& m, const Inst& i) {
  m.set(i.dst, m.box(TypeId{i.aux}, m.regs() + i.a));
}

void assert_concrete(Machine& m, const Inst& i) {
  GoInterface x = m.get<GoInterface>(i.a);
  const Layout& l = m.layout(TypeId{i.aux});
  TypeId dynamic = x.type ? m.dynamic_type(x) : TypeId{};
  bool same = dynamic == l.type;
  if (i.c >= 0) m.set<bool>(i.c, same);
  if (same) {
    m.unbox(x, m.regs() + i.dst);
  } else if (i.c >= 0) {
    std::memset(m.regs() + i.dst, 0, l.size);
  } else {
    m.panic_assert(TypeId{i.aux2}, dynamic, l.type, "");
  }
}

void assert_interface(Machine& m, const Inst& i) {
  GoInterface x = m.get<GoInterface>(i.a);
  TypeId dynamic = x.type ? m.dynamic_type(x) : TypeId{};
  bool ok = dynamic.exists() && m.image().implements(dynamic, TypeId{i.aux});
  if (i.c >= 0) {
    m.set<bool>(i.c, ok);
  } else if (!ok) {
    std::string missing = dynamic.exists() ? m.image().missing_method(dynamic, TypeId{i.aux}) : "";
    // Of a nil interface this form does not say which interface it was.
    TypeId from = dynamic.exists() ? TypeId{i.aux2} : TypeId{};
    return m.panic_assert(from, dynamic, TypeId{i.aux}, missing);
  }
  m.set(i.dst, ok ? x : GoInterface{});
}

}  // namespace op

}  // namespace unpark::ssa::step
