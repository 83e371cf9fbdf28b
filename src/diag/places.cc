#include "diag/places.h"

#include <filesystem>

namespace unpark::diag {

std::string_view Places::path(source::FileId file) const {
  return file.raw < files_.size() ? std::string_view(files_[file].path) : std::string_view();
}

std::string_view Places::text(source::FileId file) const {
  return file.raw < files_.size() ? files_[file].text() : std::string_view();
}

const source::LineTable& Places::lines(source::FileId file) {
  std::unique_ptr<source::LineTable>& table = tables_[file];
  if (!table) table = std::make_unique<source::LineTable>(text(file));
  return *table;
}

std::string_view Places::line(source::FileId file, uint32_t number) {
  const source::LineTable& table = lines(file);
  if (number == 0 || number > table.line_count()) return {};
  uint32_t start = table.line_start(number);
  std::string_view line = text(file).substr(start, table.line_start(number + 1) - start);
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string display_path(std::string_view path, std::string_view working_dir) {
  if (working_dir.empty()) return std::string(path);
  std::string relative =
      std::filesystem::path(path).lexically_relative(std::filesystem::path(working_dir)).string();
  if (relative.empty() || relative.size() >= path.size()) return std::string(path);
  return relative;
}

}  // namespace unpark::diag
