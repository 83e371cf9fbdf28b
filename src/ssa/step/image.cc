#include "ssa/step/image.h"

#include "ssa/step/natives.h"
#include "types/lookup.h"
#include "types/predicates.h"

namespace unpark::ssa::step {

using types::Constant;
using types::ConstantKind;

Image::Image(Program& program) : program_(program), layouts_(program.context()) {
  for (const NativeTable& table : native_tables()) {
    for (const NativeEntry& e : table) natives_.emplace(e.name, e.fn);
  }
}

Image::~Image() = default;

NativeFn Image::native(const std::string& name) const {
  auto it = natives_.find(name);
  return it == natives_.end() ? nullptr : it->second;
}

// ---- Constants ----

Word Image::add_constant(std::string_view bytes) {
  Object o;
  o.kind = ObjectKind::kBytes;
  o.size = static_cast<uint32_t>(bytes.size());
  o.data = std::make_unique<uint8_t[]>(std::max<size_t>(8, bytes.size()));
  std::memcpy(o.data.get(), bytes.data(), bytes.size());
  constants_.push_back(std::move(o));
  type_by_constant_.emplace_back();
  return pointer_to(kConstantRange + static_cast<uint32_t>(constants_.size() - 1));
}

GoString Image::string_constant(std::string_view bytes) {
  if (bytes.empty()) return {};
  std::string key = "=";
  key += bytes;
  auto it = strings_.find(key);
  if (it == strings_.end()) it = strings_.emplace(std::move(key), add_constant(bytes)).first;
  return {it->second, bytes.size()};
}

Word Image::closure_of(FunctionId function) {
  auto it = closures_.find(function);
  if (it != closures_.end()) return it->second;
  uint64_t head = closure_head(function);
  Word w = add_constant({reinterpret_cast<const char*>(&head), sizeof head});
  closures_[function] = w;
  return w;
}

uint32_t Image::code_of_closure_word(uint64_t word) {
  if (word & 1) return static_cast<uint32_t>(word >> 1);
  return code_of(FunctionId{static_cast<uint32_t>(word >> 1)});
}

void Image::write_constant(const Constant& c, const Layout& l, uint8_t* out) {
  types::ConstantPool& pool = context().constant_pool;
  auto put = [&](auto v) { std::memcpy(out, &v, sizeof v); };
  if (l.kind != TypeKind::kBasic) return;
  if (l.is_integer() || l.basic == BasicKind::kUnsafePointer) {
    Constant n = pool.to_int(c);
    uint64_t bits = 0;
    if (auto v = types::int64_value(n)) {
      bits = static_cast<uint64_t>(*v);
    } else if (auto u = types::uint64_value(n)) {
      bits = *u;
    }
    std::memcpy(out, &bits, l.size);
    return;
  }
  switch (l.basic) {
    case BasicKind::kBool:
      put(c.bool_value());
      break;
    case BasicKind::kString:
      put(string_constant(c.string_value()));
      break;
    case BasicKind::kFloat32:
      put(types::float32_value(pool.to_float(c)));
      break;
    case BasicKind::kFloat64:
      put(types::float64_value(pool.to_float(c)));
      break;
    case BasicKind::kComplex64: {
      float parts[2] = {types::float32_value(pool.to_float(pool.real(c))),
                        types::float32_value(pool.to_float(pool.imag(c)))};
      std::memcpy(out, parts, sizeof parts);
      break;
    }
    case BasicKind::kComplex128: {
      double parts[2] = {types::float64_value(pool.to_float(pool.real(c))),
                         types::float64_value(pool.to_float(pool.imag(c)))};
      std::memcpy(out, parts, sizeof parts);
      break;
    }
    default:
      break;
  }
}

std::string Image::runtime_name(uint32_t number) {
  const Code& c = code(number);
  if (!c.function.exists()) return c.name;
  // Literals are counted through: main.f$2$1 is main.f.func2.1.
  std::string name = c.name;
  bool nested = false;
  for (size_t at = name.find('$'); at != std::string::npos; at = name.find('$', at + 1)) {
    name.replace(at, 1, nested ? "." : ".func");
    nested = true;
  }
  const Function& fn = program_[c.function];
  const types::Package& p = context().package(program_.types().unit(fn.unit).package);
  if (p.name == "main" && name.starts_with(p.path + ".")) name.replace(0, p.path.size(), "main");
  return name;
}

// ---- Package-level things ----

Word Image::global(ObjectId variable) {
  auto it = globals_.find(variable);
  if (it != globals_.end()) return it->second;
  if (layouts_.of(context().objects[variable].type).size == 0) {
    return globals_[variable] = Heap::kZeroBase;
  }
  Word w = pointer_to(kGlobalRange + global_count());
  global_types_.push_back(context().objects[variable].type);
  globals_[variable] = w;
  return w;
}

ObjectId Image::find_object(std::string_view package, std::string_view name) {
  types::Context& cx = context();
  types::NameId id = cx.names.find(name);
  if (!id.exists()) return {};
  std::string key(package);
  auto it = packages_.find(key);
  if (it == packages_.end()) {
    const types::Package* found = nullptr;
    for (uint32_t i = 0; i < cx.packages.size() && !found; i++) {
      const types::Package& p = cx.package(types::PackageRef{i});
      if (p.path == package && !p.fake && !p.base) found = &p;
    }
    it = packages_.emplace(std::move(key), found).first;
  }
  return it->second ? it->second->lookup(id) : ObjectId{};
}

TypeId Image::find_type(std::string_view package, std::string_view name) {
  ObjectId o = find_object(package, name);
  return o.exists() ? context().objects[o].type : types::kInvalidType;
}

uint32_t Image::field_offset(TypeId structure, std::string_view field) {
  const Layout& l = layouts_.of(structure);
  if (l.kind != TypeKind::kStruct) return 0;
  auto fields = context().types.fields(l.under);
  for (size_t i = 0; i < fields.size(); i++) {
    if (context().text(fields[i].name) == field) return l.offsets[i];
  }
  return 0;
}

TypeId Image::field_type(TypeId structure, std::string_view field) {
  const Layout& l = layouts_.of(structure);
  if (l.kind != TypeKind::kStruct) return types::kInvalidType;
  for (const types::StructField& f : context().types.fields(l.under)) {
    if (context().text(f.name) == field) return f.type;
  }
  return types::kInvalidType;
}

// ---- Methods ----

bool Image::implements(TypeId type, TypeId interface) {
  uint64_t key = static_cast<uint64_t>(type.raw) << 32 | interface.raw;
  auto [it, fresh] = implements_.try_emplace(key, 0);
  if (fresh) {
    bool answer =
        types::has_all_methods(context(), nullptr, type, context().types.under(interface));
    implements_[key] = answer;
    return answer;
  }
  return it->second;
}

std::string Image::missing_method(TypeId type, TypeId interface) {
  types::Context& cx = context();
  for (const types::InterfaceMethod& m : cx.types.type_set(cx.types.under(interface)).methods) {
    types::Found f = types::lookup_from(cx, m.package, nullptr, type, false, m.name);
    bool same = f.object.exists() && cx.objects[f.object].kind == types::ObjectKind::kFunc &&
                types::identical(cx, f.type, m.type);
    if (!same) return std::string(cx.text(m.name));
  }
  return "";
}

uint32_t Image::method_code(TypeId type, ObjectId method) {
  uint64_t key = static_cast<uint64_t>(type.raw) << 32 | method.raw;
  if (auto it = method_codes_.find(key); it != method_codes_.end()) return it->second;
  FunctionId f = program_.method_of(type, method);
  uint32_t code = f.exists() ? code_of(f) : UINT32_MAX;
  method_codes_[key] = code;
  return code;
}

ObjectId Image::method_named(TypeId type, std::string_view name) {
  types::NameId id = context().names.find(name);
  if (!id.exists()) return {};
  types::Found f =
      types::lookup_from(context(), context().unsafe_package, nullptr, type, false, id);
  bool method = f.object.exists() && context().objects[f.object].kind == types::ObjectKind::kFunc;
  return method ? f.object : ObjectId{};
}

}  // namespace unpark::ssa::step
