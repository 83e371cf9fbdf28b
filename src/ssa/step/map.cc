#include "ssa/step/map.h"

#include <algorithm>

#include "ssa/step/ops.h"

namespace unpark::ssa::step {

bool MapData::locate(Machine& m, const Layout& key, const uint8_t* k, bool looks, uint64_t& h,
                     uint32_t& entry) {
  h = 0x243F6A8885A308D3u;
  entry = kEmpty;
  if (!m.hash(key, k, h, looks && live_ == 0)) return false;
  if (table_.empty()) return true;
  size_t mask = table_.size() - 1;
  for (size_t i = h & mask; table_[i] != kEmpty; i = (i + 1) & mask) {
    uint32_t e = table_[i];
    if (!marks_[e].live || marks_[e].hash != h) continue;
    bool same = false;
    if (!m.equal(key, bytes_.data() + size_t{e} * stride_, k, same)) return false;
    if (same) {
      entry = e;
      return true;
    }
  }
  return true;
}

uint8_t* MapData::find(Machine& m, const Layout& key, const uint8_t* k, bool& failed) {
  uint64_t h;
  uint32_t e;
  failed = !locate(m, key, k, true, h, e);
  return failed || e == kEmpty ? nullptr : bytes_.data() + size_t{e} * stride_ + key_size_;
}

uint8_t* MapData::insert(Machine& m, const Layout& key, const uint8_t* k, bool& failed) {
  uint64_t h;
  uint32_t e;
  failed = !locate(m, key, k, false, h, e);
  if (failed) return nullptr;
  if (e != kEmpty) {
    // +0 and -0 are one key: the last one written is kept.
    if (!key.plain) std::memcpy(bytes_.data() + size_t{e} * stride_, k, key.size);
    return bytes_.data() + size_t{e} * stride_ + key_size_;
  }
  if ((marks_.size() + 1) * 2 > table_.size()) rebuild();
  e = static_cast<uint32_t>(marks_.size());
  marks_.push_back({next_number_++, h, true});
  bytes_.resize(bytes_.size() + stride_);
  uint8_t* at = bytes_.data() + size_t{e} * stride_;
  std::memcpy(at, k, key.size);
  size_t mask = table_.size() - 1;
  size_t i = h & mask;
  while (table_[i] != kEmpty) i = (i + 1) & mask;
  table_[i] = e;
  live_++;
  return at + key_size_;
}

void MapData::erase(Machine& m, const Layout& key, const uint8_t* k, bool& failed) {
  uint64_t h;
  uint32_t e;
  failed = !locate(m, key, k, true, h, e);
  if (failed || e == kEmpty) return;
  marks_[e].live = false;
  std::memset(bytes_.data() + size_t{e} * stride_, 0, stride_);
  live_--;
}

void MapData::clear() {
  marks_.clear();
  bytes_.clear();
  table_.clear();
  live_ = 0;
}

void MapData::rebuild() {
  size_t to = 0;
  for (size_t from = 0; from < marks_.size(); from++) {
    if (!marks_[from].live) continue;
    if (to != from) {
      marks_[to] = marks_[from];
      std::memcpy(bytes_.data() + to * stride_, bytes_.data() + from * stride_, stride_);
    }
    to++;
  }
  marks_.resize(to);
  bytes_.resize(to * stride_);
  size_t slots = 16;
  while (slots < (to + 1) * 4) slots *= 2;
  table_.assign(slots, kEmpty);
  for (size_t e = 0; e < to; e++) {
    size_t i = marks_[e].hash & (slots - 1);
    while (table_[i] != kEmpty) i = (i + 1) & (slots - 1);
    table_[i] = static_cast<uint32_t>(e);
  }
}

const uint8_t* MapData::next(uint64_t& number, uint64_t end, const uint8_t*& elem) const {
  auto from = std::lower_bound(marks_.begin(), marks_.end(), number,
                               [](const Mark& a, uint64_t n) { return a.number < n; });
  for (; from != marks_.end() && from->number < end; ++from) {
    if (!from->live) continue;
    number = from->number;
    const uint8_t* key = bytes_.data() + static_cast<size_t>(from - marks_.begin()) * stride_;
    elem = key + key_size_;
    return key;
  }
  return nullptr;
}

namespace op {

void make_map(Machine& m, const Inst& i) {
  const Layout& l = m.layout(TypeId{i.aux});
  uint32_t id = m.state().heap.add_native(
      ObjectKind::kMap, std::make_unique<MapData>(m.layout(l.key), m.layout(l.elem)), l.type);
  m.set(i.dst, pointer_to(id));
}

void lookup(Machine& m, const Inst& i) {
  const Layout& l = m.layout(TypeId{i.aux});
  const Layout& key = m.layout(l.key);
  uint64_t size = m.layout(l.elem).size;
  MapData* map = m.native_at<MapData>(m.get<Word>(i.a));
  const uint8_t* found = nullptr;
  if (map) {
    bool failed = false;
    found = map->find(m, key, m.regs() + i.b, failed);
    if (failed) return;
  } else if (!key.plain) {
    uint64_t h = 0;  // a nil map has no entries, but the key must be hashable
    if (!m.hash(key, m.regs() + i.b, h, true)) return;
  }
  if (i.c >= 0) m.set<bool>(i.c, found != nullptr);
  if (found) {
    std::memcpy(m.regs() + i.dst, found, size);
  } else {
    std::memset(m.regs() + i.dst, 0, size);
  }
}

void map_update(Machine& m, const Inst& i) {
  const Layout& l = m.layout(TypeId{i.aux});
  MapData* map = m.native_at<MapData>(m.get<Word>(i.a));
  if (!map) return m.panic_plain("assignment to entry in nil map");
  bool failed = false;
  uint8_t* to = map->insert(m, m.layout(l.key), m.regs() + i.b, failed);
  if (!failed) std::memcpy(to, m.regs() + i.c, m.layout(l.elem).size);
}

void range_map(Machine& m, const Inst& i) {
  Word w = m.get<Word>(i.a);
  MapData* map = m.native_at<MapData>(w);
  m.set(i.dst, MapCursor{w, 0, map ? map->next_number() : 0});
}

void next_map(Machine& m, const Inst& i) {
  MapCursor c = m.get<MapCursor>(i.a);
  MapData* map = m.native_at<MapData>(c.map);
  const uint8_t* elem = nullptr;
  const uint8_t* key = map ? map->next(c.number, c.end, elem) : nullptr;
  m.set<bool>(i.dst, key != nullptr);
  if (!key) return;
  // The blank iteration variables have the invalid type, of size 0.
  std::memcpy(m.regs() + i.b, key, i.aux);
  std::memcpy(m.regs() + i.c, elem, i.aux2);
  c.number++;
  m.set(i.a, c);
}

namespace {

struct StringCursor {
  GoString s;
  uint64_t at = 0;
};

}  // namespace

void range_string(Machine& m, const Inst& i) {
  m.set(i.dst, StringCursor{m.get<GoString>(i.a), 0});
}

void next_string(Machine& m, const Inst& i) {
  StringCursor c = m.get<StringCursor>(i.a);
  bool more = c.at < c.s.size;
  m.set<bool>(i.dst, more);
  if (!more) return;
  if (i.aux) m.set<int64_t>(i.b, static_cast<int64_t>(c.at));
  size_t at = c.at;
  int32_t r = next_rune(m.view(c.s), at);
  if (i.aux2) m.set(i.c, r);
  c.at = at;
  m.set(i.a, c);
}

}  // namespace op

}  // namespace unpark::ssa::step
