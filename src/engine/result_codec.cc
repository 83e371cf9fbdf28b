#include "engine/result_codec.h"

#include <cstring>
#include <optional>
#include <utility>

namespace unpark::engine {

using base::Error;
using base::ErrorKind;
using base::Hash128;

namespace {

// Raise the last byte whenever the payload's layout changes.
constexpr std::string_view kMagic("unparkR\x01", 8);
constexpr size_t kHeadSize = 8 + 3 * 16;

class Writer {
 public:
  explicit Writer(FileTable& files) : files_(files) {}

  void number(uint64_t n) {
    while (n >= 0x80) {
      out_ += static_cast<char>(n | 0x80);
      n >>= 7;
    }
    out_ += static_cast<char>(n);
  }
  void flag(bool b) { number(b ? 1 : 0); }
  void text(std::string_view s) {
    number(s.size());
    out_ += s;
  }
  template <typename T, typename Write>
  void list(const std::vector<T>& items, Write write) {
    number(items.size());
    for (const T& item : items) write(item);
  }
  void file(source::FileId id) {
    std::optional<uint32_t> n = id.exists() ? files_.number_of(id) : std::nullopt;
    failed_ = failed_ || (id.exists() && !n);
    number(n ? uint64_t{*n} + 1 : 0);
  }
  void span(source::Span s) {
    number(s.begin);
    number(s.end);
  }
  void loc(const source::Loc& where) {
    file(where.file);
    span(where.span);
  }
  void message(const diag::Message& m) {
    text(m.format);
    list(m.arguments, [this](const diag::Argument& a) {
      number(a.index());
      if (const diag::Code* code = std::get_if<diag::Code>(&a)) text(code->text);
      if (const diag::Words* words = std::get_if<diag::Words>(&a)) text(words->text);
      if (const int64_t* count = std::get_if<int64_t>(&a)) number(static_cast<uint64_t>(*count));
      if (const source::Loc* where = std::get_if<source::Loc>(&a)) loc(*where);
    });
  }
  void finding(const diag::Finding& f) {
    text(f.rule);
    text(f.name);
    number(static_cast<uint64_t>(f.severity));
    number(static_cast<uint64_t>(f.confidence));
    loc(f.where);
    message(f.message);
    list(f.labels, [this](const diag::Label& label) {
      loc(label.where);
      message(label.message);
    });
    list(f.notes, [this](const diag::Message& m) { message(m); });
    message(f.advice);
    list(f.fixes, [this](const diag::Fix& fix) {
      text(fix.title);
      flag(fix.safe);
      list(fix.edits, [this](const diag::Edit& edit) {
        loc(edit.where);
        text(edit.text);
      });
    });
    text(f.package);
    text(f.function);
    text(f.site.package);
    text(f.site.function);
    text(f.site.operation);
    number(f.site.ordinal);
    flag(f.shape.has_value());
    if (f.shape) number(*f.shape);
  }
  void suppression(const diag::PlacedSuppression& s) {
    number(static_cast<uint64_t>(s.what.form));
    list(s.what.rules, [this](const std::string& rule) { text(rule); });
    flag(s.what.by_name);
    text(s.what.reason);
    number(static_cast<uint64_t>(s.what.fault));
    loc(s.comment);
    flag(s.declaration.has_value());
    if (s.declaration) span(*s.declaration);
    text(s.package);
    flag(s.complete);
  }
  std::optional<std::string> take() {
    if (failed_) return std::nullopt;
    return std::move(out_);
  }

 private:
  FileTable& files_;
  std::string out_;
  bool failed_ = false;
};

// After the first thing that is wrong, everything reads as zero or empty.
class Reader {
 public:
  Reader(std::string_view in, FileTable& files) : in_(in), files_(files) {}

  bool ok() const { return error_.empty(); }
  bool at_end() const { return at_ == in_.size(); }
  const char* error() const { return error_.data(); }
  size_t offset() const { return at_; }
  void fail(std::string_view why) {
    if (error_.empty()) error_ = why;
  }

  uint64_t number(uint64_t max = UINT64_MAX) {
    uint64_t n = 0;
    for (int shift = 0; ok(); shift += 7) {
      if (at_ == in_.size()) {
        fail("the entry ends too early");
        break;
      }
      auto byte = static_cast<uint8_t>(in_[at_++]);
      uint64_t bits = byte & 0x7F;
      if (shift == 63 && bits > 1) fail("a number is too large");
      n |= bits << shift;
      if (byte < 0x80) {
        if (n > max) fail("a number is too large");
        break;
      }
      if (shift == 63) fail("a number is too long");
    }
    return ok() ? n : 0;
  }
  uint32_t small() { return static_cast<uint32_t>(number(UINT32_MAX)); }
  bool flag() { return number(1) == 1; }
  template <typename E>
  E one_of(E last) {
    return static_cast<E>(number(static_cast<uint64_t>(last)));
  }
  std::string text() {
    uint64_t size = number(in_.size() - at_);
    std::string out;
    if (!ok()) return out;
    if (size > in_.size() - at_) {
      fail("the entry ends too early");
      return out;
    }
    out = in_.substr(at_, size);
    at_ += size;
    return out;
  }
  // Every item takes at least a byte, so a false length ends with the entry.
  template <typename T, typename Read>
  void list(std::vector<T>& items, Read read) {
    uint64_t size = number(in_.size() - at_);
    for (uint64_t i = 0; i < size && ok(); i++) {
      T item = read();
      if (ok()) items.push_back(std::move(item));
    }
  }
  // The file's size bounds the spans in it.
  FileTable::Entry file() {
    uint64_t n = number();
    if (!ok() || n == 0) return {};
    std::optional<FileTable::Entry> entry = files_.at(n - 1);
    if (!entry) fail("there is no such file");
    return entry.value_or(FileTable::Entry{});
  }
  source::Span span(uint32_t size) {
    source::Span s;
    s.begin = small();
    s.end = small();
    if (s.begin > s.end || s.end > size) fail("a place is outside its file");
    return ok() ? s : source::Span{};
  }
  source::Loc loc() {
    FileTable::Entry entry = file();
    return {entry.file, span(entry.size)};
  }
  diag::Argument argument() {
    switch (number(3)) {
      case 0:
        return diag::Code{text()};
      case 1:
        return diag::Words{text()};
      case 2:
        return static_cast<int64_t>(number());
      default:
        return loc();
    }
  }
  diag::Message message() {
    diag::Message m;
    m.format = text();
    list(m.arguments, [this] { return argument(); });
    return m;
  }
  diag::Finding finding() {
    diag::Finding f;
    f.rule = text();
    f.name = text();
    f.severity = one_of(diag::Severity::kInfo);
    f.confidence = one_of(diag::Confidence::kLow);
    f.where = loc();
    f.message = message();
    list(f.labels, [this] {
      source::Loc where = loc();
      return diag::Label{where, message()};
    });
    list(f.notes, [this] { return message(); });
    f.advice = message();
    list(f.fixes, [this] {
      diag::Fix fix;
      fix.title = text();
      fix.safe = flag();
      list(fix.edits, [this] {
        source::Loc where = loc();
        return diag::Edit{where, text()};
      });
      return fix;
    });
    f.package = text();
    f.function = text();
    f.site.package = text();
    f.site.function = text();
    f.site.operation = text();
    f.site.ordinal = small();
    if (flag()) f.shape = number();
    return f;
  }
  diag::PlacedSuppression suppression() {
    diag::PlacedSuppression s;
    s.what.form = one_of(diag::SuppressionForm::kLintFileIgnore);
    list(s.what.rules, [this] { return text(); });
    s.what.by_name = flag();
    s.what.reason = text();
    s.what.fault = one_of(diag::SuppressionFault::kNoReason);
    FileTable::Entry entry = file();
    s.comment = {entry.file, span(entry.size)};
    if (flag()) s.declaration = span(entry.size);
    s.package = text();
    s.complete = flag();
    return s;
  }

 private:
  std::string_view in_;
  FileTable& files_;
  size_t at_ = 0;
  std::string_view error_;
};

void put(std::string& out, Hash128 hash) {
  for (uint64_t word : {hash.lo, hash.hi}) {
    for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(word >> shift);
  }
}

Hash128 hash_at(std::string_view bytes, size_t at) {
  auto word = [&](size_t from) {
    uint64_t w = 0;
    for (size_t i = 0; i < 8; i++) w |= uint64_t{static_cast<uint8_t>(bytes[from + i])} << (8 * i);
    return w;
  };
  return {word(at), word(at + 8)};
}

}  // namespace

std::optional<std::string> encode_payload(const PackageResult& result, FileTable& files) {
  Writer w(files);
  w.list(result.findings, [&](const diag::Finding& f) { w.finding(f); });
  w.list(result.suppressions, [&](const diag::PlacedSuppression& s) { w.suppression(s); });
  w.list(result.notes, [&](const diag::Note& note) {
    w.loc(note.where);
    w.message(note.message);
  });
  w.list(result.generated, [&](source::FileId file) { w.file(file); });
  w.number(result.withheld);
  w.number(result.functions);
  w.flag(result.broken);
  w.flag(result.beyond);
  return w.take();
}

base::Result<PackageResult> decode_payload(std::string_view payload, FileTable& files) {
  Reader r(payload, files);
  PackageResult out;
  r.list(out.findings, [&] { return r.finding(); });
  r.list(out.suppressions, [&] { return r.suppression(); });
  r.list(out.notes, [&] {
    source::Loc where = r.loc();
    return diag::Note{r.message(), where};
  });
  r.list(out.generated, [&] { return r.file().file; });
  out.withheld = r.small();
  out.functions = r.small();
  out.broken = r.flag();
  out.beyond = r.flag();
  if (r.ok() && !r.at_end()) r.fail("the entry goes on behind its end");
  if (!r.ok()) return Error{ErrorKind::kMalformed, r.error(), r.offset()};
  return out;
}

std::string seal_entry(const EntryHead& head, std::string_view payload) {
  std::string out(kMagic);
  put(out, head.key);
  put(out, head.beyond);
  put(out, base::hash128(payload));
  out += payload;
  return out;
}

base::Result<OpenedEntry> open_entry(std::string_view bytes) {
  if (bytes.size() < kHeadSize) return Error{ErrorKind::kTruncated, "the entry is too short", 0};
  if (!bytes.starts_with(kMagic)) {
    return Error{ErrorKind::kUnsupported, "no entry of this version", 0};
  }
  OpenedEntry out;
  out.head.key = hash_at(bytes, 8);
  out.head.beyond = hash_at(bytes, 24);
  out.payload = bytes.substr(kHeadSize);
  if (hash_at(bytes, 40) != base::hash128(out.payload)) {
    return Error{ErrorKind::kMalformed, "the entry is damaged", 40};
  }
  return out;
}

}  // namespace unpark::engine
