// The registry of functions: one table from keys to ids in shards, one entry a function. Two
// threads that ask for one body meet at the entry's state: the first builds, the second waits for
// it. A thread that builds never waits for another body, so nobody waits in a circle.
#include "ssa/program.h"

#include <algorithm>

#include "base/hash.h"
#include "ssa/builder.h"
#include "ssa/program_impl.h"
#include "types/canonical.h"
#include "types/predicates.h"
#include "types/subst.h"

namespace unpark::ssa {

using types::Object;
using types::ObjectKind;
using types::TypeKind;

size_t FunctionKeyHash::operator()(const FunctionKey& key) const {
  uint64_t h = base::hash_mix(static_cast<uint64_t>(key.kind), key.what);
  h = base::hash_mix(h, reinterpret_cast<uintptr_t>(key.view));
  for (TypeId t : key.types) h = base::hash_mix(h, cx->types[t].shape);
  return static_cast<size_t>(h);
}

bool FunctionKeyEqual::operator()(const FunctionKey& a, const FunctionKey& b) const {
  if (a.kind != b.kind || a.what != b.what || a.view != b.view) return false;
  if (a.types.size() != b.types.size()) return false;
  for (size_t i = 0; i < a.types.size(); i++) {
    if (a.types[i] != b.types[i] && !types::identical(*cx, a.types[i], b.types[i])) return false;
  }
  return true;
}

Program::Impl::Impl(types::Program& program) : cx(program.context()) {
  for (size_t i = 0; i < kShards; i++) shards.push_back(std::make_unique<Shard>(cx));
  for (uint32_t u = 0; u < program.unit_count(); u++) {
    const types::Package& package = cx.package(program.unit(types::UnitId{u}).package);
    for (uint32_t f = 0; f < package.files.size(); f++) {
      files.try_emplace(package.files[f].id, FileInfo{types::UnitId{u}, f});
    }
  }
}

Program::Program(types::Program& types, const Options& options)
    : types_(types), options_(options), impl_(std::make_unique<Impl>(types)) {}
Program::~Program() = default;

const Function& Program::operator[](FunctionId id) const { return impl_->entries[id]->function; }
uint32_t Program::function_count() const { return impl_->entries.size(); }

std::span<const TypeId> receiver_args(types::Context& cx, TypeId receiver) {
  if (!receiver.exists()) return {};
  if (cx.types.is(receiver, TypeKind::kPointer)) receiver = cx.types.elem(receiver);
  if (!cx.types.is(receiver, TypeKind::kNamed)) return {};
  return cx.types.named(receiver).args;
}

TypeId signature_with(types::Context& cx, TypeId receiver, TypeId signature) {
  if (!cx.types.is(signature, TypeKind::kSignature)) return types::kInvalidType;
  types::Signature s = cx.types.signature(signature);
  s.type_params = {};
  if (receiver.exists()) {
    std::vector<TypeId> params{receiver};
    std::span<const TypeId> rest = cx.types.tuple(s.params);
    params.insert(params.end(), rest.begin(), rest.end());
    s.params = cx.types.tuple_of(params);
  }
  return cx.types.signature_of(s);
}

types::Found find_method(types::Context& cx, TypeId type, ObjectId method,
                         const types::Package* view, bool addressable) {
  const Object& m = cx.objects[method];
  const types::Package& from = cx.package(m.package.exists() ? m.package : cx.unsafe_package);
  types::Found found = types::lookup(cx, from, view, type, addressable, m.name);
  if (found.object.exists() && cx.objects[found.object].kind != ObjectKind::kFunc) return {};
  return found;
}

namespace {

// Fills in a declared function.
void declare(types::Program& types, Program::Impl& impl, ObjectId object,
             std::span<const TypeId> args, Function& fn) {
  types::Context& cx = types.context();
  const Object& o = cx.objects[object];
  fn.kind = FunctionKind::kDeclared;
  fn.object = object;
  fn.file = o.file;
  fn.span = {o.pos, o.pos};
  fn.external = true;
  if (o.is(Object::kMethod) && o.extra != UINT32_MAX) fn.receiver = TypeId{o.extra};
  std::vector<TypeId> params;
  for (TypeId t : receiver_args(cx, fn.receiver)) {
    if (cx.types.is(t, TypeKind::kTypeParam)) params.push_back(t);
  }
  TypeId type = o.type.exists() ? o.type : types::kInvalidType;
  if (cx.types.is(type, TypeKind::kSignature)) {
    std::span<const TypeId> own = cx.types.signature(type).type_params;
    params.insert(params.end(), own.begin(), own.end());
  }
  fn.type_params = cx.types.keep(std::span<const TypeId>(params));
  fn.signature = signature_with(cx, fn.receiver, type);
  if (!args.empty() && args.size() == params.size()) {
    fn.type_args = cx.types.keep(args);
    fn.receiver = types::substitute(cx, fn.receiver, fn.type_params, args);
    fn.signature = types::substitute(cx, fn.signature, fn.type_params, args);
  }
  auto file = impl.files.find(o.file);
  if (file == impl.files.end() || o.decl == UINT32_MAX) return;
  fn.unit = file->second.unit;
  fn.file_index = file->second.index;
  const types::Package& package = cx.package(types.unit(fn.unit).package);
  if (o.decl >= package.declarations.size()) return;
  const types::Declaration& d = package.declarations[o.decl];
  const syntax::Tree& tree = *package.files[fn.file_index].tree;
  if (!tree.is<syntax::FuncDecl>(d.node)) return;
  fn.node = d.node;
  const syntax::FuncDecl& decl = tree.get<syntax::FuncDecl>(d.node);
  fn.span = decl.span;
  fn.external = !decl.body.exists();
  fn.late = decl.flags & syntax::FuncDecl::kBodySkipped;
  std::string_view name = cx.text(o.name);
  if (fn.receiver.exists() || (name != "init" && name != "_")) return;
  fn.ordinal = 1;
  auto count = [&](const types::Package& p, size_t end) {
    for (size_t i = 0; i < end; i++) {
      const Object& other = cx.objects[p.declarations[i].object];
      fn.ordinal +=
          other.kind == ObjectKind::kFunc && other.name == o.name && other.extra == UINT32_MAX;
    }
  };
  if (package.base) count(*package.base, package.base->declarations.size());
  count(package, o.decl);
}

// What is left of `budget` below the deepest part of the type; 0 when it is used up. Declared types
// end the walk but for their arguments.
int nesting(types::Context& cx, TypeId t, int budget) {
  if (budget == 0) return 0;
  int least = budget;
  auto into = [&](TypeId part) {
    if (part.exists() && least > 0) least = std::min(least, nesting(cx, part, budget - 1));
  };
  switch (cx.types.kind(t)) {
    case TypeKind::kArray:
    case TypeKind::kSlice:
    case TypeKind::kPointer:
    case TypeKind::kChan:
      into(cx.types.elem(t));
      break;
    case TypeKind::kMap:
      into(cx.types.key(t));
      into(cx.types.elem(t));
      break;
    case TypeKind::kTuple:
      for (TypeId part : cx.types.tuple(t)) into(part);
      break;
    case TypeKind::kSignature:
      into(cx.types.signature(t).params);
      into(cx.types.signature(t).results);
      break;
    case TypeKind::kStruct:
      for (const types::StructField& f : cx.types.fields(t)) into(f.type);
      break;
    case TypeKind::kInterface:
      for (const types::InterfaceMethod& m : cx.types.interface(t).methods) into(m.type);
      break;
    case TypeKind::kNamed:
      for (TypeId arg : cx.types.named(t).args) into(arg);
      break;
    case TypeKind::kBasic:
    case TypeKind::kTypeParam:
    case TypeKind::kUnion:
      break;
  }
  return least;
}

}  // namespace

FunctionId Program::function_of(ObjectId object, std::span<const TypeId> args) {
  FunctionKey key{FunctionKind::kDeclared, object.raw, nullptr, {args.begin(), args.end()}};
  FunctionId origin = args.empty() ? FunctionId{} : function_of(object);
  if (origin.exists()) {
    for (TypeId t : args) {
      if (nesting(context(), t, kMaxNesting) == 0) return {};
    }
    if (impl_->entry(origin).instances.load(std::memory_order_relaxed) >= kMaxInstances) return {};
  }
  return impl_->intern(std::move(key), [&](FunctionEntry& made) {
    declare(types_, *impl_, object, args, made.function);
    if (made.function.type_args.empty()) return;
    made.function.origin = origin;
    impl_->entry(origin).instances.fetch_add(1, std::memory_order_relaxed);
  });
}

std::vector<FunctionId> Program::functions_of(types::UnitId unit) {
  std::vector<FunctionId> out;
  const types::Package& package = context().package(types_.unit(unit).package);
  for (const types::Declaration& d : package.declarations) {
    if (context().objects[d.object].kind == ObjectKind::kFunc) out.push_back(function_of(d.object));
  }
  out.push_back(package_init(unit));
  return out;
}

FunctionId Program::package_init(types::UnitId unit) {
  return impl_->intern({FunctionKind::kPackageInit, unit.raw, nullptr, {}},
                       [&](FunctionEntry& made) {
                         Function& fn = made.function;
                         fn.kind = FunctionKind::kPackageInit;
                         fn.unit = unit;
                         types::Signature s;
                         s.params = s.results = context().types.empty_tuple();
                         fn.signature = context().types.signature_of(s);
                         const types::Package& p = context().package(types_.unit(unit).package);
                         if (!p.files.empty()) fn.file = p.files[0].id;
                       });
}

namespace {

// The place and unit of a wrapper are those of its method.
void place_at_method(types::Context& cx, Program::Impl& impl, ObjectId method, Function& fn) {
  const Object& o = cx.objects[method];
  fn.object = method;
  fn.file = o.file;
  fn.span = {o.pos, o.pos + static_cast<uint32_t>(cx.text(o.name).size())};
  if (auto file = impl.files.find(o.file); file != impl.files.end()) {
    fn.unit = file->second.unit;
    fn.file_index = file->second.index;
  }
}

}  // namespace

FunctionId Program::method_of(TypeId type, ObjectId method, const types::Package* view) {
  types::Context& cx = context();
  Impl::Dispatch asked{type, method, view};
  {
    std::lock_guard<std::mutex> lock(impl_->dispatch_mutex);
    if (auto it = impl_->dispatch.find(asked); it != impl_->dispatch.end()) return it->second;
  }
  FunctionId answer;
  types::Found found = find_method(cx, type, method, view, false);
  if (found.object.exists() && found.type.exists()) {
    bool pointer = cx.types.is(type, TypeKind::kPointer);
    const Object& o = cx.objects[found.object];
    TypeId base = pointer ? cx.types.elem(type) : type;
    bool direct = found.path.size() == 1 && !o.is(Object::kInterfaceMethod) &&
                  o.is(Object::kPointerRecv) == pointer && cx.types.is(base, TypeKind::kNamed);
    if (direct) {
      answer = function_of(found.object, cx.types.named(base).args);
    } else {
      FunctionKey key{FunctionKind::kMethodWrapper, found.object.raw, view, {type}};
      answer = impl_->intern(std::move(key), [&](FunctionEntry& made) {
        Function& fn = made.function;
        fn.kind = FunctionKind::kMethodWrapper;
        place_at_method(cx, *impl_, found.object, fn);
        fn.receiver = type;
        fn.signature = signature_with(cx, type, found.type);
        made.view = view;
      });
    }
  }
  std::lock_guard<std::mutex> lock(impl_->dispatch_mutex);
  impl_->dispatch.try_emplace(asked, answer);
  return answer;
}

FunctionId Program::bound_method(TypeId receiver, ObjectId method, const types::Package* view) {
  types::Context& cx = context();
  FunctionKey key{FunctionKind::kBoundMethod, method.raw, view, {receiver}};
  return impl_->intern(std::move(key), [&](FunctionEntry& made) {
    Function& fn = made.function;
    fn.kind = FunctionKind::kBoundMethod;
    place_at_method(cx, *impl_, method, fn);
    fn.receiver = receiver;
    types::Found found = find_method(cx, receiver, method, view, false);
    fn.signature = signature_with(
        cx, {}, found.object.exists() && found.type.exists() ? found.type : types::kInvalidType);
    made.view = view;
  });
}

FunctionId Program::root_of(FunctionId id) const {
  while ((*this)[id].parent.exists()) id = (*this)[id].parent;
  return id;
}

const Body& Program::body(FunctionId id) {
  FunctionEntry& root = impl_->entry(root_of(id));
  uint8_t state = root.state.load(std::memory_order_acquire);
  while (state != FunctionEntry::kBuilt) {
    if (state == FunctionEntry::kEmpty &&
        root.state.compare_exchange_strong(state, FunctionEntry::kBuilding,
                                           std::memory_order_acquire)) {
      Builder builder(*this, root_of(id), nullptr);
      builder.build();
      root.body = builder.take();
      root.state.store(FunctionEntry::kBuilt, std::memory_order_release);
      root.state.notify_all();
      break;
    }
    if (state == FunctionEntry::kBuilding) root.state.wait(state, std::memory_order_acquire);
    state = root.state.load(std::memory_order_acquire);
  }
  return *impl_->entry(id).body;
}

bool Program::is_built(FunctionId id) const {
  return impl_->entries[root_of(id)]->state.load(std::memory_order_acquire) ==
         FunctionEntry::kBuilt;
}

void Program::drop(FunctionId id) {
  UNPARK_CHECK(!(*this)[id].parent.exists(), "only a whole function can be dropped");
  std::vector<FunctionId> work{id};
  while (!work.empty()) {
    FunctionEntry& entry = impl_->entry(work.back());
    work.pop_back();
    entry.body.reset();
    work.insert(work.end(), entry.function.children.begin(), entry.function.children.end());
  }
  impl_->entry(id).state.store(FunctionEntry::kEmpty, std::memory_order_release);
}

std::optional<types::Instance> instance_at(types::Program& types, Program::Impl& impl,
                                           const types::Package& package, const types::File& file,
                                           syntax::Ref<syntax::Ident> ident) {
  std::lock_guard<std::mutex> index_lock(impl.instance_mutex);
  std::lock_guard<std::mutex> lock(types.context().package(package.ref).mutex);
  Program::Impl::InstanceIndex& index = impl.instances[&file];
  for (; index.seen < file.instances.size(); index.seen++) {
    index.by_ident.insert_or_assign(file.instances[index.seen].ident.raw,
                                    static_cast<uint32_t>(index.seen));
  }
  auto it = index.by_ident.find(ident.raw);
  if (it == index.by_ident.end()) return std::nullopt;
  return file.instances[it->second];
}

std::string Program::name_of(FunctionId id) {
  types::Context& cx = context();
  const Function& fn = (*this)[id];
  auto args_text = [&](std::span<const TypeId> args) {
    std::string out;
    for (TypeId t : args) out += (out.empty() ? "" : ",") + types::type_text(cx, t);
    return out.empty() ? out : "[" + out + "]";
  };
  auto path_of = [&](types::PackageRef ref) {
    return ref.exists() ? cx.package(ref).path + "." : std::string();
  };
  switch (fn.kind) {
    case FunctionKind::kLiteral:
      return name_of(fn.parent) + "$" + std::to_string(fn.ordinal);
    case FunctionKind::kRangeBody:
      return name_of(fn.parent) + "$range" + std::to_string(fn.ordinal);
    case FunctionKind::kPackageInit:
      return path_of(types_.unit(fn.unit).package) + "init";
    case FunctionKind::kDeclared:
    case FunctionKind::kMethodWrapper:
    case FunctionKind::kBoundMethod:
      break;
  }
  const Object& o = cx.objects[fn.object];
  std::string name(cx.text(o.name));
  if (fn.kind == FunctionKind::kDeclared && !fn.receiver.exists()) {
    name = path_of(o.package) + name;
    if (fn.ordinal) name += "#" + std::to_string(fn.ordinal);
    return name + args_text(fn.type_args);
  }
  TypeId base = fn.receiver.exists() ? fn.receiver : types::kInvalidType;
  bool pointer = cx.types.is(base, TypeKind::kPointer);
  if (pointer) base = cx.types.elem(base);
  std::string receiver;
  types::PackageRef package = o.package;
  if (cx.types.is(base, TypeKind::kNamed)) {
    const types::Named& named = cx.types.named(base);
    const Object& type = cx.objects[named.object];
    package = type.package;
    receiver = std::string(cx.text(type.name)) + args_text(named.args);
  } else {
    receiver = "(" + types::type_text(cx, base) + ")";
  }
  if (pointer) receiver = "(*" + receiver + ")";
  name = path_of(package) + receiver + "." + name;
  if (fn.kind == FunctionKind::kDeclared && !fn.type_args.empty()) {
    size_t own = receiver_args(cx, fn.receiver).size();
    if (fn.type_args.size() > own) name += args_text(fn.type_args.subspan(own));
  }
  if (fn.kind == FunctionKind::kMethodWrapper) name += "$wrapper";
  if (fn.kind == FunctionKind::kBoundMethod) name += "$bound";
  return name;
}

}  // namespace unpark::ssa
