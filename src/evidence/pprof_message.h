// Message: a protobuf message read field by field, with protozero underneath. protozero throws at
// what it cannot read, and asserts that one asks for the type that is there; this does neither: a
// message that is damaged ends early and says so, and a field of another type reads as nothing.
#pragma once

#include <cstdint>
#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>
#include <string_view>

namespace unpark::evidence {

class Message {
 public:
  explicit Message(std::string_view bytes) : reader_(bytes.data(), bytes.size()) {}

  // Goes to the next field; false at the end. What was not asked of the field before is skipped.
  bool next() {
    if (damaged_) return false;
    return guarded([&] {
             if (pending_) reader_.skip();
             pending_ = false;
             pending_ = reader_.next();
           }) &&
           pending_;
  }
  bool damaged() const { return damaged_; }

  uint32_t field() const { return reader_.tag(); }
  bool has_bytes() const {
    return reader_.wire_type() == protozero::pbf_wire_type::length_delimited;
  }

  // The field's value, once. Empty or 0 when it is of another type.
  std::string_view bytes() {
    std::string_view out;
    if (!pending_ || !has_bytes()) return out;
    guarded([&] {
      protozero::data_view view = reader_.get_view();
      out = std::string_view(view.data(), view.size());
    });
    pending_ = false;
    return out;
  }
  uint64_t unsigned_number() {
    uint64_t out = 0;
    if (!pending_ || reader_.wire_type() != protozero::pbf_wire_type::varint) return out;
    guarded([&] { out = reader_.get_uint64(); });
    pending_ = false;
    return out;
  }
  int64_t number() { return static_cast<int64_t>(unsigned_number()); }

  // A repeated number, which writers may pack or not.
  template <typename Each>
  void each_number(const Each& each) {
    if (!pending_) return;
    if (!has_bytes()) {
      if (reader_.wire_type() == protozero::pbf_wire_type::varint) each(unsigned_number());
      return;
    }
    guarded([&] {
      pending_ = false;
      protozero::data_view view = reader_.get_view();
      const char* at = view.data();
      const char* end = at + view.size();
      while (at < end) each(protozero::decode_varint(&at, end));
    });
  }

 private:
  template <typename Do>
  bool guarded(const Do& act) {
    try {
      act();
      return true;
    } catch (const protozero::exception&) {
      damaged_ = true;
      return false;
    }
  }

  protozero::pbf_reader reader_;
  bool pending_ = false;  // the field's value has not been read
  bool damaged_ = false;
};

}  // namespace unpark::evidence
