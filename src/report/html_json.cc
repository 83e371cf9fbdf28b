#include "report/html_json.h"

namespace unpark::report {

void HtmlJson::value(std::string_view text) {
  separate();
  out_ += '"';
  for (size_t i = 0; i < text.size(); i++) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += text[i];
    } else if (c < 0x20 || c == '<' || c == '>' || c == '&' || c == 0x7f) {
      fmt::format_to(std::back_inserter(out_), "\\u{:04x}", c);
    } else if (c == 0xe2 && text.substr(i, 3) == "\u2028") {
      out_ += "\\u2028";
      i += 2;
    } else if (c == 0xe2 && text.substr(i, 3) == "\u2029") {
      out_ += "\\u2029";
      i += 2;
    } else {
      out_ += text[i];
    }
  }
  out_ += '"';
}

}  // namespace unpark::report
