// Reads text of any kind and length: goroutine dumps, and whatever the line readers know, between
// other lines or behind what logs and web pages put around them.
#pragma once

#include <span>

#include "evidence/byte_source.h"
#include "evidence/line_reader.h"
#include "evidence/read.h"
#include "evidence/snapshot.h"

namespace unpark::evidence {

// Reads to the end of the source, adds a snapshot for each goroutine dump, and says finish() to all
// readers. Where reading fails the input's error says why, and what came before is kept. Memory is
// bounded by what is found, not by the length of the text or of a line.
void read_text(ByteSource& source, const ReadOptions& options, std::span<LineReader* const> readers,
               InputId input, Evidence& evidence);

}  // namespace unpark::evidence
