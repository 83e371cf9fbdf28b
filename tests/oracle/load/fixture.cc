#include "oracle/load/fixture.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "load/workspace.h"

namespace unpark::oracle {

namespace fs = std::filesystem;

namespace {

void write(const std::string& path, const std::string& contents) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << contents;
}

uint32_t crc32(const std::string& bytes) {
  uint32_t crc = 0xFFFFFFFF;
  for (unsigned char c : bytes) {
    crc ^= c;
    for (int i = 0; i < 8; i++) crc = (crc >> 1) ^ (0xEDB88320 & (0u - (crc & 1)));
  }
  return ~crc;
}

// A zip archive of stored (not compressed) files.
std::string zip(const std::map<std::string, std::string>& files) {
  std::string body, directory;
  auto number = [](std::string& out, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++) out += static_cast<char>(value >> (8 * i));
  };
  for (const auto& [name, contents] : files) {
    auto offset = static_cast<uint32_t>(body.size());
    auto size = static_cast<uint32_t>(contents.size());
    std::string common;
    number(common, 20, 2);    // version needed
    number(common, 0, 2);     // flags
    number(common, 0, 2);     // stored
    number(common, 0, 2);     // time
    number(common, 0x21, 2);  // the first of January 1980
    number(common, crc32(contents), 4);
    number(common, size, 4);
    number(common, size, 4);
    number(common, static_cast<uint32_t>(name.size()), 2);
    number(common, 0, 2);  // extra field
    body += "PK\x03\x04" + common + name + contents;
    directory += "PK\x01\x02";
    number(directory, 20, 2);  // version made by
    directory += common;
    number(directory, 0, 2);  // comment
    number(directory, 0, 2);  // disk
    number(directory, 0, 2);  // internal attributes
    number(directory, 0, 4);  // external attributes
    number(directory, offset, 4);
    directory += name;
  }
  std::string end = "PK\x05\x06";
  number(end, 0, 4);
  number(end, static_cast<uint32_t>(files.size()), 2);
  number(end, static_cast<uint32_t>(files.size()), 2);
  number(end, static_cast<uint32_t>(directory.size()), 4);
  number(end, static_cast<uint32_t>(body.size()), 4);
  number(end, 0, 2);
  return body + directory + end;
}

// The tree that a module proxy serves, for GOPROXY=file://.
void write_proxy(const std::string& dir,
                 const std::map<std::string, std::map<std::string, std::string>>& modules) {
  for (const auto& [module, files] : modules) {
    size_t at = module.find('@');
    std::string path = module.substr(0, at);
    std::string version = module.substr(at + 1);
    std::string base =
        dir + "/" + load::escape_module(path) + "/@v/" + load::escape_module(version);
    std::map<std::string, std::string> entries;
    for (const auto& [name, contents] : files) entries[module + "/" + name] = contents;
    auto mod = files.find("go.mod");
    write(base + ".mod", mod == files.end() ? "module " + path + "\n" : mod->second);
    write(base + ".info", "{\"Version\":\"" + version + "\",\"Time\":\"2020-01-01T00:00:00Z\"}");
    write(base + ".zip", zip(entries));
    std::ofstream(fs::path(base).parent_path() / "list", std::ios::app) << version << "\n";
  }
}

std::string expand_root(std::string text, const std::string& root) {
  for (size_t at; (at = text.find("$ROOT")) != text.npos;) text.replace(at, 5, root);
  return text;
}

}  // namespace

Fixture unpack(const std::string& path, const std::string& root, std::string& failure) {
  Fixture fixture;
  fixture.name = fs::path(path).stem().string();
  std::ifstream in(path);
  std::string file, contents;
  std::map<std::string, std::map<std::string, std::string>> modules;
  std::vector<std::string> go_mods;
  auto close = [&] {
    if (file.empty()) return;
    contents = expand_root(contents, root);
    if (file.starts_with("proxy/")) {
      size_t slash = file.find('/', file.find('@'));
      modules[file.substr(6, slash - 6)][file.substr(slash + 1)] = contents;
    } else {
      write(root + "/src/" + file, contents);
      if (fs::path(file).filename() == "go.mod") {
        go_mods.push_back(fs::path(file).parent_path().string());
      }
    }
    contents.clear();
  };
  load::Environment environment = base_environment();
  environment["GOMODCACHE"] = root + "/modcache";
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("-- ") && line.ends_with(" --")) {
      close();
      file = line.substr(3, line.size() - 6);
      continue;
    }
    if (!file.empty()) {
      contents += line + "\n";
      continue;
    }
    std::stringstream words(line);
    std::string word;
    words >> word;
    if (word == "expect") words >> fixture.expect;
    if (word == "note") {
      words >> word;
      fixture.notes.push_back(word);
    }
    if (word != "run") continue;
    Query query;
    query.dir = root + "/src";
    query.environment = environment;
    while (words >> word) {
      size_t equals = word.find('=');
      if (word.starts_with("in=")) {
        query.dir = root + "/src/" + word.substr(3);
      } else if (word == "tests=no") {
        query.tests = false;
      } else if (equals != word.npos && word.find('/') > equals && word[0] >= 'A' &&
                 word[0] <= 'Z') {
        query.environment[word.substr(0, equals)] = expand_root(word.substr(equals + 1), root);
      } else {
        query.patterns.push_back(expand_root(word, root));
      }
    }
    fixture.runs.push_back(std::move(query));
  }
  close();
  if (modules.empty()) return fixture;

  // The go command fills the module cache while it works on a copy, whose go.mod it may change;
  // only the checksums go back.
  write_proxy(root + "/proxy", modules);
  Query fill;
  fill.environment = environment;
  fill.environment["GOPROXY"] = "file://" + root + "/proxy";
  fill.environment["GOFLAGS"] = "-modcacherw";
  fill.environment["GONOSUMDB"] = "*";
  std::stringstream sums;  // of all its modules: more than one needs does no harm
  for (const std::string& dir : go_mods) {
    if (dir.find("vendor") != dir.npos) continue;
    fs::remove_all(root + "/copy");
    fs::copy(root + "/src", root + "/copy", fs::copy_options::recursive);
    fill.dir = root + "/copy/" + dir;
    fill.environment["GOFLAGS"] = "-modcacherw -mod=readonly";
    fill.environment.erase("GOWORK");
    std::optional<std::string> error = run_go(fill, {"mod", "download", "all"});
    fill.environment["GOFLAGS"] = "-modcacherw -mod=mod";
    fill.environment["GOWORK"] = "off";
    if (!error) error = run_go(fill, {"list", "-m", "all"});
    if (!error) error = run_go(fill, {"list", "-e", "-deps", "-test", "./..."});
    if (error) failure += *error;
    for (const std::string& sum : {fill.dir + "/go.sum", root + "/copy/go.work.sum"}) {
      sums << std::ifstream(sum).rdbuf();
      sums.clear();
    }
  }
  for (const std::string& dir : go_mods) write(root + "/src/" + dir + "/go.sum", sums.str());
  return fixture;
}

}  // namespace unpark::oracle
