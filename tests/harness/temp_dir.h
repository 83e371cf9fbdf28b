// A directory that is gone when the test is over.
#pragma once

#include <string>
#include <string_view>

namespace unpark::testing {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  // Writes a file, making its directories, and gives its path.
  std::string write(std::string_view name, std::string_view contents) const;

 private:
  std::string path_;
};

}  // namespace unpark::testing
