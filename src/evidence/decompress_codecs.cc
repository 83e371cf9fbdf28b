// gzip, zstd, lz4 frames and xz, through the libraries of their authors.
//
// Each has its own bound on memory, whatever the input claims: gzip's window is 32 KiB, an lz4
// block 4 MiB; zstd windows beyond 128 MiB (its own default limit) and xz dictionaries that need
// more than 128 MiB (level 9 needs 65) are refused.
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <climits>

#include "evidence/decompress.h"

namespace unpark::evidence {

namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b\x08";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
constexpr std::string_view kLz4Magic = "\x04\x22\x4d\x18";
constexpr std::string_view kXzMagic("\xfd\x37zXZ\0", 6);
constexpr uint64_t kMaxXzMemory = 128 << 20;

class GzipCodec : public Codec {
 public:
  GzipCodec() { ready_ = inflateInit2(&stream_, kGzipOnly + MAX_WBITS) == Z_OK; }
  ~GzipCodec() override {
    if (ready_) inflateEnd(&stream_);
  }
  std::string_view name() const override { return "gzip"; }

  Step step(std::string_view in, bool, char* out, size_t size) override {
    if (!ready_) return {State::kTooBig};
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(std::min<size_t>(in.size(), UINT_MAX));
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(std::min<size_t>(size, UINT_MAX));
    uInt had = stream_.avail_in, room = stream_.avail_out;
    int code = inflate(&stream_, Z_NO_FLUSH);
    Step step{State::kMore, had - stream_.avail_in, room - stream_.avail_out};
    if (code == Z_STREAM_END) step.state = State::kEnd;
    if (code == Z_MEM_ERROR) step.state = State::kTooBig;
    // Z_BUF_ERROR says only that there was nothing to do.
    if (code == Z_DATA_ERROR || code == Z_NEED_DICT || code == Z_STREAM_ERROR) {
      step.state = State::kMalformed;
    }
    return step;
  }

  bool next(std::string_view in) override {
    return in.front() == kGzipMagic.front() && inflateReset(&stream_) == Z_OK;
  }

 private:
  static constexpr int kGzipOnly = 16;
  z_stream stream_{};
  bool ready_ = false;
};

class ZstdCodec : public Codec {
 public:
  ZstdCodec() : stream_(ZSTD_createDStream()) {}
  ~ZstdCodec() override { ZSTD_freeDStream(stream_); }
  std::string_view name() const override { return "zstd"; }

  Step step(std::string_view in, bool, char* out, size_t size) override {
    if (!stream_) return {State::kTooBig};
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out, size, 0};
    size_t code = ZSTD_decompressStream(stream_, &to, &from);
    Step step{State::kMore, from.pos, to.pos};
    if (ZSTD_isError(code)) {
      // The library has no public codes: the messages are its interface.
      std::string_view text = ZSTD_getErrorName(code);
      bool big = text.find("memory") != text.npos;
      step.state = big ? State::kTooBig : State::kMalformed;
    } else if (code == 0) {
      step.state = State::kEnd;
    }
    return step;
  }

  // Frames that hold no data, which parallel compressors write, are the library's business.
  bool next(std::string_view in) override {
    return in.front() == kZstdMagic.front() || (in.front() & 0xf0) == 0x50;
  }

 private:
  ZSTD_DStream* stream_;
};

class Lz4Codec : public Codec {
 public:
  Lz4Codec() {
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION))) context_ = nullptr;
  }
  ~Lz4Codec() override { LZ4F_freeDecompressionContext(context_); }
  std::string_view name() const override { return "lz4"; }

  Step step(std::string_view in, bool, char* out, size_t size) override {
    if (!context_) return {State::kTooBig};
    size_t used = in.size(), made = size;
    size_t code = LZ4F_decompress(context_, out, &made, in.data(), &used, nullptr);
    if (LZ4F_isError(code)) return {State::kMalformed, 0, 0};
    return {code == 0 ? State::kEnd : State::kMore, used, made};
  }

  bool next(std::string_view in) override { return in.front() == kLz4Magic.front(); }

 private:
  LZ4F_dctx* context_ = nullptr;
};

class XzCodec : public Codec {
 public:
  // The library itself goes on over concatenated streams and the padding between them.
  XzCodec() { ready_ = lzma_stream_decoder(&stream_, kMaxXzMemory, LZMA_CONCATENATED) == LZMA_OK; }
  ~XzCodec() override { lzma_end(&stream_); }
  std::string_view name() const override { return "xz"; }

  Step step(std::string_view in, bool last, char* out, size_t size) override {
    if (!ready_) return {State::kTooBig};
    stream_.next_in = reinterpret_cast<const uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<uint8_t*>(out);
    stream_.avail_out = size;
    lzma_ret code = lzma_code(&stream_, last ? LZMA_FINISH : LZMA_RUN);
    Step step{State::kMore, in.size() - stream_.avail_in, size - stream_.avail_out};
    if (code == LZMA_STREAM_END) step.state = State::kEnd;
    if (code == LZMA_MEMLIMIT_ERROR || code == LZMA_MEM_ERROR) step.state = State::kTooBig;
    if (code == LZMA_DATA_ERROR || code == LZMA_FORMAT_ERROR || code == LZMA_OPTIONS_ERROR ||
        code == LZMA_PROG_ERROR) {
      step.state = State::kMalformed;
    }
    return step;
  }

  bool next(std::string_view) override { return false; }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool ready_ = false;
};

}  // namespace

std::unique_ptr<Codec> codec_for(std::string_view first_bytes) {
  if (first_bytes.starts_with(kGzipMagic)) return std::make_unique<GzipCodec>();
  if (first_bytes.starts_with(kZstdMagic)) return std::make_unique<ZstdCodec>();
  if (first_bytes.starts_with(kLz4Magic)) return std::make_unique<Lz4Codec>();
  if (first_bytes.starts_with(kXzMagic)) return std::make_unique<XzCodec>();
  return nullptr;
}

}  // namespace unpark::evidence
