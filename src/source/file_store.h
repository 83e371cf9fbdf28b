// FileStore: every source file of a run, by FileId.
//
// Append-only; references and the bytes behind them stay good for the life of the store.
// Thread-safe. Adding a path twice gives two files: whoever adds decides what is one file.
#pragma once

#include <memory>

#include "base/concurrent_store.h"
#include "source/source_file.h"
#include "source/span.h"

namespace unpark::source {

class FileStore {
 public:
  FileId add(SourceFile file) { return files_->add(std::move(file)); }
  const SourceFile& operator[](FileId id) const { return (*files_)[id]; }
  uint32_t size() const { return files_->size(); }

 private:
  // Behind a pointer, so that a store can be moved without moving the files.
  std::unique_ptr<base::ConcurrentStore<FileId, SourceFile>> files_ =
      std::make_unique<base::ConcurrentStore<FileId, SourceFile>>();
};

}  // namespace unpark::source
