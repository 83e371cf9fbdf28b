// Comments that concern findings: suppressions with the code they cover, the mark of generated
// files.
#pragma once

#include <string>

#include "engine/package_result.h"
#include "source/span.h"
#include "syntax/tree.h"

namespace unpark::engine {

void add_comments(const syntax::Tree& tree, source::FileId file, const std::string& package,
                  PackageResult& result);

}  // namespace unpark::engine
