#include "report/diagnosis_html.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <string_view>

#include "base/check.h"
#include "report/diagnosis_html_data.h"
#include "report/html_page.h"

namespace unpark::report {

// What Content-Security-Policy calls an inline script or style by.
static std::string csp_hash(std::string_view code) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(code.data()), code.size(), digest);
  unsigned char text[SHA256_DIGEST_LENGTH * 2];
  int length = EVP_EncodeBlock(text, digest, sizeof digest);
  return fmt::format("'sha256-{}'", std::string_view(reinterpret_cast<const char*>(text),
                                                     static_cast<size_t>(length)));
}

// What stands for a mark "{{name}}" of the page.
static std::string part_of(std::string_view name, const diagnose::Diagnosis& diagnosis,
                           std::string_view data) {
  if (name == "csp") {
    return fmt::format(
        "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
        csp_hash(kPageJs), csp_hash(kPageCss));
  }
  if (name == "verdict") return std::string(diagnose::name_of(diagnosis.verdict));
  if (name == "css") return std::string(kPageCss);
  if (name == "js") return std::string(kPageJs);
  UNPARK_CHECK(name == "data", "a mark of page.html is unknown");
  return std::string(data);
}

static std::string assemble(const diagnose::Diagnosis& diagnosis, std::string_view data) {
  std::string out;
  std::string_view rest = kPageHtml;
  for (size_t open; (open = rest.find("{{")) != rest.npos;) {
    size_t close = rest.find("}}", open);
    UNPARK_CHECK(close != rest.npos, "a mark of page.html has no end");
    out += rest.substr(0, open);
    out += part_of(rest.substr(open + 2, close - open - 2), diagnosis, data);
    rest.remove_prefix(close + 2);
  }
  out += rest;
  return out;
}

std::string render_diagnosis_html(const evidence::Evidence& evidence,
                                  const diagnose::Diagnosis& diagnosis,
                                  const HtmlOptions& options) {
  HtmlLimits limits;
  std::string page;
  // Ends: with limits of zero the page is as long as its code.
  do {
    page = assemble(diagnosis, diagnosis_html_data(evidence, diagnosis, options, limits));
    limits = limits.half();
  } while (page.size() >= kMaxHtmlBytes && limits.groups > 0);
  return page;
}

}  // namespace unpark::report
