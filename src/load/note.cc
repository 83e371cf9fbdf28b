#include "load/note.h"

namespace unpark::load {

std::string_view name_of(NoteKind kind) {
  switch (kind) {
    case NoteKind::kNoGoroot:
      return "no-goroot";
    case NoteKind::kNewerGo:
      return "newer-go";
    case NoteKind::kModFile:
      return "mod-file";
    case NoteKind::kNoModule:
      return "no-module";
    case NoteKind::kMissingModule:
      return "missing-module";
    case NoteKind::kMissingDirectory:
      return "missing-directory";
    case NoteKind::kMissingPackage:
      return "missing-package";
    case NoteKind::kAmbiguousImport:
      return "ambiguous-import";
    case NoteKind::kVendor:
      return "vendor";
    case NoteKind::kNoMatch:
      return "no-match";
    case NoteKind::kNoGoFiles:
      return "no-go-files";
    case NoteKind::kFile:
      return "file";
    case NoteKind::kMixedPackages:
      return "mixed-packages";
    case NoteKind::kImportCycle:
      return "import-cycle";
    case NoteKind::kDirectory:
      return "directory";
  }
  return "note";
}

}  // namespace unpark::load
