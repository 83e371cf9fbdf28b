// The referee is nlohmann's dump of the same values.
#include "report/json_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace unpark::report {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write(JsonWriter& out, const Json& json) {
  if (json.is_object()) {
    out.begin_object();
    for (auto& [key, value] : json.items()) {
      out.key(key);
      write(out, value);
    }
    out.end_object();
  } else if (json.is_array()) {
    out.begin_array();
    for (const Json& item : json) write(out, item);
    out.end_array();
  } else if (json.is_string()) {
    out.value(std::string_view(json.get_ref<const std::string&>()));
  } else if (json.is_boolean()) {
    out.value(json.get<bool>());
  } else if (json.is_number_unsigned()) {
    out.value(json.get<uint64_t>());
  } else if (json.is_number_integer()) {
    out.value(json.get<int64_t>());
  } else if (json.is_number_float()) {
    out.value(json.get<double>());
  } else {
    out.null();
  }
}

std::string written(const Json& json) {
  std::string out;
  ReportSink sink = [&](std::string_view piece) {
    out += piece;
    return true;
  };
  JsonWriter writer(sink);
  write(writer, json);
  EXPECT_TRUE(writer.finish());
  return out;
}

TEST(JsonWriter, Structure) {
  for (const char* text :
       {"{}", "[]", "[[]]", "[{}, {}]", R"({"a": {}, "b": []})", "[1, [2, [3], []], 4]", "null",
        R"({"a": null, "b": [true, false, null], "c": {"d": {"e": [{"f": 1}, {"g": "h"}]}}})"}) {
    Json json = Json::parse(text);
    EXPECT_EQ(written(json), dump(json));
  }
}

TEST(JsonWriter, Numbers) {
  Json json = Json::array({0, 1, -1, UINT64_MAX, INT64_MIN, INT64_MAX});
  for (double d : {0.0, -0.0, 1.0, -1.0, 0.1, 1e9, 999999999.0, 1e15, 1e16, 1e21, 1e-5, 1e-7, 0.5,
                   123456789.125, -2.5e-300, 1.7976931348623157e308, 5e-324}) {
    json.push_back(d);
  }
  std::mt19937_64 random(7);
  for (int i = 0; i < 1000; i++) {
    double d = 0;
    uint64_t bits = random();
    std::memcpy(&d, &bits, sizeof d);
    if (std::isfinite(d)) json.push_back(d);
    json.push_back(static_cast<double>(static_cast<int64_t>(bits) >> (bits & 63)));
  }
  EXPECT_EQ(written(json), dump(json));
  Json infinite = Json::array({std::numeric_limits<double>::infinity(), std::nan("")});
  EXPECT_EQ(written(infinite), dump(infinite));
}

TEST(JsonWriter, Texts) {
  Json json = Json::array({"", "plain", "\"quoted\" \\ /", "tab\tline\nbell\a\b\f\r", "caf\xC3\xA9",
                           "\x7F", std::string("nul\0nul", 7), "\xF0\x9F\x98\x80", "cut \xF0\x9F",
                           "bad \xFF\xFE bytes \xC3", "\xED\xA0\x80", "\xC0\xAF", "\xE2\x80\xA8"});
  std::mt19937_64 random(11);
  for (int i = 0; i < 2000; i++) {
    std::string text;
    for (size_t n = random() % 12; n > 0; n--) text += static_cast<char>(random());
    json.push_back(text);
  }
  EXPECT_EQ(written(json), dump(json));
}

TEST(JsonWriter, GivesAwayWhatIsWrittenAndStopsWhereNobodyTakesIt) {
  size_t longest = 0, pieces = 0;
  ReportSink sink = [&](std::string_view piece) {
    longest = std::max(longest, piece.size());
    return ++pieces < 3;
  };
  JsonWriter writer(sink);
  writer.begin_array();
  for (int i = 0; i < 100000; i++) {
    writer.begin_object();
    writer.field("name", "a name of some length");
    writer.end_object();
  }
  writer.end_array();
  EXPECT_FALSE(writer.finish());
  EXPECT_EQ(pieces, 3u);
  EXPECT_LT(longest, 128u << 10);
}

TEST(JsonWriter, Fields) {
  std::string out;
  ReportSink sink = [&](std::string_view piece) {
    out += piece;
    return true;
  };
  JsonWriter writer(sink);
  writer.begin_object();
  writer.field("text", std::string("t"));
  writer.field("literal", "l");
  writer.field("yes", true);
  writer.field("small", uint32_t{7});
  writer.field("none", std::optional<int64_t>());
  writer.field("some", std::optional<int64_t>(-3));
  writer.null_field("null");
  writer.end_object();
  EXPECT_TRUE(writer.finish());
  EXPECT_EQ(out, dump(Json::parse(R"({"text": "t", "literal": "l", "yes": true, "small": 7,
                                      "none": null, "some": -3, "null": null})")));
}

}  // namespace
}  // namespace unpark::report
