#include "types/program.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <mutex>

#include "types/checker.h"

namespace unpark::types {

namespace {

// Import edges without those that would close a cycle: a depth-first walk over the units in order,
// with an explicit stack.
std::vector<std::vector<uint32_t>> acyclic_edges(const std::vector<UnitSpec>& units) {
  std::vector<std::vector<uint32_t>> edges(units.size());
  enum : uint8_t { kNew, kOpen, kDone };
  std::vector<uint8_t> state(units.size(), kNew);
  auto wanted = [&](uint32_t unit) {
    std::vector<uint32_t> out;
    const UnitSpec& spec = units[unit];
    if (spec.base.exists()) out.push_back(spec.base.raw);
    if (spec.view.exists()) out.push_back(spec.view.raw);
    for (const auto& import : spec.imports) out.push_back(import.second.raw);
    return out;
  };
  struct Frame {
    uint32_t unit;
    std::vector<uint32_t> next;
    size_t at = 0;
  };
  std::vector<Frame> stack;
  for (uint32_t root = 0; root < units.size(); root++) {
    if (state[root] != kNew) continue;
    state[root] = kOpen;
    stack.push_back({root, wanted(root)});
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.at == top.next.size()) {
        state[top.unit] = kDone;
        stack.pop_back();
        continue;
      }
      uint32_t to = top.next[top.at++];
      if (state[to] == kOpen) continue;
      std::vector<uint32_t>& out = edges[top.unit];
      if (std::find(out.begin(), out.end(), to) == out.end()) out.push_back(to);
      if (state[to] == kNew) {
        state[to] = kOpen;
        stack.push_back({to, wanted(to)});
      }
    }
  }
  return edges;
}

}  // namespace

// Bodies read on demand, and checkers that are not at work (a checker's tables grow with the names
// of the program: one is not made for a single function).
struct Program::Late {
  struct Entry {
    std::once_flag once;
    LateBody body;
  };
  std::mutex mutex;
  absl::flat_hash_map<ObjectId, std::unique_ptr<Entry>> entries;
  std::vector<std::unique_ptr<Checker>> idle;
};

Program::Program(base::Interner& names, Sizes sizes)
    : late_(std::make_unique<Late>()), cx_(names, sizes) {}
Program::~Program() = default;

void Program::check(std::vector<UnitSpec> specs, base::WorkerPool& workers,
                    const std::function<void()>& declared) {
  size_t count = specs.size();
  units_.resize(count);
  for (size_t i = 0; i < count; i++) {
    UnitSpec& spec = specs[i];
    auto package = std::make_unique<Package>();
    package->path = spec.path;
    package->name = spec.name;
    for (const FileSpec& f : spec.files) {
      File file;
      file.id = f.id;
      file.path = f.path;
      file.tree = f.tree;
      file.version = f.version;
      package->files.push_back(std::move(file));
    }
    PackageRef ref = cx_.packages.add(std::move(package));
    cx_.package(ref).ref = ref;
    units_[i].package = ref;
    unit_of_package_.resize(ref.raw + 1);
    unit_of_package_[ref.raw] = UnitId{static_cast<uint32_t>(i)};
  }
  for (size_t i = 0; i < count; i++) {
    if (specs[i].base.exists()) {
      cx_.package(units_[i].package).base = &cx_.package(units_[specs[i].base.raw].package);
    }
    if (specs[i].view.exists()) {
      units_[i].view = &cx_.package(units_[specs[i].view.raw].package);
    }
  }

  std::vector<std::vector<uint32_t>> edges = acyclic_edges(specs);
  base::TaskGraph graph(count);
  // A unit that many wait for starts early: its weight counts all that stands behind it.
  graph.weight.resize(count);
  for (uint32_t i = 0; i < count; i++) {
    graph.weight[i] = specs[i].weight;
    for (uint32_t before : edges[i]) graph.add_edge(before, i);
  }
  std::vector<std::unique_ptr<Checker>> checkers(workers.jobs());
  for (auto& checker : checkers) checker = std::make_unique<Checker>(cx_);
  workers.for_each_ready(graph, [&](uint32_t i, unsigned worker) {
    Checker::ImportMap imports;
    for (const auto& [path, unit] : specs[i].imports) {
      bool kept = std::find(edges[i].begin(), edges[i].end(), unit.raw) != edges[i].end();
      if (kept) imports.try_emplace(path, units_[unit.raw].package);
    }
    imports.try_emplace("unsafe", cx_.unsafe_package);
    Unit& unit = units_[i];
    unit.bodies = checkers[worker]->declare_package(cx_.package(unit.package), unit.view, imports);
    unit.declarations = checkers[worker]->take_summary();
    unit.body_state = std::make_unique<std::atomic<uint8_t>[]>(unit.bodies.size());
    if (specs[i].bodies) unit.summaries.resize(unit.bodies.size());
  });

  if (declared) declared();
  // Declarations are read-only from here.
  struct Job {
    uint32_t unit;
    uint32_t body;
  };
  std::vector<Job> jobs;
  for (uint32_t i = 0; i < count; i++) {
    if (!specs[i].bodies) continue;
    for (uint32_t b = 0; b < units_[i].bodies.size(); b++) jobs.push_back({i, b});
  }
  // Blocks of neighbours: few queue operations, and a thread stays in one file.
  constexpr size_t kBlock = 32;
  workers.for_each((jobs.size() + kBlock - 1) / kBlock, [&](size_t block, unsigned worker) {
    size_t end = std::min(jobs.size(), (block + 1) * kBlock);
    for (size_t j = block * kBlock; j < end; j++) {
      Unit& unit = units_[jobs[j].unit];
      checkers[worker]->check_body(cx_.package(unit.package), unit.view, unit.bodies[jobs[j].body]);
      unit.summaries[jobs[j].body] = checkers[worker]->take_summary();
      unit.body_state[jobs[j].body].store(2, std::memory_order_release);
    }
  });
  objects_ = cx_.objects.size();
  for (const auto& checker : checkers) objects_ -= checker->unused_objects();
  for (Unit& unit : units_) {
    for (File& file : cx_.package(unit.package).files) {
      std::sort(file.instances.begin(), file.instances.end(),
                [](const Instance& a, const Instance& b) { return a.ident < b.ident; });
    }
  }
}

BodySummary Program::init_summary(UnitId id) {
  BodySummary out;
  std::vector<uint32_t> functions;
  auto add = [&](const BodySummary& s) {
    out.has |= s.has;
    functions.insert(functions.end(), s.functions.begin(), s.functions.end());
  };
  auto add_unit = [&](const Unit& unit) {
    add(unit.declarations);
    const Package& package = cx_.package(unit.package);
    for (size_t b = 0; b < unit.summaries.size(); b++) {
      const BodyTask& task = unit.bodies[b];
      if (package.files[task.file].tree->is<syntax::FuncLit>(task.node)) add(unit.summaries[b]);
    }
  };
  const Unit& unit = units_[id.raw];
  add_unit(unit);
  // Tests in the package initialise its variables together with their own.
  if (const Package* base = cx_.package(unit.package).base)
    add_unit(units_[unit_of(base->ref).raw]);
  std::sort(functions.begin(), functions.end());
  functions.erase(std::unique(functions.begin(), functions.end()), functions.end());
  out.functions = cx_.types.keep(std::span<const uint32_t>(functions));
  return out;
}

void Program::ensure_body(UnitId id, size_t body) {
  Unit& unit = units_[id.raw];
  std::atomic<uint8_t>& state = unit.body_state[body];
  uint8_t was = 0;
  if (state.compare_exchange_strong(was, 1, std::memory_order_acquire)) {
    Checker checker(cx_);
    checker.check_body(cx_.package(unit.package), unit.view, unit.bodies[body]);
    state.store(2, std::memory_order_release);
    state.notify_all();
    return;
  }
  while (was != 2) {
    state.wait(was, std::memory_order_acquire);
    was = state.load(std::memory_order_acquire);
  }
}

const LateBody& Program::late_body(ObjectId function) {
  Late::Entry* entry;
  {
    std::lock_guard<std::mutex> lock(late_->mutex);
    std::unique_ptr<Late::Entry>& at = late_->entries[function];
    if (!at) at = std::make_unique<Late::Entry>();
    entry = at.get();
  }
  std::call_once(entry->once, [&] {
    const Object& o = cx_.objects[function];
    Unit& unit = units_[unit_of(o.package).raw];
    Package& package = cx_.package(unit.package);
    const Declaration& declaration = package.declarations[o.decl];
    UNPARK_CHECK(o.decl != UINT32_MAX && declaration.object == function, "no declared function");
    std::unique_ptr<Checker> checker;
    {
      std::lock_guard<std::mutex> lock(late_->mutex);
      if (!late_->idle.empty()) {
        checker = std::move(late_->idle.back());
        late_->idle.pop_back();
      }
    }
    if (!checker) checker = std::make_unique<Checker>(cx_);
    checker->read_body(package, unit.view, declaration, entry->body);
    std::lock_guard<std::mutex> lock(late_->mutex);
    late_->idle.push_back(std::move(checker));
  });
  return entry->body;
}

uint64_t Program::late_body_count() const {
  std::lock_guard<std::mutex> lock(late_->mutex);
  return late_->entries.size();
}

}  // namespace unpark::types
