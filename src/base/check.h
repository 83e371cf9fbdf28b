// UNPARK_CHECK states an assumption of ours. It is on in release builds: no input of a user may
// reach a failing one, so a failure is our bug and the process ends with the place and the words.
#pragma once

namespace unpark::base {
[[noreturn]] void check_failed(const char* file, int line, const char* what, const char* why);
}

#define UNPARK_CHECK(cond, why)                                     \
  do {                                                              \
    if (!(cond)) [[unlikely]]                                       \
      ::unpark::base::check_failed(__FILE__, __LINE__, #cond, why); \
  } while (false)

// The same in debug builds only, for places a profile shows to be hot.
#ifdef NDEBUG
#define UNPARK_DCHECK(cond, why) \
  do {                           \
  } while (false)
#else
#define UNPARK_DCHECK(cond, why) UNPARK_CHECK(cond, why)
#endif

#define UNPARK_UNREACHABLE(why) ::unpark::base::check_failed(__FILE__, __LINE__, "unreachable", why)
