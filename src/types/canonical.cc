// Two printers of types. The canonical one expands what interfaces embed and says where local types
// and type parameters are declared, so that equal text means identical types; every type is printed
// once a writer. The other one prints types as they are written.
#include "types/canonical.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "types/predicates.h"

namespace unpark::types {

namespace {

// Limits for interfaces that expand for ever.
constexpr int kMaxDepth = 400;
constexpr int kMaxOpen = 30;
constexpr int kMaxParts = 100'000;
constexpr size_t kMaxEmbedded = 1000;
constexpr size_t kBytesOfPart = 16;
constexpr int kInterfaceParts = 500;  // comparing with those around it costs

constexpr std::array<std::string_view, kBasicCount> kBasicNames = {
    "invalid type",   "bool",          "int",
    "int8",           "int16",         "int32",
    "int64",          "uint",          "uint8",
    "uint16",         "uint32",        "uint64",
    "uintptr",        "float32",       "float64",
    "complex64",      "complex128",    "string",
    "unsafe.Pointer", "untyped bool",  "untyped int",
    "untyped rune",   "untyped float", "untyped complex",
    "untyped string", "untyped nil",
};

std::string_view base_name(std::string_view path) {
  return path.substr(path.find_last_of("/\\") + 1);
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7E || c == '"' || c == '\\') {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

template <typename List, typename F>
std::string join(const List& list, std::string_view separator, const F& text) {
  std::string out;
  bool first = true;
  for (const auto& item : list) {
    if (!first) out += separator;
    first = false;
    out += text(item);
  }
  return out;
}

std::string_view chan_text(ChanDir dir) {
  switch (dir) {
    case ChanDir::kBoth:
      return "chan ";
    case ChanDir::kSend:
      return "chan<- ";
    case ChanDir::kRecv:
      return "<-chan ";
  }
  return {};
}

std::string_view package_path(const Context& cx, PackageRef package) {
  return package.exists() ? std::string_view(cx.package(package).path) : "-";
}

std::string_view kind_text(const Object& object) {
  switch (object.kind) {
    case ObjectKind::kPkgName:
      return "pkg";
    case ObjectKind::kConst:
      return "const";
    case ObjectKind::kTypeName:
      return "type";
    case ObjectKind::kVar:
      return object.is(Object::kField) ? "field" : "var";
    case ObjectKind::kFunc:
      return "func";
    case ObjectKind::kLabel:
      return "label";
    case ObjectKind::kBuiltin:
      return "builtin";
    case ObjectKind::kNil:
      return "nil";
  }
  return {};
}

}  // namespace

// ---- Canonical ----

std::string_view CanonicalWriter::file_name(source::FileId file) {
  auto it = file_names_.find(file);
  if (it == file_names_.end() && packages_seen_ < cx_.packages.size()) {
    for (; packages_seen_ < cx_.packages.size(); packages_seen_++) {
      const Package* package = cx_.packages[PackageRef{packages_seen_}].get();
      if (!package) continue;
      for (const File& f : package->files) file_names_.emplace(f.id, base_name(f.path));
    }
    it = file_names_.find(file);
  }
  return it == file_names_.end() ? std::string_view("?") : it->second;
}

std::string CanonicalWriter::position(const Object& object) {
  if (!object.file.exists()) return "-";
  return fmt::format("{}:{}", file_name(object.file), object.pos);
}

std::string CanonicalWriter::member(NameId name, PackageRef package) const {
  if (cx_.exported(name)) return std::string(cx_.text(name));
  return fmt::format("{}.{}", package_path(cx_, package), cx_.text(name));
}

std::string CanonicalWriter::object(ObjectId id) {
  if (!id.exists()) return "none";
  const Object& o = cx_.objects[id];
  std::string_view name = o.name.exists() ? cx_.text(o.name) : std::string_view();
  std::string out = fmt::format("{} {} {} {}", kind_text(o), package_path(cx_, o.package),
                                name.empty() ? "-" : name, position(o));
  if (o.kind == ObjectKind::kPkgName && o.extra != UINT32_MAX) {
    out += ' ';
    out += package_path(cx_, PackageRef{o.extra});
  }
  return out;
}

std::string_view CanonicalWriter::type(TypeId id) {
  if (!id.exists()) return "none";
  if (depth_ == 0) parts_ = 0;
  if (auto it = memo_.find(id); it != memo_.end()) {
    // A text made of known ones may double at each step.
    parts_ += static_cast<int>(it->second->size() / kBytesOfPart);
    return parts_ > kMaxParts ? std::string_view("…") : std::string_view(*it->second);
  }
  if (depth_ >= kMaxDepth || ++parts_ > kMaxParts) return "…";
  depth_++;
  std::string text = print(id);
  depth_--;
  // The entry may have come while printing, if the type led back to itself.
  auto& entry = memo_[id];
  if (!entry) entry = std::make_unique<std::string>(std::move(text));
  return *entry;
}

// Inside an interface, the text of another depends on where it stands, so it is not remembered.
std::string CanonicalWriter::text(TypeId id) {
  if (open_.empty() || !id.exists() || !(cx_.types[id].flags & TypeStore::kStructural)) {
    return std::string(type(id));
  }
  if (depth_ >= kMaxDepth || ++parts_ > kMaxParts) return "…";
  depth_++;
  std::string out = print(id);
  depth_--;
  return out;
}

std::string CanonicalWriter::print(TypeId id) {
  const TypeStore& types = cx_.types;
  const Type& t = types[id];
  switch (t.kind) {
    case TypeKind::kBasic:
      return std::string(kBasicNames[id.raw]);
    case TypeKind::kPointer:
      return fmt::format("*{}", text(t.elem));
    case TypeKind::kSlice:
      return fmt::format("[]{}", text(t.elem));
    case TypeKind::kArray:
      return fmt::format("[{}]{}", t.length, text(t.elem));
    case TypeKind::kMap: {
      std::string key = text(t.key);
      return fmt::format("map[{}]{}", key, text(t.elem));
    }
    case TypeKind::kChan:
      return fmt::format("{}{}", chan_text(types.chan_dir(id)), text(t.elem));
    case TypeKind::kTuple:
      return tuple(id, false);
    case TypeKind::kSignature:
      return "func" + signature(*t.signature);
    case TypeKind::kStruct:
      return structure(id);
    case TypeKind::kInterface:
      return interface(id);
    case TypeKind::kUnion:
      return union_text(id);
    case TypeKind::kNamed:
      return named(id);
    case TypeKind::kTypeParam: {
      const Object& o = cx_.objects[t.type_param->object];
      return fmt::format("${}@{}.{}", package_path(cx_, o.package), position(o), cx_.text(o.name));
    }
  }
  return {};
}

std::string CanonicalWriter::tuple(TypeId id, bool variadic) {
  std::span<const TypeId> list = cx_.types.tuple(id);
  std::string out = "(";
  for (size_t i = 0; i < list.size(); i++) {
    if (i > 0) out += ", ";
    TypeId t = list[i];
    if (variadic && i + 1 == list.size()) {
      out += "...";
      // append([]byte, string...) has a string there.
      if (cx_.types.is(t, TypeKind::kSlice)) t = cx_.types.elem(t);
    }
    out += text(t);
  }
  return out + ")";
}

std::string CanonicalWriter::signature(const Signature& s) {
  std::string out;
  if (!s.type_params.empty()) {
    out = "[" +
          join(s.type_params, ", ",
               [&](TypeId p) {
                 TypeId c = cx_.types.type_param(p).constraint;
                 std::string part = fmt::format("{} ", text(p));
                 if (c.exists() && !cx_.types.is(cx_.types.under(c), TypeKind::kInterface)) {
                   return part + "interface{" + element(c) + "}";
                 }
                 return part.append(text(c));
               }) +
          "]";
  }
  out += tuple(s.params, s.variadic);
  if (!cx_.types.tuple(s.results).empty()) out += " " + tuple(s.results, false);
  return out;
}

std::string CanonicalWriter::structure(TypeId id) {
  return "struct{" +
         join(cx_.types.fields(id), "; ",
              [&](const StructField& f) {
                std::string part = f.embedded ? "!" : "";
                part += member(f.name, f.package) + " ";
                part += text(f.type);
                if (f.tag.exists() && !cx_.text(f.tag).empty())
                  part += " " + quote(cx_.text(f.tag));
                return part;
              }) +
         "}";
}

// What an interface's methods mention may be the interface itself, in a literal that embeds it:
// such a one is printed as a reference outward.
std::string CanonicalWriter::interface(TypeId id) {
  if (id == cx_.types.empty_interface()) return "interface{}";
  parts_ += kInterfaceParts;
  if (open_.size() >= kMaxOpen) return "…";
  for (size_t i = 0; i < open_.size(); i++) {
    if (identical(cx_, open_[i], id)) return fmt::format("interface{{^{}}}", open_.size() - i);
  }
  open_.push_back(id);
  std::vector<std::string> parts;
  for (const InterfaceMethod& m : cx_.types.type_set(id).methods) {
    parts.push_back(fmt::format("{} {}", member(m.name, m.package), text(m.type)));
  }
  std::sort(parts.begin(), parts.end());
  std::vector<std::string> elements;
  std::vector<const Interface*> seen;
  add_elements(cx_.types.interface(id), elements, seen);
  std::sort(elements.begin(), elements.end());
  elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
  parts.insert(parts.end(), elements.begin(), elements.end());
  open_.pop_back();
  return "interface{" + join(parts, "; ", [](const std::string& s) { return s; }) + "}";
}

// What an interface embeds besides interfaces.
void CanonicalWriter::add_elements(const Interface& interface, std::vector<std::string>& out,
                                   std::vector<const Interface*>& seen) {
  if (seen.size() >= kMaxEmbedded) return;
  if (std::find(seen.begin(), seen.end(), &interface) != seen.end()) return;
  seen.push_back(&interface);
  for (TypeId embedded : interface.embeddeds) {
    TypeId u = cx_.types.under(embedded);
    if (embedded == cx_.comparable_type) {
      out.push_back("comparable");
    } else if (cx_.types.is(u, TypeKind::kInterface)) {
      add_elements(cx_.types.interface(u), out, seen);
    } else {
      out.push_back(element(embedded));
    }
  }
}

std::string CanonicalWriter::element(TypeId id) {
  return cx_.types.is(id, TypeKind::kUnion) ? "| " + union_text(id) : fmt::format("| {}", text(id));
}

std::string CanonicalWriter::union_text(TypeId id) {
  return join(cx_.types.terms(id), "|", [&](Term term) {
    return fmt::format("{}{}", term.tilde ? "~" : "", text(term.type));
  });
}

std::string CanonicalWriter::named(TypeId id) {
  const Named& n = cx_.types.named(id);
  const Object& o = cx_.objects[n.object];
  std::string out;
  if (o.package.exists()) {
    out = fmt::format("{}.{}", package_path(cx_, o.package), cx_.text(o.name));
    if (!o.is(Object::kPackageLevel) || o.name == cx_.blank_name) out += "@" + position(o);
  } else {
    out = cx_.text(o.name);
  }
  if (!n.args.empty()) {
    out += "[" + join(n.args, ", ", [&](TypeId arg) { return text(arg); }) + "]";
  }
  return out;
}

// ---- As written ----

namespace {

struct TextWriter {
  Context& cx;
  int depth = 0;

  std::string list(std::span<const TypeId> types) {
    return join(types, ", ", [&](TypeId t) { return text(t); });
  }
  std::string name(ObjectId id) {
    const Object& o = cx.objects[id];
    std::string out;
    if (o.package.exists()) out = cx.package(o.package).name + ".";
    return out.append(cx.text(o.name));
  }
  std::string signature(const Signature& s) {
    std::span<const TypeId> params = cx.types.tuple(s.params);
    std::string out;
    if (!s.type_params.empty()) {
      out =
          "[" +
          join(s.type_params, ", ",
               [&](TypeId p) { return text(p) + " " + text(cx.types.type_param(p).constraint); }) +
          "]";
    }
    out += "(";
    if (s.variadic && !params.empty() && cx.types.is(params.back(), TypeKind::kSlice)) {
      out += list(params.first(params.size() - 1)) + (params.size() > 1 ? ", ..." : "...");
      out += text(cx.types.elem(params.back()));
    } else {
      out += list(params);
    }
    out += ")";
    std::span<const TypeId> results = cx.types.tuple(s.results);
    if (results.size() == 1) out += " " + text(results[0]);
    if (results.size() > 1) out += " (" + list(results) + ")";
    return out;
  }
  std::string interface(TypeId id) {
    if (id == cx.types.empty_interface()) return "any";
    const Interface& i = cx.types.interface(id);
    if (i.implicit && i.methods.empty() && i.embeddeds.size() == 1) return text(i.embeddeds[0]);
    std::vector<std::string> parts;
    for (const InterfaceMethod& m : i.methods) {
      parts.push_back(std::string(cx.text(m.name)) + signature(cx.types.signature(m.type)));
    }
    for (TypeId t : i.embeddeds) parts.push_back(text(t));
    return "interface{ " + join(parts, "; ", [](const std::string& s) { return s; }) + " }";
  }

  std::string text(TypeId id) {
    if (!id.exists() || depth >= kMaxDepth) return "…";
    depth++;
    std::string out = print(id);
    depth--;
    return out;
  }
  std::string print(TypeId id) {
    const TypeStore& types = cx.types;
    const Type& t = types[id];
    switch (t.kind) {
      case TypeKind::kBasic:
        return std::string(kBasicNames[id.raw]);
      case TypeKind::kPointer:
        return "*" + text(t.elem);
      case TypeKind::kSlice:
        return "[]" + text(t.elem);
      case TypeKind::kArray:
        return fmt::format("[{}]{}", t.length, text(t.elem));
      case TypeKind::kMap:
        return fmt::format("map[{}]{}", text(t.key), text(t.elem));
      case TypeKind::kChan: {
        // chan <-chan T would be read as chan<- chan T.
        bool clash = types.chan_dir(id) != ChanDir::kRecv && types.is(t.elem, TypeKind::kChan) &&
                     types.chan_dir(t.elem) == ChanDir::kRecv;
        std::string_view chan = chan_text(types.chan_dir(id));
        return clash ? fmt::format("{}({})", chan, text(t.elem))
                     : fmt::format("{}{}", chan, text(t.elem));
      }
      case TypeKind::kTuple:
        return "(" + list(types.tuple(id)) + ")";
      case TypeKind::kSignature:
        return "func" + signature(*t.signature);
      case TypeKind::kStruct: {
        if (t.count == 0) return "struct{}";
        return "struct{ " +
               join(types.fields(id), "; ",
                    [&](const StructField& f) {
                      return f.embedded ? text(f.type)
                                        : fmt::format("{} {}", cx.text(f.name), text(f.type));
                    }) +
               " }";
      }
      case TypeKind::kInterface:
        return interface(id);
      case TypeKind::kUnion:
        return join(types.terms(id), " | ",
                    [&](Term term) { return (term.tilde ? "~" : "") + text(term.type); });
      case TypeKind::kNamed: {
        const Named& n = *t.named;
        return n.args.empty() ? name(n.object) : name(n.object) + "[" + list(n.args) + "]";
      }
      case TypeKind::kTypeParam:
        return std::string(cx.text(cx.objects[t.type_param->object].name));
    }
    return {};
  }
};

}  // namespace

std::string type_text(Context& cx, TypeId id) { return TextWriter{cx}.text(id); }

}  // namespace unpark::types
