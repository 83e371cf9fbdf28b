#include "engine/reuse.h"

#include <atomic>
#include <mutex>

#include "engine/file_table.h"
#include "engine/result_codec.h"

namespace unpark::engine {

namespace {

struct FoundOne {
  std::optional<PackageResult> result;
  bool beyond = false;
};

FoundOne find_one(const ResultCache& cache, const load::Program& program, load::PackageId root,
                  base::Hash128 key, base::Hash128 all) {
  std::optional<std::string> bytes = cache.find(key);
  if (!bytes) return {};
  base::Result<OpenedEntry> entry = open_entry(*bytes);
  if (!entry || entry->head.key != key) return {};
  bool beyond = entry->head.beyond != base::Hash128{};
  if (beyond && entry->head.beyond != all) return {std::nullopt, true};
  FileTable files(program, root, beyond);
  base::Result<PackageResult> result = decode_payload(entry->payload, files);
  if (!result || result->beyond != beyond) return {};
  return {std::move(*result), beyond};
}

}  // namespace

Reuse::Reuse(const ResultCache* cache, const load::Program& program,
             const std::vector<const rules::Rule*>& rules, base::WorkerPool& workers)
    : cache_(cache), program_(program) {
  if (cache_) digests_ = digest_roots(program, rules, cache_->analyser(), workers);
}

Reuse::Found Reuse::find(base::WorkerPool& workers) const {
  Found out;
  out.results.resize(program_.roots.size());
  if (!cache_) return out;
  std::atomic<bool> beyond = false;
  workers.for_each(out.results.size(), [&](size_t i, unsigned) {
    FoundOne one = find_one(*cache_, program_, program_.roots[i], digests_.roots[i], digests_.all);
    if (!one.result && one.beyond) beyond.store(true, std::memory_order_relaxed);
    out.results[i] = std::move(one.result);
  });
  out.beyond = beyond.load();
  return out;
}

std::string Reuse::keep(const Results& results, const std::vector<uint32_t>& roots,
                        base::WorkerPool& workers) const {
  std::string trouble;
  if (!cache_ || roots.empty()) return trouble;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  workers.for_each(roots.size(), [&](size_t i, unsigned) {
    if (failed.load(std::memory_order_relaxed)) return;
    uint32_t root = roots[i];
    const PackageResult& result = *results[root];
    FileTable files(program_, program_.roots[root], result.beyond);
    std::optional<std::string> payload = encode_payload(result, files);
    if (!payload) return;
    EntryHead head{digests_.roots[root], result.beyond ? digests_.all : base::Hash128{}};
    base::Status kept = cache_->keep(head.key, seal_entry(head, *payload));
    if (kept) return;
    failed.store(true, std::memory_order_relaxed);
    std::lock_guard<std::mutex> lock(mutex);
    if (trouble.empty()) trouble = kept.error().message;
  });
  if (trouble.empty()) cache_->trim();
  return trouble;
}

void narrow(load::Program& program, const std::vector<uint32_t>& roots) {
  std::vector<bool> needed(program.packages.size(), false);
  std::vector<load::PackageId> stack;
  auto meet = [&](load::PackageId package) {
    if (needed[package.raw]) return;
    needed[package.raw] = true;
    stack.push_back(package);
  };
  for (uint32_t root : roots) meet(program.roots[root]);
  while (!stack.empty()) {
    const load::Package& package = program[stack.back()];
    stack.pop_back();
    for (const std::vector<load::Import>* imports :
         {&package.imports, &package.test_imports, &package.xtest_imports}) {
      for (const load::Import& import : *imports) {
        if (import.package.exists()) meet(import.package);
      }
    }
  }
  for (uint32_t i = 0; i < needed.size(); i++) {
    load::Package& package = program.packages[i];
    if (needed[i]) continue;
    package.files.clear();
    package.test_files.clear();
    package.xtest_files.clear();
    package.imports.clear();
    package.test_imports.clear();
    package.xtest_imports.clear();
  }
}

}  // namespace unpark::engine
