#include "evidence/collect_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "evidence/read.h"

namespace unpark::evidence {

using base::Error;
using base::ErrorKind;
using base::Result;

namespace {

constexpr std::string_view kPprof = "/debug/pprof";

// A query without what says which form of a profile is wanted.
std::string without_forms(std::string_view query) {
  std::string out;
  while (!query.empty()) {
    std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    std::string_view name = part.substr(0, part.find('='));
    if (part.empty() || name == "debug" || name == "seconds" || name == "gc") continue;
    if (!out.empty()) out += '&';
    out += part;
  }
  return out;
}

bool is_index(const Page& page) { return page.body.find("goroutine?debug=") != std::string::npos; }

bool can_be_read(const Page& page) {
  Evidence evidence;
  std::unique_ptr<ByteSource> source = source_of(std::string_view(page.body));
  read_input(*source, "", {}, evidence);
  return !evidence.snapshots.empty();
}

Target target_at(const Url& url, std::string_view base_path) {
  Target out;
  out.base = url.with(base_path, without_forms(url.query));
  if (!out.base.path.ends_with('/')) out.base.path += '/';
  size_t pprof = out.base.path.rfind(fmt::format("{}/", kPprof));
  out.root = pprof == std::string::npos ? "" : out.base.path.substr(0, pprof);
  return out;
}

Target single_at(const Url& url) {
  std::string_view path = url.path;
  while (path.ends_with('/')) path.remove_suffix(1);
  size_t slash = path.rfind('/');
  Target out = target_at(url, path.substr(0, slash + 1));
  out.base.query.clear();
  out.single = path.substr(slash + 1);
  out.single_query = url.query;
  return out;
}

// Profiles of a moment's work, which say nothing of goroutines that wait.
std::optional<Error> refuse_single(const Target& target) {
  for (std::string_view name : {"profile", "trace", "cmdline", "symbol"}) {
    if (target.single != name) continue;
    return Error{ErrorKind::kUnsupported,
                 fmt::format("{}: says nothing of goroutines that wait; give {} instead",
                             target.page(name, "").shown(), target.page("goroutine", "").shown())};
  }
  return std::nullopt;
}

// A server without an index page may have the profiles all the same.
bool is_final(const Error& error) { return error.kind != ErrorKind::kNotFound; }

Result<Target> with_index(Target target, const Fetcher& fetcher) {
  Result<Page> page = fetcher.get(target.base);
  if (!page && is_final(page.error())) return page.error();
  if (page && is_index(*page)) target.index = std::move(page->body);
  return target;
}

// An address that says nothing of pprof: of an index page that was moved, of a profile with an
// address of its own, or of what pprof is below.
Result<Target> probe(const Url& url, const Fetcher& fetcher) {
  Result<Page> page = fetcher.get(url);
  if (!page && is_final(page.error())) return page.error();
  if (page && is_index(*page)) {
    Target out = target_at(url, url.path);
    out.index = std::move(page->body);
    return out;
  }
  if (page && !url.path.ends_with('/') && can_be_read(*page)) return single_at(url);
  std::string_view path = url.path;
  while (path.ends_with('/')) path.remove_suffix(1);
  return with_index(target_at(url, fmt::format("{}{}", path, kPprof)), fetcher);
}

}  // namespace

Url Target::page(std::string_view name, std::string_view query) const {
  std::string path = name.starts_with('/') ? fmt::format("{}{}", root, name)
                                           : fmt::format("{}{}", base.path, name);
  std::string all(query);
  if (!base.query.empty()) all += (all.empty() ? "" : "&") + base.query;
  return base.with(path, all);
}

bool Target::may_have(std::string_view name) const {
  if (std::find(absent.begin(), absent.end(), name) != absent.end()) return false;
  if (index.empty() || name.starts_with('/')) return true;
  // "href='heap?debug=1'", whatever the quotes.
  std::string link = fmt::format("{}?debug=", name);
  for (size_t at = index.find(link); at != std::string::npos; at = index.find(link, at + 1)) {
    if (at > 0 && (index[at - 1] == '\'' || index[at - 1] == '"' || index[at - 1] == '/' ||
                   index[at - 1] == '=')) {
      return true;
    }
  }
  return false;
}

std::string Target::single_file() const {
  std::string out;
  for (char c : single) {
    bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    out.push_back(plain ? c : '_');
  }
  std::string_view debug = parameter(single_query, "debug");
  return debug.empty() || debug == "0" ? out + ".pb.gz"
                                       : fmt::format("{}.debug{}.txt", out, debug[0]);
}

Result<Target> find_target(const Url& url, const Fetcher& fetcher) {
  size_t pprof = url.path.rfind(kPprof);
  if (pprof != std::string::npos) {
    size_t end = pprof + kPprof.size();
    if (url.path.size() > end + 1 && url.path[end] == '/') {
      Target single = single_at(url);
      if (std::optional<Error> error = refuse_single(single)) return *error;
      return single;
    }
    if (url.path.size() <= end + 1) {
      return with_index(target_at(url, url.path.substr(0, end)), fetcher);
    }
  }
  if (url.path == "/") return with_index(target_at(url, kPprof), fetcher);
  return probe(url, fetcher);
}

}  // namespace unpark::evidence
