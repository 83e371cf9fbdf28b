// The idea: a break without a label that has no effect on where control goes, in a place where
// somebody wanted an effect.
//
// No effect: the break leaves a select or switch that is the last thing in the body of a `for`, and
// it is itself the last thing in its clause. Then it does what falling off the clause does: the
// loop goes round again. The exception is `if !ok { break }` behind `v, ok := <-c`: it may skip
// statements of its clause, because the next receive finds the channel closed again, at once and
// for ever.
//
// Somebody wanted an effect: the clause is taken on a signal that says "end" (LostBreak::Signal).
// For weak signals (an error, a name) the loop must have no other way out at all. Strong ones (a
// context, a closed channel, a channel named quit) are believed in a loop that other clauses of the
// same select may end, but not where a condition or a statement outside of the select can: that may
// be where the signal is looked at.
//
// Breaks at the end of most clauses are a habit from C and say nothing. So nothing is said when
// several clauses of the switch or select end in such a break, unless the signal is a context or a
// closed channel. `break` as the only statement of a switch's case is an empty case written out.
//
// Cost: a walk over the statements of the function, no expressions; the rest only for a break that
// has no effect.
#include "rules/channel/lost_break.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "rules/tree_query.h"
#include "syntax/walk.h"
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
using syntax::Stmt;
using syntax::Token;
using syntax::Tree;
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

class Finder {
 public:
  Finder(RuleContext& cx, FunctionId function)
      : cx_(cx),
        types_(cx.types()),
        function_(function),
        source_(cx.syntax(function)),
        tree_(*source_.tree) {}

  std::vector<LostBreak> run() {
    list(tree_[source_.body].stmts);
    return std::move(found_);
  }

 private:
  // What the statement being looked at stands in, outermost first.
  struct Level {
    enum What : uint8_t { kOther, kIf, kLoop, kChoice, kClause };
    What what = kOther;
    Ref<Node> node;
    bool last = true;  // nothing follows in the list that it stands in
    bool in_else = false;
  };

  struct Exit {
    Span at;
  };

  struct Clause {
    Ref<Node> node;
    List<Stmt> body;
    Span span;
  };

  // --- the walk over statements ---

  void list(List<Stmt> stmts) {
    std::span<const Ref<Stmt>> all = tree_[stmts];
    size_t end = all.size();
    while (end > 0 && tree_.is<syntax::EmptyStmt>(all[end - 1])) end--;
    for (size_t i = 0; i < end; i++) stmt(all[i], i + 1 == end);
  }

  void stmt(Ref<Stmt> s, bool last) {
    Ref<Node> node{s.raw};
    switch (tree_.kind(s)) {
      case Kind::kBlockStmt:
        inside({Level::kOther, node, last, false}, tree_.get<syntax::BlockStmt>(s).stmts);
        break;
      case Kind::kLabeledStmt:
        stmt(tree_.get<syntax::LabeledStmt>(s).stmt, last);
        break;
      case Kind::kIfStmt: {
        const syntax::IfStmt& i = tree_.get<syntax::IfStmt>(s);
        inside({Level::kIf, node, last, false}, tree_[i.body].stmts);
        if (!i.otherwise.exists()) break;
        path_.push_back({Level::kIf, node, last, true});
        stmt(i.otherwise, true);
        path_.pop_back();
        break;
      }
      case Kind::kForStmt:
        inside({Level::kLoop, node, last, false}, tree_[tree_.get<syntax::ForStmt>(s).body].stmts);
        break;
      case Kind::kRangeStmt:
        inside({Level::kLoop, node, last, false},
               tree_[tree_.get<syntax::RangeStmt>(s).body].stmts);
        break;
      case Kind::kSwitchStmt:
      case Kind::kTypeSwitchStmt:
      case Kind::kSelectStmt:
        path_.push_back({Level::kChoice, node, last, false});
        for (const Clause& c : clauses(node)) {
          inside({Level::kClause, c.node, true, false}, c.body);
        }
        path_.pop_back();
        break;
      case Kind::kBranchStmt: {
        const syntax::BranchStmt& b = tree_.get<syntax::BranchStmt>(s);
        if (b.op != Token::kBreak || b.label.exists()) break;
        breaks_++;
        look(b.span, last);
        break;
      }
      default:
        break;
    }
  }

  void inside(Level level, List<Stmt> stmts) {
    path_.push_back(level);
    list(stmts);
    path_.pop_back();
  }

  std::vector<Clause> clauses(Ref<Node> choice) const {
    Ref<syntax::BlockStmt> body;
    switch (tree_.kind(choice)) {
      case Kind::kSwitchStmt:
        body = tree_.get<syntax::SwitchStmt>(choice).body;
        break;
      case Kind::kTypeSwitchStmt:
        body = tree_.get<syntax::TypeSwitchStmt>(choice).body;
        break;
      default:
        body = tree_.get<syntax::SelectStmt>(choice).body;
        break;
    }
    std::vector<Clause> out;
    for (Ref<Stmt> s : tree_[tree_[body].stmts]) {
      Ref<Node> node{s.raw};
      if (tree_.is<syntax::CaseClause>(s)) {
        out.push_back({node, tree_.get<syntax::CaseClause>(s).body, tree_.span(s)});
      } else if (tree_.is<syntax::CommClause>(s)) {
        out.push_back({node, tree_.get<syntax::CommClause>(s).body, tree_.span(s)});
      }
    }
    return out;
  }

  // --- one break ---

  void look(Span at, bool last) {
    size_t choice = path_.size();
    while (choice > 0 && path_[choice - 1].what != Level::kChoice) {
      if (path_[choice - 1].what == Level::kLoop) return;  // it leaves that loop
      choice--;
    }
    if (choice-- == 0) return;
    size_t clause = choice + 1;
    size_t loop = choice;
    while (loop > 0 && path_[loop - 1].what != Level::kLoop) loop--;
    if (loop-- == 0 || !tree_.is<syntax::ForStmt>(path_[loop].node)) return;
    for (size_t i = loop + 1; i <= choice; i++) {
      if (!path_[i].last) return;
    }
    bool useless = last;
    for (size_t i = clause + 1; i < path_.size(); i++) useless = useless && path_[i].last;

    at_ = at;
    loop_ = &tree_.get<syntax::ForStmt>(path_[loop].node);
    choice_ = path_[choice].node;
    clause_ = path_[clause].node;
    for (const Clause& c : clauses(choice_)) {
      if (c.node == clause_) clause_body_ = c.body;
    }
    ifs_.clear();
    for (size_t i = clause + 1; i < path_.size(); i++) {
      if (path_[i].what == Level::kIf) ifs_.push_back(path_[i]);
    }
    LostBreak b;
    if (!is_lost(b, useless)) return;
    b.at = {source_.file->id, at};
    b.loop = {source_.file->id, {loop_->span.begin, loop_->span.begin + 3}};
    b.whole_loop = loop_->span;
    b.select = tree_.is<syntax::SelectStmt>(choice_);
    b.skips = !useless;
    b.last = !tree_[source_.type].results.count && path_[0].last && loop == 0;
    b.ordinal = breaks_;
    found_.push_back(std::move(b));
  }

  bool is_lost(LostBreak& b, bool useless) {
    if (stops_before()) return false;
    bool strong = tree_.is<syntax::CommClause>(clause_) && strong_signal(b);
    if (strong && b.signal == LostBreak::kClosed) {
      useless = true;  // what it skips waits for a value that will not come
    } else if (!useless) {
      return false;
    }
    find_exits();
    bool habit = other_clauses_break();
    if (strong) return believable(b, habit);
    if (habit || !exits_.empty() || loop_->cond.exists()) return false;
    b.endless = true;
    return weak_signal(b);
  }

  // The process, the goroutine or the test is over before the break.
  bool stops_before() {
    Span before{tree_.span(clause_).begin, at_.begin};
    return calls_that_stop(before);
  }

  bool calls_that_stop(Span within) {
    const flow::FunctionFacts& facts = cx_.facts().of(function_);
    return std::any_of(facts.stops_at.begin(), facts.stops_at.end(), [&](ValueId stop) {
      if (!stop.exists()) return false;
      Span s = (*facts.body)[stop].span;
      return within.begin <= s.begin && s.end <= within.end;
    });
  }

  // --- signals ---

  // The channel that the clause receives from, and the variables that the receive sets.
  struct Receive {
    Ref<Expr> channel;
    ObjectId value, ok;
  };
  Receive receive() const {
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

  bool strong_signal(LostBreak& b) {
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

  bool weak_signal(LostBreak& b) {
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

  // Inside `if !ok { … }`, or the else of `if ok`.
  bool found_closed(ObjectId ok) const {
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

  bool looks_at_error(Ref<Expr> cond) const {
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

  bool is_nil(Ref<Expr> e) const {
    ObjectId o = denoted(tree_, e);
    return o.exists() && types_.objects[o].kind == types::ObjectKind::kNil;
  }
  bool is_empty_struct(TypeId t) const {
    t = types_.types.under(t);
    return types_.types.is(t, TypeKind::kStruct) && types_.types.fields(t).empty();
  }
  bool is_error(TypeId t) const { return t == types_.error_type; }
  bool is_named(TypeId t, std::string_view package, std::string_view name) const {
    if (!t.exists() || !types_.types.is(t, TypeKind::kNamed)) return false;
    const types::Object& o = types_.objects[types_.types.named(t).object];
    return o.package.exists() && types_.text(o.name) == name &&
           types_.package(o.package).path == package;
  }
  bool is_time(TypeId t) const { return is_named(t, "time", "Time"); }
  bool is_context(TypeId t) const { return is_named(t, "context", "Context"); }

  // A variable of this function that is given time.After(…), outside of the loop.
  bool is_deadline(ObjectId variable) const {
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
  bool is_after(Ref<Expr> e) const {
    e = unparen(tree_, e);
    if (!tree_.is<syntax::CallExpr>(e)) return false;
    ObjectId f = denoted(tree_, tree_.get<syntax::CallExpr>(e).fun);
    if (!f.exists()) return false;
    const types::Object& o = types_.objects[f];
    return o.package.exists() && types_.package(o.package).path == "time" &&
           types_.text(o.name) == "After";
  }

  // The variable that `a.b.c` begins with, or what else it is.
  ObjectId root_of(Ref<Expr> e) const {
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

  // Nothing in the loop, and no function literal elsewhere in the declared function around, assigns
  // to the variable or field; nobody takes its address.
  bool is_steady(ObjectId variable) {
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

  // The declared function around, as far as it is one.
  FunctionSyntax whole_function() {
    FunctionSyntax whole = cx_.syntax(cx_.declared(function_));
    return whole.exists() && whole.tree == &tree_ ? whole : source_;
  }

  // --- what else the loop does ---

  void find_exits() {
    exits_.clear();
    std::vector<base::NameId> labels;  // of statements inside the loop
    syntax::walk(tree_, Ref<Node>{loop_->body.raw}, [&](Ref<Node> n) {
      if (tree_.is<syntax::LabeledStmt>(n)) {
        labels.push_back(tree_[tree_.get<syntax::LabeledStmt>(n).label].name);
      }
      return tree_.kind(n) != Kind::kFuncLit && !is_expression(n);
    });
    exits_in(Ref<Node>{loop_->body.raw}, labels, true);
    const flow::FunctionFacts& facts = cx_.facts().of(function_);
    for (ValueId stop : facts.stops_at) {
      if (!stop.exists()) continue;
      Span s = (*facts.body)[stop].span;
      if (loop_->span.begin <= s.begin && s.end <= loop_->span.end) exits_.push_back({s});
    }
  }

  bool is_expression(Ref<Node> n) const { return syntax::is_expr(tree_.kind(n)); }

  // `direct`: a break without a label leaves the loop.
  void exits_in(Ref<Node> n, const std::vector<base::NameId>& labels, bool direct) {
    Kind k = tree_.kind(n);
    if (k == Kind::kExprStmt) {
      Ref<Expr> x = unparen(tree_, tree_.get<syntax::ExprStmt>(n).x);
      if (!tree_.is<syntax::CallExpr>(x)) return;
      ObjectId f = denoted(tree_, tree_.get<syntax::CallExpr>(x).fun);
      if (!f.exists()) return;
      const types::Object& o = types_.objects[f];
      if (o.kind == types::ObjectKind::kBuiltin &&
          o.extra == static_cast<uint32_t>(types::Builtin::kPanic)) {
        exits_.push_back({tree_.span(n)});
      }
      return;
    }
    if (is_expression(n)) return;
    if (k == Kind::kReturnStmt) exits_.push_back({tree_.span(n)});
    if (k == Kind::kBranchStmt) {
      const syntax::BranchStmt& b = tree_.get<syntax::BranchStmt>(n);
      if (b.label.exists()) {
        bool inner = std::find(labels.begin(), labels.end(), tree_[b.label].name) != labels.end();
        bool again = b.op == Token::kContinue && own_label() == tree_[b.label].name;
        if (!inner && !again) exits_.push_back({b.span});
      } else if (b.op == Token::kBreak && direct) {
        exits_.push_back({b.span});
      }
      return;
    }
    bool inner = direct && k != Kind::kForStmt && k != Kind::kRangeStmt && k != Kind::kSwitchStmt &&
                 k != Kind::kTypeSwitchStmt && k != Kind::kSelectStmt;
    syntax::for_each_child(tree_, n, [&](Ref<Node> child) { exits_in(child, labels, inner); });
  }

  // The label of the loop itself, if it has one.
  base::NameId own_label() const {
    base::NameId name;
    syntax::walk(tree_, Ref<Node>{source_.body.raw}, [&](Ref<Node> n) {
      if (tree_.is<syntax::LabeledStmt>(n)) {
        const syntax::LabeledStmt& l = tree_.get<syntax::LabeledStmt>(n);
        if (tree_.span(l.stmt) == loop_->span) name = tree_[l.label].name;
      }
      return !is_expression(n);
    });
    return name;
  }

  bool outside_choice(Span s) const {
    Span c = tree_.span(choice_);
    return s.begin < c.begin || s.end > c.end;
  }

  // Another clause of the same select or switch ends in a break that does nothing either.
  bool other_clauses_break() const {
    for (const Clause& c : clauses(choice_)) {
      if (c.node == clause_) continue;
      std::span<const Ref<Stmt>> body = tree_[c.body];
      if (!body.empty() && tree_.is<syntax::BranchStmt>(body.back()) &&
          tree_.get<syntax::BranchStmt>(body.back()).op == Token::kBreak &&
          !tree_.get<syntax::BranchStmt>(body.back()).label.exists()) {
        return true;
      }
    }
    return false;
  }

  bool believable(LostBreak& b, bool habit) {
    b.endless = exits_.empty() && !loop_->cond.exists();
    bool certain = b.signal == LostBreak::kContext || b.signal == LostBreak::kClosed;
    if (habit && !certain) return false;
    if (std::any_of(exits_.begin(), exits_.end(),
                    [&](const Exit& e) { return outside_choice(e.at); })) {
      return false;
    }
    if (loop_->cond.exists() && !cannot_see_signal(loop_->cond)) return false;
    // What the clause does may be what another clause waits for.
    if (b.endless || b.signal == LostBreak::kContext || b.signal == LostBreak::kClosed) return true;
    return !changes_something() && !calls_before(clause_body_);
  }

  // The condition has nothing to do with the signal: no variable in common, and nothing that the
  // clause sets.
  bool cannot_see_signal(Ref<Expr> cond) {
    ObjectId root = root_of(signal_);
    if (!root.exists() || types_.objects[root].is(types::Object::kPackageLevel)) return false;
    if (changes_something() || receive().value.exists()) return false;
    bool blind = true;
    syntax::walk(tree_, Ref<Node>{cond.raw}, [&](Ref<Node> n) {
      if (tree_.is<Ident>(n)) blind = blind && object_of(tree_, tree_.as<Ident>(n)) != root;
      return blind;
    });
    return blind && !captured(root);
  }

  // A function literal in the declared function around mentions the variable, but for those that
  // the loop is in.
  bool captured(ObjectId variable) {
    bool found = false;
    std::vector<Span> literals;
    syntax::walk(tree_, Ref<Node>{whole_function().body.raw}, [&](Ref<Node> n) {
      Span s = tree_.span(n);
      if (tree_.is<syntax::FuncLit>(n) &&
          (s.begin > loop_->span.begin || s.end < loop_->span.end)) {
        literals.push_back(s);
      }
      if (tree_.is<Ident>(n) && object_of(tree_, tree_.as<Ident>(n)) == variable) {
        found = found || std::any_of(literals.begin(), literals.end(),
                                     [&](Span l) { return l.begin <= s.begin && s.end <= l.end; });
      }
      return !found;
    });
    return found;
  }

  // This is where the variable is declared.
  bool declares(Ref<Expr> e, ObjectId variable) const {
    const types::Object& o = types_.objects[variable];
    return tree_.is<Ident>(e) && o.file == source_.file->id && o.pos == tree_.span(e).begin;
  }

  // The clause assigns to something that lives longer than itself.
  bool changes_something() const {
    bool changes = false;
    for (Ref<Stmt> s : tree_[clause_body_]) {
      syntax::walk(tree_, Ref<Node>{s.raw}, [&](Ref<Node> n) {
        Kind k = tree_.kind(n);
        if (k == Kind::kIncDecStmt || k == Kind::kSendStmt || k == Kind::kGoStmt) changes = true;
        if (k == Kind::kAssignStmt && tree_.get<syntax::AssignStmt>(n).op != Token::kDefine) {
          changes = true;
        }
        return !changes;
      });
    }
    return changes;
  }

  // Calls in these statements, but of functions that only write something for people to read.
  bool calls_before(List<Stmt> stmts) const {
    bool calls = false;
    for (Ref<Stmt> s : tree_[stmts]) {
      if (tree_.span(s).begin >= at_.begin) break;
      syntax::walk(tree_, Ref<Node>{s.raw}, [&](Ref<Node> n) {
        if (calls || tree_.span(n).begin >= at_.begin) return false;
        if (tree_.is<syntax::CallExpr>(n)) calls = !only_tells(tree_.get<syntax::CallExpr>(n));
        return !calls;
      });
    }
    return calls;
  }

  bool only_tells(const syntax::CallExpr& call) const {
    Ref<Expr> fun = unparen(tree_, call.fun);
    if (mode_of(tree_, fun) == types::Mode::kTypeExpr) return true;
    ObjectId f = denoted(tree_, fun);
    if (!f.exists()) return false;
    const types::Object& o = types_.objects[f];
    if (o.kind == types::ObjectKind::kBuiltin) return true;
    if (!o.package.exists()) return f == types_.error_method;
    std::string_view package = types_.package(o.package).path;
    return package == "log" || package == "log/slog" || package == "fmt" || package == "testing" ||
           package == "time";
  }

  RuleContext& cx_;
  types::Context& types_;
  FunctionId function_;
  FunctionSyntax source_;
  const Tree& tree_;
  std::vector<Level> path_;
  uint32_t breaks_ = 0;
  std::vector<LostBreak> found_;

  // Of the break being looked at.
  Span at_;
  const syntax::ForStmt* loop_ = nullptr;
  Ref<Node> choice_, clause_;
  List<Stmt> clause_body_;
  std::vector<Level> ifs_;  // around it in its clause
  Ref<Expr> signal_;
  std::vector<Exit> exits_;
};

}  // namespace

std::vector<LostBreak> lost_breaks(RuleContext& cx, FunctionId function) {
  FunctionSyntax source = cx.syntax(function);
  if (!source.exists()) return {};
  return Finder(cx, function).run();
}

bool exit_is_lost(RuleContext& cx, FunctionId function, ValueId instruction) {
  Span at = cx.place(function, instruction).span;
  std::vector<LostBreak> all = lost_breaks(cx, function);
  return std::any_of(all.begin(), all.end(), [&](const LostBreak& b) {
    return b.whole_loop.begin <= at.begin && at.end <= b.whole_loop.end;
  });
}

}  // namespace unpark::rules
