// Finds copies of values that hold a lock, a counter or an atomic (sync_types.h): parameters and
// receivers by value, assignments, arguments, results, elements, values sent, loop variables; and
// calls of generic functions whose code copies what a type parameter stands for.
//
// What counts is where a value is copied from. A composite literal, the result of a call and what a
// channel delivers are new values; what a pointer that a call returns points to counts as new, too,
// as
// most such calls are constructors. So is a variable of the function itself as long as nobody could
// have used what it holds: its address is not taken, no method with a pointer receiver is called on
// it or a part of it, no function literal captures it. A value that has been copied into a variable
// once has been reported there, and is not reported again when it goes on from that variable.
//
// A call of a function that takes the value is not reported when the function itself is: one fault,
// one report.
//
// Cost: a look at the types of the function's values; only where one of them holds something does
// the rule walk the syntax.
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "rules/context.h"
#include "rules/rule.h"
#include "rules/tree_query.h"
#include "syntax/walk.h"
#include "types/canonical.h"
#include "types/predicates.h"

namespace unpark::rules {

namespace {

using source::Span;
using syntax::Expr;
using syntax::Ident;
using syntax::Kind;
using syntax::List;
using syntax::Node;
using syntax::Ref;
using syntax::Token;
using syntax::Tree;
using types::ObjectId;
using types::ObjectKind;
using types::TypeId;
using types::TypeKind;

constexpr RuleInfo kInfo = {
    .id = "UP4004",
    .name = "sync-value-copied",
    .family = Family::kSync,
    .severity = diag::Severity::kError,
    .since = "0.1",
    .summary = "a copy of a value that holds a lock, a wait group or an atomic",
    .why =
        "The copy of a mutex is another mutex: whoever locks it keeps nobody out. It also starts "
        "in "
        "the state that the original had at that moment, so a copy of a locked mutex stays locked "
        "for ever. A copied wait group has a counter of its own that nobody brings to zero, a "
        "copied once runs again, and copying an atomic reads it without being atomic.",
    .advice = "use a pointer",
    .dump =
        "goroutine state `sync.Mutex.Lock` or `sync.WaitGroup.Wait` on an address that no other "
        "goroutine uses",
};

// What may not be copied, if a value of a type holds it.
using Held = std::function<TypeId(TypeId)>;

struct Copy {
  enum How : uint8_t {
    kAssign,
    kArgument,
    kReceiver,
    kParameter,
    kElement,
    kReturn,
    kSend,
    kLoopVariable,
    kRange,
    kInstance,
  };
  How how = kAssign;
  Span at;
  TypeId type;  // of the value
  TypeId held;
  std::string name;  // of the parameter, variable or function
};

// The copies in the code of one function, without the function literals in it.
class Finder {
 public:
  Finder(RuleContext& cx, const FunctionSyntax& source, const FunctionSyntax& whole, Held held)
      : cx_(cx),
        types_(cx.types()),
        source_(source),
        whole_(whole),
        tree_(*source.tree),
        held_(std::move(held)) {}

  std::vector<Copy> run(bool parameters) {
    if (parameters) {
      fields(source_.receiver, Copy::kReceiver);
      fields(tree_[source_.type].params, Copy::kParameter);
    }
    syntax::walk(tree_, Ref<Node>{source_.body.raw}, [&](Ref<Node> n) {
      if (tree_.is<syntax::FuncLit>(n)) return false;
      visit(n);
      return true;
    });
    return std::move(found_);
  }

 private:
  // For a generic function that copies what its type parameter stands for.
  struct Search {
    absl::flat_hash_set<std::pair<ObjectId, size_t>> seen;  // functions and their type parameters
    uint32_t depth = 0;
  };
  static constexpr uint32_t kMaxCalls = 50;  // of a generic function by a generic function

  void fields(List<syntax::Field> list, Copy::How how) {
    for (Ref<syntax::Field> f : tree_[list]) {
      const syntax::Field& field = tree_[f];
      TypeId type = type_of(tree_, field.type_expr);
      if (!type.exists()) continue;
      TypeId held = held_(type);
      if (!held.exists()) continue;
      std::string name;
      Span at = field.span;
      if (field.names.count) {
        at.begin = tree_.span(tree_.at(field.names, 0)).begin;
        name = types_.text(tree_[tree_.at(field.names, 0)].name);
      }
      found_.push_back({how, at, type, held, std::move(name)});
    }
  }

  void visit(Ref<Node> n) {
    switch (tree_.kind(n)) {
      case Kind::kAssignStmt: {
        const syntax::AssignStmt& a = tree_.get<syntax::AssignStmt>(n);
        if (a.op != Token::kAssign && a.op != Token::kDefine) break;
        for (uint32_t i = 0; i < a.rhs.count; i++) {
          bool used = a.lhs.count > i && !is_blank(tree_.at(a.lhs, i));
          if (used) copy(Copy::kAssign, tree_.at(a.rhs, i));
        }
        break;
      }
      case Kind::kValueSpec: {
        const syntax::ValueSpec& v = tree_.get<syntax::ValueSpec>(n);
        for (uint32_t i = 0; i < v.values.count; i++) {
          bool used = v.names.count > i && tree_[tree_.at(v.names, i)].name != types_.blank_name;
          if (used) copy(Copy::kAssign, tree_.at(v.values, i));
        }
        break;
      }
      case Kind::kCallExpr:
        call(tree_.get<syntax::CallExpr>(n));
        break;
      case Kind::kCompositeLit:
        for (Ref<Expr> e : tree_[tree_.get<syntax::CompositeLit>(n).elements]) {
          if (tree_.is<syntax::KeyValueExpr>(e)) e = tree_.get<syntax::KeyValueExpr>(e).value_expr;
          copy(Copy::kElement, e);
        }
        break;
      case Kind::kReturnStmt:
        for (Ref<Expr> e : tree_[tree_.get<syntax::ReturnStmt>(n).results]) copy(Copy::kReturn, e);
        break;
      case Kind::kSendStmt:
        copy(Copy::kSend, tree_.get<syntax::SendStmt>(n).value_expr);
        break;
      case Kind::kRangeStmt:
        range(tree_.get<syntax::RangeStmt>(n));
        break;
      case Kind::kForStmt:
        loop(tree_.get<syntax::ForStmt>(n));
        break;
      default:
        break;
    }
  }

  // ---- Sites ----

  void copy(Copy::How how, Ref<Expr> e) {
    TypeId type = type_of_value(e);
    if (!type.exists()) return;
    TypeId held = held_(type);
    if (!held.exists() || is_new(e)) return;
    found_.push_back({how, tree_.span(e), type, held, {}});
  }

  void call(const syntax::CallExpr& c) {
    Ref<Expr> fun = unparen(tree_, c.fun);
    if (mode_of(tree_, fun) == types::Mode::kTypeExpr) return;  // where the result goes counts
    std::span<const Ref<Expr>> args = tree_[c.args];
    ObjectId callee = callee_of(fun);
    if (callee.exists() && types_.objects[callee].kind == ObjectKind::kBuiltin) {
      auto builtin = static_cast<types::Builtin>(types_.objects[callee].extra);
      if (builtin == types::Builtin::kAppend) {
        if (c.flags & syntax::CallExpr::kSpread) return;
        for (size_t i = 1; i < args.size(); i++) copy(Copy::kArgument, args[i]);
      } else if (builtin == types::Builtin::kPanic) {
        for (Ref<Expr> a : args) copy(Copy::kArgument, a);
      }
      return;
    }
    bool reported_there = tree_.is<syntax::FuncLit>(fun) || is_analysed(callee);
    TypeId signature = callee.exists() ? types_.objects[callee].type : type_of(tree_, fun);
    for (size_t i = 0; i < args.size(); i++) {
      if (reported_there && by_value(signature, i)) continue;
      copy(Copy::kArgument, args[i]);
    }
    instance(c, fun, callee);
  }

  // Parameter `i` of a function declared so holds a sync value: the declaration is the fault.
  bool by_value(TypeId signature, size_t i) {
    if (!signature.exists() || !types_.types.is(signature, TypeKind::kSignature)) return false;
    const types::Signature& s = types_.types.signature(signature);
    std::span<const TypeId> params = types_.types.tuple(s.params);
    if (i >= params.size() || (s.variadic && i + 1 >= params.size())) return false;
    return held_(params[i]).exists();
  }

  // A function with a body in the packages under analysis.
  bool is_analysed(ObjectId f) {
    if (!f.exists() || types_.objects[f].kind != ObjectKind::kFunc) return false;
    if (types_.objects[f].is(types::Object::kInterfaceMethod)) return false;
    const ssa::Function& function = cx_.program()[cx_.program().function_of(f)];
    return !function.late && !function.external;
  }

  // The function or method that is called by name.
  ObjectId callee_of(Ref<Expr> fun) const {
    if (tree_.is<syntax::IndexExpr>(fun)) fun = unparen(tree_, tree_.get<syntax::IndexExpr>(fun).x);
    ObjectId o = denoted(tree_, fun);
    if (!o.exists()) return {};
    ObjectKind kind = types_.objects[o].kind;
    return kind == ObjectKind::kFunc || kind == ObjectKind::kBuiltin ? o : ObjectId{};
  }

  // A generic function is called with a type that holds something, and its code copies values of
  // that type.
  void instance(const syntax::CallExpr& c, Ref<Expr> fun, ObjectId callee) {
    if (!callee.exists()) return;
    if (tree_.is<syntax::IndexExpr>(fun)) fun = unparen(tree_, tree_.get<syntax::IndexExpr>(fun).x);
    Ref<Ident> name =
        tree_.is<Ident>(fun) ? tree_.as<Ident>(fun) : tree_.get<syntax::SelectorExpr>(fun).sel;
    std::span<const TypeId> args = instance_args(name);
    for (size_t i = 0; i < args.size(); i++) {
      TypeId held = held_(args[i]);
      if (!held.exists() || !copies_argument(callee, i)) continue;
      found_.push_back({Copy::kInstance, tree_.span(c.fun), args[i], held,
                        std::string(types_.text(types_.objects[callee].name))});
      return;
    }
  }

  std::span<const TypeId> instance_args(Ref<Ident> name) const {
    const std::vector<types::Instance>& all = source_.file->instances;
    auto it = std::lower_bound(all.begin(), all.end(), name,
                               [](const types::Instance& i, Ref<Ident> n) { return i.ident < n; });
    if (it == all.end() || it->ident != name) return {};
    return it->args;
  }

  // Generic functions may call each other in circles: a search looks at each type parameter once,
  // and what one Finder of it finds all those that wait for it find.
  bool copies_argument(ObjectId callee, size_t index) {
    bool outermost = !search_;
    if (outermost) search_ = std::make_shared<Search>();
    bool copies = search_->depth < kMaxCalls && search_->seen.emplace(callee, index).second &&
                  copies_in_body(callee, index);
    if (outermost) search_.reset();
    return copies;
  }

  bool copies_in_body(ObjectId callee, size_t index) {
    FunctionId function = cx_.program().function_of(callee);
    FunctionSyntax generic = cx_.syntax(function);
    std::span<const TypeId> params = cx_.program()[function].type_params;
    if (!generic.exists() || index >= params.size()) return false;
    TypeId param = params[index];
    Finder finder(cx_, generic, generic,
                  [param](TypeId t) { return t == param ? param : TypeId{}; });
    finder.search_ = search_;
    search_->depth++;
    bool copies = !finder.run(false).empty();
    search_->depth--;
    return copies;
  }

  void range(const syntax::RangeStmt& r) {
    TypeId over = type_of_value(r.x);
    if (!over.exists()) return;
    over = types_.types.under(over);
    if (types_.types.is(over, TypeKind::kPointer)) {
      over = types_.types.under(types_.types.elem(over));
    }
    TypeKind kind = types_.types.kind(over);
    bool elements = kind == TypeKind::kSlice || kind == TypeKind::kArray || kind == TypeKind::kMap;
    if (!elements || is_new_container(r.x)) return;
    if (kind == TypeKind::kMap) range_variable(r.key, types_.types.key(over));
    range_variable(r.value, types_.types.elem(over));
  }

  void range_variable(Ref<Expr> variable, TypeId type) {
    if (!variable.exists() || is_blank(variable)) return;
    TypeId held = held_(type);
    if (!held.exists()) return;
    found_.push_back({Copy::kRange, tree_.span(variable), type, held,
                      std::string(tree_.text(tree_.span(variable)))});
  }

  // Since Go 1.22 each round of the loop has variables of its own, copied from those of the round
  // before.
  void loop(const syntax::ForStmt& f) {
    if (source_.file->version.minor < 22 || !tree_.is<syntax::AssignStmt>(f.init)) return;
    const syntax::AssignStmt& a = tree_.get<syntax::AssignStmt>(f.init);
    if (a.op != Token::kDefine) return;
    for (Ref<Expr> e : tree_[a.lhs]) {
      ObjectId o = denoted(tree_, e);
      if (!o.exists() || is_blank(e)) continue;
      TypeId held = held_(types_.objects[o].type);
      if (!held.exists()) continue;
      found_.push_back({Copy::kLoopVariable, tree_.span(e), types_.objects[o].type, held,
                        std::string(types_.text(types_.objects[o].name))});
    }
  }

  // ---- New values ----

  // Nobody can have used the value before.
  bool is_new(Ref<Expr> e) {
    e = unparen(tree_, e);
    switch (tree_.kind(e)) {
      case Kind::kCompositeLit:
      case Kind::kFuncLit:
      case Kind::kUnaryExpr:  // a receive: the value moves
      case Kind::kBasicLit:
        return true;
      case Kind::kCallExpr: {
        const syntax::CallExpr& c = tree_.get<syntax::CallExpr>(e);
        bool conversion = mode_of(tree_, unparen(tree_, c.fun)) == types::Mode::kTypeExpr;
        return !conversion || c.args.count != 1 || is_new(tree_.at(c.args, 0));
      }
      case Kind::kStarExpr: {
        Ref<Expr> x = unparen(tree_, tree_.get<syntax::StarExpr>(e).x);
        return tree_.is<syntax::CallExpr>(x);
      }
      default:
        break;
    }
    ObjectId variable = owner_of(e);
    return variable.exists() && is_untouched(variable);
  }

  // A container whose elements nobody can have used: a literal, or a variable of this function that
  // is treated like one.
  bool is_new_container(Ref<Expr> e) {
    e = unparen(tree_, e);
    return tree_.is<syntax::CompositeLit>(e) || tree_.is<syntax::CallExpr>(e);
  }

  // The variable of this function whose memory `e` is a part of; none for memory that is reached
  // through a pointer, and for variables of packages.
  ObjectId owner_of(Ref<Expr> e) const {
    for (;;) {
      e = unparen(tree_, e);
      if (tree_.is<Ident>(e)) {
        ObjectId o = object_of(tree_, tree_.as<Ident>(e));
        if (!o.exists() || types_.objects[o].kind != ObjectKind::kVar ||
            types_.objects[o].is(types::Object::kPackageLevel)) {
          return {};
        }
        return o;
      }
      if (tree_.is<syntax::SelectorExpr>(e)) {
        const syntax::SelectorExpr& s = tree_.get<syntax::SelectorExpr>(e);
        if (!s.selection) return {};
        if (types_.selections[types::SelectionId{s.selection - 1}].indirect) return {};
        e = s.x;
        continue;
      }
      if (tree_.is<syntax::IndexExpr>(e)) {
        e = tree_.get<syntax::IndexExpr>(e).x;
        TypeId x = type_of(tree_, e);
        if (!x.exists() || !types_.types.is(types_.types.under(x), TypeKind::kArray)) return {};
        continue;
      }
      return {};
    }
  }

  // Nothing in the declared function around could use what the variable holds other than by name.
  bool is_untouched(ObjectId variable) {
    auto [it, fresh] = untouched_.try_emplace(variable, true);
    if (!fresh) return it->second;
    uint32_t declared_at = types_.objects[variable].pos;
    bool touched = false;
    std::vector<Span> literals;  // that the variable is not declared in
    syntax::walk(tree_, Ref<Node>{whole_.body.raw}, [&](Ref<Node> n) {
      if (touched) return false;
      Span s = tree_.span(n);
      switch (tree_.kind(n)) {
        case Kind::kFuncLit:
          if (declared_at < s.begin || declared_at >= s.end) literals.push_back(s);
          break;
        case Kind::kIdent:
          touched = object_of(tree_, tree_.as<Ident>(n)) == variable &&
                    std::any_of(literals.begin(), literals.end(),
                                [&](Span l) { return l.begin <= s.begin && s.end <= l.end; });
          break;
        case Kind::kUnaryExpr:
          touched = tree_[Ref<Expr>{n.raw}].op == Token::kAnd &&
                    owner_of(tree_.get<syntax::UnaryExpr>(n).x) == variable;
          break;
        case Kind::kSliceExpr: {
          Ref<Expr> x = tree_.get<syntax::SliceExpr>(n).x;
          TypeId type = type_of(tree_, x);
          touched = type.exists() && types_.types.is(types_.types.under(type), TypeKind::kArray) &&
                    owner_of(x) == variable;
          break;
        }
        case Kind::kSelectorExpr: {
          const syntax::SelectorExpr& sel = tree_.get<syntax::SelectorExpr>(n);
          if (!sel.selection) break;
          const types::Selection& selection =
              types_.selections[types::SelectionId{sel.selection - 1}];
          touched = selection.kind == types::Selection::kMethodVal && !selection.indirect &&
                    types_.objects[selection.object].is(types::Object::kPointerRecv) &&
                    owner_of(sel.x) == variable;
          break;
        }
        default:
          break;
      }
      return !touched;
    });
    untouched_[variable] = !touched;
    return !touched;
  }

  // ---- Short forms ----

  bool is_blank(Ref<Expr> e) const {
    e = unparen(tree_, e);
    return tree_.is<Ident>(e) && tree_.get<Ident>(e).name == types_.blank_name;
  }

  // Of a comma-ok form, the type of the value. None for what is no value.
  TypeId type_of_value(Ref<Expr> e) const {
    TypeId t = type_of(tree_, e);
    if (!t.exists()) return t;
    types::Mode mode = mode_of(tree_, e);
    if (mode == types::Mode::kTypeExpr || mode == types::Mode::kNoValue ||
        mode == types::Mode::kBuiltin) {
      return {};
    }
    if (types_.types.is(t, TypeKind::kTuple)) {
      std::span<const TypeId> parts = types_.types.tuple(t);
      return tree_.is<syntax::CallExpr>(unparen(tree_, e)) || parts.empty() ? TypeId{} : parts[0];
    }
    return t;
  }

  RuleContext& cx_;
  types::Context& types_;
  const FunctionSyntax& source_;
  const FunctionSyntax& whole_;
  const Tree& tree_;
  Held held_;
  std::vector<Copy> found_;
  absl::flat_hash_map<ObjectId, bool> untouched_;
  std::shared_ptr<Search> search_;  // under way
};

// Some value of the function holds something, or a generic function is called for a type that does.
bool concerns(RuleContext& cx, FunctionId function) {
  const Body& body = cx.facts().body(function);
  SyncTypes& sync = cx.sync_types();
  auto holds = [&](TypeId t) { return sync.held_by(t).exists(); };
  types::TypeStore& types = cx.types().types;
  for (const Value& v : body.values) {
    if (v.type.exists()) {
      if (types.is(v.type, TypeKind::kTuple)) {
        std::span<const TypeId> parts = types.tuple(v.type);
        if (std::any_of(parts.begin(), parts.end(), holds)) return true;
      } else if (holds(v.type)) {
        return true;
      }
    }
    if (v.op == Op::kFunction) {
      std::span<const TypeId> args = cx.program()[FunctionId{v.aux}].type_args;
      if (std::any_of(args.begin(), args.end(), holds)) return true;
    }
    // A variable that each round of a loop copies.
    if (v.op == Op::kAlloc && holds(types.elem(v.type))) return true;
  }
  const std::vector<FunctionId>& inner = cx.program()[function].children;
  return std::any_of(inner.begin(), inner.end(), [&](FunctionId f) {
    return cx.program()[f].kind == ssa::FunctionKind::kRangeBody && concerns(cx, f);
  });
}

// The same of one node: what holds something must be named or come out of an expression to be
// copied. A generic function may be called for anything.
bool shows(RuleContext& cx, const syntax::Tree& tree, syntax::Ref<syntax::Node> node) {
  syntax::Kind kind = tree[node].kind;
  types::Context& t_cx = cx.types();
  auto holds = [&](TypeId t) { return t.exists() && cx.sync_types().held_by(t).exists(); };
  if (kind == syntax::Kind::kField) {  // a parameter perhaps
    return holds(type_of(tree, tree.get<syntax::Field>(node).type_expr));
  }
  if (!syntax::is_expr(kind)) return false;
  if (mode_of(tree, syntax::Ref<syntax::Expr>{node.raw}) == types::Mode::kTypeExpr) return false;
  if (uint32_t raw = tree[syntax::Ref<syntax::Expr>{node.raw}].type) {
    TypeId t{raw - 1};
    if (t_cx.types.is(t, TypeKind::kTuple)) {
      std::span<const TypeId> parts = t_cx.types.tuple(t);
      if (std::any_of(parts.begin(), parts.end(), holds)) return true;
    } else if (holds(t)) {
      return true;
    }
  }
  if (kind != syntax::Kind::kIdent) return false;
  uint32_t raw = tree.get<syntax::Ident>(node).object;
  if (raw == 0) return false;
  const types::Object& o = t_cx.objects[types::ObjectId{raw - 1}];
  if (!o.type.exists()) return false;
  if (o.kind == types::ObjectKind::kVar) return holds(o.type);
  return o.kind == types::ObjectKind::kFunc && t_cx.types.is(o.type, TypeKind::kSignature) &&
         (!t_cx.types.signature(o.type).type_params.empty() ||
          (o.is(types::Object::kMethod) && o.extra != UINT32_MAX &&
           t_cx.types.has_type_param(TypeId{o.extra})));
}

void check(RuleContext& cx, FunctionId function) {
  FunctionSyntax source = cx.syntax(function);
  if (!source.exists() || !concerns(cx, function)) return;
  FunctionSyntax whole = cx.syntax(cx.declared(function));
  if (!whole.exists() || whole.tree != source.tree) whole = source;
  Finder finder(cx, source, whole, [&](TypeId t) { return cx.sync_types().held_by(t); });
  uint32_t ordinal = 0;
  for (const Copy& c : finder.run(true)) {
    diag::Finding& f =
        cx.report(kInfo, function, source::Loc{source.file->id, c.at}, "copy", ++ordinal);
    diag::Code held{types::type_text(cx.types(), c.held)};
    diag::Code type{types::type_text(cx.types(), c.type)};
    bool is_it = c.held == c.type;
    bool mark = cx.sync_types().is_mark(c.held);
    if (mark) {
      f.severity = diag::Severity::kWarning;
      f.notes.push_back(diag::Message(
          "{0} holds nothing: it is there to say that {1} must not be copied", held, type));
    }
    std::string what = is_it ? "a {0}" : "a {0} in a {1}";
    switch (c.how) {
      case Copy::kReceiver:
        f.message = diag::Message(is_it ? "each call copies the receiver, a {0}"
                                        : "each call copies the receiver with the {0} in it",
                                  held, type);
        f.advice = diag::Message("use a pointer receiver");
        break;
      case Copy::kParameter:
        f.message = c.name.empty() ? diag::Message("each call copies " + what, held, type)
                                   : diag::Message("each call copies " + what + " into {2}", held,
                                                   type, diag::Code{c.name});
        break;
      case Copy::kAssign:
        f.message = diag::Message("this copies " + what, held, type);
        break;
      case Copy::kArgument:
        f.message = diag::Message("this argument is a copy of " + what, held, type);
        break;
      case Copy::kElement:
        f.message = diag::Message("this element is a copy of " + what, held, type);
        break;
      case Copy::kReturn:
        f.message = diag::Message("this result is a copy of " + what, held, type);
        break;
      case Copy::kSend:
        f.message = diag::Message("this sends a copy of " + what, held, type);
        break;
      case Copy::kRange:
        f.message =
            diag::Message("{2} is in each round a copy of " + what, held, type, diag::Code{c.name});
        f.advice = diag::Message("range over the index and use a pointer to the element");
        break;
      case Copy::kLoopVariable:
        f.message = diag::Message("each round of the loop has a {2} of its own: a copy of " + what,
                                  held, type, diag::Code{c.name});
        f.advice = diag::Message("declare {0} before the loop", diag::Code{c.name});
        break;
      case Copy::kInstance:
        f.message = diag::Message("{2} copies " + what, held, type, diag::Code{c.name});
        break;
    }
  }
}

}  // namespace

Rule sync_value_copied() { return {&kInfo, check, Trigger{.shows = shows}}; }

}  // namespace unpark::rules
