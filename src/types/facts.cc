#include "types/facts.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>

#include "syntax/tree.h"
#include "syntax/walk.h"
#include "types/mode.h"
#include "types/predicates.h"

namespace unpark::types {

using syntax::Expr;
using syntax::Field;
using syntax::Ident;
using syntax::Kind;
using syntax::List;
using syntax::Node;
using syntax::Ref;
using syntax::Tree;

namespace {

class FactWriter {
 public:
  FactWriter(Context& cx, const Package& package, const File& file, CanonicalWriter& writer)
      : cx_(cx), package_(package), file_(file), tree_(*file.tree), writer_(writer) {}

  void declaration(Ref<Node> root) {
    syntax::walk(tree_, root, [&](Ref<Node> n) {
      node(n);
      return true;
    });
  }

  std::string out;
  uint64_t count = 0;

 private:
  void begin(const char* kind, uint32_t offset) {
    out += kind;
    out += ' ';
    out += std::to_string(offset);
    count++;
  }
  void begin(const char* kind, source::Span span) {
    begin(kind, span.begin);
    out += ':';
    out += std::to_string(span.end);
  }
  void text(std::string_view s) {
    out += ' ';
    out += s;
  }
  void end() { out += '\n'; }

  void node(Ref<Node> ref) {
    const Node& n = tree_[ref];
    if (syntax::is_expr(n.kind)) expr(Ref<Expr>{ref.raw});
    switch (n.kind) {
      case Kind::kIdent:
        ident(Ref<Ident>{ref.raw});
        break;
      case Kind::kSelectorExpr:
        selection(Ref<syntax::SelectorExpr>{ref.raw});
        break;
      case Kind::kStructType:
        embedded_fields(Ref<syntax::StructType>{ref.raw});
        break;
      case Kind::kFuncType: {
        const auto& f = tree_.get<syntax::FuncType>(ref);
        unnamed_params(f.params);
        unnamed_params(f.results);
        break;
      }
      case Kind::kFuncDecl:
        receiver(tree_.get<syntax::FuncDecl>(ref).recv);
        break;
      case Kind::kField: {
        auto it = unnamed_.find(ref.raw);
        if (it != unnamed_.end()) unnamed_param(Ref<Field>{ref.raw}, it->second);
        break;
      }
      case Kind::kImportSpec: {
        const auto& spec = tree_.get<syntax::ImportSpec>(ref);
        if (spec.object && !spec.name.exists()) implicit(n.span.begin, ObjectId{spec.object - 1});
        break;
      }
      case Kind::kCaseClause: {
        const auto& clause = tree_.get<syntax::CaseClause>(ref);
        if (clause.object) implicit(n.span.begin, ObjectId{clause.object - 1});
        break;
      }
      default:
        break;
    }
  }

  void expr(Ref<Expr> ref) {
    const Expr& e = tree_[ref];
    auto mode = static_cast<Mode>(e.mode);
    if (mode == Mode::kInvalid) return;
    TypeId type{e.type - 1};
    begin("E", e.span);
    switch (mode) {
      case Mode::kNoValue:
        text("N novalue");
        break;
      case Mode::kBuiltin:
        text("B builtin");
        break;
      case Mode::kTypeExpr:
        text("T");
        text(writer_.type(type));
        break;
      default:
        text(type == basic(BasicKind::kUntypedNil) ? "0" : "V");
        text(writer_.type(type));
        if (e.value) {
          text("=");
          text(constant(type, cx_.constants[ConstId{e.value - 1}]));
        }
    }
    end();
  }

  // Rounded to what the type can hold, in the kind of number that the type is.
  std::string constant(TypeId type, const Constant& x) {
    ConstantPool& pool = cx_.constant_pool;
    TypeId u = cx_.types.under(type);
    if (u.raw >= kBasicCount) return exact_text(x);
    auto kind = static_cast<BasicKind>(u.raw);
    auto round = [&](const Constant& y) {
      std::optional<Constant> r;
      if (kind == BasicKind::kFloat32 || kind == BasicKind::kComplex64) {
        r = pool.round_to_float32(y);
      } else if (kind == BasicKind::kFloat64 || kind == BasicKind::kComplex128) {
        r = pool.round_to_float64(y);
      }
      return r.value_or(y);
    };
    if (is_integer(cx_, u)) {
      Constant y = pool.to_int(x);
      return exact_text(y.is_unknown() ? x : y);
    }
    if (is_float(cx_, u)) {
      Constant y = pool.to_float(x);
      return exact_text(y.is_unknown() ? x : round(y));
    }
    if (is_complex(cx_, u)) {
      Constant y = pool.to_complex(x);
      if (y.is_unknown()) return exact_text(x);
      return "(" + exact_text(round(pool.real(y))) + " + " + exact_text(round(pool.imag(y))) + "i)";
    }
    return exact_text(x);
  }

  void declared(ObjectId id) {
    const Object& o = cx_.objects[id];
    switch (o.kind) {
      case ObjectKind::kConst:
        text(":");
        text(writer_.type(o.type));
        text("=");
        text(o.extra == UINT32_MAX ? "unknown" : constant(o.type, cx_.constants[ConstId{o.extra}]));
        break;
      case ObjectKind::kVar:
      case ObjectKind::kFunc:
      case ObjectKind::kTypeName:
        text(":");
        text(o.type.exists() ? writer_.type(o.type) : "none");
        break;
      default:
        break;
    }
  }
  void definition(uint32_t offset, ObjectId id) {
    begin("D", offset);
    text(writer_.object(id));
    declared(id);
    end();
  }
  void implicit(uint32_t offset, ObjectId id) {
    begin("I", offset);
    text(writer_.object(id));
    declared(id);
    end();
  }

  void ident(Ref<Ident> ref) {
    const Ident& i = tree_[ref];
    if (auto it = embedded_.find(ref.raw); it != embedded_.end()) {
      definition(i.span.begin, it->second);
    }
    if (i.object) {
      ObjectId id{i.object - 1};
      const Object& o = cx_.objects[id];
      bool defines = o.file == file_.id && o.pos == i.span.begin;
      if (defines) definition(i.span.begin, id);
      if (!defines || receiver_params_.contains(ref.raw)) {
        begin("U", i.span.begin);
        text(writer_.object(id));
        end();
      }
    }
    auto at = std::lower_bound(file_.instances.begin(), file_.instances.end(), ref,
                               [](const Instance& x, Ref<Ident> r) { return x.ident < r; });
    if (at == file_.instances.end() || at->ident != ref) return;
    // Looked at twice, an identifier has the last look's result.
    while (at + 1 != file_.instances.end() && (at + 1)->ident == ref) ++at;
    begin("G", i.span.begin);
    std::string args = "[";
    for (TypeId t : at->args) {
      if (args.size() > 1) args += ", ";
      args += writer_.type(t);
    }
    text(args + "]");
    text(writer_.type(at->type));
    end();
  }

  void selection(Ref<syntax::SelectorExpr> ref) {
    const syntax::SelectorExpr& e = tree_[ref];
    if (!e.selection) return;
    const Selection& s = cx_.selections[SelectionId{e.selection - 1}];
    constexpr const char* kKinds[] = {"field", "method", "expr"};
    begin("S", e.span);
    text(kKinds[s.kind]);
    text(writer_.type(s.recv));
    text(writer_.object(s.object));
    std::string path = "[";
    for (uint32_t i : s.path) {
      if (path.size() > 1) path += ' ';
      path += std::to_string(i);
    }
    text(path + "]");
    text(s.indirect ? "indirect" : "direct");
    end();
  }

  // The name of an embedded field declares the field and uses the type; the tree keeps the use.
  void embedded_fields(Ref<syntax::StructType> ref) {
    const syntax::StructType& s = tree_[ref];
    if (!s.type) return;
    TypeId type{s.type - 1};
    if (!cx_.types.is(type, TypeKind::kStruct)) return;
    std::span<const StructField> fields = cx_.types.fields(type);
    size_t at = 0;
    for (Ref<Field> f : tree_[s.fields]) {
      const Field& field = tree_[f];
      if (field.names.count > 0) {
        at += field.names.count;
        continue;
      }
      if (at >= fields.size()) return;
      if (Ref<Ident> name = base_name(field.type_expr); name.exists()) {
        embedded_[name.raw] = fields[at++].object;
      }
    }
  }

  Ref<Ident> base_name(Ref<Expr> e) const {
    for (;;) {
      switch (tree_.kind(e)) {
        case Kind::kIdent:
          return tree_.as<Ident>(e);
        case Kind::kSelectorExpr:
          return tree_.get<syntax::SelectorExpr>(e).sel;
        case Kind::kStarExpr:
          e = tree_.get<syntax::StarExpr>(e).x;
          break;
        case Kind::kParenExpr:
          e = tree_.get<syntax::ParenExpr>(e).x;
          break;
        case Kind::kIndexExpr:
          e = tree_.get<syntax::IndexExpr>(e).x;
          break;
        default:
          return {};
      }
    }
  }

  void unnamed_params(List<Field> list) {
    for (Ref<Field> f : tree_[list]) {
      const Field& field = tree_[f];
      if (field.names.count > 0) continue;
      Ref<Expr> at = field.type_expr;
      if (auto dots = tree_.as<syntax::Ellipsis>(at); dots.exists()) at = tree_[dots].element;
      if (at.exists()) unnamed_[f.raw] = tree_.span(at).begin;
    }
  }
  void unnamed_param(Ref<Field> ref, uint32_t pos) {
    const Field& field = tree_[ref];
    TypeId type{tree_[field.type_expr].type - 1};
    begin("I", field.span.begin);
    text("var");
    text(cx_.package(package_.identity()).path);
    size_t slash = file_.path.rfind('/');
    std::string where(file_.path.substr(slash == std::string_view::npos ? 0 : slash + 1));
    text("- " + where + ":" + std::to_string(pos));
    text(":");
    text(type.exists() ? writer_.type(type) : "none");
    end();
  }

  void receiver(List<Field> recv) {
    if (recv.count == 0) return;
    Ref<Field> ref = tree_.at(recv, 0);
    const Field& field = tree_[ref];
    if (field.names.count == 0) unnamed_[ref.raw] = field.span.begin;
    Ref<Expr> e = field.type_expr;
    for (;;) {
      if (auto paren = tree_.as<syntax::ParenExpr>(e); paren.exists()) {
        e = tree_[paren].x;
      } else if (auto star = tree_.as<syntax::StarExpr>(e); star.exists()) {
        e = tree_[star].x;
      } else {
        break;
      }
    }
    if (auto index = tree_.as<syntax::IndexExpr>(e); index.exists()) {
      for (Ref<Expr> p : tree_[tree_[index].indices]) receiver_params_.insert(p.raw);
    }
  }

  Context& cx_;
  const Package& package_;
  const File& file_;
  const Tree& tree_;
  CanonicalWriter& writer_;
  absl::flat_hash_map<uint32_t, ObjectId> embedded_;
  absl::flat_hash_map<uint32_t, uint32_t> unnamed_;
  absl::flat_hash_set<uint32_t> receiver_params_;
};

}  // namespace

void for_each_declaration(Context& cx, const Package& package, const File& file,
                          CanonicalWriter& writer,
                          const std::function<void(const DeclarationFacts&)>& visit) {
  const Tree& tree = *file.tree;
  auto emit = [&](Ref<Node> root, uint32_t offset, std::string name) {
    FactWriter facts(cx, package, file, writer);
    facts.declaration(root);
    visit({offset, std::move(name), facts.count, facts.out});
  };
  for (Ref<syntax::Decl> decl : tree[tree.decls]) {
    if (auto func = tree.as<syntax::FuncDecl>(decl); func.exists()) {
      const syntax::FuncDecl& f = tree[func];
      if (!f.name.exists()) continue;
      std::string name = f.recv.count > 0 ? "method " : "func ";
      name += cx.text(tree[f.name].name);
      emit(Ref<Node>{decl.raw}, tree.span(f.name).begin, std::move(name));
      continue;
    }
    auto gen = tree.as<syntax::GenDecl>(decl);
    if (!gen.exists()) continue;
    std::string keyword(syntax::text_of(tree[gen].op));
    for (Ref<syntax::Spec> spec : tree[tree[gen].specs]) {
      std::string name = keyword + " ";
      if (auto import = tree.as<syntax::ImportSpec>(spec); import.exists()) {
        if (tree[import].path.exists()) name += tree.text(tree.span(tree[import].path));
      } else if (auto type = tree.as<syntax::TypeSpec>(spec); type.exists()) {
        name += cx.text(tree[tree[type].name].name);
      } else if (auto value = tree.as<syntax::ValueSpec>(spec); value.exists()) {
        name += cx.text(tree[tree.at(tree[value].names, 0)].name);
      }
      emit(Ref<Node>{spec.raw}, tree.span(spec).begin, std::move(name));
    }
  }
}

}  // namespace unpark::types
