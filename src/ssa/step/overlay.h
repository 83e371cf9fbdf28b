// Overlay: the few files of the standard library that the stepper replaces, because they describe a
// machine that it is not. Put over the file system before a program is loaded.
#pragma once

#include <string>
#include <string_view>

#include "source/file_system.h"

namespace unpark::ssa::step {

void add_overlay(source::OverlayFileSystem& files, const std::string& goroot);

}  // namespace unpark::ssa::step
