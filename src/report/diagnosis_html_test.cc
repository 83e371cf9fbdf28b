#include "report/diagnosis_html.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "report/diagnosis_test_case.h"
#include "report/html_page.h"

namespace unpark::report {
namespace {

using Json = nlohmann::json;

// The data of a page, as its script reads it.
Json data_of(const std::string& page) {
  constexpr std::string_view kOpen = "<script type=\"application/json\" id=\"data\">";
  size_t begin = page.find(kOpen);
  size_t end = page.find("</script>", begin);
  if (begin == page.npos || end == page.npos) return Json();
  begin += kOpen.size();
  return Json::parse(page.substr(begin, end - begin), nullptr, false);
}

// The frames of a stack as "function:line", leaf first.
std::vector<std::string> frames_of(const Json& data, int64_t node) {
  std::vector<std::string> out;
  for (int64_t back = 1; back > 0; node -= back) {
    size_t frame = data["nodes"][static_cast<size_t>(node) * 2 + 1].get<size_t>() * 4;
    out.push_back(data["strings"][data["frames"][frame].get<size_t>()].get<std::string>() + ":" +
                  data["frames"][frame + 2].dump());
    back = data["nodes"][static_cast<size_t>(node) * 2].get<int64_t>();
  }
  return out;
}

TEST(DiagnosisHtml, GroupsAndTheirStacks) {
  DiagnosisCase shop;
  Json data = data_of(render_diagnosis_html(shop.evidence, shop.diagnosis, {}));
  ASSERT_TRUE(data.is_object());
  EXPECT_EQ(data["verdict"], "leak");
  ASSERT_EQ(data["groups"].size(), shop.diagnosis.groups.size());
  const Json& leak = data["groups"][0];
  EXPECT_EQ(leak["n"], 400);
  EXPECT_EQ(leak["looks"], Json({100, 400}));
  EXPECT_EQ(leak["growth"]["perHour"], 1800);
  EXPECT_EQ(data["mechanisms"][leak["mechanism"].get<size_t>()]["rule"], "UP1005");
  EXPECT_EQ(frames_of(data, leak["stack"]),
            std::vector<std::string>{"example.com/shop/quote.Handler.func1.1:32"});
  EXPECT_EQ(
      frames_of(data, data["groups"][1]["stack"]),
      (std::vector<std::string>{"sync.(*Mutex).Lock:46", "main.(*Store).Move:20", "main.main:40"}));
}

TEST(DiagnosisHtml, FlameGraphComparesLastLookWithFirst) {
  DiagnosisCase shop;
  Json data = data_of(render_diagnosis_html(shop.evidence, shop.diagnosis, {}));
  EXPECT_TRUE(data["flame"]["base"]);
  EXPECT_TRUE(data["flame"]["baseIsFirstLook"]);
  const Json& rows = data["flame"]["rows"];
  ASSERT_EQ(rows.size(), 8u);
  EXPECT_EQ(rows[2], 400);
  EXPECT_EQ(rows[3], 100);
  EXPECT_EQ(rows[6], 5);
  EXPECT_EQ(rows[7], 5);

  HtmlOptions options;
  options.base_end = 1;
  data = data_of(render_diagnosis_html(shop.evidence, shop.diagnosis, options));
  EXPECT_FALSE(data["flame"]["baseIsFirstLook"]);
}

TEST(DiagnosisHtml, EdgesAndCycles) {
  DiagnosisCase shop;
  Json data = data_of(render_diagnosis_html(shop.evidence, shop.diagnosis, {}));
  ASSERT_EQ(data["edges"].size(), 3u);
  ASSERT_EQ(data["cycles"].size(), 1u);
  for (const Json& edge : data["cycles"][0]) {
    EXPECT_EQ(data["edges"][edge.get<size_t>()]["role"], "holder");
  }
}

TEST(DiagnosisHtml, HidesUnlessAsked) {
  DiagnosisCase shop;
  HtmlOptions options;
  std::string page = render_diagnosis_html(shop.evidence, shop.diagnosis, options);
  EXPECT_EQ(page.find("alice@example.com"), page.npos);
  EXPECT_EQ(page.find("0xc000"), page.npos);
  EXPECT_NE(page.find("object 1"), page.npos);
  options.redact = false;
  page = render_diagnosis_html(shop.evidence, shop.diagnosis, options);
  EXPECT_NE(page.find("alice@example.com"), page.npos);
  EXPECT_NE(page.find("0xc000123456"), page.npos);
}

TEST(DiagnosisHtml, NoTextEndsTheScript) {
  DiagnosisCase shop;
  const std::string evil = "</script><!--\xe2\x80\xa8\xff\"\\\n{{data}}";
  shop.diagnosis.groups[0].missing = evil;
  shop.evidence.inputs[0].name = evil;
  shop.diagnosis.next_steps = {evil};
  std::string page = render_diagnosis_html(shop.evidence, shop.diagnosis, {});
  Json data = data_of(page);
  ASSERT_TRUE(data.is_object());
  EXPECT_EQ(data["strings"][data["nextSteps"][0].get<size_t>()],
            "</script><!--<U+2028>\xef\xbf\xbd\"\\ {{data}}");
  size_t ends = 0;
  for (size_t at = 0; (at = page.find("</script>", at)) != page.npos; at++) ends++;
  EXPECT_EQ(ends, 2u);
}

TEST(DiagnosisHtml, NumbersThatJsonHasNot) {
  DiagnosisCase shop;
  shop.diagnosis.groups[0].growth.per_hour = std::numeric_limits<double>::infinity();
  shop.diagnosis.groups[0].growth.per_look = std::nan("");
  shop.diagnosis.groups[0].examples = {UINT64_MAX, 7};
  Json data = data_of(render_diagnosis_html(shop.evidence, shop.diagnosis, {}));
  ASSERT_TRUE(data.is_object());
  EXPECT_TRUE(data["groups"][0]["growth"]["perHour"].is_null());
  EXPECT_EQ(data["groups"][0]["ids"], Json({"18446744073709551615", 7}));
}

TEST(DiagnosisHtml, PolicyNamesItsScriptAndStyle) {
  DiagnosisCase shop;
  std::string page = render_diagnosis_html(shop.evidence, shop.diagnosis, {});
  EXPECT_NE(page.find("default-src 'none'; script-src 'sha256-"), page.npos);
  EXPECT_EQ(page.find("unsafe-inline"), page.npos);
  // The parser of HTML would make line feeds of carriage returns, and the hash wrong.
  EXPECT_EQ(kPageJs.find('\r'), kPageJs.npos);
  EXPECT_EQ(kPageCss.find('\r'), kPageCss.npos);
  EXPECT_EQ(kPageJs.find("</script"), kPageJs.npos);
  EXPECT_EQ(kPageCss.find("</style"), kPageCss.npos);
}

// Many groups with long names of their own: the page keeps its size and says what it left out.
TEST(DiagnosisHtml, StaysBelowItsLimit) {
  DiagnosisCase shop;
  diagnose::Group model = shop.diagnosis.groups[0];
  for (uint32_t i = 0; i < 30'000; i++) {
    diagnose::Group group = model;
    std::string name = "example.com/" + std::string(300, 'x') + std::to_string(i);
    group.stack = shop.stack(
        {shop.frame(name + ".A", name + "/a.go", i), shop.frame(name + ".B", name + "/b.go", i)});
    group.site = name;
    shop.diagnosis.groups.push_back(std::move(group));
  }
  std::string page = render_diagnosis_html(shop.evidence, shop.diagnosis, {});
  EXPECT_LT(page.size(), kMaxHtmlBytes);
  Json data = data_of(page);
  size_t shown = data["groups"].size();
  EXPECT_GT(shown, 500u);
  EXPECT_EQ(data["omitted"]["groups"].get<size_t>() + shown, shop.diagnosis.groups.size());
}

TEST(DiagnosisHtml, SameBytes) {
  DiagnosisCase shop, again;
  EXPECT_EQ(render_diagnosis_html(shop.evidence, shop.diagnosis, {}),
            render_diagnosis_html(again.evidence, again.diagnosis, {}));
}

TEST(DiagnosisHtml, Nothing) {
  evidence::Evidence evidence;
  Json data = data_of(render_diagnosis_html(evidence, {}, {}));
  ASSERT_TRUE(data.is_object());
  EXPECT_EQ(data["verdict"], "not enough evidence");
  EXPECT_TRUE(data["groups"].empty());
}

}  // namespace
}  // namespace unpark::report
