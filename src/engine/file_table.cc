#include "engine/file_table.h"

namespace unpark::engine {

FileTable::FileTable(const std::vector<uint32_t>& sizes) : made_(true) {
  for (uint32_t i = 0; i < sizes.size(); i++) {
    entries_.push_back({source::FileId{i}, sizes[i]});
  }
}

void FileTable::make() {
  made_ = true;
  const load::Program& program = *program_;
  std::vector<bool> reached(program.packages.size(), false);
  std::vector<uint32_t> stack;
  for (uint32_t i = 0; i < program.packages.size(); i++) {
    bool start = i == root_.raw || (beyond_ && program.packages[i].is_root);
    if (!start) continue;
    reached[i] = true;
    stack.push_back(i);
  }
  while (!stack.empty()) {
    uint32_t at = stack.back();
    stack.pop_back();
    auto visit = [&](const std::vector<load::Import>& imports) {
      for (const load::Import& import : imports) {
        if (!import.package.exists() || reached[import.package.raw]) continue;
        reached[import.package.raw] = true;
        stack.push_back(import.package.raw);
      }
    };
    visit(program.packages[at].imports);
    visit(program.packages[at].test_imports);
    visit(program.packages[at].xtest_imports);
  }
  auto add = [&](const std::vector<load::GoFile>& files) {
    for (const load::GoFile& f : files) {
      entries_.push_back({f.file, static_cast<uint32_t>(program.files[f.file].text().size())});
    }
  };
  for (uint32_t i = 0; i < reached.size(); i++) {
    if (!reached[i]) continue;
    add(program.packages[i].files);
    add(program.packages[i].test_files);
    add(program.packages[i].xtest_files);
  }
}

std::optional<FileTable::Entry> FileTable::at(uint64_t number) {
  if (!made_) make();
  if (number >= entries_.size()) return std::nullopt;
  return entries_[number];
}

std::optional<uint32_t> FileTable::number_of(source::FileId file) {
  if (!made_) make();
  if (numbers_.empty()) {
    for (uint32_t i = 0; i < entries_.size(); i++) numbers_.emplace(entries_[i].file, i);
  }
  auto found = numbers_.find(file);
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

}  // namespace unpark::engine
