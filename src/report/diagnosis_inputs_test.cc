#include "report/diagnosis_inputs.h"

#include <gtest/gtest.h>

#include <string>

namespace unpark::report {
namespace {

using evidence::SnapshotKind;

struct Inputs {
  evidence::Evidence evidence;
  DiagnosisTextOptions options;

  evidence::Input& add(std::string name, SnapshotKind kind) {
    evidence::Snapshot s;
    s.input = evidence::InputId{static_cast<uint32_t>(evidence.inputs.size())};
    s.kind = kind;
    evidence.snapshots.push_back(s);
    evidence.inputs.push_back(
        {std::move(name), std::string(evidence::text_of(kind)) + ", gzip", 1, {}, ""});
    return evidence.inputs.back();
  }
  evidence::Input& fail(std::string name, std::string error) {
    evidence.inputs.push_back({std::move(name), "", 0, {}, std::move(error)});
    return evidence.inputs.back();
  }
  std::string text() const { return inputs_text(evidence, options); }
};

TEST(DiagnosisInputs, FewAreNamed) {
  Inputs in;
  in.add("dumps/a.txt", SnapshotKind::kGoroutineDump);
  in.add("heap.pb.gz", SnapshotKind::kHeap);
  EXPECT_EQ(in.text(), "  dumps/a.txt: goroutine dump, gzip\n  heap.pb.gz: heap profile, gzip\n");
}

TEST(DiagnosisInputs, ManyOfADirectoryAreCounted) {
  Inputs in;
  for (int i = 0; i < 6; i++) in.add("look/d" + std::to_string(i), SnapshotKind::kGoroutineDump);
  in.add("look/heap", SnapshotKind::kHeap);
  in.add("other/crash", SnapshotKind::kCrash);
  EXPECT_EQ(in.text(), "  6 goroutine dumps, 1 heap profile in look\n  other/crash: crash, gzip\n");
  in.options.all = true;
  EXPECT_NE(in.text().find("  look/d3: goroutine dump, gzip\n"), std::string::npos);
}

TEST(DiagnosisInputs, FilesOfNoDirectory) {
  Inputs in;
  for (int i = 0; i < 5; i++) in.add("d" + std::to_string(i), SnapshotKind::kGoroutineDump);
  EXPECT_EQ(in.text(), "  5 goroutine dumps\n");
}

TEST(DiagnosisInputs, PagesOfAServerAreCounted) {
  Inputs in;
  std::string base = "http://web:6060/debug/";
  in.add(base + "pprof/goroutine?debug=0 (look 1)", SnapshotKind::kGoroutineProfile);
  in.add(base + "pprof/goroutine?debug=2 (look 1)", SnapshotKind::kGoroutineDump);
  in.add(base + "vars (look 1)", SnapshotKind::kExpvar);
  in.add(base + "pprof/goroutine?debug=0 (look 2)", SnapshotKind::kGoroutineProfile);
  EXPECT_EQ(in.text(),
            "  1 goroutine dump, 2 goroutine profiles, 1 set of variables of http://web:6060\n");
}

TEST(DiagnosisInputs, ManyDirectoriesAreCut) {
  Inputs in;
  for (int i = 0; i < 30; i++) in.add("d" + std::to_string(i) + "/x", SnapshotKind::kCrash);
  EXPECT_NE(in.text().find("\n  ... and 20 inputs; --all shows them\n"), std::string::npos);
  EXPECT_EQ(in.text().find("d10/x"), std::string::npos);
}

TEST(DiagnosisInputs, BaseIsApart) {
  Inputs in;
  for (int i = 0; i < 10; i++) in.add("d/" + std::to_string(i), SnapshotKind::kGoroutineDump);
  in.options.base_end = 5;
  EXPECT_EQ(in.text(), "  base: 5 goroutine dumps in d\n  5 goroutine dumps in d\n");
}

TEST(DiagnosisInputs, WhyNotIsSaid) {
  Inputs in;
  in.fail("empty.txt", "is empty");
  in.fail("missing.txt", "missing.txt: no such file or directory");
  in.add("cut.gz", SnapshotKind::kGoroutineDump).error = "the gzip stream ends early";
  EXPECT_EQ(in.text(),
            "  cut.gz: goroutine dump, gzip\n"
            "  not read: empty.txt: is empty\n"
            "  not read: missing.txt: no such file or directory\n"
            "  not read to its end: cut.gz: the gzip stream ends early\n");
  EXPECT_EQ(input_errors_text(in.evidence, in.options),
            "unpark: empty.txt: is empty\n"
            "unpark: missing.txt: no such file or directory\n"
            "unpark: cut.gz: the gzip stream ends early\n");
}

TEST(DiagnosisInputs, EqualNotesAreSaidOnce) {
  Inputs in;
  for (int i = 0; i < 6; i++) {
    in.add("d/" + std::to_string(i), SnapshotKind::kGoroutineDump)
        .notes.push_back({evidence::Note::Kind::kLost, "a line is damaged"});
  }
  in.evidence.inputs[2].notes.push_back({evidence::Note::Kind::kCut, "the end is missing"});
  EXPECT_EQ(in.text(),
            "  6 goroutine dumps in d\n"
            "  note: d/0 and 5 more: a line is damaged\n"
            "  note: d/2: the end is missing\n");
}

TEST(DiagnosisInputs, ManyNotesAreCut) {
  Inputs in;
  evidence::Input& one = in.add("a", SnapshotKind::kGoroutineDump);
  for (int i = 0; i < 9; i++) {
    one.notes.push_back({evidence::Note::Kind::kLost, "piece " + std::to_string(i)});
  }
  EXPECT_NE(in.text().find("piece 4\n  ... and 4 notes; --all shows them\n"), std::string::npos);
  in.options.all = true;
  EXPECT_NE(in.text().find("piece 8\n"), std::string::npos);
}

}  // namespace
}  // namespace unpark::report
