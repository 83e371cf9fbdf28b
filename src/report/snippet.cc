#include "report/snippet.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/glyphs.h"

namespace unpark::report {

namespace {

constexpr uint32_t kMaxGap = 2;
constexpr std::string_view kCut = "…";

// Columns [begin, end) of a shown line.
struct Columns {
  uint32_t begin = 0;
  uint32_t end = 0;
};

// Part of a line, and the column of each of its bytes.
class ShownLine {
 public:
  // `marks` are byte ranges in `line`; the part shown is around the first of them.
  ShownLine(std::string_view line, const std::vector<source::Span>& marks, uint32_t max_columns) {
    // A line can be a megabyte; look only at what can be shown.
    uint32_t reach = max_columns * kMaxBytesPerColumn;
    uint32_t first_mark = marks.front().begin;
    if (first_mark > reach) base_ = first_mark - reach;
    for (int i = 0; i < 3 && base_ > 0 && is_continuation(line[base_]); i++) base_--;
    bool more = line.size() - base_ > size_t{2} * reach;
    std::string_view part = line.substr(base_, more ? size_t{2} * reach : std::string_view::npos);
    glyphs_ = glyphs(part);
    columns_.resize(part.size() + 1);
    uint32_t column = 0;
    for (size_t i = 0; i < glyphs_.size(); i++) {
      uint32_t next = i + 1 < glyphs_.size() ? glyphs_[i + 1].byte : columns_.size() - 1;
      for (uint32_t byte = glyphs_[i].byte; byte < next; byte++) columns_[byte] = column;
      column += glyphs_[i].width;
    }
    columns_.back() = column;
    choose_window(column_of(marks.front().begin), column_of(marks.front().end), max_columns,
                  base_ > 0, more);
  }

  std::string text() const {
    std::string out;
    if (cut_left_) out += kCut;
    uint32_t column = 0;
    for (const Glyph& glyph : glyphs_) {
      uint32_t end = column + glyph.width;
      if (column >= window_.begin && end <= window_.end) out += glyph.shown;
      // Half of a wide character at the edge is a blank, so that the columns stay true.
      if (column < window_.begin && end > window_.begin) out.append(end - window_.begin, ' ');
      column = end;
    }
    if (cut_right_) out += kCut;
    return out;
  }

  // Where a mark stands under text(); at least one column, at the edge if it is out of sight.
  Columns place(source::Span mark) const {
    uint32_t shift = cut_left_ ? 1 : 0;
    uint32_t begin = std::clamp(column_of(mark.begin), window_.begin, window_.end);
    uint32_t end = std::clamp(column_of(mark.end), begin, window_.end);
    Columns out{begin - window_.begin + shift, end - window_.begin + shift};
    out.end = std::max(out.end, out.begin + 1);
    return out;
  }

 private:
  static constexpr uint32_t kMaxBytesPerColumn = 8;

  static bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

  uint32_t column_of(uint32_t byte) const {
    if (byte < base_) return 0;
    return columns_[std::min<size_t>(byte - base_, columns_.size() - 1)];
  }

  void choose_window(uint32_t mark_begin, uint32_t mark_end, uint32_t max_columns, bool cut_before,
                     bool cut_behind) {
    uint32_t total = columns_.back();
    window_ = {0, total};
    if (total > max_columns || cut_before) {
      // The mark keeps some of what stands before it.
      uint32_t lead = max_columns / 3;
      uint32_t begin = mark_end <= max_columns && !cut_before ? 0
                       : mark_begin > lead                    ? mark_begin - lead
                                                              : 0;
      if (!cut_behind && begin + max_columns > total) {
        begin = total > max_columns ? total - max_columns : 0;
        begin = std::min(begin, mark_begin);
      }
      window_ = {begin, std::min(total, begin + max_columns)};
    }
    cut_left_ = window_.begin > 0 || cut_before;
    cut_right_ = window_.end < total || cut_behind;
  }

  uint32_t base_ = 0;  // of the first glyph, in bytes of the line
  std::vector<Glyph> glyphs_;
  std::vector<uint32_t> columns_;  // by byte behind base_, and one behind the last
  Columns window_;
  bool cut_left_ = false;
  bool cut_right_ = false;
};

}  // namespace

static void trim_right(std::string& text) { text.erase(text.find_last_not_of(' ') + 1); }

std::string snippet(source::FileId file, const std::vector<Mark>& marks, diag::Places& places,
                    const SnippetOptions& options, const Paint& paint) {
  std::map<uint32_t, std::vector<const Mark*>> by_line;
  for (const Mark& mark : marks) by_line[places.begin({file, mark.span}).line].push_back(&mark);

  std::string bar = paint(Style::kGutter, std::string(options.gutter + 1, ' ') + "|");
  std::string out = bar + "\n";
  auto source_line = [&](uint32_t number, std::string text) {
    trim_right(text);
    out += paint(Style::kGutter, fmt::format("{:>{}} |", number, options.gutter));
    if (!text.empty()) out += " " + text;
    out += "\n";
  };
  uint32_t last = 0;
  for (const auto& [number, on_line] : by_line) {
    if (last != 0 && number - last - 1 > kMaxGap) {
      out += paint(Style::kGutter, "...") + "\n";
    } else if (last != 0) {
      for (uint32_t between = last + 1; between < number; between++) {
        ShownLine shown(places.line(file, between), {{0, 0}}, options.max_columns);
        source_line(between, shown.text());
      }
    }
    last = number;

    std::string_view line = places.line(file, number);
    uint32_t start = places.lines(file).line_start(number);
    uint32_t size = static_cast<uint32_t>(line.size());
    std::vector<source::Span> spans;  // within the line; the primary one decides what is shown
    for (const Mark* mark : on_line) {
      uint32_t begin = std::min(std::max(mark->span.begin, start) - start, size);
      uint32_t end = std::clamp(std::max(mark->span.end, start) - start, begin, size);
      spans.push_back({begin, end});
    }
    std::vector<source::Span> focus = spans;
    for (size_t i = 0; i < on_line.size(); i++) {
      if (on_line[i]->primary) std::swap(focus[0], focus[i]);
    }
    ShownLine shown(line, focus, options.max_columns);
    source_line(number, shown.text());
    for (size_t i = 0; i < on_line.size(); i++) {
      const Mark& mark = *on_line[i];
      Columns at = shown.place(spans[i]);
      Style style = mark.primary ? options.primary : Style::kLabel;
      std::string words = printable(mark.words);
      std::string drawn(at.end - at.begin, mark.primary ? '^' : '-');
      out += bar + " " + std::string(at.begin, ' ');
      out += paint(style, words.empty() ? drawn : drawn + " " + words) + "\n";
    }
  }
  return out;
}

}  // namespace unpark::report
