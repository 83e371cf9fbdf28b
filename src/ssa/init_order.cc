// The order of initialisation (spec: "Package initialization").
//
// Repeatedly the variable is next that stands first in the source among those that depend on no
// variable that still waits; one without initialiser takes its turn too. A variable depends on what
// its initialiser mentions: variables, and functions and methods, through which it depends on what
// these mention. So each variable gets the set of variables that can be reached through functions
// (a walk with a mark per variable), and a heap gives the first ready one. A mention is any
// identifier that denotes the object; a method counts where it is selected from a value or type
// that has it.
//
// Cost: one walk over the initialisers and the bodies of the functions they reach, and one graph
// walk over these functions per variable whose initialiser mentions a function.
#include "ssa/init_order.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <functional>
#include <queue>

#include "syntax/walk.h"

namespace unpark::ssa {

using syntax::Ref;
using syntax::Tree;
using types::Object;
using types::ObjectKind;

namespace {

struct Mentions {
  std::vector<ObjectId> functions;
  std::vector<uint32_t> variables;  // numbers in source order
};

class Order {
 public:
  Order(types::Program& program, types::UnitId unit) : program_(program), cx_(program.context()) {
    const types::Package& package = cx_.package(program.unit(unit).package);
    identity_ = package.identity();
    if (package.base) collect(program.unit_of(package.base->ref));
    collect(unit);
  }

  std::vector<Initializer> sorted() {
    size_t count = variables_.size();
    std::vector<std::vector<uint32_t>> dependents(count);
    std::vector<uint32_t> waits(count);
    for (uint32_t i = 0; i < count; i++) {
      for (uint32_t needed : needs(i)) {
        dependents[needed].push_back(i);
        waits[i]++;
      }
    }
    std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> ready;
    for (uint32_t i = 0; i < count; i++) {
      if (waits[i] == 0) ready.push(i);
    }
    std::vector<Initializer> out;
    std::vector<bool> emitted(all_.size());
    auto emit = [&](uint32_t variable) {
      uint32_t init = variables_[variable];
      if (init == kNone || emitted[init]) return;
      emitted[init] = true;
      out.push_back(all_[init]);
    };
    while (!ready.empty()) {
      uint32_t next = ready.top();
      ready.pop();
      emit(next);
      for (uint32_t d : dependents[next]) {
        if (--waits[d] == 0) ready.push(d);
      }
    }
    // A cycle does not compile; what is in one still comes, as it stands.
    for (uint32_t i = 0; i < count; i++) emit(i);
    return out;
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct FunctionNode {
    types::UnitId unit;
    const types::Declaration* declaration;
    bool walked = false;
    Mentions mentions;
    uint32_t mark = 0;
  };

  void collect(types::UnitId unit) {
    const types::Package& package = cx_.package(program_.unit(unit).package);
    const types::Unit& u = program_.unit(unit);
    // Function literals of initialisers are bodies too.
    for (size_t b = 0; b < u.bodies.size(); b++) {
      const Tree& tree = *package.files[u.bodies[b].file].tree;
      if (tree.is<syntax::FuncLit>(u.bodies[b].node)) program_.ensure_body(unit, b);
    }
    for (const types::Declaration& d : package.declarations) {
      const Object& o = cx_.objects[d.object];
      if (o.kind == ObjectKind::kFunc) {
        functions_.try_emplace(d.object, FunctionNode{unit, &d, false, {}, 0});
      } else if (o.kind == ObjectKind::kVar) {
        by_variable_[d.object] = static_cast<uint32_t>(variables_.size());
        if (!d.init.exists()) {
          variables_.push_back(kNone);
          continue;
        }
        const Tree& tree = *package.files[d.file].tree;
        const auto& spec = tree.get<syntax::ValueSpec>(d.node);
        bool shared = spec.values.count == 1 && spec.names.count > 1;
        if (shared && d.index > 0 && !all_.empty()) {
          all_.back().variables.push_back(d.object);
        } else {
          all_.push_back({unit, d.file, {d.object}, d.init});
        }
        variables_.push_back(static_cast<uint32_t>(all_.size() - 1));
      }
    }
  }

  Mentions mentions(const Tree& tree, Ref<syntax::Node> root) {
    Mentions out;
    syntax::walk(tree, root, [&](Ref<syntax::Node> n) {
      if (!tree.is<syntax::Ident>(n)) return true;
      const auto& ident = tree.get<syntax::Ident>(n);
      if (ident.object == 0) return true;
      ObjectId id{ident.object - 1};
      const Object& o = cx_.objects[id];
      if (o.package != identity_) return true;
      if (o.kind == ObjectKind::kFunc) {
        if (functions_.contains(id)) out.functions.push_back(id);
      } else if (auto it = by_variable_.find(id); it != by_variable_.end()) {
        out.variables.push_back(it->second);
      }
      return true;
    });
    return out;
  }

  // The variables that variable number `index` waits for.
  std::vector<uint32_t> needs(uint32_t index) {
    if (variables_[index] == kNone) return {};
    const Initializer& init = all_[variables_[index]];
    const types::Package& package = cx_.package(program_.unit(init.unit).package);
    Mentions direct =
        mentions(*package.files[init.file_index].tree, Ref<syntax::Node>{init.value.raw});
    std::vector<uint32_t> out;
    std::vector<ObjectId> work;
    seen_.resize(variables_.size());
    auto add = [&](const Mentions& m) {
      for (uint32_t i : m.variables) {
        // What mentions itself does not compile.
        if (i == index || seen_[i] == index + 1) continue;
        seen_[i] = index + 1;
        out.push_back(i);
      }
      work.insert(work.end(), m.functions.begin(), m.functions.end());
    };
    add(direct);
    while (!work.empty()) {
      FunctionNode& f = functions_.at(work.back());
      work.pop_back();
      if (f.mark == index + 1) continue;
      f.mark = index + 1;
      if (!f.walked) {
        f.walked = true;
        const types::Package& owner = cx_.package(program_.unit(f.unit).package);
        const types::Declaration& d = *f.declaration;
        const Tree& tree = *owner.files[d.file].tree;
        if (d.body != UINT32_MAX) program_.ensure_body(f.unit, d.body);
        if (tree.is<syntax::FuncDecl>(d.node)) {
          auto body = tree.get<syntax::FuncDecl>(d.node).body;
          if (body.exists()) f.mentions = mentions(tree, Ref<syntax::Node>{body.raw});
        }
      }
      add(f.mentions);
    }
    return out;
  }

  types::Program& program_;
  types::Context& cx_;
  types::PackageRef identity_;
  std::vector<Initializer> all_;
  std::vector<uint32_t> variables_;  // in source order: the index of the initialiser, or kNone
  absl::flat_hash_map<ObjectId, uint32_t> by_variable_;
  absl::flat_hash_map<ObjectId, FunctionNode> functions_;
  std::vector<uint32_t> seen_;  // by variable: the last one (+ 1) that was found to need it
};

}  // namespace

std::vector<Initializer> initializers(types::Program& program, types::UnitId unit) {
  return Order(program, unit).sorted();
}

std::vector<types::UnitId> init_order(types::Program& program,
                                      std::span<const types::UnitId> roots) {
  types::Context& cx = program.context();
  // Overlays import what their package imports and stand for it.
  absl::flat_hash_map<uint32_t, std::vector<types::UnitId>> imports;
  std::vector<types::UnitId> all;
  std::vector<types::UnitId> work(roots.begin(), roots.end());
  while (!work.empty()) {
    types::UnitId unit = work.back();
    work.pop_back();
    auto [it, fresh] = imports.try_emplace(unit.raw);
    if (!fresh) continue;
    all.push_back(unit);
    std::vector<types::UnitId> needed;
    const types::Package& package = cx.package(program.unit(unit).package);
    for (const types::Package* p = &package; p; p = p->base) {
      for (types::PackageRef ref : p->imports) {
        const types::Package& other = cx.package(ref);
        if (other.fake || other.is_unsafe) continue;
        needed.push_back(program.unit_of(ref));
      }
    }
    // What an external test imports as the package it tests is the overlay.
    if (const types::Package* view = program.unit(unit).view) {
      for (types::UnitId& u : needed) {
        if (view->base && program.unit(u).package == view->base->ref)
          u = program.unit_of(view->ref);
      }
    }
    work.insert(work.end(), needed.begin(), needed.end());
    imports[unit.raw] = std::move(needed);
  }
  auto path = [&](types::UnitId u) -> const std::string& {
    return cx.package(program.unit(u).package).path;
  };
  std::sort(all.begin(), all.end(), [&](types::UnitId a, types::UnitId b) {
    int order = path(a).compare(path(b));
    return order != 0 ? order < 0 : a < b;
  });
  absl::flat_hash_map<uint32_t, uint32_t> place;
  for (uint32_t i = 0; i < all.size(); i++) place[all[i].raw] = i;
  std::vector<std::vector<uint32_t>> dependents(all.size());
  std::vector<uint32_t> waits(all.size());
  for (uint32_t i = 0; i < all.size(); i++) {
    for (types::UnitId u : imports[all[i].raw]) {
      dependents[place[u.raw]].push_back(i);
      waits[i]++;
    }
  }
  std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> ready;
  for (uint32_t i = 0; i < all.size(); i++) {
    if (waits[i] == 0) ready.push(i);
  }
  std::vector<types::UnitId> out;
  while (!ready.empty()) {
    uint32_t next = ready.top();
    ready.pop();
    out.push_back(all[next]);
    for (uint32_t d : dependents[next]) {
      if (--waits[d] == 0) ready.push(d);
    }
  }
  return out;
}

}  // namespace unpark::ssa
