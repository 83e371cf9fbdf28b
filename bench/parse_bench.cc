// unpark_parse_bench [-n ROUNDS] [-e] FILE...: how fast the files are scanned and parsed, on one
// core.
//
// Reads all files first, then takes the processor time of ROUNDS passes over them and prints the
// best. With -e it prints the syntax errors, too. Node and error counts are exact and equal on
// every machine.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/interner.h"
#include "base/os.h"
#include "syntax/parser.h"
#include "syntax/scanner.h"

using namespace unpark;

template <typename Body>
static double best_seconds(int rounds, const Body& body) {
  double best = 1e9;
  for (int i = 0; i < rounds; i++) {
    double start = base::cpu_seconds();
    body();
    double took = base::cpu_seconds() - start;
    if (took < best) best = took;
  }
  return best;
}

int main(int argc, char** argv) {
  int rounds = 3;
  bool print_errors = false;
  std::vector<std::string> paths;
  for (int i = 1; i < argc; i++) {
    std::string_view arg = argv[i];
    if (arg == "-n" && i + 1 < argc) {
      rounds = std::atoi(argv[++i]);
    } else if (arg == "-e") {
      print_errors = true;
    } else {
      paths.emplace_back(arg);
    }
  }
  if (paths.empty() || rounds < 1) {
    fmt::print(stderr, "usage: unpark_parse_bench [-n ROUNDS] [-e] FILE...\n");
    return 2;
  }
  std::vector<std::string> texts;
  uint64_t bytes = 0;
  for (const std::string& path : paths) {
    base::Result<std::string> text = base::read_file(path);
    if (!text) {
      fmt::print(stderr, "{}\n", text.error().message);
      return 1;
    }
    bytes += text->size();
    texts.push_back(std::move(*text));
  }

  uint64_t tokens = 0;
  double scan = best_seconds(rounds, [&] {
    tokens = 0;
    for (const std::string& text : texts) {
      syntax::ErrorList errors(text);
      std::vector<syntax::Comment> comments;
      syntax::Scanner scanner(text, errors, &comments);
      for (scanner.next(); scanner.token() != syntax::Token::kEof; scanner.next()) tokens++;
    }
  });
  base::Interner names;
  uint64_t nodes = 0;
  uint64_t words = 0;
  uint64_t broken = 0;
  double parse = best_seconds(rounds, [&] {
    nodes = words = broken = 0;
    for (const std::string& text : texts) {
      syntax::Tree tree = syntax::parse(text, names);
      nodes += tree.node_count;
      words += tree.word_count();
      broken += !tree.errors.empty();
    }
  });
  if (print_errors) {
    for (size_t i = 0; i < texts.size(); i++) {
      syntax::Tree tree = syntax::parse(texts[i], names);
      for (const syntax::SyntaxError& error : tree.errors) {
        fmt::print("{}:{}: {}\n", paths[i], error.span.begin, error.message);
      }
    }
  }
  auto rate = [&](double seconds) { return static_cast<double>(bytes) / seconds / 1e6; };
  fmt::print("files {}  bytes {}  tokens {}  nodes {}  tree bytes {}  names {}  broken files {}\n",
             texts.size(), bytes, tokens, nodes, words * 4, names.size(), broken);
  fmt::print("scan {:.1f} MB/s  parse {:.1f} MB/s\n", rate(scan), rate(parse));
  return 0;
}
