// `unpark cache`: where the results of earlier runs are, and how to be rid of them.
#include "cli/cache.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/os.h"
#include "cli/commands.h"
#include "load/go_env.h"

namespace unpark::cli {

static std::optional<std::string> cache_dir() {
  if (std::optional<std::string> own = base::env_var("UNPARK_CACHE"); own && !own->empty()) {
    if (*own == "off") return std::nullopt;
    return load::join_path(base::current_dir(), *own);
  }
  // A relative XDG_CACHE_HOME is to be ignored, says its specification.
  std::optional<std::string> xdg = base::env_var("XDG_CACHE_HOME");
  if (xdg && xdg->starts_with('/')) return *xdg + "/unpark";
  std::optional<std::string> home = base::env_var("HOME");
  if (home && home->starts_with('/')) return *home + "/.cache/unpark";
  return std::nullopt;
}

std::optional<engine::ResultCache> open_cache() {
  std::optional<std::string> dir = cache_dir();
  if (!dir) return std::nullopt;
  base::Hash128 program = engine::this_program();
  if (program == base::Hash128{}) return std::nullopt;
  return engine::ResultCache(std::move(*dir), program);
}

static int show() {
  std::optional<engine::ResultCache> cache = open_cache();
  if (!cache) {
    fmt::print("the cache is off\n");
    return kClean;
  }
  engine::ResultCache::Contents contents = cache->contents();
  fmt::print("{}\n{} results, {:.1f} MiB (at most {} MiB)\n", cache->dir(), contents.entries,
             static_cast<double>(contents.bytes) / (1 << 20),
             engine::ResultCache::kDefaultLimit >> 20);
  return kClean;
}

static int clean() {
  std::optional<engine::ResultCache> cache = open_cache();
  if (!cache) return kClean;
  base::Status done = cache->clean();
  if (done) return kClean;
  fmt::print(stderr, "unpark: {}\n", done.error().message);
  return kFailed;
}

Run add_cache(CLI::App& app) {
  CLI::App* command = app.add_subcommand("cache", "Show where results of earlier runs are kept");
  CLI::App* clean_command = command->add_subcommand("clean", "Remove them");
  return [clean_command] { return clean_command->parsed() ? clean() : show(); };
}

}  // namespace unpark::cli
