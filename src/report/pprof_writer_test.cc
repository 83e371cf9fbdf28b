// The profile that is written, read back by our own reader and, where there is one, by Go's.
#include "report/pprof_writer.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/os.h"
#include "evidence/byte_source.h"
#include "evidence/pprof.h"
#include "report/diagnosis_test_case.h"

namespace unpark::report {
namespace {

std::string unpacked(std::string_view bytes) {
  std::string what, out;
  auto source = evidence::decompressed(evidence::source_of(bytes), 1 << 20, &what);
  if (!source || !evidence::read_all(**source, 1 << 20, &out)) return "";
  return out;
}

TEST(PprofWriter, OurReaderFindsTheGroups) {
  DiagnosisCase c;
  std::string plain = unpacked(diagnosis_pprof(c.evidence, c.diagnosis));
  evidence::Evidence read;
  read.inputs.emplace_back();
  ASSERT_TRUE(evidence::read_pprof(plain, evidence::InputId{0}, read)) << read.inputs[0].error;
  ASSERT_EQ(read.snapshots.size(), 1u);
  const evidence::Snapshot& s = read.snapshots[0];
  EXPECT_EQ(s.kind, evidence::SnapshotKind::kGoroutineProfile);
  EXPECT_EQ(s.time_ns, DiagnosisCase::kTime + 10 * DiagnosisCase::kMinute);
  ASSERT_EQ(s.goroutines.size(), c.diagnosis.groups.size());
  for (size_t i = 0; i < s.goroutines.size(); i++) {
    const diagnose::Group& group = c.diagnosis.groups[i];
    EXPECT_EQ(s.goroutines[i].count, group.count);
    std::span<const evidence::FrameId> want = c.evidence.symbols[group.stack];
    std::span<const evidence::FrameId> have = read.symbols[s.goroutines[i].stack];
    ASSERT_EQ(have.size(), want.size());
    for (size_t f = 0; f < want.size(); f++) {
      const evidence::Frame& a = read.symbols[have[f]];
      const evidence::Frame& b = c.evidence.symbols[want[f]];
      EXPECT_EQ(read.symbols.text(a.function), c.evidence.symbols.text(b.function));
      EXPECT_EQ(read.symbols.text(a.file), c.evidence.symbols.text(b.file));
      EXPECT_EQ(a.line, b.line);
    }
  }
  std::string labels;
  for (const evidence::Label& label : read.symbols[s.goroutines[0].labels]) {
    labels += std::string(read.symbols.text(label.key)) + "=" +
              std::string(read.symbols.text(label.value)) + ";";
  }
  EXPECT_EQ(labels, "mechanism=abandoned-sender;rule=UP1005;state=chan send;strength=growing;");
}

TEST(PprofWriter, NothingPrivateAndTheSameBytes) {
  DiagnosisCase a, b;
  std::string packed = diagnosis_pprof(a.evidence, a.diagnosis);
  EXPECT_EQ(packed, diagnosis_pprof(b.evidence, b.diagnosis));
  EXPECT_EQ(unpacked(packed).find("alice"), std::string::npos);
}

TEST(PprofWriter, GoReadsIt) {
  if (std::system("go version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no Go toolchain here";
  DiagnosisCase c;
  std::string path = testing::TempDir() + "unpark_groups.pb.gz";
  ASSERT_TRUE(base::write_file_atomic(path, diagnosis_pprof(c.evidence, c.diagnosis)).ok());
  std::string out;
  std::FILE* pipe = popen(("go tool pprof -top " + path + " 2>/dev/null").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  char buffer[4096];
  while (size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
  EXPECT_EQ(pclose(pipe), 0);
  EXPECT_NE(out.find("of 407 total"), std::string::npos) << out;
  EXPECT_NE(out.find("400 98.28%  example.com/shop/quote.Handler.func1.1"), std::string::npos)
      << out;
}

}  // namespace
}  // namespace unpark::report
