// What says that a loop was meant to end where a clause of its select or switch is taken: the
// channel that the clause receives from, the value of its case, or the tests around the break in it
// (LostBreak::Signal).
//
// A signal on a channel counts only while that is the same channel each time round: the variable or
// field is steady.
//
// Cost: walks over the function and the declared one around it, per break that has no effect.
#include <algorithm>
#include <cctype>
#include <span>
#include <string>
#include <string_view>

#include "rules/channel/lost_break_finder.h"
#include "rules/tree_query.h"
#include "syntax/walk.h"
#include "types/predicates.h"

namespace unpark::rules {

namespace {

using source::Span;
using syntax::Expr;
using syntax::Ident;
using syntax::Kind;
using syntax::Node;
using syntax::Ref;
using syntax::Stmt;
using syntax::Token;
using types::ObjectId;
using types::TypeId;
using types::TypeKind;

// Whether a name, or a sentence that is a value, says that something ends: it is made of words, and
// one of them is such a word. Words that also say "one piece of work is done" count only alone.
bool says_end(std::string_view name) {
  constexpr std::string_view kAlways[] = {
      "quit",     "quitting", "stop",      "stopped",   "stopping", "stopper",    "exit",
      "exiting",  "exited",   "shutdown",  "close",     "closed",   "closing",    "closer",
      "cancel",   "canceled", "cancelled", "terminate", "term",     "terminated", "terminating",
      "kill",     "killed",   "die",       "dying",     "dead",     "abort",      "aborted",
      "shutting", "eof",      "bye",
  };
  constexpr std::string_view kAlone[] = {"done", "finish", "finished", "end", "ended", "over"};
  std::vector<std::string> words;
  bool upper_before = false;
  for (char ch : name) {
    auto c = static_cast<unsigned char>(ch);
    if (!std::isalnum(c)) {
      words.emplace_back();
      upper_before = false;
      continue;
    }
    bool upper = std::isupper(c);
    if (words.empty() || (upper && !upper_before)) words.emplace_back();
    words.back() += static_cast<char>(std::tolower(c));
    upper_before = upper;
  }
  std::erase_if(words, [](const std::string& w) {
    return w.empty() || w == "ch" || w == "chan" || w == "channel" || w == "c" || w == "signal" ||
           w == "is" || w == "on";
  });
  auto is_in = [](std::string_view word, std::span<const std::string_view> list) {
    for (std::string_view each : list) {
      if (word == each) return true;
      for (std::string_view suffix : {"c", "ch", "chan"}) {
        if (word.size() == each.size() + suffix.size() && word.starts_with(each) &&
            word.ends_with(suffix)) {
          return true;
        }
      }
    }
    return false;
  };
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& w) { return is_in(w, kAlways); }) ||
         (words.size() == 1 && is_in(words[0], kAlone));
}

}  // namespace

LostBreakFinder::Receive LostBreakFinder::receive() const {
  Ref<Stmt> comm = tree_.get<syntax::CommClause>(clause_).comm;
  Receive out;
  Ref<Expr> x;
  if (tree_.is<syntax::ExprStmt>(comm)) {
    x = tree_.get<syntax::ExprStmt>(comm).x;
  } else if (tree_.is<syntax::AssignStmt>(comm)) {
    const syntax::AssignStmt& a = tree_.get<syntax::AssignStmt>(comm);
    if (a.rhs.count != 1) return out;
    x = tree_.at(a.rhs, 0);
    if (a.lhs.count > 0) out.value = denoted(tree_, tree_.at(a.lhs, 0));
    if (a.lhs.count > 1) out.ok = denoted(tree_, tree_.at(a.lhs, 1));
  } else {
    return out;
  }
  x = unparen(tree_, x);
  if (!tree_.is<syntax::UnaryExpr>(x)) return out;
  out.channel = unparen(tree_, tree_.get<syntax::UnaryExpr>(x).x);
  return out;
}

bool LostBreakFinder::strong_signal(LostBreak& b) {
  Receive r = receive();
  if (!r.channel.exists()) return false;
  TypeId channel = types_.types.under(type_of(tree_, r.channel));
  if (!types_.types.is(channel, TypeKind::kChan)) return false;
  TypeId elem = types_.types.elem(channel);
  b.what = std::string(tree_.text(tree_.span(r.channel)));
  signal_ = r.channel;

  if (tree_.is<syntax::CallExpr>(r.channel)) {
    const syntax::CallExpr& call = tree_.get<syntax::CallExpr>(r.channel);
    Ref<Expr> fun = unparen(tree_, call.fun);
    if (call.args.count || !tree_.is<syntax::SelectorExpr>(fun)) return false;
    const syntax::SelectorExpr& s = tree_.get<syntax::SelectorExpr>(fun);
    if (types_.text(tree_[s.sel].name) != "Done" || !is_empty_struct(elem)) return false;
    b.signal = is_context(type_of(tree_, s.x)) ? LostBreak::kContext : LostBreak::kQuit;
    return is_steady(root_of(s.x));
  }
  ObjectId variable = denoted(tree_, r.channel);
  if (!variable.exists() || !is_steady(variable)) return false;
  if (r.ok.exists() && found_closed(r.ok)) {
    b.signal = LostBreak::kClosed;
    // A call may put a new channel into a field.
    return !types_.objects[variable].is(types::Object::kField) || !calls_before(clause_body_);
  }
  const types::Object& o = types_.objects[variable];
  if (is_time(elem) && is_deadline(variable)) {
    b.signal = LostBreak::kDeadline;
    return true;
  }
  b.signal = LostBreak::kQuit;
  bool plain = is_empty_struct(elem) || types::is_boolean(types_, elem);
  return plain && says_end(types_.text(o.name));
}

bool LostBreakFinder::weak_signal(LostBreak& b) {
  b.what = "";
  if (std::any_of(ifs_.begin(), ifs_.end(), [&](const Level& l) {
        return !l.in_else && looks_at_error(tree_.get<syntax::IfStmt>(l.node).cond);
      })) {
    b.signal = LostBreak::kFailure;
    return true;
  }
  if (!ifs_.empty() || tree_[clause_body_].size() < 2) return false;
  if (tree_.is<syntax::CommClause>(clause_)) {
    Receive r = receive();
    if (!r.channel.exists()) return false;
    TypeId channel = types_.types.under(type_of(tree_, r.channel));
    if (!types_.types.is(channel, TypeKind::kChan)) return false;
    b.what = std::string(tree_.text(tree_.span(r.channel)));
    b.signal = LostBreak::kFailure;
    if (is_error(types_.types.elem(channel))) return true;
    b.signal = LostBreak::kWord;
    ObjectId variable = denoted(tree_, r.channel);
    return variable.exists() && says_end(types_.text(types_.objects[variable].name));
  }
  for (Ref<Expr> value : tree_[tree_.get<syntax::CaseClause>(clause_).values]) {
    b.what = std::string(tree_.text(tree_.span(value)));
    b.signal = LostBreak::kWord;
    if (tells_end(value) && !clause_waits()) return true;
    if (followed_) continue;
    if (mode_of(tree_, value) == types::Mode::kTypeExpr) {
      b.signal = LostBreak::kFailure;
      if (is_error(type_of(tree_, value))) return true;
    } else {
      b.signal = LostBreak::kWord;
      bool name = tree_.is<Ident>(value) || tree_.is<syntax::SelectorExpr>(value) ||
                  tree_.is<syntax::BasicLit>(value);
      if (name && says_end(b.what)) return true;
    }
  }
  return false;
}

bool LostBreakFinder::tells_end(Ref<Expr> value) const {
  if (!tree_.is<syntax::SwitchStmt>(choice_)) return false;
  value = unparen(tree_, value);
  if (tree_.get<syntax::SwitchStmt>(choice_).tag.exists()) {
    return is_error(type_of(tree_, tree_.get<syntax::SwitchStmt>(choice_).tag)) &&
           says_end(last_name(value));
  }
  if (tree_.is<syntax::BinaryExpr>(value)) {
    const syntax::BinaryExpr& e = tree_.get<syntax::BinaryExpr>(value);
    if (e.op != Token::kEql || is_nil(e.x) || is_nil(e.y)) return false;
    if (!is_error(type_of(tree_, e.x)) && !is_error(type_of(tree_, e.y))) return false;
    return says_end(last_name(e.x)) || says_end(last_name(e.y));
  }
  if (tree_.is<syntax::CallExpr>(value)) {
    const syntax::CallExpr& call = tree_.get<syntax::CallExpr>(value);
    ObjectId f = denoted(tree_, call.fun);
    if (call.args.count != 2 || !f.exists()) return false;
    const types::Object& o = types_.objects[f];
    return o.package.exists() && types_.package(o.package).path == "errors" &&
           types_.text(o.name) == "Is" && says_end(last_name(tree_.at(call.args, 1)));
  }
  return false;
}

std::string_view LostBreakFinder::last_name(Ref<Expr> e) const {
  e = unparen(tree_, e);
  ObjectId o = denoted(tree_, e);
  return o.exists() ? types_.text(types_.objects[o].name) : std::string_view();
}

bool LostBreakFinder::clause_waits() const {
  constexpr std::string_view kWords[] = {"sleep", "wait", "reset", "seek", "reopen", "reconnect"};
  bool waits = changes_something();
  for (Ref<Stmt> s : tree_[clause_body_]) {
    syntax::walk(tree_, Ref<Node>{s.raw}, [&](Ref<Node> n) {
      Kind k = tree_.kind(n);
      if (k == Kind::kSelectStmt) waits = true;
      if (k == Kind::kUnaryExpr && tree_[Ref<Expr>{n.raw}].op == Token::kArrow) waits = true;
      if (k == Kind::kCallExpr) {
        std::string name(last_name(tree_.get<syntax::CallExpr>(n).fun));
        if (!name.empty()) name[0] = static_cast<char>(std::tolower(name[0]));
        for (std::string_view word : kWords) waits = waits || name.starts_with(word);
      }
      return !waits;
    });
  }
  return waits;
}

bool LostBreakFinder::found_closed(ObjectId ok) const {
  return std::any_of(ifs_.begin(), ifs_.end(), [&](const Level& l) {
    Ref<Expr> cond = unparen(tree_, tree_.get<syntax::IfStmt>(l.node).cond);
    bool negated = false;
    while (tree_.is<syntax::UnaryExpr>(cond) && tree_[cond].op == Token::kNot) {
      cond = unparen(tree_, tree_.get<syntax::UnaryExpr>(cond).x);
      negated = !negated;
    }
    return tree_.is<Ident>(cond) && denoted(tree_, cond) == ok && negated != l.in_else;
  });
}

bool LostBreakFinder::looks_at_error(Ref<Expr> cond) const {
  bool found = false;
  syntax::walk(tree_, Ref<Node>{cond.raw}, [&](Ref<Node> n) {
    Kind k = tree_.kind(n);
    if (k == Kind::kFuncLit) return false;
    if (k == Kind::kBinaryExpr) {
      const syntax::BinaryExpr& e = tree_.get<syntax::BinaryExpr>(n);
      // `err == nil` is the good case.
      if (e.op == Token::kEql && is_nil(e.y)) return false;
    }
    if (k == Kind::kIdent || k == Kind::kSelectorExpr) {
      found = found || is_error(type_of(tree_, Ref<Expr>{n.raw}));
    }
    return !found;
  });
  return found;
}

bool LostBreakFinder::is_nil(Ref<Expr> e) const {
  ObjectId o = denoted(tree_, e);
  return o.exists() && types_.objects[o].kind == types::ObjectKind::kNil;
}

bool LostBreakFinder::is_empty_struct(TypeId t) const {
  t = types_.types.under(t);
  return types_.types.is(t, TypeKind::kStruct) && types_.types.fields(t).empty();
}

bool LostBreakFinder::is_named(TypeId t, std::string_view package, std::string_view name) const {
  if (!t.exists() || !types_.types.is(t, TypeKind::kNamed)) return false;
  const types::Object& o = types_.objects[types_.types.named(t).object];
  return o.package.exists() && types_.text(o.name) == name &&
         types_.package(o.package).path == package;
}

bool LostBreakFinder::is_deadline(ObjectId variable) const {
  bool found = false;
  syntax::walk(tree_, Ref<Node>{source_.body.raw}, [&](Ref<Node> n) {
    if (found || n.raw == 0) return false;
    if (tree_.is<syntax::AssignStmt>(n)) {
      const syntax::AssignStmt& a = tree_.get<syntax::AssignStmt>(n);
      if (a.op == Token::kDefine && a.lhs.count == 1 && a.rhs.count == 1 &&
          denoted(tree_, tree_.at(a.lhs, 0)) == variable) {
        found = a.span.end <= loop_->span.begin && is_after(tree_.at(a.rhs, 0));
      }
    }
    return true;
  });
  return found;
}

bool LostBreakFinder::is_after(Ref<Expr> e) const {
  e = unparen(tree_, e);
  if (!tree_.is<syntax::CallExpr>(e)) return false;
  ObjectId f = denoted(tree_, tree_.get<syntax::CallExpr>(e).fun);
  if (!f.exists()) return false;
  const types::Object& o = types_.objects[f];
  return o.package.exists() && types_.package(o.package).path == "time" &&
         types_.text(o.name) == "After";
}

ObjectId LostBreakFinder::root_of(Ref<Expr> e) const {
  for (;;) {
    e = unparen(tree_, e);
    if (tree_.is<syntax::SelectorExpr>(e)) {
      const syntax::SelectorExpr& s = tree_.get<syntax::SelectorExpr>(e);
      ObjectId x = denoted(tree_, s.x);
      if (x.exists() && types_.objects[x].kind == types::ObjectKind::kPkgName) {
        return object_of(tree_, s.sel);
      }
      e = s.x;
    } else if (tree_.is<syntax::CallExpr>(e)) {
      e = tree_.get<syntax::CallExpr>(e).fun;
    } else if (tree_.is<syntax::StarExpr>(e)) {
      e = tree_.get<syntax::StarExpr>(e).x;
    } else {
      return denoted(tree_, e);
    }
  }
}

bool LostBreakFinder::is_steady(ObjectId variable) {
  if (!variable.exists()) return false;
  FunctionSyntax whole = whole_function();
  std::vector<Span> elsewhere{loop_->span};
  bool steady = true;
  auto changes = [&](Ref<Expr> e) {
    return e.exists() && denoted(tree_, e) == variable && !declares(e, variable);
  };
  auto counts = [&](Span s) {
    return std::any_of(elsewhere.begin(), elsewhere.end(),
                       [&](Span e) { return e.begin <= s.begin && s.end <= e.end; });
  };
  syntax::walk(tree_, Ref<Node>{whole.body.raw}, [&](Ref<Node> n) {
    if (!steady) return false;
    Span s = tree_.span(n);
    switch (tree_.kind(n)) {
      case Kind::kFuncLit:
        if (s.begin > loop_->span.begin || s.end < loop_->span.end) elsewhere.push_back(s);
        break;
      case Kind::kAssignStmt:
        for (Ref<Expr> e : tree_[tree_.get<syntax::AssignStmt>(n).lhs]) {
          if (changes(e) && counts(s)) steady = false;
        }
        break;
      case Kind::kUnaryExpr:
        if (tree_[Ref<Expr>{n.raw}].op == Token::kAnd &&
            changes(tree_.get<syntax::UnaryExpr>(n).x)) {
          steady = false;
        }
        break;
      case Kind::kRangeStmt: {
        const syntax::RangeStmt& r = tree_.get<syntax::RangeStmt>(n);
        if (counts(s) && (changes(r.key) || changes(r.value))) steady = false;
        break;
      }
      default:
        break;
    }
    return true;
  });
  return steady;
}

bool LostBreakFinder::declares(Ref<Expr> e, ObjectId variable) const {
  const types::Object& o = types_.objects[variable];
  return tree_.is<Ident>(e) && o.file == source_.file->id && o.pos == tree_.span(e).begin;
}

}  // namespace unpark::rules
