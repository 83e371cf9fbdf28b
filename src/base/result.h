// Result: a value, or why the input could not be used. For input that is at fault; our own mistakes
// are UNPARK_CHECKs, and faults in the user's Go code are diagnostics.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace unpark::base {

enum class ErrorKind : uint8_t {
  kNotFound,
  kPermission,
  kIo,
  kMalformed,
  kTruncated,
  kUnsupported,
  kTooLarge,
  kLimit,
};

struct Error {
  ErrorKind kind = ErrorKind::kIo;
  std::string message;  // what, where and what to do; no final period
  uint64_t offset = 0;  // in bytes of the input, where that means something
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& operator*() {
    UNPARK_CHECK(ok(), "value of a failed Result");
    return *std::get_if<0>(&state_);
  }
  const T& operator*() const {
    UNPARK_CHECK(ok(), "value of a failed Result");
    return *std::get_if<0>(&state_);
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }
  const Error& error() const {
    UNPARK_CHECK(!ok(), "error of a good Result");
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

// A Result without a value.
struct Ok {};
using Status = Result<Ok>;

}  // namespace unpark::base
