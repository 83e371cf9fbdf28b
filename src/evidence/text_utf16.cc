#include "evidence/text_utf16.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace unpark::evidence {

namespace {

constexpr size_t kChunk = 64 << 10;

class Utf16Source : public ByteSource {
 public:
  Utf16Source(std::string_view start, ByteSource* rest) : start_(start), rest_(rest) {
    big_endian_ = start.starts_with("\xfe\xff") ||
                  (!start.starts_with("\xff\xfe") && start.size() > 1 && start[0] == '\0');
  }

  base::Result<size_t> read(char* to, size_t size) override {
    while (done_ == utf8_.size() && !ended_) {
      base::Status status = fill();
      if (!status) return status.error();
    }
    size_t n = std::min(size, utf8_.size() - done_);
    std::memcpy(to, utf8_.data() + done_, n);
    done_ += n;
    return n;
  }

 private:
  base::Status fill() {
    utf8_.clear();
    done_ = 0;
    if (!start_.empty()) {
      size_t n = std::min(start_.size(), kChunk);
      bytes_.append(start_.substr(0, n));
      start_.remove_prefix(n);
    } else if (rest_ == nullptr) {
      ended_ = true;
    } else {
      size_t before = bytes_.size();
      bytes_.resize(before + kChunk);
      base::Result<size_t> got = rest_->read(bytes_.data() + before, kChunk);
      bytes_.resize(before + (got ? *got : 0));
      if (!got) return got.error();
      ended_ = *got == 0;
    }
    convert();
    return base::Ok{};
  }

  uint32_t unit(size_t at) const {
    uint32_t a = static_cast<unsigned char>(bytes_[at]);
    uint32_t b = static_cast<unsigned char>(bytes_[at + 1]);
    return big_endian_ ? a << 8 | b : b << 8 | a;
  }

  void convert() {
    size_t i = 0;
    for (; i + 1 < bytes_.size(); i += 2) {
      uint32_t c = unit(i);
      if (c == 0xFEFF) continue;
      if (c >= 0xD800 && c < 0xDC00) {
        if (i + 3 >= bytes_.size() && !ended_) break;
        uint32_t low = i + 3 < bytes_.size() ? unit(i + 2) : 0;
        bool pair = low >= 0xDC00 && low < 0xE000;
        c = pair ? 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00) : 0xFFFD;
        if (pair) i += 2;
      } else if (c >= 0xDC00 && c < 0xE000) {
        c = 0xFFFD;
      }
      append(c);
    }
    bytes_.erase(0, i);
  }

  void append(uint32_t c) {
    auto put = [&](uint32_t byte) { utf8_.push_back(static_cast<char>(byte)); };
    if (c < 0x80) return put(c);
    if (c >= 0x10000) {
      put(0xF0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3F));
    } else if (c >= 0x800) {
      put(0xE0 | c >> 12);
    }
    put(c >= 0x800 ? 0x80 | (c >> 6 & 0x3F) : 0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  }

  std::string_view start_;
  ByteSource* rest_;
  std::string bytes_, utf8_;
  size_t done_ = 0;
  bool big_endian_ = false, ended_ = false;
};

}  // namespace

bool is_utf16(std::string_view start) {
  if (start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff")) return true;
  if (start.size() < kUtf16Sample) return false;
  size_t zeros[2] = {0, 0};
  for (size_t i = 0; i < kUtf16Sample; i++) zeros[i % 2] += start[i] == '\0';
  return (zeros[0] >= 28 && zeros[1] == 0) || (zeros[1] >= 28 && zeros[0] == 0);
}

std::unique_ptr<ByteSource> utf8_of_utf16(std::string_view start, ByteSource* rest) {
  return std::make_unique<Utf16Source>(start, rest);
}

}  // namespace unpark::evidence
