// TestProgram: a program of one package "p" from source text, without imports. For tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ssa/print.h"
#include "ssa/program.h"
#include "ssa/verify.h"
#include "syntax/parser.h"

namespace unpark::ssa {

class TestProgram {
 public:
  // One file for each text. `minor`: the language version is 1.minor.
  explicit TestProgram(std::vector<std::string> texts, uint32_t minor = 26)
      : texts_(std::move(texts)),
        workers_(1),
        typed_(names_, {}),
        program_(check(minor), {.verify = false}) {}
  explicit TestProgram(std::string_view text, uint32_t minor = 26)
      : TestProgram(std::vector<std::string>{std::string(text)}, minor) {}

  Program& program() { return program_; }
  types::Program& typed() { return typed_; }

  // By name as name_of() gives it; builds what was met so far until the name appears.
  FunctionId find(std::string_view name) {
    program_.functions_of(types::UnitId{0});
    for (uint32_t i = 0; i < program_.function_count(); i++) {
      FunctionId id{i};
      program_.body(id);
      if (program_.name_of(id) == name) return id;
    }
    return {};
  }
  std::string printed(std::string_view name) {
    FunctionId id = find(name);
    return id.exists() ? print(program_, id) : "no function " + std::string(name);
  }
  // What the verifier says of all functions.
  std::vector<std::string> verify_all() {
    std::vector<std::string> out;
    program_.functions_of(types::UnitId{0});
    for (uint32_t i = 0; i < program_.function_count(); i++) {
      for (std::string& line : verify(program_, FunctionId{i})) out.push_back(std::move(line));
    }
    return out;
  }
  // Reasons why bodies are incomplete, where there is source.
  std::vector<std::string> incomplete() {
    std::vector<std::string> out;
    program_.functions_of(types::UnitId{0});
    for (uint32_t i = 0; i < program_.function_count(); i++) {
      const Body& body = program_.body(FunctionId{i});
      if (!body.incomplete.empty() && !program_[FunctionId{i}].external) {
        out.push_back(program_.name_of(FunctionId{i}) + ": " + body.incomplete);
      }
    }
    return out;
  }

 private:
  types::Program& check(uint32_t minor) {
    types::UnitSpec spec;
    spec.path = spec.name = "p";
    for (size_t i = 0; i < texts_.size(); i++) {
      trees_.push_back(std::make_unique<syntax::Tree>(syntax::parse(texts_[i], names_)));
      spec.files.push_back({source::FileId{static_cast<uint32_t>(i)}, "p.go", trees_.back().get(),
                            types::GoVersion{minor}});
    }
    std::vector<types::UnitSpec> specs;
    specs.push_back(std::move(spec));
    typed_.check(std::move(specs), workers_);
    return typed_;
  }

  std::vector<std::string> texts_;
  base::Interner names_;
  base::WorkerPool workers_;
  std::vector<std::unique_ptr<syntax::Tree>> trees_;
  types::Program typed_;
  Program program_;
};

}  // namespace unpark::ssa
