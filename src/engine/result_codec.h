// Package results as bytes, for the cache.
//
//   magic and version   8 bytes, "unparkR" and a version
//   key                 16 bytes, so that an entry under another's name is not taken for it
//   beyond              16 bytes, Digests::all when the result rests on it, else zeros
//   check               16 bytes, the hash of the payload
//   payload             numbers as LEB128, texts and lists with their length before them, files as
//                       numbers of a FileTable plus one
//
// What is read back may be anything: every length, number and offset is checked, and an entry that
// is not exactly right is an error, never a wrong result.
#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "engine/file_table.h"
#include "engine/package_result.h"

namespace unpark::engine {

// None when the result speaks of a file that is not in the table.
std::optional<std::string> encode_payload(const PackageResult& result, FileTable& files);
base::Result<PackageResult> decode_payload(std::string_view payload, FileTable& files);

struct EntryHead {
  base::Hash128 key;
  base::Hash128 beyond;
};
std::string seal_entry(const EntryHead& head, std::string_view payload);
struct OpenedEntry {
  EntryHead head;
  std::string_view payload;
};
base::Result<OpenedEntry> open_entry(std::string_view bytes);

}  // namespace unpark::engine
