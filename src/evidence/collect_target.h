// Where a process has its profiles, by the address that somebody gave for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evidence/fetch.h"

namespace unpark::evidence {

struct Target {
  Url base;           // of the index page of pprof; its query goes along with every request
  std::string root;   // path below which /debug/vars and /metrics are
  std::string index;  // the index page; empty: there is none
  // The one profile to look at, when the address was that of a profile; empty: all of them.
  std::string single;
  std::string single_query;
  std::vector<std::string> absent;  // pages that turned out not to be there

  // `name`: of a profile ("heap"), or a path ("/metrics").
  Url page(std::string_view name, std::string_view query) const;
  bool may_have(std::string_view name) const;
  std::string single_file() const;
};

// Asks the server where the address leaves it open.
base::Result<Target> find_target(const Url& url, const Fetcher& fetcher);

}  // namespace unpark::evidence
