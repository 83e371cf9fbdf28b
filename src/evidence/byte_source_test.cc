#include "evidence/byte_source.h"

#include <gtest/gtest.h>
#include <lz4frame.h>
#include <lzma.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace unpark::evidence {
namespace {

using base::ErrorKind;

std::string gzip(std::string_view text) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  out.resize(ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);
  return out;
}

std::string lz4(std::string_view text) {
  LZ4F_preferences_t with_sum = LZ4F_INIT_PREFERENCES;
  with_sum.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  std::string out(LZ4F_compressFrameBound(text.size(), &with_sum), '\0');
  out.resize(LZ4F_compressFrame(out.data(), out.size(), text.data(), text.size(), &with_sum));
  return out;
}

std::string xz(std::string_view text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  size_t used = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr,
                                    reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                                    reinterpret_cast<uint8_t*>(out.data()), &used, out.size()),
            LZMA_OK);
  out.resize(used);
  return out;
}

struct Format {
  const char* name;
  std::string (*pack)(std::string_view);
};
const Format kFormats[] = {{"gzip", gzip}, {"zstd", zstd}, {"lz4", lz4}, {"xz", xz}};

// Text that packs neither well nor badly.
std::string sample_text(size_t size) {
  std::string text;
  uint32_t state = 1;
  while (text.size() < size) {
    state = state * 1664525 + 1013904223;
    text += "goroutine " + std::to_string(state >> 12) + " [select]:\n";
  }
  text.resize(size);
  return text;
}

// Gives its bytes in small pieces, as a pipe does.
class Trickle : public ByteSource {
 public:
  Trickle(std::string bytes, size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  base::Result<size_t> read(char* to, size_t size) override {
    size_t n = bytes_.copy(to, std::min(size, piece_), at_);
    at_ += n;
    return n;
  }

 private:
  std::string bytes_;
  size_t piece_, at_ = 0;
};

struct Unpacked {
  std::string text, what;
  base::Status status = base::Ok{};
};

constexpr uint64_t kNoLimit = 1 << 30;

Unpacked unpack(std::unique_ptr<ByteSource> source, uint64_t max_bytes = kNoLimit) {
  Unpacked out;
  base::Result<std::unique_ptr<ByteSource>> plain =
      decompressed(std::move(source), max_bytes, &out.what);
  if (!plain) {
    out.status = plain.error();
  } else {
    out.status = read_all(**plain, kNoLimit, &out.text);
  }
  return out;
}

TEST(Decompress, EveryFormatWholeAndInPieces) {
  std::string text = sample_text(300000);
  for (const Format& format : kFormats) {
    std::string packed = format.pack(text);
    EXPECT_LT(packed.size(), text.size());
    Unpacked whole = unpack(source_of(packed));
    EXPECT_TRUE(whole.status.ok()) << format.name << ": " << whole.status.error().message;
    EXPECT_EQ(whole.text, text);
    EXPECT_EQ(whole.what, std::string(", ") + format.name);
    for (size_t piece : {1, 7, 4096}) {
      Unpacked pieces = unpack(std::make_unique<Trickle>(packed, piece));
      EXPECT_TRUE(pieces.status.ok()) << format.name;
      EXPECT_EQ(pieces.text, text) << format.name << " in pieces of " << piece;
    }
  }
}

TEST(Decompress, PlainBytesPass) {
  for (const char* text : {"", "g", "goroutine 1 [running]:\n", "\x1f\x8b"}) {
    Unpacked memory = unpack(source_of(text));
    EXPECT_EQ(memory.text, text);
    EXPECT_EQ(memory.what, "");
    EXPECT_TRUE(memory.status.ok());
    EXPECT_EQ(unpack(std::make_unique<Trickle>(text, 1)).text, text);
  }
}

// What is in memory stays there: nobody copies a mapped or downloaded dump.
TEST(Decompress, PlainMemoryIsNotCopied) {
  std::string text = sample_text(1000), what;
  auto plain = decompressed(source_of(text), kNoLimit, &what);
  ASSERT_TRUE(plain.ok());
  ASSERT_NE((*plain)->whole(), nullptr);
  EXPECT_EQ((*plain)->whole()->data(), text.data());
}

TEST(Decompress, OneInsideAnotherTwoDeep) {
  std::string text = sample_text(5000);
  for (const Format& inner : kFormats) {
    for (const Format& outer : kFormats) {
      Unpacked out = unpack(source_of(outer.pack(inner.pack(text))));
      EXPECT_EQ(out.text, text);
      EXPECT_EQ(out.what, std::string(", ") + outer.name + ", " + inner.name);
    }
  }
  std::string twice = gzip(gzip(text));
  EXPECT_EQ(unpack(source_of(gzip(twice))).text, gzip(text)) << "the third layer stays packed";
}

TEST(Decompress, StreamsOneAfterTheOther) {
  for (const Format& format : kFormats) {
    std::string packed = format.pack("first ") + format.pack("") + format.pack("second");
    for (size_t piece : {1, 5, 1000}) {
      Unpacked out = unpack(std::make_unique<Trickle>(packed, piece));
      EXPECT_TRUE(out.status.ok()) << format.name << ": " << out.status.error().message;
      EXPECT_EQ(out.text, "first second") << format.name;
    }
  }
}

TEST(Decompress, ZerosBehindAreNothingOtherBytesAreSomething) {
  std::string padded = gzip("text") + std::string(100000, '\0');
  Unpacked zeros = unpack(source_of(padded));
  EXPECT_TRUE(zeros.status.ok());
  EXPECT_EQ(zeros.text, "text");
  std::string followed = gzip("text") + "other";
  Unpacked other = unpack(source_of(followed));
  EXPECT_EQ(other.text, "text");
  ASSERT_FALSE(other.status.ok());
  EXPECT_EQ(other.status.error().kind, ErrorKind::kMalformed);
}

TEST(Decompress, CutAnywhereGivesAPrefixAndSaysSo) {
  std::string text = sample_text(3000);
  for (const Format& format : kFormats) {
    std::string packed = format.pack(text);
    size_t longest = 0;
    for (size_t size = kFormats[0].pack("").size(); size < packed.size(); size++) {
      Unpacked out = unpack(source_of(std::string_view(packed).substr(0, size)));
      EXPECT_TRUE(text.starts_with(out.text)) << format.name << " cut to " << size;
      ASSERT_FALSE(out.status.ok()) << format.name << " cut to " << size;
      EXPECT_EQ(out.status.error().kind, ErrorKind::kTruncated) << out.status.error().message;
      longest = std::max(longest, out.text.size());
    }
    EXPECT_EQ(longest, text.size()) << format.name << ": only its check sum is missing at last";
  }
}

TEST(Decompress, DamageIsFoundAndWhatCameBeforeIsKept) {
  std::string text = sample_text(600000);
  for (const Format& format : kFormats) {
    std::string packed = format.pack(text);
    for (size_t i = 0; i < 64; i++) packed[packed.size() / 2 + i] ^= 0x5a;
    Unpacked out = unpack(source_of(packed));
    ASSERT_FALSE(out.status.ok()) << format.name;
    EXPECT_EQ(out.status.error().kind, ErrorKind::kMalformed) << out.status.error().message;
    EXPECT_NE(out.status.error().message.find(format.name), std::string::npos);
  }
  std::string packed = gzip(text);
  packed[packed.size() / 2] ^= 0x5a;
  EXPECT_GT(unpack(source_of(packed)).text.size(), 100000u);
}

TEST(Decompress, BombsStopAtTheLimit) {
  std::string zeros(8 << 20, '\0');
  for (const Format& format : kFormats) {
    std::string bomb = format.pack(zeros);
    EXPECT_LT(bomb.size(), zeros.size() / 100);
    Unpacked out = unpack(source_of(bomb), 1 << 20);
    EXPECT_EQ(out.text.size(), 1u << 20);
    ASSERT_FALSE(out.status.ok());
    EXPECT_EQ(out.status.error().kind, ErrorKind::kTooLarge);
    // The limit itself is no excess.
    EXPECT_TRUE(unpack(source_of(bomb), zeros.size()).status.ok());
    // Nor does it help to pack the bomb once more.
    std::string twice = gzip(bomb);
    EXPECT_EQ(unpack(source_of(twice), 1 << 20).text.size(), 1u << 20);
  }
  Unpacked plain = unpack(source_of(zeros), 100);
  EXPECT_EQ(plain.text.size(), 100u);
  EXPECT_EQ(plain.status.error().kind, ErrorKind::kTooLarge);
}

// A header may claim any size; a window of 2 GiB is refused, not allocated.
TEST(Decompress, ClaimedSizesAreNotBelieved) {
  std::string window("\x28\xb5\x2f\xfd\x00\xa8", 6);  // zstd: window of 2^31 bytes
  Unpacked out = unpack(source_of(window + "\x01\x00\x00"));
  ASSERT_FALSE(out.status.ok());
  EXPECT_EQ(out.status.error().kind, ErrorKind::kTooLarge) << out.status.error().message;
}

TEST(ReadAll, LimitAndError) {
  std::string into = "before ";
  std::unique_ptr<ByteSource> source = source_of("12345");
  EXPECT_TRUE(read_all(*source, 5, &into).ok());
  EXPECT_EQ(into, "before 12345");
  Trickle slow("12345", 2);
  into.clear();
  base::Status status = read_all(slow, 4, &into);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kTooLarge);
  EXPECT_EQ(into, "1234");
}

class Files : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/unpark_byte_source_XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    dir_ = name;
  }
  void TearDown() override { EXPECT_EQ(std::system(("rm -r " + dir_).c_str()), 0); }

  std::string path(const char* name) const { return dir_ + "/" + name; }
  std::string content(const std::string& path) {
    base::Result<std::unique_ptr<ByteSource>> source = open_file(path);
    EXPECT_TRUE(source.ok()) << source.error().message;
    std::string text;
    if (source.ok()) {
      base::Status status = read_all(**source, kNoLimit, &text);
      EXPECT_TRUE(status.ok());
    }
    return text;
  }

  std::string dir_;
};

TEST_F(Files, SmallAndLarge) {
  std::ofstream(path("small")) << "text";
  std::ofstream(path("empty")) << "";
  std::string large = sample_text((32 << 20) + 12345);
  std::ofstream(path("large")) << large;
  EXPECT_EQ(content(path("small")), "text");
  EXPECT_EQ(content(path("empty")), "");
  EXPECT_TRUE(content(path("large")) == large);
}

TEST_F(Files, APipe) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  std::string text = sample_text(200000);
  std::jthread writer([&] { std::ofstream(path("pipe")) << text; });
  EXPECT_TRUE(content(path("pipe")) == text);
}

// A log that is cut while it is read ends early, and the process goes on.
TEST_F(Files, AFileThatShrinks) {
  std::ofstream(path("log")) << sample_text(40 << 20);
  base::Result<std::unique_ptr<ByteSource>> source = open_file(path("log"));
  ASSERT_TRUE(source.ok());
  std::vector<char> buffer(1 << 20);
  base::Result<size_t> first = (*source)->read(buffer.data(), buffer.size());
  ASSERT_TRUE(first.ok());
  EXPECT_GT(*first, 0u);
  ASSERT_EQ(::truncate(path("log").c_str(), 100), 0);
  std::string rest;
  EXPECT_TRUE(read_all(**source, kNoLimit, &rest).ok());
  EXPECT_LT(rest.size(), size_t{40} << 20);
}

TEST_F(Files, APipeIntoWhichNobodyWrites) {
  ASSERT_EQ(::mkfifo(path("silent").c_str(), 0600), 0);
  base::Result<std::unique_ptr<ByteSource>> source = open_file(path("silent"), 0.1);
  ASSERT_FALSE(source.ok());
  EXPECT_NE(source.error().message.find("nobody writes"), std::string::npos);
}

// Somebody who comes late is waited for.
TEST_F(Files, APipeWithALateWriter) {
  ASSERT_EQ(::mkfifo(path("late").c_str(), 0600), 0);
  std::thread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::ofstream(path("late")) << "goroutine 1 [running]:\n";
  });
  base::Result<std::unique_ptr<ByteSource>> source = open_file(path("late"));
  std::string text;
  EXPECT_TRUE(source.ok() && read_all(**source, kNoLimit, &text).ok());
  writer.join();
  EXPECT_EQ(text, "goroutine 1 [running]:\n");
}

// As a shell gives the output of a command.
TEST_F(Files, APipeThatIsOpenAlready) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_EQ(::write(ends[1], "text", 4), 4);
  ::close(ends[1]);
  std::string name = "/dev/fd/" + std::to_string(ends[0]);
  for (std::string_view expected : {"text", ""}) {
    base::Result<std::unique_ptr<ByteSource>> source = open_file(name);
    ASSERT_TRUE(source.ok());
    std::string text;
    EXPECT_TRUE(read_all(**source, kNoLimit, &text).ok());
    EXPECT_EQ(text, expected);
  }
  ::close(ends[0]);
}

TEST_F(Files, WhatCannotBeRead) {
  base::Result<std::unique_ptr<ByteSource>> none = open_file(path("none"));
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(none.error().message.find(path("none")), std::string::npos);
  base::Result<std::unique_ptr<ByteSource>> directory = open_file(dir_);
  ASSERT_FALSE(directory.ok());
  EXPECT_NE(directory.error().message.find("directory"), std::string::npos);
}

}  // namespace
}  // namespace unpark::evidence
