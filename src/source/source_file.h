// A file's path and bytes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/os.h"

namespace unpark::source {

// Bytes that stay where they are while any copy of this lives: a mapped file or owned memory.
class FileBytes {
 public:
  FileBytes() = default;
  explicit FileBytes(std::string text) {
    auto owned = std::make_shared<std::string>(std::move(text));
    bytes_ = *owned;
    owner_ = std::move(owned);
  }
  explicit FileBytes(base::MappedFile file) {
    auto owned = std::make_shared<base::MappedFile>(std::move(file));
    bytes_ = owned->bytes();
    owner_ = std::move(owned);
  }

  std::string_view bytes() const { return bytes_; }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view bytes_;
};

struct SourceFile {
  std::string path;  // absolute and clean
  FileBytes contents;

  std::string_view text() const { return contents.bytes(); }
};

}  // namespace unpark::source
