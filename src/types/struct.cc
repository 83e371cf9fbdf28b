// Struct types (spec: "Struct types").
#include "syntax/literal.h"
#include "types/checker.h"

namespace unpark::types {

using syntax::StructType;

TypeId Checker::struct_type(Ref<StructType> e) {
  std::vector<StructField> fields;
  const StructType s = node(e);
  for (uint32_t i = 0; i < s.fields.count; i++) {
    const Field f = node(tree().at(s.fields, i));
    TypeId type = type_of(f.type_expr);
    NameId tag;
    if (f.tag.exists()) {
      std::optional<std::string> text = syntax::string_value(tree().text(node(f.tag).span));
      if (text && !text->empty()) tag = cx_.names.intern(*text);
    }
    auto add = [&](Ref<Ident> name, bool embedded) {
      uint16_t flags = Object::kField | (embedded ? Object::kEmbedded : 0);
      ObjectId id = new_var(name, type, flags);
      if (!embedded) tree()[name].object = id.raw + 1;
      fields.push_back({node(name).name, id, type, tag, embedded, package_->identity()});
    };
    if (f.names.count == 0) {
      Ref<Ident> name = type_name_ident(f.type_expr);
      if (name.exists()) add(name, true);
      continue;
    }
    for (uint32_t n = 0; n < f.names.count; n++) add(tree().at(f.names, n), false);
  }
  return types().struct_of(fields);
}

}  // namespace unpark::types
