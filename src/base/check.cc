#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace unpark::base {

void check_failed(const char* file, int line, const char* what, const char* why) {
  std::fprintf(stderr, "unpark: internal error at %s:%d: %s (%s)\n", file, line, what, why);
  std::fflush(stderr);
  std::abort();
}

}  // namespace unpark::base
