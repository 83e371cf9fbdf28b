// Reads HTTP/1 answers: status line, headers, and a body that ends by its length, by chunks or with
// the connection. Nothing of the answer is believed: lines and headers are bounded, a claimed
// length reserves no memory.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "evidence/fetch.h"

namespace unpark::evidence {

using base::Error;
using base::ErrorKind;
using base::Ok;
using base::Result;
using base::Status;

namespace {

constexpr size_t kMaxHead = 64 << 10;
constexpr size_t kMaxChunkLine = 1024;
constexpr uint64_t kMaxErrorPage = 16 << 10;
constexpr int kMaxInterim = 10;

struct Head {
  int status = 0;
  std::optional<uint64_t> length;
  bool chunked = false;
  std::string type, encoding, location;
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

template <typename Int>
std::optional<Int> number(std::string_view text, int base = 10) {
  Int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error no_http(std::string_view what) {
  return Error{ErrorKind::kMalformed, fmt::format("the answer is not HTTP: {}", what)};
}

// Bytes of a connection, by lines and by pieces.
class Reader {
 public:
  explicit Reader(Connection& connection) : connection_(connection) {}

  // A line without its end. Fails at the end of the connection, and after `max` bytes.
  Result<std::string_view> line(size_t max) {
    while (true) {
      std::string_view rest = std::string_view(buffer_).substr(at_);
      size_t end = rest.find('\n');
      if (end != rest.npos && end <= max) {
        at_ += end + 1;
        return trimmed(rest.substr(0, end));
      }
      if (rest.size() > max) return no_http("it has a line without an end");
      Result<bool> more = fill();
      if (!more) return more.error();
      if (!*more)
        return Error{ErrorKind::kTruncated, "the server ended the connection without an answer"};
    }
  }

  // What is there, at most `max` bytes, at least one; empty at the end of the connection.
  Result<std::string_view> piece(uint64_t max) {
    if (at_ == buffer_.size()) {
      Result<bool> more = fill();
      if (!more) return more.error();
      if (!*more) return std::string_view();
    }
    std::string_view out = std::string_view(buffer_).substr(at_);
    out = out.substr(0, static_cast<size_t>(std::min<uint64_t>(max, out.size())));
    at_ += out.size();
    return out;
  }

 private:
  // False at the end. What line() and piece() gave is gone.
  Result<bool> fill() {
    constexpr size_t kPiece = 64 << 10;
    buffer_.erase(0, at_);
    at_ = 0;
    size_t before = buffer_.size();
    buffer_.resize(before + kPiece);
    Result<size_t> n = connection_.read(buffer_.data() + before, kPiece);
    buffer_.resize(before + (n ? *n : 0));
    if (!n) return n.error();
    return *n > 0;
  }

  Connection& connection_;
  std::string buffer_;
  size_t at_ = 0;
};

// "HTTP/1.1 200 OK"
Result<int> parse_status(std::string_view line) {
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || line[8] != ' ') {
    if (!line.empty() && (line[0] == 0x15 || line[0] == 0x16)) {
      return no_http("the server speaks TLS; try https://");
    }
    return no_http("the first line is something else");
  }
  std::optional<int> status = number<int>(line.substr(9, 3));
  if (!status || *status < 100) return no_http("it has no status");
  return *status;
}

Status parse_header(std::string_view line, Head* head) {
  size_t colon = line.find(':');
  if (colon == line.npos) return Ok{};
  std::string name = lower(line.substr(0, colon));
  std::string_view value = trimmed(line.substr(colon + 1));
  if (name == "content-length") {
    head->length = number<uint64_t>(value);
    if (!head->length) return no_http("its Content-Length is not a number");
  } else if (name == "transfer-encoding") {
    std::string encoding = lower(value);
    head->chunked = encoding == "chunked";
    if (!head->chunked && encoding != "identity") {
      return Error{ErrorKind::kUnsupported, "the answer has a transfer encoding of its own"};
    }
  } else if (name == "content-type") {
    head->type = lower(trimmed(value.substr(0, value.find(';'))));
  } else if (name == "content-encoding") {
    head->encoding = lower(value);
  } else if (name == "location") {
    head->location = value;
  }
  return Ok{};
}

Result<Head> read_one_head(Reader& reader) {
  Head head;
  Result<std::string_view> line = reader.line(kMaxHead);
  if (!line) return line.error();
  Result<int> status = parse_status(*line);
  if (!status) return status.error();
  head.status = *status;
  size_t left = kMaxHead;
  while (true) {
    line = reader.line(left);
    if (!line) return line.error();
    if (line->empty()) return head;
    left -= std::min(left, line->size() + 1);
    if (left == 0) return no_http("its headers do not end");
    Status parsed = parse_header(*line, &head);
    if (!parsed) return parsed.error();
  }
}

// Answers from 100 to 199 only announce the one that counts.
Result<Head> read_head(Reader& reader) {
  for (int i = 0; i < kMaxInterim; i++) {
    Result<Head> head = read_one_head(reader);
    if (!head || head->status >= 200) return head;
  }
  return no_http("it is announced again and again");
}

class BodyReader {
 public:
  BodyReader(Reader& reader, uint64_t max_bytes, Page* page)
      : reader_(reader), max_bytes_(max_bytes), page_(page) {}

  void read(const Head& head) {
    if (head.chunked) return read_chunks();
    if (head.length) {
      take(*head.length, fmt::format("of the {} bytes it announced", *head.length));
      return;
    }
    while (take_piece(UINT64_MAX) > 0) continue;
  }

 private:
  // Takes some bytes, at most `max`; 0 at the end or when there is a problem.
  uint64_t take_piece(uint64_t max) {
    if (!page_->problem.empty()) return 0;
    Result<std::string_view> piece = reader_.piece(max);
    if (!piece) {
      page_->problem = piece.error().message;
      return 0;
    }
    uint64_t room = max_bytes_ - page_->body.size();
    page_->body.append(
        piece->substr(0, static_cast<size_t>(std::min<uint64_t>(room, piece->size()))));
    if (piece->size() > room) {
      page_->problem =
          fmt::format("the answer is longer than {} bytes; the rest was not read", max_bytes_);
      return 0;
    }
    return piece->size();
  }

  bool take(uint64_t size, std::string_view of_what) {
    while (size > 0) {
      uint64_t n = take_piece(size);
      if (n == 0) {
        if (page_->problem.empty()) {
          page_->problem =
              fmt::format("the connection ended after {} bytes {}", page_->body.size(), of_what);
        }
        return false;
      }
      size -= n;
    }
    return true;
  }

  void read_chunks() {
    while (true) {
      Result<std::string_view> line = reader_.line(kMaxChunkLine);
      if (!line) {
        page_->problem = line.error().kind == ErrorKind::kTruncated
                             ? fmt::format(
                                   "the connection ended after {} bytes of an unfinished "
                                   "answer",
                                   page_->body.size())
                             : line.error().message;
        return;
      }
      std::optional<uint64_t> size =
          number<uint64_t>(trimmed(line->substr(0, line->find(';'))), 16);
      if (!size) {
        page_->problem = "the answer has a chunk without a size";
        return;
      }
      // What may follow the last chunk does not matter.
      if (*size == 0) return;
      if (!take(*size, "of an unfinished answer")) return;
      if (!end_chunk()) return;
    }
  }

  bool end_chunk() {
    Result<std::string_view> end = reader_.line(kMaxChunkLine);
    if (end && end->empty()) return true;
    page_->problem = end ? "the answer has a chunk longer than its size" : end.error().message;
    return false;
  }

  Reader& reader_;
  uint64_t max_bytes_;
  Page* page_;
};

}  // namespace

Result<Response> read_response(Connection& connection, uint64_t max_bytes) {
  Reader reader(connection);
  Result<Head> head = read_head(reader);
  if (!head) return head.error();
  Response out;
  out.status = head->status;
  out.location = head->location;
  out.content_encoding = head->encoding;
  out.page.content_type = head->type;
  if (out.status != 204 && out.status != 304) {
    uint64_t max = out.status == 200 ? max_bytes : std::min(max_bytes, kMaxErrorPage);
    BodyReader(reader, max, &out.page).read(*head);
  }
  return out;
}

}  // namespace unpark::evidence
