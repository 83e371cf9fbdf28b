// What package reflect needs of the runtime. Everything else of it runs from source, on the type
// descriptors of descriptor.cc. Functions are called with all arguments in memory: overlay.cc tells
// the program that there are no argument registers.
#include <algorithm>

#include "ssa/step/channel.h"
#include "ssa/step/map.h"
#include "ssa/step/natives.h"
#include "ssa/step/ops.h"
#include "ssa/step/slices.h"
#include "types/lookup.h"

namespace unpark::ssa::step {

namespace {

void nothing(Machine&, NativeCall&) {}

// What pieces of code made for a callee or a type are known by.
constexpr uint64_t kBoundTrampoline = uint64_t{1} << 32;
constexpr uint64_t kMadeTrampoline = uint64_t{2} << 32;

// The layout behind a descriptor; null for descriptors that reflect made itself, of frames.
const Layout* layout_at(Machine& m, Word descriptor) {
  TypeId t = m.image().type_at(descriptor);
  return t.exists() ? &m.layout(t) : nullptr;
}

uint64_t size_at(Machine& m, Word descriptor) {
  if (const Layout* l = layout_at(m, descriptor)) return l->size;
  TypeId type = m.image().find_type("internal/abi", "Type");
  const uint8_t* p = m.at(descriptor + m.image().field_offset(type, "Size_"), 8);
  uint64_t size = 0;
  if (p) std::memcpy(&size, p, sizeof size);
  return size;
}

void copy(Machine& m, Word to, Word from, uint64_t size) {
  if (size == 0) return;
  uint8_t* a = m.at(to, size);
  const uint8_t* b = a ? m.at(from, size) : nullptr;
  if (b) std::memmove(a, b, size);
}

void zero(Machine& m, Word to, uint64_t size) {
  if (size == 0) return;
  if (uint8_t* a = m.at(to, size)) std::memset(a, 0, size);
}

// ---- Descriptors ----

// What reflect made itself has a negative number.
bool own_offset(Machine& m, NativeCall& c) {
  int64_t n = -static_cast<int64_t>(c.get<int32_t>(1));
  const std::vector<Word>& all = m.state().reflect_offsets;
  if (n <= 0 || static_cast<size_t>(n) > all.size()) return false;
  c.set(0, all[static_cast<size_t>(n - 1)]);
  return true;
}

void add_offset(Machine& m, NativeCall& c) {
  std::vector<Word>& all = m.state().reflect_offsets;
  Word p = c.get<Word>(0);
  size_t i = static_cast<size_t>(std::find(all.begin(), all.end(), p) - all.begin());
  if (i == all.size()) all.push_back(p);
  c.set<int32_t>(0, -static_cast<int32_t>(i + 1));
}

void resolve_name(Machine& m, NativeCall& c) {
  if (!own_offset(m, c)) c.set(0, m.image().name_at(c.get<int32_t>(1)));
}

void resolve_type(Machine& m, NativeCall& c) {
  if (own_offset(m, c)) return;
  int32_t n = c.get<int32_t>(1);
  c.set<Word>(0, n > 0 ? pointer_to(kConstantRange + static_cast<uint32_t>(n - 1)) : 0);
}

void resolve_text(Machine&, NativeCall& c) {
  c.set<Word>(0, static_cast<uint32_t>(c.get<int32_t>(1)));
}

void pointer_type(Machine& m, NativeCall& c) {
  TypeId t = m.image().type_at(c.get<Word>(0));
  if (!t.exists()) return m.unsupported("a pointer to a type that reflect made");
  c.set(0, m.image().descriptor(m.image().context().types.pointer_to(t)));
}

// The type behind a reflect.Type.
TypeId type_in(Machine&, const GoInterface& t, Image& image) { return image.type_at(t.data); }

void set_type(Machine& m, NativeCall& c, TypeId t) {
  Image& image = m.image();
  TypeId rtype = image.context().types.pointer_to(image.find_type("reflect", "rtype"));
  c.set(0, GoInterface{image.descriptor(rtype), image.descriptor(t)});
}

void slice_of(Machine& m, NativeCall& c) {
  TypeId e = type_in(m, c.get<GoInterface>(0), m.image());
  if (!e.exists()) return m.unsupported("reflect.SliceOf of a type that reflect made");
  set_type(m, c, m.image().context().types.slice_of(e));
}

void array_of(Machine& m, NativeCall& c) {
  int64_t n = c.get<int64_t>(0);
  if (n < 0) return m.panic_string("reflect: negative length passed to ArrayOf");
  TypeId e = type_in(m, c.get<GoInterface>(1), m.image());
  if (!e.exists()) return m.unsupported("reflect.ArrayOf of a type that reflect made");
  if (m.layout(e).size && static_cast<uint64_t>(n) > (uint64_t{1} << 47) / m.layout(e).size) {
    return m.panic_string("reflect.ArrayOf: array size would exceed virtual address space");
  }
  set_type(m, c, m.image().context().types.array_of(e, n));
}

void map_of(Machine& m, NativeCall& c) {
  TypeId k = type_in(m, c.get<GoInterface>(0), m.image());
  TypeId e = type_in(m, c.get<GoInterface>(1), m.image());
  if (!k.exists() || !e.exists()) return m.unsupported("reflect.MapOf of a type that reflect made");
  if (!m.layout(k).comparable) {
    return m.panic_string("reflect.MapOf: invalid key type " + m.image().runtime_type_text(k));
  }
  set_type(m, c, m.image().context().types.map_of(k, e));
}

void chan_of(Machine& m, NativeCall& c) {
  int64_t d = c.get<int64_t>(0);
  TypeId e = type_in(m, c.get<GoInterface>(1), m.image());
  if (!e.exists()) return m.unsupported("reflect.ChanOf of a type that reflect made");
  types::ChanDir dir = d == 1   ? types::ChanDir::kRecv
                       : d == 2 ? types::ChanDir::kSend
                                : types::ChanDir::kBoth;
  set_type(m, c, m.image().context().types.chan_of(dir, e));
}

void func_of(Machine& m, NativeCall& c) {
  types::TypeStore& store = m.image().context().types;
  auto list = [&](GoSlice s, std::vector<TypeId>& out) {
    for (int64_t i = 0; i < s.len; i++) {
      const uint8_t* p = m.at(s.data + static_cast<uint64_t>(i) * 16, 16);
      if (!p) return false;
      GoInterface t;
      std::memcpy(&t, p, sizeof t);
      out.push_back(m.image().type_at(t.data));
      if (!out.back().exists()) return false;
    }
    return true;
  };
  std::vector<TypeId> in;
  std::vector<TypeId> out;
  if (!list(c.get<GoSlice>(0), in) || !list(c.get<GoSlice>(1), out)) {
    return m.unsupported("reflect.FuncOf of a type that reflect made");
  }
  bool variadic = c.get<bool>(2);
  if (variadic && (in.empty() || !store.is(in.back(), TypeKind::kSlice))) {
    return m.panic_string("reflect.FuncOf: last arg of variadic func must be slice");
  }
  types::Signature s;
  s.params = store.tuple_of(in);
  s.results = store.tuple_of(out);
  s.variadic = variadic;
  set_type(m, c, store.signature_of(s));
}

struct ReflectValue {
  Word type = 0, ptr = 0;
  uint64_t flag = 0;
};
constexpr uint64_t kFlagIndirect = 1 << 7;
constexpr uint64_t kFlagReadOnly = 3 << 5;
constexpr uint64_t kFunc = 19;
constexpr uint32_t kFlagMethodShift = 10;

// Method `index` of a reflect.Value. Its function takes one word as receiver.
struct BoundMethod {
  TypeId receiver, signature;
  FunctionId function;
};

bool find_method(Machine& m, std::string_view op, const ReflectValue& v, int64_t index,
                 BoundMethod& out) {
  Image& image = m.image();
  types::Context& cx = image.context();
  TypeId type = image.type_at(v.type);
  if (!type.exists()) {
    m.unsupported("a method of a type that reflect made");
    return false;
  }
  const Layout& l = m.layout(type);
  auto bad = [&](std::string text) {
    m.panic_string("reflect: " + text);
    return false;
  };
  const std::string no_such = "internal error: invalid method index";
  out.receiver = type;
  ObjectId method;
  if (l.kind == TypeKind::kInterface) {
    auto methods = cx.types.type_set(l.under).methods;
    if (static_cast<uint64_t>(index) >= methods.size()) return bad(no_such);
    method = methods[static_cast<size_t>(index)].object;
    out.signature = methods[static_cast<size_t>(index)].type;
    GoInterface x;
    const uint8_t* p = m.at(v.ptr, sizeof x);
    if (!p) return false;
    std::memcpy(&x, p, sizeof x);
    if (!cx.exported(cx.objects[method].name)) {
      return bad(std::string(op) + " of unexported method");
    }
    if (x.type == 0) return bad(std::string(op) + " of method on nil interface value");
    out.receiver = image.type_at(x.type);
  } else {
    std::vector<types::Method> all = types::method_set(cx, nullptr, type);
    std::erase_if(all, [&](const types::Method& x) { return !cx.exported(x.name); });
    if (static_cast<uint64_t>(index) >= all.size()) return bad(no_such);
    method = all[static_cast<size_t>(index)].found.object;
    out.signature = all[static_cast<size_t>(index)].found.type;
  }
  bool direct = m.layout(out.receiver).direct;
  out.function =
      image.program().method_of(direct ? out.receiver : cx.types.pointer_to(out.receiver), method);
  return out.function.exists() || bad(no_such);
}

void method_receiver(Machine& m, NativeCall& c) {
  ReflectValue v;
  std::memcpy(&v, c.arg(1), sizeof v);
  BoundMethod found;
  if (!find_method(m, m.view(c.get<GoString>(0)), v, c.get<int64_t>(2), found)) return;
  c.set(0, m.image().descriptor(found.receiver));
  c.set(1, m.image().descriptor(found.signature));
  c.set(2, m.image().closure_of(found.function));
}

// A method value as a function: a closure over the receiver's word.
void make_method_value(Machine& m, NativeCall& c) {
  ReflectValue v;
  std::memcpy(&v, c.arg(1), sizeof v);
  BoundMethod found;
  int64_t index = static_cast<int64_t>(v.flag >> kFlagMethodShift);
  if (!find_method(m, m.view(c.get<GoString>(0)), v, index, found)) return;
  Word word = v.ptr;
  TypeId type = m.image().type_at(v.type);
  const Layout& l = m.layout(type);
  if (l.kind == TypeKind::kInterface) {
    if (const uint8_t* p = m.at(v.ptr + 8, 8)) std::memcpy(&word, p, 8);
  } else if (l.direct && (v.flag & kFlagIndirect)) {
    if (const uint8_t* p = m.at(v.ptr, 8)) std::memcpy(&word, p, 8);
  } else if (!l.direct) {
    // The method value keeps the receiver as it is now.
    word = m.allocate(type);
    uint8_t* to = m.at(word, l.size);
    const uint8_t* from = l.size ? m.at(v.ptr, l.size) : nullptr;
    if (to && from) std::memcpy(to, from, l.size);
  }
  uint32_t method = m.image().code_of(found.function);
  uint32_t bound = m.image().trampoline(method | kBoundTrampoline, [&] {
    const Code& callee = m.image().code(method);
    auto code = std::make_unique<Code>();
    code->name = callee.name;
    code->wrapper = true;
    for (size_t i = 1; i < callee.param_types.size(); i++) {
      code->param_types.push_back(callee.param_types[i]);
      code->param_offsets.push_back(callee.param_offsets[i] - 8);
    }
    code->params_size = callee.params_size - 8;
    code->free_size = 8;
    code->result_types = callee.result_types;
    code->result_offsets = callee.result_offsets;
    code->results_size = callee.results_size;
    int32_t word_at = static_cast<int32_t>(code->params_size);
    CallSite site;
    site.code = method;
    site.args.push_back({word_at, 0, 8});
    if (code->params_size) site.args.push_back({0, 8, code->params_size});
    site.args_size = callee.params_size;
    code->calls.push_back(std::move(site));
    Inst i;
    i.run = op::call;
    i.dst = word_at + 8;
    code->insts.push_back(i);
    code->frame_size = code->params_size + 16 + callee.results_size;
    if (callee.results_size) code->moves.push_back({i.dst, 0, callee.results_size});
    Inst ret;
    ret.run = op::ret;
    ret.aux2 = static_cast<uint32_t>(code->moves.size());
    code->insts.push_back(ret);
    return code;
  });
  Word closure = m.allocate_bytes(16, types::basic(BasicKind::kUintptr), true);
  uint8_t* p = m.at(closure, 16);
  if (!p) return;
  uint64_t words[2] = {Image::closure_head(bound), word};
  std::memcpy(p, words, sizeof words);
  c.set(0, ReflectValue{m.image().descriptor(found.signature), closure,
                        (v.flag & kFlagReadOnly) | kFunc});
}

// ---- Memory ----

void new_value(Machine& m, NativeCall& c) {
  Word t = c.get<Word>(0);
  if (const Layout* l = layout_at(m, t)) {
    c.set(0, m.allocate(l->type));
  } else {
    c.set(0, m.allocate_bytes(size_at(m, t), types::basic(BasicKind::kUintptr), true));
  }
}

void new_array(Machine& m, NativeCall& c) {
  const Layout* l = layout_at(m, c.get<Word>(0));
  int64_t n = c.get<int64_t>(1);
  if (!l) return m.unsupported("an array of a type that reflect made");
  if (n < 0 || (l->size && static_cast<uint64_t>(n) > (uint64_t{1} << 47) / l->size)) {
    return m.panic_plain("reflect: array length out of range");
  }
  c.set(0, m.allocate_bytes(static_cast<uint64_t>(n) * l->size, l->type, l->has_pointers));
}

void move_value(Machine& m, NativeCall& c) {
  copy(m, c.get<Word>(1), c.get<Word>(2), size_at(m, c.get<Word>(0)));
}
void move_bytes(Machine& m, NativeCall& c) {
  copy(m, c.get<Word>(0), c.get<Word>(1), c.get<uint64_t>(2));
}
void clear_value(Machine& m, NativeCall& c) { zero(m, c.get<Word>(1), size_at(m, c.get<Word>(0))); }
void clear_part(Machine& m, NativeCall& c) { zero(m, c.get<Word>(1), c.get<uint64_t>(3)); }
void clear_array(Machine& m, NativeCall& c) {
  zero(m, c.get<Word>(1), size_at(m, c.get<Word>(0)) * static_cast<uint64_t>(c.get<int64_t>(2)));
}
void copy_slice(Machine& m, NativeCall& c) {
  GoSlice to = c.get<GoSlice>(1);
  GoSlice from = c.get<GoSlice>(2);
  int64_t n = std::min(to.len, from.len);
  copy(m, to.data, from.data, size_at(m, c.get<Word>(0)) * static_cast<uint64_t>(n));
  c.set(0, n);
}
void grow(Machine& m, NativeCall& c) {
  const Layout* l = layout_at(m, c.get<Word>(0));
  if (!l) return m.unsupported("a slice of a type that reflect made");
  GoSlice s = c.get<GoSlice>(1);
  int64_t more = c.get<int64_t>(2) + s.cap - s.len;
  int64_t len = s.len;
  if (!grow_slice(m, *l, s, more)) return;
  c.set(0, GoSlice{s.data, len, s.cap});
}

// The interface value `src` (of type any) as one of interface type t.
void to_interface(Machine& m, NativeCall& c) {
  TypeId t = m.image().type_at(c.get<Word>(0));
  GoInterface src = c.get<GoInterface>(1);
  if (src.type && t.exists() && !m.image().implements(m.dynamic_type(src), t)) {
    return m.panic_assert(t, m.dynamic_type(src), t,
                          m.image().missing_method(m.dynamic_type(src), t));
  }
  if (uint8_t* p = m.at(c.get<Word>(2), sizeof src)) std::memcpy(p, &src, sizeof src);
}

void hash_value(Machine& m, NativeCall& c) {
  const Layout* l = layout_at(m, c.get<Word>(0));
  if (!l) return m.unsupported("the hash of a type that reflect made");
  uint64_t h = c.get<uint64_t>(2);
  const uint8_t* p = m.at(c.get<Word>(1), l->size);
  if (p && m.hash(*l, p, h)) c.set(0, h);
}

// The numbers 0 to 255: what an interface that holds a small one points to.
void small_numbers(Machine& m, NativeCall& c) {
  uint64_t all[256];
  for (uint64_t i = 0; i < 256; i++) all[i] = i;
  c.set(0, m.image().string_constant({reinterpret_cast<const char*>(all), sizeof all}).data);
}

void yes(Machine&, NativeCall& c) { c.set<bool>(0, true); }

// ---- Maps ----

const Layout* key_of(Machine& m, Word map_type) {
  const Layout* l = layout_at(m, map_type);
  return l ? &m.layout(l->key) : nullptr;
}

// A copy of the element: an element has no address of its own.
void map_get(Machine& m, NativeCall& c, const uint8_t* key) {
  const Layout* l = layout_at(m, c.get<Word>(0));
  MapData* map = m.native_at<MapData>(c.get<Word>(1));
  if (!l || !key) return;
  bool failed = false;
  const uint8_t* found = map ? map->find(m, m.layout(l->key), key, failed) : nullptr;
  if (failed) return;
  Word out = 0;
  if (found) {
    const Layout& e = m.layout(l->elem);
    out = m.allocate(e.type);
    if (e.size) {
      if (uint8_t* to = m.at(out, e.size)) std::memcpy(to, found, e.size);
    }
  }
  c.set(0, out);
}

const uint8_t* key_at(Machine& m, NativeCall& c, size_t param) {
  const Layout* k = key_of(m, c.get<Word>(0));
  return k ? m.at(c.get<Word>(param), k->size) : nullptr;
}

void map_access(Machine& m, NativeCall& c) { map_get(m, c, key_at(m, c, 2)); }
void map_access_string(Machine& m, NativeCall& c) { map_get(m, c, c.arg(2)); }

void map_put(Machine& m, NativeCall& c, const uint8_t* key, Word value) {
  const Layout* l = layout_at(m, c.get<Word>(0));
  MapData* map = m.native_at<MapData>(c.get<Word>(1));
  if (!map) return m.panic_plain("assignment to entry in nil map");
  if (!l || !key) return;
  bool failed = false;
  uint8_t* to = map->insert(m, m.layout(l->key), key, failed);
  if (failed) return;
  uint64_t size = m.layout(l->elem).size;
  if (size == 0) return;
  if (const uint8_t* from = m.at(value, size)) std::memcpy(to, from, size);
}
void map_assign(Machine& m, NativeCall& c) { map_put(m, c, key_at(m, c, 2), c.get<Word>(3)); }
void map_assign_string(Machine& m, NativeCall& c) { map_put(m, c, c.arg(2), c.get<Word>(3)); }

void map_drop(Machine& m, NativeCall& c, const uint8_t* key) {
  const Layout* k = key_of(m, c.get<Word>(0));
  MapData* map = m.native_at<MapData>(c.get<Word>(1));
  bool failed = false;
  if (map && k && key) map->erase(m, *k, key, failed);
}
void map_delete(Machine& m, NativeCall& c) { map_drop(m, c, key_at(m, c, 2)); }
void map_delete_string(Machine& m, NativeCall& c) { map_drop(m, c, c.arg(2)); }

void map_length(Machine& m, NativeCall& c) {
  MapData* map = m.native_at<MapData>(c.get<Word>(0));
  c.set<int64_t>(0, map ? static_cast<int64_t>(map->size()) : 0);
}
void map_clear(Machine& m, NativeCall& c) {
  if (MapData* map = m.native_at<MapData>(c.get<Word>(1))) map->clear();
}
void new_map(Machine& m, NativeCall& c) {
  const Layout* l = layout_at(m, c.get<Word>(0));
  if (!l) return m.unsupported("a map of a type that reflect made");
  c.set(0, pointer_to(m.state().heap.add_native(
               ObjectKind::kMap, std::make_unique<MapData>(m.layout(l->key), m.layout(l->elem)),
               l->type)));
}
void clone_map(Machine& m, NativeCall& c) {
  GoInterface x = c.get<GoInterface>(0);
  if (MapData* map = m.native_at<MapData>(x.data)) {
    std::unique_ptr<Native> copy = map->clone();
    x.data =
        pointer_to(m.state().heap.add_native(ObjectKind::kMap, std::move(copy), m.dynamic_type(x)));
  }
  c.set(0, x);
}

// An iterator of internal/runtime/maps begins with pointers to key and element and the map's type;
// the numbers that follow hold our place.
struct IteratorFields {
  uint32_t key, elem, type, map, number, end;
};

IteratorFields iterator_fields(Image& image) {
  TypeId t = image.find_type("internal/runtime/maps", "Iter");
  auto at = [&](std::string_view f) { return image.field_offset(t, f); };
  return {at("key"), at("elem"), at("typ"), at("m"), at("entryOffset"), at("dirOffset")};
}

void advance(Machine& m, Word it) {
  IteratorFields f = iterator_fields(m.image());
  uint64_t size = m.layout(m.image().find_type("internal/runtime/maps", "Iter")).size;
  uint8_t* p = m.at(it, size);
  if (!p) return;
  auto word = [&](uint32_t offset) {
    Word w;
    std::memcpy(&w, p + offset, 8);
    return w;
  };
  auto put = [&](uint32_t offset, Word w) { std::memcpy(p + offset, &w, 8); };
  const Layout* l = layout_at(m, word(f.type));
  MapData* map = m.native_at<MapData>(word(f.map));
  uint64_t number = word(f.number);
  const uint8_t* elem = nullptr;
  const uint8_t* key = map && l ? map->next(number, word(f.end), elem) : nullptr;
  put(f.number, number + 1);
  if (!key) {
    put(f.key, 0);
    put(f.elem, 0);
    return;
  }
  auto boxed = [&](TypeId type, const uint8_t* from) {
    const Layout& x = m.layout(type);
    Word out = m.allocate(type);
    if (x.size) {
      if (uint8_t* to = m.at(out, x.size)) std::memcpy(to, from, x.size);
    }
    return out;
  };
  Word k = boxed(l->key, key);
  Word e = boxed(l->elem, elem);
  put(f.key, k);
  put(f.elem, e);
}

void iterate(Machine& m, NativeCall& c) {
  IteratorFields f = iterator_fields(m.image());
  Word it = c.get<Word>(2);
  uint8_t* p = m.at(it, m.layout(m.image().find_type("internal/runtime/maps", "Iter")).size);
  if (!p) return;
  Word type = c.get<Word>(0);
  Word map = c.get<Word>(1);
  MapData* data = m.native_at<MapData>(map);
  uint64_t end = data ? data->next_number() : 0;
  uint64_t number = 0;
  std::memcpy(p + f.type, &type, 8);
  std::memcpy(p + f.map, &map, 8);
  std::memcpy(p + f.number, &number, 8);
  std::memcpy(p + f.end, &end, 8);
  advance(m, it);
}
void iterate_on(Machine& m, NativeCall& c) { advance(m, c.get<Word>(0)); }

// ---- Channels ----

uint64_t element_size(Machine& m, Word channel) {
  Object* o = m.object_at(channel);
  return o ? m.layout(m.layout(o->type).elem).size : 0;
}

void chan_length(Machine& m, NativeCall& c) {
  ChanData* d = m.native_at<ChanData>(c.get<Word>(0));
  c.set<int64_t>(0, d ? static_cast<int64_t>(d->buffer.size()) : 0);
}
void chan_capacity(Machine& m, NativeCall& c) {
  ChanData* d = m.native_at<ChanData>(c.get<Word>(0));
  c.set<int64_t>(0, d ? static_cast<int64_t>(d->capacity) : 0);
}
void chan_close(Machine& m, NativeCall& c) { close_channel(m, c.get<Word>(0)); }
void chan_make(Machine& m, NativeCall& c) {
  const Layout* l = layout_at(m, c.get<Word>(0));
  if (!l) return m.unsupported("a channel of a type that reflect made");
  auto data = std::make_unique<ChanData>();
  data->capacity = static_cast<uint64_t>(std::max<int64_t>(0, c.get<int64_t>(1)));
  c.set(0, pointer_to(m.state().heap.add_native(ObjectKind::kChan, std::move(data), l->type)));
}

void chan_send(Machine& m, NativeCall& c) {
  Wake& wake = m.current().wake;
  if (wake.ready) {
    wake.ready = false;
    if (!wake.ok) return m.panic_plain("send on closed channel");
    c.set<bool>(0, true);
    return;
  }
  bool no_wait = c.get<bool>(2);
  ChanData* d = m.native_at<ChanData>(c.get<Word>(0));
  if (d) {
    uint64_t size = element_size(m, c.get<Word>(0));
    const uint8_t* p = m.at(c.get<Word>(1), size);
    if (!p) return;
    bool closed = false;
    if (try_send(m, *d, {p, size}, closed)) {
      if (closed) return m.panic_plain("send on closed channel");
      c.set<bool>(0, true);
      return;
    }
    if (!no_wait) {
      Waiter w = m.waiter();
      w.value.assign(p, p + size);
      d->senders.push_back(std::move(w));
    }
  }
  if (no_wait) {
    c.set<bool>(0, false);
  } else {
    m.park(d ? "chan send" : "chan send (nil chan)");
  }
}

void chan_receive(Machine& m, NativeCall& c) {
  Wake& wake = m.current().wake;
  bool no_wait = c.get<bool>(1);
  ChanData* d = m.native_at<ChanData>(c.get<Word>(0));
  uint64_t size = d ? element_size(m, c.get<Word>(0)) : 0;
  std::vector<uint8_t> value(size);
  bool ok = false;
  if (wake.ready) {
    wake.ready = false;
    ok = wake.ok;
    std::copy_n(wake.value.begin(), std::min<size_t>(size, wake.value.size()), value.begin());
  } else if (!d || !try_receive(m, *d, value, ok)) {
    if (no_wait) {
      c.set<bool>(0, false);
      c.set<bool>(1, false);
      return;
    }
    if (d) d->receivers.push_back(m.waiter());
    return m.park(d ? "chan receive" : "chan receive (nil chan)");
  }
  if (size) {
    if (uint8_t* p = m.at(c.get<Word>(2), size)) std::memcpy(p, value.data(), size);
  }
  c.set<bool>(0, true);
  c.set<bool>(1, ok);
}

// ---- Calls ----

// reflect.call(frame type, function, frame, size of the frame's arguments, offset of its results,
// size, registers): by a piece of code made for the callee, whose frame has room for its results.
//   frame: closure, arguments, offset of results; then the results
struct Trampoline {
  static constexpr uint32_t kClosure = 0, kArguments = 8, kResults = 16, kOwn = 24;

  static void enter(Machine& m, const Inst&) {
    Word closure = m.get<Word>(kClosure);
    Word arguments = m.get<Word>(kArguments);
    const uint8_t* head = m.at(closure, 8);
    if (!head) return;
    uint64_t word;
    std::memcpy(&word, head, sizeof word);
    const Code& callee = m.image().code(m.image().code_of_closure_word(word));
    std::vector<uint8_t> args(callee.params_size);
    uint64_t offset = 0;
    for (size_t i = 0; i < callee.param_types.size(); i++) {
      const Layout& l = m.layout(callee.param_types[i]);
      offset = (offset + l.align - 1) / l.align * l.align;
      if (l.size) {
        const uint8_t* from = m.at(arguments + offset, l.size);
        if (!from) return;
        std::memcpy(args.data() + callee.param_offsets[i], from, l.size);
      }
      offset += l.size;
    }
    m.call_value(closure, args, kOwn, After::kResume);
  }

  static void leave(Machine& m, const Inst&) {
    Word at = m.get<Word>(kArguments) + m.get<uint64_t>(kResults);
    uint64_t offset = 0;
    const Code& code = m.code();
    for (size_t i = 0; i < code.result_types.size(); i++) {
      const Layout& l = m.layout(code.result_types[i]);
      offset = (offset + l.align - 1) / l.align * l.align;
      if (l.size) {
        uint8_t* to = m.at(at + offset, l.size);
        if (!to) return;
        std::memcpy(to, m.regs() + kOwn + code.result_offsets[i], l.size);
      }
      offset += l.size;
    }
    m.return_values({});
  }
};

void call(Machine& m, NativeCall& c) {
  Word closure = c.get<Word>(1);
  const uint8_t* head = m.at(closure, 8);
  if (!head) return;
  uint64_t word;
  std::memcpy(&word, head, sizeof word);
  uint32_t number = m.image().code_of_closure_word(word);
  uint32_t trampoline = m.image().trampoline(number, [&] {
    const Code& callee = m.image().code(number);
    auto code = std::make_unique<Code>();
    code->name = "reflect.call";
    code->params_size = Trampoline::kOwn;
    code->result_types = callee.result_types;
    code->result_offsets = callee.result_offsets;
    code->frame_size = Trampoline::kOwn + std::max<uint32_t>(8, callee.results_size);
    Inst i;
    i.run = Trampoline::enter;
    code->insts.push_back(i);
    i.run = Trampoline::leave;
    code->insts.push_back(i);
    return code;
  });
  struct {
    Word closure, arguments;
    uint64_t results;
  } args{closure, c.get<Word>(2), c.get<uint32_t>(4)};
  uint8_t* regs = m.push_frame(trampoline, 0, After::kResume, 0);
  if (regs) std::memcpy(regs, &args, sizeof args);
}

// reflect.MakeFunc: a closure over the Go function, whose frame is
//   parameters; the function; a slice of one element, what it returned; the results
struct MadeFunction {
  static uint32_t function_at(const Code& code) { return code.params_size; }
  static uint32_t returned_at(const Code& code) { return code.params_size + 8; }
  static uint32_t results_at(const Code& code) { return code.params_size + 32; }

  static void enter(Machine& m, const Inst&) {
    const Code& code = m.code();
    Image& image = m.image();
    TypeId value = image.find_type("reflect", "Value");
    size_t n = code.param_types.size();
    Word list = m.allocate_bytes(n * sizeof(ReflectValue), value, true);
    for (size_t i = 0; i < n; i++) {
      const Layout& l = m.layout(code.param_types[i]);
      TypeId descriptor_type = image.find_type("internal/abi", "Type");
      ReflectValue v{image.descriptor(l.type), 0, 0};
      const uint8_t* d = m.at(v.type + image.field_offset(descriptor_type, "Kind_"), 1);
      if (!d) return;
      v.flag = *d;
      const uint8_t* from = m.regs() + code.param_offsets[i];
      if (l.direct) {
        std::memcpy(&v.ptr, from, 8);
      } else {
        v.flag |= kFlagIndirect;
        v.ptr = m.allocate(l.type);
        if (l.size) {
          if (uint8_t* to = m.at(v.ptr, l.size)) std::memcpy(to, from, l.size);
        }
      }
      if (uint8_t* to = m.at(list + i * sizeof v, sizeof v)) std::memcpy(to, &v, sizeof v);
    }
    GoSlice args{list, static_cast<int64_t>(n), static_cast<int64_t>(n)};
    m.call_value(m.get<Word>(static_cast<int32_t>(function_at(code))),
                 {reinterpret_cast<const uint8_t*>(&args), sizeof args}, returned_at(code),
                 After::kResume);
  }

  static void leave(Machine& m, const Inst&) {
    const Code& code = m.code();
    Image& image = m.image();
    GoSlice list = m.get<GoSlice>(static_cast<int32_t>(returned_at(code)));
    if (list.len != static_cast<int64_t>(code.result_types.size())) {
      return m.panic_string("reflect: wrong return count from function created by MakeFunc");
    }
    std::vector<Move> moves;
    for (size_t i = 0; i < code.result_types.size(); i++) {
      ReflectValue v;
      const uint8_t* p = m.at(list.data + i * sizeof v, sizeof v);
      if (!p) return;
      std::memcpy(&v, p, sizeof v);
      TypeId type = image.type_at(v.type);
      if (!type.exists()) {
        return m.panic_string(
            "reflect: function created by MakeFunc using closure returned zero Value");
      }
      if (v.flag & kFlagReadOnly) {
        return m.panic_string(
            "reflect: function created by MakeFunc using closure returned value obtained from "
            "unexported field");
      }
      const Layout& l = m.layout(type);
      const Layout& want = m.layout(code.result_types[i]);
      const uint8_t* from = reinterpret_cast<const uint8_t*>(&v.ptr);
      if (v.flag & kFlagIndirect) from = m.at(v.ptr, l.size);
      if (!from) return;
      uint8_t* to = m.regs() + results_at(code) + code.result_offsets[i];
      if (want.kind == TypeKind::kInterface && l.kind != TypeKind::kInterface) {
        GoInterface x = m.box(l.type, from);
        std::memcpy(to, &x, sizeof x);
      } else {
        std::memcpy(to, from, std::min(l.size, want.size));
      }
      moves.push_back({static_cast<int32_t>(results_at(code) + code.result_offsets[i]),
                       static_cast<int32_t>(code.result_offsets[i]), word_up(want.size)});
    }
    m.return_values(moves);
  }
};

void make_function(Machine& m, NativeCall& c) {
  Image& image = m.image();
  TypeId type = image.type_at(c.get<GoInterface>(0).data);
  if (!type.exists()) return m.unsupported("a function of a type that reflect made");
  const Layout& l = m.layout(type);
  if (l.kind != TypeKind::kSignature) {
    return m.panic_string("reflect: call of MakeFunc with non-Func type");
  }
  uint32_t number = image.trampoline(type.raw | kMadeTrampoline, [&] {
    auto code = std::make_unique<Code>();
    code->name = "reflect.makeFuncStub";
    lay_out_signature(image.layouts(), l.under, *code, true);
    code->free_size = 8;
    code->frame_size = MadeFunction::results_at(*code) + std::max<uint32_t>(8, code->results_size);
    Inst i;
    i.run = MadeFunction::enter;
    code->insts.push_back(i);
    i.run = MadeFunction::leave;
    code->insts.push_back(i);
    return code;
  });
  Word closure = m.allocate_bytes(16, types::basic(BasicKind::kUintptr), true);
  uint8_t* p = m.at(closure, 16);
  if (!p) return;
  uint64_t words[2] = {Image::closure_head(number), c.get<Word>(1)};
  std::memcpy(p, words, sizeof words);
  c.set(0, ReflectValue{image.descriptor(type), closure, kFunc});
}

}  // namespace

NativeTable reflect_natives() {
  static constexpr NativeEntry kTable[] = {
      {"reflect.resolveNameOff", resolve_name},
      {"reflect.resolveTypeOff", resolve_type},
      {"reflect.resolveTextOff", resolve_text},
      {"internal/reflectlite.resolveNameOff", resolve_name},
      {"internal/reflectlite.resolveTypeOff", resolve_type},
      {"reflect.(*rtype).ptrTo", pointer_type},
      {"reflect.SliceOf", slice_of},
      {"reflect.ArrayOf", array_of},
      {"reflect.MapOf", map_of},
      {"reflect.ChanOf", chan_of},
      {"reflect.FuncOf", func_of},
      {"reflect.methodReceiver", method_receiver},
      {"reflect.makeMethodValue", make_method_value},
      {"reflect.MakeFunc", make_function},
      {"reflect.addReflectOff", add_offset},
      {"reflect.unsafe_New", new_value},
      {"internal/reflectlite.unsafe_New", new_value},
      {"reflect.unsafe_NewArray", new_array},
      {"reflect.typedmemmove", move_value},
      {"internal/reflectlite.typedmemmove", move_value},
      {"reflect.memmove", move_bytes},
      {"reflect.typedmemclr", clear_value},
      {"reflect.typedmemclrpartial", clear_part},
      {"reflect.typedarrayclear", clear_array},
      {"reflect.typedslicecopy", copy_slice},
      {"reflect.growslice", grow},
      {"reflect.typehash", hash_value},
      {"reflect.getStaticuint64s", small_numbers},
      {"reflect.verifyNotInHeapPtr", yes},
      {"reflect.ifaceE2I", to_interface},
      {"internal/reflectlite.ifaceE2I", to_interface},
      {"reflect.mapaccess", map_access},
      {"reflect.mapaccess_faststr", map_access_string},
      {"reflect.mapassign0", map_assign},
      {"reflect.mapassign_faststr0", map_assign_string},
      {"reflect.mapdelete", map_delete},
      {"reflect.mapdelete_faststr", map_delete_string},
      {"reflect.maplen", map_length},
      {"internal/reflectlite.maplen", map_length},
      {"reflect.mapclear", map_clear},
      {"reflect.makemap", new_map},
      {"reflect.mapIterStart", iterate},
      {"reflect.mapIterNext", iterate_on},
      {"maps.clone", clone_map},
      {"reflect.chanlen", chan_length},
      {"internal/reflectlite.chanlen", chan_length},
      {"reflect.chancap", chan_capacity},
      {"reflect.chanclose", chan_close},
      {"reflect.makechan", chan_make},
      {"reflect.chansend0", chan_send},
      {"reflect.chanrecv", chan_receive},
      {"reflect.call", call},
      {"reflect.escapes", nothing},
      {"reflect.contentEscapes", nothing},
  };
  return kTable;
}

}  // namespace unpark::ssa::step
