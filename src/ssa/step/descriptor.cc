// Type descriptors, as reflect and internal/abi read them: the bytes of an abi.Type and of what
// follows it, written when somebody first looks. Where a field lies is asked of the checked package
// internal/abi itself.
//
// An interface holds the address of its dynamic type's descriptor, with or without methods: there
// are no method tables of pairs of types.
#include "base/hash.h"
#include "ssa/step/image.h"
#include "ssa/step/natives.h"
#include "types/lookup.h"
#include "types/predicates.h"

namespace unpark::ssa::step {

namespace {

enum TypeFlag : uint8_t {
  kUncommon = 1,
  kNamed = 4,
  kRegularMemory = 8,
  kDirectIface = 32,
};

uint8_t kind_number(const Layout& l) {
  switch (l.kind) {
    case TypeKind::kBasic:
      if (l.basic == BasicKind::kString) return 24;
      if (l.basic == BasicKind::kUnsafePointer) return 26;
      return static_cast<uint8_t>(l.basic);
    case TypeKind::kArray:
      return 17;
    case TypeKind::kChan:
      return 18;
    case TypeKind::kSignature:
      return 19;
    case TypeKind::kInterface:
      return 20;
    case TypeKind::kMap:
      return 21;
    case TypeKind::kPointer:
      return 22;
    case TypeKind::kSlice:
      return 23;
    case TypeKind::kStruct:
      return 25;
    default:
      return 0;
  }
}

// Writes types as reflect's String does.
class TypeNames {
 public:
  TypeNames(types::Context& cx, bool paths) : cx_(cx), paths_(paths) {}

  std::string of(TypeId t) {
    types::TypeStore& s = cx_.types;
    switch (s.kind(t)) {
      case TypeKind::kBasic:
        return basic(static_cast<BasicKind>(s[t].sub));
      case TypeKind::kNamed:
        return named(t);
      case TypeKind::kPointer:
        return "*" + of(s.elem(t));
      case TypeKind::kSlice:
        return "[]" + of(s.elem(t));
      case TypeKind::kArray:
        return "[" + std::to_string(s.array_length(t)) + "]" + of(s.elem(t));
      case TypeKind::kMap:
        return "map[" + of(s.key(t)) + "]" + of(s.elem(t));
      case TypeKind::kChan: {
        std::string e = of(s.elem(t));
        if (s.chan_dir(t) == types::ChanDir::kRecv) return "<-chan " + e;
        if (s.chan_dir(t) == types::ChanDir::kSend) return "chan<- " + e;
        bool receives =
            s.is(s.elem(t), TypeKind::kChan) && s.chan_dir(s.elem(t)) == types::ChanDir::kRecv;
        return receives ? "chan (" + e + ")" : "chan " + e;
      }
      case TypeKind::kSignature:
        return "func" + signature(t);
      case TypeKind::kStruct:
        return structure(t);
      case TypeKind::kInterface:
        return interface(t);
      default:
        return "?";
    }
  }

  std::string package_name(types::PackageRef ref) {
    const types::Package& p = cx_.package(ref);
    if (p.name == "main") return "main";
    return paths_ ? p.path : p.name;
  }

 private:
  static std::string basic(BasicKind k) {
    static constexpr std::string_view kNames[] = {
        "invalid type", "bool",      "int",        "int8",   "int16",         "int32",   "int64",
        "uint",         "uint8",     "uint16",     "uint32", "uint64",        "uintptr", "float32",
        "float64",      "complex64", "complex128", "string", "unsafe.Pointer"};
    size_t i = static_cast<size_t>(k);
    return std::string(i < std::size(kNames) ? kNames[i] : "?");
  }
  std::string named(TypeId t) {
    const types::Named& n = cx_.types.named(t);
    const types::Object& o = cx_.objects[n.object];
    std::string out(cx_.text(o.name));
    if (o.package.exists()) out = package_name(o.package) + "." + out;
    if (n.args.empty()) return out;
    out += "[";
    bool was = paths_;
    paths_ = true;
    for (size_t i = 0; i < n.args.size(); i++) out += (i ? "," : "") + of(n.args[i]);
    paths_ = was;
    return out + "]";
  }
  std::string signature(TypeId t) {
    types::TypeStore& s = cx_.types;
    const types::Signature& g = s.signature(t);
    std::string out = "(";
    auto params = s.tuple(g.params);
    for (size_t i = 0; i < params.size(); i++) {
      if (i) out += ", ";
      bool rest = g.variadic && i + 1 == params.size();
      out += rest ? "..." + of(s.elem(params[i])) : of(params[i]);
    }
    out += ")";
    auto results = s.tuple(g.results);
    if (results.size() == 1) out += " " + of(results[0]);
    if (results.size() > 1) {
      out += " (";
      for (size_t i = 0; i < results.size(); i++) out += (i ? ", " : "") + of(results[i]);
      out += ")";
    }
    return out;
  }
  std::string structure(TypeId t) {
    auto fields = cx_.types.fields(t);
    if (fields.empty()) return "struct {}";
    std::string out = "struct { ";
    for (size_t i = 0; i < fields.size(); i++) {
      if (i) out += "; ";
      if (!fields[i].embedded) out += std::string(cx_.text(fields[i].name)) + " ";
      out += of(fields[i].type);
      if (fields[i].tag.exists()) out += " " + quoted(cx_.text(fields[i].tag));
    }
    return out + " }";
  }
  static std::string quoted(std::string_view s) {
    std::string out = "\"";
    for (char c : s) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    return out + "\"";
  }
  std::string interface(TypeId t) {
    auto methods = cx_.types.type_set(t).methods;
    if (methods.empty())
      return t == cx_.types.comparable_interface() ? "comparable" : "interface {}";
    std::string out = "interface { ";
    for (size_t i = 0; i < methods.size(); i++) {
      if (i) out += "; ";
      if (!cx_.exported(methods[i].name)) out += package_name(methods[i].package) + ".";
      out += std::string(cx_.text(methods[i].name)) + signature(methods[i].type);
    }
    return out + " }";
  }

  types::Context& cx_;
  bool paths_;
};

}  // namespace

std::string_view Image::type_string(TypeId type) {
  type = layouts_.canonical(type);
  auto it = type_strings_.find(type);
  if (it == type_strings_.end()) {
    it = type_strings_.emplace(type, TypeNames(context(), false).of(type)).first;
  }
  return it->second;
}

std::string Image::runtime_type_text(TypeId type) { return std::string(type_string(type)); }

Word Image::descriptor(TypeId type) {
  type = layouts_.canonical(type);
  auto [it, fresh] = descriptors_.try_emplace(type, 0);
  if (!fresh) return it->second;
  Object o;
  o.kind = ObjectKind::kBytes;
  o.type = type;
  constants_.push_back(std::move(o));
  type_by_constant_.push_back(type);
  Word w = pointer_to(kConstantRange + static_cast<uint32_t>(constants_.size() - 1));
  descriptors_[type] = w;
  return w;
}

TypeId Image::type_at(Word descriptor) const {
  uint32_t number = object_of(descriptor) - kConstantRange;
  return number < type_by_constant_.size() && offset_of(descriptor) == 0 ? type_by_constant_[number]
                                                                         : TypeId{};
}

uint32_t Image::add_name(std::string_view name, std::string_view tag, bool exported,
                         bool embedded) {
  std::string bytes(
      1, static_cast<char>((exported ? 1 : 0) | (tag.empty() ? 0 : 2) | (embedded ? 8 : 0)));
  auto put = [&](std::string_view s) {
    size_t n = s.size();
    for (; n >= 0x80; n >>= 7) bytes += static_cast<char>((n & 0x7f) | 0x80);
    bytes += static_cast<char>(n);
    bytes += s;
  };
  put(name);
  if (!tag.empty()) put(tag);
  auto [it, fresh] = name_numbers_.try_emplace(bytes, static_cast<uint32_t>(names_.size()));
  if (fresh) names_.push_back(add_constant(bytes));
  return it->second + 1;
}

Word Image::name_at(int32_t offset) const {
  size_t i = static_cast<size_t>(offset) - 1;
  return offset > 0 && i < names_.size() ? names_[i] : 0;
}

// Writes one descriptor.
class DescriptorWriter {
 public:
  DescriptorWriter(Image& image, TypeId type)
      : image_(image), cx_(image.context()), type_(type), l_(image.layouts().of(type)) {}

  std::vector<uint8_t> write();

 private:
  void put(size_t at, const void* bytes, size_t size) {
    if (out_.size() < at + size) out_.resize(at + size);
    std::memcpy(out_.data() + at, bytes, size);
  }
  template <typename T>
  void put_value(size_t at, T v) {
    put(at, &v, sizeof v);
  }
  template <typename T>
  void field(std::string_view name, T v) {
    put_value(image_.field_offset(shape_, name), v);
  }
  Word type_word(TypeId t) { return image_.descriptor(t); }
  int32_t type_number(TypeId t) {
    return static_cast<int32_t>(object_of(image_.descriptor(t)) - kConstantRange + 1);
  }
  int32_t name(std::string_view text, bool exported, std::string_view tag = {},
               bool embedded = false) {
    return static_cast<int32_t>(image_.add_name(text, tag, exported, embedded));
  }
  void common();
  void specific();
  void uncommon(size_t at);
  bool has_uncommon();
  TypeId abi(std::string_view name) { return image_.find_type("internal/abi", name); }
  std::string_view shape_name() const;

  Image& image_;
  types::Context& cx_;
  TypeId type_;
  const Layout& l_;
  TypeId shape_;  // the abi struct that describes this kind
  std::vector<uint8_t> out_;
  std::vector<types::Method> methods_;
};

std::string_view DescriptorWriter::shape_name() const {
  switch (l_.kind) {
    case TypeKind::kPointer:
      return "PtrType";
    case TypeKind::kArray:
      return "ArrayType";
    case TypeKind::kChan:
      return "ChanType";
    case TypeKind::kSignature:
      return "FuncType";
    case TypeKind::kInterface:
      return "InterfaceType";
    case TypeKind::kMap:
      return "MapType";
    case TypeKind::kSlice:
      return "SliceType";
    case TypeKind::kStruct:
      return "StructType";
    default:
      return "Type";
  }
}

bool DescriptorWriter::has_uncommon() {
  return cx_.types.is(type_, TypeKind::kNamed) || !methods_.empty();
}

namespace {

// Equality of two variables, as descriptors of types offer it; the bound word is the type.
void native_equal(Machine& m, NativeCall& c) {
  uint64_t bound = m.get<uint64_t>(static_cast<int32_t>(c.code().params_size));
  const Layout& l = m.layout(TypeId{static_cast<uint32_t>(bound)});
  const uint8_t* a = m.at(c.get<Word>(0), l.size);
  const uint8_t* b = a ? m.at(c.get<Word>(1), l.size) : nullptr;
  bool same = false;
  if (b && m.equal(l, a, b, same)) c.set<bool>(0, same);
}

void native_hash(Machine& m, NativeCall& c) {
  uint64_t bound = m.get<uint64_t>(static_cast<int32_t>(c.code().params_size));
  const Layout& l = m.layout(TypeId{static_cast<uint32_t>(bound)});
  uint64_t h = c.get<uint64_t>(1);
  const uint8_t* v = m.at(c.get<Word>(0), l.size);
  if (v && m.hash(l, v, h)) c.set<uint64_t>(0, h);
}

}  // namespace

void DescriptorWriter::common() {
  TypeId t = abi("Type");
  shape_ = t;
  const Layout& base = image_.layouts().of(t);
  out_.resize(base.size);
  field<uint64_t>("Size_", l_.size);
  field<uint64_t>("PtrBytes", l_.has_pointers ? l_.size : 0);
  std::string_view text = image_.type_string(type_);
  field<uint32_t>("Hash", static_cast<uint32_t>(base::hash64(text)));
  bool is_named =
      cx_.types.is(type_, TypeKind::kNamed) || (l_.kind == TypeKind::kBasic && l_.type == l_.under);
  uint8_t flags =
      static_cast<uint8_t>((has_uncommon() ? kUncommon : 0) | (is_named ? kNamed : 0) |
                           (l_.plain ? kRegularMemory : 0) | (l_.direct ? kDirectIface : 0));
  field<uint8_t>("TFlag", flags);
  field<uint8_t>("Align_", static_cast<uint8_t>(l_.align));
  field<uint8_t>("FieldAlign_", static_cast<uint8_t>(l_.align));
  field<uint8_t>("Kind_", kind_number(l_));
  if (l_.comparable) {
    field<Word>("Equal", image_.native_closure("type equal", native_equal,
                                               image_.field_type(t, "Equal"), l_.type.raw));
  }
  field<int32_t>("Str", name(text, true));
}

void DescriptorWriter::specific() {
  types::TypeStore& s = cx_.types;
  shape_ = abi(shape_name());
  size_t size = image_.layouts().of(shape_).size;
  if (out_.size() < size) out_.resize(size);
  size_t behind = size + (has_uncommon() ? image_.layouts().of(abi("UncommonType")).size : 0);
  switch (l_.kind) {
    case TypeKind::kPointer:
    case TypeKind::kSlice:
      field<Word>("Elem", type_word(l_.elem));
      break;
    case TypeKind::kArray:
      field<Word>("Elem", type_word(l_.elem));
      field<Word>("Slice", type_word(s.slice_of(l_.elem)));
      field<uint64_t>("Len", static_cast<uint64_t>(l_.length));
      break;
    case TypeKind::kChan: {
      field<Word>("Elem", type_word(l_.elem));
      types::ChanDir d = s.chan_dir(l_.under);
      field<int64_t>("Dir", d == types::ChanDir::kRecv ? 1 : d == types::ChanDir::kSend ? 2 : 3);
      break;
    }
    case TypeKind::kMap:
      field<Word>("Key", type_word(l_.key));
      field<Word>("Elem", type_word(l_.elem));
      field<Word>("Hasher", image_.native_closure("type hash", native_hash,
                                                  image_.field_type(shape_, "Hasher"),
                                                  image_.layouts().canonical(l_.key).raw));
      break;
    case TypeKind::kSignature: {
      const types::Signature& g = s.signature(l_.under);
      auto params = s.tuple(g.params);
      auto results = s.tuple(g.results);
      field<uint16_t>("InCount", static_cast<uint16_t>(params.size()));
      field<uint16_t>("OutCount",
                      static_cast<uint16_t>(results.size() | (g.variadic ? 0x8000u : 0u)));
      size_t at = behind;
      for (TypeId p : params) put_value(at, type_word(p)), at += 8;
      for (TypeId r : results) put_value(at, type_word(r)), at += 8;
      break;
    }
    case TypeKind::kInterface: {
      auto methods = s.type_set(l_.under).methods;
      TypeId entry = abi("Imethod");
      size_t stride = image_.layouts().of(entry).size;
      std::string list(methods.size() * stride, '\0');
      types::PackageRef package;
      for (size_t i = 0; i < methods.size(); i++) {
        bool exported = cx_.exported(methods[i].name);
        if (!exported) package = methods[i].package;
        int32_t n = name(cx_.text(methods[i].name), exported);
        int32_t ty = type_number(methods[i].type);
        std::memcpy(list.data() + i * stride + image_.field_offset(entry, "Name"), &n, 4);
        std::memcpy(list.data() + i * stride + image_.field_offset(entry, "Typ"), &ty, 4);
      }
      if (package.exists()) {
        field<Word>("PkgPath", image_.name_at(name(cx_.package(package).path, false)));
      }
      Word data = methods.empty() ? 0 : image_.add_constant(list);
      int64_t n = static_cast<int64_t>(methods.size());
      field("Methods", GoSlice{data, n, n});
      break;
    }
    case TypeKind::kStruct: {
      auto fields = s.fields(l_.under);
      TypeId entry = abi("StructField");
      size_t stride = image_.layouts().of(entry).size;
      std::string list(fields.size() * stride, '\0');
      types::PackageRef package;
      for (size_t i = 0; i < fields.size(); i++) {
        const types::StructField& f = fields[i];
        bool exported = cx_.exported(f.name);
        if (!exported) package = f.package;
        std::string_view tag = f.tag.exists() ? cx_.text(f.tag) : std::string_view();
        Word n = image_.name_at(name(cx_.text(f.name), exported, tag, f.embedded));
        Word ty = type_word(f.type);
        uint64_t offset = l_.offsets[i];
        char* at = list.data() + i * stride;
        std::memcpy(at + image_.field_offset(entry, "Name"), &n, 8);
        std::memcpy(at + image_.field_offset(entry, "Typ"), &ty, 8);
        std::memcpy(at + image_.field_offset(entry, "Offset"), &offset, 8);
      }
      if (package.exists()) {
        const types::Package& p = cx_.package(package);
        field<Word>("PkgPath", image_.name_at(name(p.name == "main" ? "main" : p.path, false)));
      }
      Word data = fields.empty() ? 0 : image_.add_constant(list);
      int64_t n = static_cast<int64_t>(fields.size());
      field("Fields", GoSlice{data, n, n});
      break;
    }
    default:
      break;
  }
  if (has_uncommon()) uncommon(size);
}

void DescriptorWriter::uncommon(size_t at) {
  TypeId u = abi("UncommonType");
  TypeId entry = abi("Method");
  size_t stride = image_.layouts().of(entry).size;
  auto at_field = [&](std::string_view f) { return at + image_.field_offset(u, f); };
  if (cx_.types.is(type_, TypeKind::kNamed)) {
    const types::Object& o = cx_.objects[cx_.types.named(type_).object];
    if (o.package.exists()) {
      const types::Package& p = cx_.package(o.package);
      put_value<int32_t>(at_field("PkgPath"), name(p.name == "main" ? "main" : p.path, false));
    }
  }
  uint16_t exported = 0;
  std::vector<const types::Method*> sorted;
  for (const types::Method& m : methods_) {
    if (cx_.exported(m.name)) sorted.push_back(&m), exported++;
  }
  for (const types::Method& m : methods_) {
    if (!cx_.exported(m.name)) sorted.push_back(&m);
  }
  put_value<uint16_t>(at_field("Mcount"), static_cast<uint16_t>(sorted.size()));
  put_value<uint16_t>(at_field("Xcount"), exported);
  size_t list = word_up(std::max(out_.size(), at + image_.layouts().of(u).size));
  put_value<uint32_t>(at_field("Moff"), static_cast<uint32_t>(list - at));
  // What is called through an interface takes one word as its receiver: a pointer to the value
  // where the value itself is none.
  TypeId one_word = l_.direct ? type_ : cx_.types.pointer_to(type_);
  out_.resize(list + sorted.size() * stride);
  for (size_t i = 0; i < sorted.size(); i++) {
    const types::Method& m = *sorted[i];
    size_t base = list + i * stride;
    auto entry_field = [&](std::string_view f) { return base + image_.field_offset(entry, f); };
    put_value<int32_t>(entry_field("Name"), name(cx_.text(m.name), cx_.exported(m.name)));
    put_value<int32_t>(entry_field("Mtyp"), type_number(m.found.type));
    FunctionId by_word = image_.program().method_of(one_word, m.found.object);
    FunctionId by_value = image_.program().method_of(type_, m.found.object);
    if (by_word.exists()) {
      put_value<int32_t>(entry_field("Ifn"), static_cast<int32_t>(by_word.raw << 1));
    }
    if (by_value.exists()) {
      put_value<int32_t>(entry_field("Tfn"), static_cast<int32_t>(by_value.raw << 1));
    }
  }
}

std::vector<uint8_t> DescriptorWriter::write() {
  bool may_have = cx_.types.is(type_, TypeKind::kNamed) || l_.kind == TypeKind::kStruct ||
                  l_.kind == TypeKind::kPointer;
  if (may_have && l_.kind != TypeKind::kInterface) {
    methods_ = types::method_set(cx_, nullptr, type_);
  }
  common();
  specific();
  return std::move(out_);
}

void Image::fill_descriptor(uint32_t object) {
  TypeId type = type_by_constant_[object - kConstantRange];
  std::vector<uint8_t> bytes = DescriptorWriter(*this, type).write();
  Object& o = constants_[object - kConstantRange];
  o.size = static_cast<uint32_t>(bytes.size());
  o.data = std::make_unique<uint8_t[]>(std::max<size_t>(8, bytes.size()));
  std::memcpy(o.data.get(), bytes.data(), bytes.size());
}

}  // namespace unpark::ssa::step
