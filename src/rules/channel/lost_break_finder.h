// The search for lost breaks (lost_break.h) in one function: the walk over its statements
// (lost_break.cc), what says that a loop was meant to end (lost_break_signal.cc), and what else the
// loop does (lost_break_loop.cc).
#pragma once

#include <string_view>
#include <vector>

#include "rules/channel/lost_break.h"
#include "rules/context.h"
#include "syntax/tree.h"

namespace unpark::rules {

// Made for one function, which has a body, and asked once.
class LostBreakFinder {
 public:
  LostBreakFinder(RuleContext& cx, FunctionId function);

  // All of the function, in source order.
  std::vector<LostBreak> run();

 private:
  // What the statement being looked at stands in, outermost first.
  struct Level {
    enum What : uint8_t { kOther, kIf, kLoop, kChoice, kClause };
    What what = kOther;
    syntax::Ref<syntax::Node> node;
    bool last = true;  // nothing follows in the list that it stands in
    bool in_else = false;
  };

  struct Exit {
    source::Span at;
  };

  struct Clause {
    syntax::Ref<syntax::Node> node;
    syntax::List<syntax::Stmt> body;
    source::Span span;
  };

  // The channel that the clause receives from, and the variables that the receive sets.
  struct Receive {
    syntax::Ref<syntax::Expr> channel;
    types::ObjectId value, ok;
  };

  // --- the walk over statements (lost_break.cc) ---

  void list(syntax::List<syntax::Stmt> stmts);
  void stmt(syntax::Ref<syntax::Stmt> s, bool last);
  void inside(Level level, syntax::List<syntax::Stmt> stmts);
  std::vector<Clause> clauses(syntax::Ref<syntax::Node> choice) const;
  // Adds the break, if it is a lost one. `last`: nothing follows it in its list.
  void look(source::Span at, bool last);
  // `useless`: it does what falling off its clause does.
  bool is_lost(LostBreak& b, bool useless);
  // The process, the goroutine or the test is over before the break.
  bool stops_before();
  bool calls_that_stop(source::Span within);

  // --- signals (lost_break_signal.cc) ---

  Receive receive() const;
  // A signal that is believed even where the loop has other ways out; fills in what it is.
  bool strong_signal(LostBreak& b);
  // One that is believed only where it has none.
  bool weak_signal(LostBreak& b);
  // The case is taken when what is read or waited for has come to its end.
  bool tells_end(syntax::Ref<syntax::Expr> value) const;
  // The name of a variable, constant or field; empty for other expressions.
  std::string_view last_name(syntax::Ref<syntax::Expr> e) const;
  // The clause lets time pass, or sets something anew: the loop comes again for more.
  bool clause_waits() const;
  // Inside `if !ok { … }`, or the else of `if ok`.
  bool found_closed(types::ObjectId ok) const;
  // The test looks at an error, and is not met by its being nil.
  bool looks_at_error(syntax::Ref<syntax::Expr> cond) const;
  bool is_nil(syntax::Ref<syntax::Expr> e) const;
  bool is_empty_struct(types::TypeId t) const;
  bool is_error(types::TypeId t) const { return t == types_.error_type; }
  bool is_named(types::TypeId t, std::string_view package, std::string_view name) const;
  bool is_time(types::TypeId t) const { return is_named(t, "time", "Time"); }
  bool is_context(types::TypeId t) const { return is_named(t, "context", "Context"); }
  // A variable of this function that is given time.After(…), outside of the loop.
  bool is_deadline(types::ObjectId variable) const;
  bool is_after(syntax::Ref<syntax::Expr> e) const;
  // The variable that `a.b.c` begins with, or what else it is.
  types::ObjectId root_of(syntax::Ref<syntax::Expr> e) const;
  // Nothing in the loop, and no function literal elsewhere in the declared function around, assigns
  // to the variable or field; nobody takes its address.
  bool is_steady(types::ObjectId variable);
  // This is where the variable is declared.
  bool declares(syntax::Ref<syntax::Expr> e, types::ObjectId variable) const;

  // --- what else the loop does (lost_break_loop.cc) ---

  // The declared function around, as far as it is one.
  FunctionSyntax whole_function();
  // Collects what leaves the loop.
  void find_exits();
  bool is_expression(syntax::Ref<syntax::Node> n) const { return syntax::is_expr(tree_.kind(n)); }
  // `direct`: a break without a label leaves the loop.
  void exits_in(syntax::Ref<syntax::Node> n, const std::vector<base::NameId>& labels, bool direct);
  // The label of the loop itself, if it has one.
  base::NameId own_label() const;
  bool outside_choice(source::Span s) const;
  // Another clause of the same select or switch ends in a break that does nothing either.
  bool other_clauses_break() const;
  // Whether a strong signal is meant to end the loop. `habit`: other clauses end in breaks, too.
  bool believable(LostBreak& b, bool habit);
  // The condition has nothing to do with the signal: no variable in common, and nothing that the
  // clause sets.
  bool cannot_see_signal(syntax::Ref<syntax::Expr> cond);
  // A function literal in the declared function around mentions the variable, but for those that
  // the loop is in.
  bool captured(types::ObjectId variable);
  // The clause assigns to something that lives longer than itself.
  bool changes_something() const;
  // Calls in these statements, but of functions that only write something for people to read.
  bool calls_before(syntax::List<syntax::Stmt> stmts) const;
  bool only_tells(const syntax::CallExpr& call) const;

  RuleContext& cx_;
  types::Context& types_;
  FunctionId function_;
  FunctionSyntax source_;
  const syntax::Tree& tree_;
  std::vector<Level> path_;
  uint32_t breaks_ = 0;
  std::vector<LostBreak> found_;

  // Of the break being looked at.
  source::Span at_;
  bool followed_ = false;  // by more statements of the loop, behind its switch or select
  const syntax::ForStmt* loop_ = nullptr;
  syntax::Ref<syntax::Node> choice_, clause_;
  syntax::List<syntax::Stmt> clause_body_;
  std::vector<Level> ifs_;  // around it in its clause
  syntax::Ref<syntax::Expr> signal_;
  std::vector<Exit> exits_;
};

}  // namespace unpark::rules
