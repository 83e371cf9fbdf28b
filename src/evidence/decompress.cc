// Decompression as a chain of sources: what is peeked at goes back in front, each layer drives one
// codec through two fixed buffers, and every layer is capped, so that neither the size a stream
// claims nor the size it really has decides how much memory is used.
#include "evidence/decompress.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "evidence/byte_source.h"

namespace unpark::evidence {

using base::Error;
using base::ErrorKind;
using base::Result;

namespace {

constexpr int kMaxLayers = 2;

// Reads a source whichever way it can be read.
class Feed {
 public:
  explicit Feed(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {
    if (const std::string_view* all = source_->whole()) rest_ = *all;
  }

  Result<size_t> read(char* to, size_t size) {
    if (!rest_) return source_->read(to, size);
    size_t n = rest_->copy(to, size);
    rest_->remove_prefix(n);
    return n;
  }
  const std::string_view* whole() const { return source_->whole(); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::optional<std::string_view> rest_;  // of a source that has everything in memory
};

// A source whose first bytes can be looked at.
class PeekedSource : public ByteSource {
 public:
  explicit PeekedSource(std::unique_ptr<ByteSource> source) : feed_(std::move(source)) {
    if (const std::string_view* all = feed_.whole()) {
      seen_ = all->substr(0, kCodecPeek);
      return;
    }
    while (seen_.size() < kCodecPeek) {
      char bytes[kCodecPeek];
      Result<size_t> n = feed_.read(bytes, kCodecPeek - seen_.size());
      if (!n) error_ = n.error();
      if (!n || *n == 0) break;
      seen_.append(bytes, *n);
    }
    pending_ = seen_;
  }

  std::string_view first_bytes() const { return seen_; }
  const std::string_view* whole() const override { return feed_.whole(); }

  Result<size_t> read(char* to, size_t size) override {
    if (!pending_.empty()) {
      size_t n = pending_.copy(to, size);
      pending_.remove_prefix(n);
      return n;
    }
    if (error_) return *error_;
    return feed_.read(to, size);
  }

 private:
  Feed feed_;
  std::string seen_;
  std::string_view pending_;  // of `seen_`, what was not read yet
  std::optional<Error> error_;
};

// Gives at most `max_bytes` of another source.
class CappedSource : public ByteSource {
 public:
  CappedSource(std::unique_ptr<ByteSource> source, uint64_t max_bytes)
      : feed_(std::move(source)), max_(max_bytes) {}

  const std::string_view* whole() const override {
    const std::string_view* all = feed_.whole();
    return all && all->size() <= max_ ? all : nullptr;
  }

  Result<size_t> read(char* to, size_t size) override {
    if (given_ == max_) {
      // Whether this was the end shows in one byte more.
      char more;
      Result<size_t> n = feed_.read(&more, 1);
      if (n && *n == 0) return n;
      if (!n) return n.error();
      return Error{ErrorKind::kTooLarge,
                   "it has more than " + std::to_string(max_) + " bytes, the limit", max_};
    }
    Result<size_t> n = feed_.read(to, static_cast<size_t>(std::min<uint64_t>(size, max_ - given_)));
    if (n) given_ += *n;
    return n;
  }

 private:
  Feed feed_;
  uint64_t max_;
  uint64_t given_ = 0;
};

class DecodedSource : public ByteSource {
 public:
  DecodedSource(std::unique_ptr<ByteSource> source, std::unique_ptr<Codec> codec)
      : feed_(std::move(source)), codec_(std::move(codec)), buffer_(kBuffer) {}

  Result<size_t> read(char* to, size_t size) override {
    while (!done_) {
      if (in_.empty() && !input_ended_) refill();
      Codec::Step step = codec_->step(in_, input_ended_, to, size);
      in_.remove_prefix(step.used);
      used_ += step.used;
      after(step);
      if (step.made > 0) return step.made;
    }
    if (error_) return *error_;
    return size_t{0};
  }

 private:
  static constexpr size_t kBuffer = 64 << 10;

  void refill() {
    Result<size_t> n = feed_.read(buffer_.data(), buffer_.size());
    if (!n) input_error_ = n.error();
    if (!n || *n == 0) {
      input_ended_ = true;
    } else {
      in_ = std::string_view(buffer_.data(), *n);
    }
  }

  void after(const Codec::Step& step) {
    switch (step.state) {
      case Codec::State::kMore:
        if (step.used > 0 || step.made > 0) return;
        // It waits for what will not come, or does not know what to do with what is there.
        if (input_ended_ && in_.empty()) return finish_cut();
        [[fallthrough]];
      case Codec::State::kMalformed:
        return fail(ErrorKind::kMalformed,
                    "the " + name() + " data is damaged at byte " + std::to_string(used_));
      case Codec::State::kEnd:
        return stream_ended();
      case Codec::State::kTooBig:
        return fail(ErrorKind::kTooLarge,
                    "the " + name() + " data needs too much memory to be unpacked");
    }
  }

  void stream_ended() {
    // Tapes and disks leave zeros behind it.
    size_t zeros = 0;
    do {
      if (in_.empty() && !input_ended_) refill();
      zeros = std::min(in_.find_first_not_of('\0'), in_.size());
      in_.remove_prefix(zeros);
      used_ += zeros;
    } while (in_.empty() && !input_ended_);
    if (in_.empty()) {
      if (input_error_) error_ = input_error_;
      done_ = true;
    } else if (!codec_->next(in_)) {
      fail(ErrorKind::kMalformed, "the " + name() + " data ends at byte " + std::to_string(used_) +
                                      ", what follows it was left out");
    }
  }

  void finish_cut() {
    if (input_error_) {
      error_ = input_error_;
      done_ = true;
      return;
    }
    fail(ErrorKind::kTruncated, "the " + name() + " data is cut: it ends in the middle, after " +
                                    std::to_string(used_) + " bytes");
  }

  void fail(ErrorKind kind, std::string message) {
    error_ = Error{kind, std::move(message), used_};
    done_ = true;
  }

  std::string name() const { return std::string(codec_->name()); }

  Feed feed_;
  std::unique_ptr<Codec> codec_;
  std::vector<char> buffer_;
  std::string_view in_;  // of the buffer, what the codec has not used yet
  uint64_t used_ = 0;
  bool input_ended_ = false;
  bool done_ = false;
  std::optional<Error> input_error_;  // to be told once what came before it is unpacked
  std::optional<Error> error_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> decompressed(std::unique_ptr<ByteSource> source,
                                                 uint64_t max_bytes, std::string* what) {
  for (int layer = 0;; layer++) {
    auto peeked = std::make_unique<PeekedSource>(std::move(source));
    std::unique_ptr<Codec> codec;
    if (layer < kMaxLayers) codec = codec_for(peeked->first_bytes());
    source = std::make_unique<CappedSource>(std::move(peeked), max_bytes);
    if (!codec) return source;
    what->append(", ").append(codec->name());
    source = std::make_unique<DecodedSource>(std::move(source), std::move(codec));
  }
}

}  // namespace unpark::evidence
