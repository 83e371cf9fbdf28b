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
// A switch that more statements follow is looked at for ends of what is read alone (`err ==
// io.EOF`): the loop has no way out, and what its author took for one is this break.
//
// Breaks at the end of most clauses are a habit from C and say nothing. So nothing is said when
// several clauses of the switch or select end in such a break, unless the signal is a context or a
// closed channel. `break` as the only statement of a switch's case is an empty case written out.
//
// Cost: a walk over the statements of the function, no expressions; the rest only for a break that
// has no effect.
#include "rules/channel/lost_break.h"

#include <algorithm>

#include "rules/channel/lost_break_finder.h"

namespace unpark::rules {

namespace {

using source::Span;
using syntax::Kind;
using syntax::List;
using syntax::Node;
using syntax::Ref;
using syntax::Stmt;
using syntax::Token;

}  // namespace

LostBreakFinder::LostBreakFinder(RuleContext& cx, FunctionId function)
    : cx_(cx),
      types_(cx.types()),
      function_(function),
      source_(cx.syntax(function)),
      tree_(*source_.tree) {}

// --- the walk over statements ---

std::vector<LostBreak> LostBreakFinder::run() {
  list(tree_[source_.body].stmts);
  return std::move(found_);
}

void LostBreakFinder::list(List<Stmt> stmts) {
  std::span<const Ref<Stmt>> all = tree_[stmts];
  size_t end = all.size();
  while (end > 0 && tree_.is<syntax::EmptyStmt>(all[end - 1])) end--;
  for (size_t i = 0; i < end; i++) stmt(all[i], i + 1 == end);
}

void LostBreakFinder::stmt(Ref<Stmt> s, bool last) {
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
      inside({Level::kLoop, node, last, false}, tree_[tree_.get<syntax::RangeStmt>(s).body].stmts);
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

void LostBreakFinder::inside(Level level, List<Stmt> stmts) {
  path_.push_back(level);
  list(stmts);
  path_.pop_back();
}

std::vector<LostBreakFinder::Clause> LostBreakFinder::clauses(Ref<Node> choice) const {
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

void LostBreakFinder::look(Span at, bool last) {
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
  followed_ = false;
  for (size_t i = loop + 1; i <= choice; i++) followed_ = followed_ || !path_[i].last;
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

bool LostBreakFinder::is_lost(LostBreak& b, bool useless) {
  if (stops_before()) return false;
  if (followed_ && !(useless && tree_.is<syntax::CaseClause>(clause_))) return false;
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

bool LostBreakFinder::stops_before() {
  Span before{tree_.span(clause_).begin, at_.begin};
  return calls_that_stop(before);
}

bool LostBreakFinder::calls_that_stop(Span within) {
  const flow::FunctionFacts& facts = cx_.facts().of(function_);
  return std::any_of(facts.stops_at.begin(), facts.stops_at.end(), [&](ValueId stop) {
    if (!stop.exists()) return false;
    Span s = (*facts.body)[stop].span;
    return within.begin <= s.begin && s.end <= within.end;
  });
}

std::vector<LostBreak> lost_breaks(RuleContext& cx, FunctionId function) {
  FunctionSyntax source = cx.syntax(function);
  if (!source.exists()) return {};
  return LostBreakFinder(cx, function).run();
}

bool exit_is_lost(RuleContext& cx, FunctionId function, ValueId instruction) {
  Span at = cx.place(function, instruction).span;
  std::vector<LostBreak> all = lost_breaks(cx, function);
  return std::any_of(all.begin(), all.end(), [&](const LostBreak& b) {
    return b.whole_loop.begin <= at.begin && at.end <= b.whole_loop.end;
  });
}

}  // namespace unpark::rules
