#include "flow/field_users.h"

namespace unpark::flow {

namespace {

// Of a struct, or of what a pointer points to; none of other types.
std::span<const types::StructField> fields_of(types::Context& cx, types::TypeId type) {
  types::TypeId base = cx.types.under(type);
  if (cx.types.is(base, types::TypeKind::kPointer)) base = cx.types.under(cx.types.elem(base));
  if (!cx.types.is(base, types::TypeKind::kStruct)) return {};
  return cx.types.fields(base);
}

}  // namespace

types::ObjectId field_of(Facts& facts, const Body& body, const Value& v) {
  std::span<const types::StructField> fields =
      fields_of(facts.context(), body[body.operands(v)[0]].type);
  return v.aux < fields.size() ? fields[v.aux].object : types::ObjectId{};
}

FieldUses FieldUsers::of(types::ObjectId field) {
  types::Context& cx = facts_.context();
  const types::Object& o = cx.objects[field];
  if (!o.package.exists()) return {};
  types::PackageRef ref = cx.package(o.package).identity();
  Package* package;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    std::unique_ptr<Package>& slot = packages_[ref];
    if (!slot) slot = std::make_unique<Package>();
    package = slot.get();
  }
  std::call_once(package->once, [&] { scan(ref, *package); });
  FieldUses out;
  out.complete = package->complete && !cx.exported(o.name) && !package->converted.contains(field);
  if (auto it = package->uses.find(field); it != package->uses.end()) out.uses = it->second;
  return out;
}

void FieldUsers::note_conversion(const Body& body, const Value& v, Package& package) {
  types::Context& cx = facts_.context();
  std::span<const types::StructField> from = fields_of(cx, body[body.operands(v)[0]].type);
  std::span<const types::StructField> to = fields_of(cx, v.type);
  for (size_t i = 0; i < from.size() && i < to.size(); i++) {
    if (from[i].object == to[i].object) continue;
    package.converted.insert(from[i].object);
    package.converted.insert(to[i].object);
  }
}

void FieldUsers::scan(types::PackageRef ref, Package& package) {
  ssa::Program& program = facts_.program();
  types::Program& typed = program.types();
  types::Context& cx = facts_.context();
  for (uint32_t u = 0; u < typed.unit_count(); u++) {
    types::UnitId unit{u};
    types::PackageRef its = typed.unit(unit).package;
    if (!its.exists() || cx.package(its).identity() != ref) continue;
    std::vector<FunctionId> work = program.functions_of(unit);
    for (size_t i = 0; i < work.size(); i++) {
      if (program[work[i]].late) {  // a dependency: all its bodies would be too much to read
        package.complete = false;
        return;
      }
      if (program[work[i]].external) continue;  // written in assembly
      const Body& body = facts_.body(work[i]);
      const std::vector<FunctionId>& inner = program[work[i]].children;
      work.insert(work.end(), inner.begin(), inner.end());
      if (!body.incomplete.empty()) package.complete = false;
      for (uint32_t v = body.first_instruction; v < body.values.size(); v++) {
        Op op = body.values[v].op;
        if (op == Op::kChangeType) note_conversion(body, body.values[v], package);
        if (op != Op::kField && op != Op::kFieldAddr) continue;
        types::ObjectId field = field_of(facts_, body, body.values[v]);
        if (field.exists()) package.uses[field].push_back({work[i], ValueId{v}});
      }
    }
  }
}

namespace {

// Nothing is done with the value but comparing it.
bool only_compared(const FunctionFacts& facts, ValueId v) {
  for (ValueId use : facts.uses_of(v)) {
    if ((*facts.body)[use].op != Op::kBinary) return false;
  }
  return true;
}

}  // namespace

bool never_used(Facts& facts, types::ObjectId field) {
  FieldUses users = facts.field_users().of(field);
  if (!users.complete) return false;
  for (const FieldUse& use : users.uses) {
    const FunctionFacts& f = facts.of(use.function);
    const Body& body = *f.body;
    if (body[use.at].op == Op::kField) {
      if (!only_compared(f, use.at)) return false;
      continue;
    }
    for (ValueId access : f.uses_of(use.at)) {
      const Value& v = body[access];
      bool idle =
          (v.op == Op::kStore && body.operands(v)[0] == use.at && body.operands(v)[1] != use.at) ||
          (v.op == Op::kLoad && only_compared(f, access));
      if (!idle) return false;
    }
  }
  return true;
}

}  // namespace unpark::flow
