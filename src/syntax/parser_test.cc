#include "syntax/parser.h"

#include <gtest/gtest.h>

#include <string>

#include "base/interner.h"
#include "syntax/print.h"
#include "syntax/tree.h"
#include "syntax/walk.h"

namespace unpark::syntax {
namespace {

std::string repeat(std::string_view text, size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (size_t i = 0; i < count; i++) out += text;
  return out;
}

class ParserTest : public ::testing::Test {
 protected:
  // The messages of a file, one a line, with the text each is about.
  std::string errors(std::string_view text, const ParseOptions& options = {}) {
    Tree tree = parse(text, names_, options);
    std::string out;
    for (const SyntaxError& error : tree.errors) out += error.message + "\n";
    return out;
  }
  // Kinds and places left out: how an expression nests, fully parenthesised.
  std::string shape(std::string_view expression) {
    std::string text = "package p\nvar _ = " + std::string(expression) + "\n";
    Tree tree = parse(text, names_);
    EXPECT_TRUE(tree.errors.empty()) << expression << ": " << tree.errors[0].message;
    const auto& decl = tree.get<GenDecl>(tree.at(tree.decls, 0));
    const auto& spec = tree.get<ValueSpec>(tree.at(decl.specs, 0));
    return shape(tree, Ref<Node>{tree.at(spec.values, 0).raw});
  }
  std::string shape(const Tree& tree, Ref<Node> node) {
    std::string inner;
    for_each_child(tree, node, [&](Ref<Node> child) { inner += " " + shape(tree, child); });
    if (inner.empty()) return std::string(tree.text(tree.span(node)));
    std::string op(text_of(tree[node].op));
    if (tree[node].op == Token::kIllegal) op = name_of(tree.kind(node));
    if (tree.is<ChanType>(node)) {
      uint8_t flags = tree[node].flags;
      op = flags == ChanType::kSend ? "chan<-" : flags == ChanType::kRecv ? "<-chan" : "chan";
    }
    return "(" + op + inner + ")";
  }
  size_t declarations(std::string_view text) { return parse(text, names_).decls.count; }

  base::Interner names_;
};

TEST_F(ParserTest, BindsOperatorsByPrecedence) {
  EXPECT_EQ(shape("a + b*c == d && e || f"), "(|| (&& (== (+ a (* b c)) d) e) f)");
  EXPECT_EQ(shape("a - b - c"), "(- (- a b) c)");
  EXPECT_EQ(shape("a || b && c | d << e"), "(|| a (&& b (| c (<< d e))))");
  EXPECT_EQ(shape("-a * !b"), "(* (- a) (! b))");
  EXPECT_EQ(shape("*p.q"), "(StarExpr (SelectorExpr p q))");
}

TEST_F(ParserTest, MovesArrowsIntoChannelTypes) {
  EXPECT_EQ(shape("(<-chan int)(x)"), "(CallExpr (ParenExpr (<-chan int)) x)");
  EXPECT_EQ(shape("<-chan int(x)"), "(<- (CallExpr (chan int) x))");
  EXPECT_EQ(shape("(chan<- chan int)(x)"), "(CallExpr (ParenExpr (chan<- (chan int))) x)");
  EXPECT_EQ(shape("make(<-chan /*a*/ <-chan int)"), "(CallExpr make (<-chan (<-chan int)))");
  EXPECT_EQ(shape("f(<-chan<- chan int(nil))"),
            "(CallExpr f (<- (CallExpr (chan<- (chan int)) nil)))");
}

TEST_F(ParserTest, TellsTypeParametersFromArrayLengths) {
  auto has_type_params = [&](std::string_view rest) {
    std::string text = "package p\ntype T[" + std::string(rest) + "\n";
    Tree tree = parse(text, names_);
    EXPECT_TRUE(tree.errors.empty()) << rest << ": " << tree.errors[0].message;
    const auto& decl = tree.get<GenDecl>(tree.at(tree.decls, 0));
    uint32_t reached = 0;
    for (Ref<Decl> d : tree[tree.decls]) {
      walk(tree, Ref<Node>{d.raw}, [&](Ref<Node>) { return ++reached; });
    }
    EXPECT_EQ(reached + 1, tree.node_count) << rest;
    return !tree.get<TypeSpec>(tree.at(decl.specs, 0)).type_params.empty();
  };
  EXPECT_TRUE(has_type_params("P any] struct{}"));
  EXPECT_TRUE(has_type_params("P *C,] struct{}"));
  EXPECT_TRUE(has_type_params("P *C, Q any] struct{}"));
  EXPECT_TRUE(has_type_params("P *[]int] struct{}"));
  EXPECT_TRUE(has_type_params("P *struct{}|Q] struct{}"));
  EXPECT_TRUE(has_type_params("P (C),] struct{}"));
  EXPECT_TRUE(has_type_params("P *C|~int] struct{}"));
  EXPECT_TRUE(has_type_params("P []E, E any] struct{}"));
  EXPECT_TRUE(has_type_params("P interface{ ~int | ~string }] = []P"));
  EXPECT_FALSE(has_type_params("P *C] struct{}"));
  EXPECT_FALSE(has_type_params("P] struct{}"));
  EXPECT_FALSE(has_type_params("P (C)] struct{}"));
  EXPECT_FALSE(has_type_params("2*N + 1]int"));
  EXPECT_FALSE(has_type_params("]int"));
  EXPECT_FALSE(has_type_params("P *C|D|E]int"));
}

TEST_F(ParserTest, TakesWhatNewerVersionsAdded) {
  EXPECT_EQ(errors("package p\n"
                   "type A[P any] = map[string]P\n"
                   "func (s *S[T]) Map[U any](f func(T) U) U { return f(s.v) }\n"
                   "func f() {\n"
                   "  for range 10 { }\n"
                   "  for i := range 10 { _ = i }\n"
                   "  for x, y := range func(yield func(int, int) bool) {} { _, _ = x, y }\n"
                   "  _ = pkg.G[int, []string](1)\n"
                   "}\n"
                   "type N interface { ~int | ~float64; comparable; M() }\n"),
            "");
}

TEST_F(ParserTest, KnowsBlocksFromLiterals) {
  EXPECT_EQ(errors("package p\nfunc f() {\n"
                   "  if x == (T{1}) { }\n"
                   "  for _, x := range []int{1, 2} { }\n"
                   "  switch f(T{}) { case T{}: }\n"
                   "  if v, ok := m[K{1}]; ok { }\n"
                   "  if func() bool { return T{} == x }() { }\n"
                   "  for x := range (struct{ a int }{1}).a { }\n"
                   "L:\n}\n"),
            "");
  EXPECT_NE(errors("package p\nfunc f() { if x == T{1} { } }\n"), "");
}

TEST_F(ParserTest, GroupsParameters) {
  std::string text =
      "package p\nfunc f(a, b int, c ...string) (int, error) { return 0, nil }\n"
      "func g(int, func(x int), pkg.T)\n";
  Tree tree = parse(text, names_);
  ASSERT_TRUE(tree.errors.empty());
  const auto& f = tree.get<FuncType>(tree.get<FuncDecl>(tree.at(tree.decls, 0)).func_type);
  ASSERT_EQ(f.params.count, 2u);
  EXPECT_EQ(tree[tree.at(f.params, 0)].names.count, 2u);
  EXPECT_EQ(tree[tree.at(f.params, 1)].names.count, 1u);
  EXPECT_TRUE(tree.is<Ellipsis>(tree[tree.at(f.params, 1)].type_expr));
  ASSERT_EQ(f.results.count, 2u);
  EXPECT_EQ(tree[tree.at(f.results, 0)].names.count, 0u);
  const auto& g = tree.get<FuncType>(tree.get<FuncDecl>(tree.at(tree.decls, 1)).func_type);
  EXPECT_EQ(g.params.count, 3u);
  EXPECT_FALSE(tree.get<FuncDecl>(tree.at(tree.decls, 1)).body.exists());
}

TEST_F(ParserTest, StopsWhereOptionsSay) {
  std::string_view text =
      "package p\nimport \"a\"\nimport ( b \"b\"; . \"c\" )\n"
      "func f() { if x { \"}\" } /* } */ }\nvar y = 1\n";
  ParseOptions imports;
  imports.imports_only = true;
  Tree tree = parse(text, names_, imports);
  EXPECT_TRUE(tree.errors.empty());
  EXPECT_EQ(tree.decls.count, 2u);
  EXPECT_EQ(tree.imports.size(), 3u);
  ParseOptions skip;
  skip.skip_bodies = true;
  skip.keep_comments = false;
  tree = parse(text, names_, skip);
  EXPECT_TRUE(tree.errors.empty());
  EXPECT_TRUE(tree.comments.empty());
  ASSERT_EQ(tree.decls.count, 4u);
  const auto& f = tree.get<FuncDecl>(tree.at(tree.decls, 2));
  EXPECT_EQ(f.flags, FuncDecl::kBodySkipped);
  EXPECT_EQ(tree.text(tree.span(f.body)), "{ if x { \"}\" } /* } */ }");
}

// What a reader sees of an error matters as much as that there is one.
TEST_F(ParserTest, SaysWhatIsWrong) {
  EXPECT_EQ(errors("package p\nfunc f() { x := }\n"), "expected an operand, found `}`\n");
  EXPECT_EQ(errors("package p\nvar x = f(1,\n2\n)\n"),
            "missing `,` before the newline in the argument list\n");
  EXPECT_EQ(errors("package p\nfunc f()\n{\n}\n"), "`{` must stand on the line of its `func`\n");
  EXPECT_EQ(errors("package p\nfunc f() { if x := 1; { } }\n"), "`if` needs a condition\n");
  EXPECT_EQ(errors("package p\nfunc f() { go x }\n"), "`go` needs a function call\n");
  EXPECT_EQ(errors("package p\nfunc f(a, b int, []string) {}\n"),
            "parameter needs a name, as others in its list have one\n");
  EXPECT_EQ(errors("package p\nfunc f(a ...int, b int) {}\n"),
            "only the last parameter can have `...`\n");
  EXPECT_EQ(errors("package p\nvar x = a[1::2]\n"),
            "slice with three indices needs the middle one\n");
  EXPECT_EQ(errors("package p\nvar x int\nimport \"a\"\n"),
            "imports must stand before other declarations\n");
  EXPECT_EQ(errors("package p\ntype I interface { m[T any]() }\n"),
            "method of an interface cannot have type parameters\n");
  EXPECT_EQ(errors("var x int\n"), "expected `package`, found `var`\n");
  EXPECT_EQ(errors(""), "expected `package`, found end of file\n");
}

TEST_F(ParserTest, GoesOnBehindErrors) {
  EXPECT_EQ(declarations("package p\nfunc f() { x := (1 + }\nfunc g() {}\nvar y int\n"), 3u);
  EXPECT_EQ(declarations("package p\nfunc f() {\n if x {\n\nfunc g() {}\n\nfunc h() {}\n"), 3u)
      << "two missing braces cost no declaration";
  EXPECT_EQ(declarations("package p\ntype T struct {\n a int\n\nfunc g() {}\nvar x = 1\n"), 3u);
  EXPECT_EQ(declarations("package p\nvar (\n a = \n\nfunc g() {}\nvar x = 1\n"), 3u);
  Tree tree = parse("package p\nfunc f() {\n x.\n}\nvar y int\n", names_);
  EXPECT_EQ(tree.errors.size(), 1u);
}

TEST_F(ParserTest, ReportsTheFirstErrorOfALineInOrder) {
  Tree tree =
      parse("package p\nvar a = ) ) )\nvar b = \"\\q\" @ 08\n\x01\nvar c = 1 // \xFF\n", names_);
  ASSERT_EQ(tree.errors.size(), 4u);
  for (size_t i = 1; i < tree.errors.size(); i++) {
    EXPECT_LT(tree.errors[i - 1].span.begin, tree.errors[i].span.begin);
  }
}

TEST_F(ParserTest, NestingBeyondTheBudgetIsAnError) {
  constexpr size_t kDeep = 10000;
  for (const auto& [open, close] : {std::pair{"(", ")"},
                                    {"[]int{", "}"},
                                    {"f(", ")"},
                                    {"- ", ""},
                                    {"<-", ""},
                                    {"func() { x = ", "}"},
                                    {"a[", "]"},
                                    {"*", ""},
                                    {"[]", ""},
                                    {"{", "}"}}) {
    std::string text = "package p\nvar x = []T{" + repeat(open, kDeep) + "1" +
                       repeat(close, kDeep) + "}\nvar y int\n";
    Tree tree = parse(text, names_);
    ASSERT_FALSE(tree.errors.empty()) << open;
    EXPECT_EQ(tree.errors.back().message, "nested more than 1000 levels deep") << open;
  }
  for (std::string_view open :
       {"{", "if x {", "for {", "L: ", "switch { default: ", "go func() {", "select { default:"}) {
    std::string text = "package p\nfunc f() {" + repeat(open, kDeep);
    EXPECT_NE(errors(text).find("nested more than 1000 levels deep"), std::string::npos) << open;
  }
  for (std::string_view open :
       {"[]", "*", "map[int]", "chan ", "func(", "struct { a ", "interface { m(", "(", "T["}) {
    std::string text = "package p\ntype T " + repeat(open, kDeep);
    EXPECT_NE(errors(text).find("nested more than 1000 levels deep"), std::string::npos) << open;
  }
  EXPECT_EQ(errors("package p\nvar x = " + repeat("(", 900) + "1" + repeat(")", 900) + "\n"), "");
}

TEST_F(ParserTest, LongChainsAreNotDeep) {
  constexpr size_t kLong = 100000;
  EXPECT_EQ(errors("package p\nvar x = a" + repeat(" + a", kLong) + "\n"), "");
  EXPECT_EQ(errors("package p\nvar x = a" + repeat(" || b && c == d + e * f", kLong) + "\n"), "");
  EXPECT_EQ(errors("package p\nvar x = a" + repeat(".b(c)[0]", kLong) + "\n"), "");
  EXPECT_EQ(errors("package p\ntype T[P *A" + repeat("|B", kLong) + "|~int] struct{}\n"), "");
  EXPECT_EQ(
      errors("package p\nfunc f() { if a {}" + repeat(" else if b {}", kLong) + " else {} }\n"),
      "");
  EXPECT_EQ(errors("package p\nvar x = []int{" + repeat("1,", kLong) + "}\n"), "");
  EXPECT_EQ(errors("package p\nfunc f(" + repeat("a,", kLong) + "b int) {}\n"), "");
}

TEST_F(ParserTest, BrokenTextTakesLinearTime) {
  for (std::string_view piece :
       {"(",          ")",        "{",   "}",       "[",        "func ",     "func(",   "if ",
        "case ",      "x.",       "<-",  "chan<- ", "type T[",  "var (",     "import ", "struct{",
        "interface{", "\n",       ";",   "\"",      "'",        "`",         "/*",      "//line :",
        "a,",         "switch {", "...", "\nfunc ", "\nfunc (", "var x = [", "*(",      "@",
        "\\",         "~",        "go ", "for ;",   "else "}) {
    std::string text = "package p\n" + repeat(piece, 300'000 / piece.size());
    ParseOptions options;
    options.max_depth = 500;
    Tree tree = parse(text, names_, options);
    EXPECT_LE(tree.errors.size(), 200u) << piece;
  }
}

TEST_F(ParserTest, TakesOddBytesAsErrors) {
  using namespace std::string_view_literals;
  EXPECT_EQ(errors("\xEF\xBB\xBFpackage p\r\nvar x = 1\r\n"), "");
  EXPECT_EQ(errors("package p\nvar s = \"\0\"\n"sv), "NUL character in source text\n");
  EXPECT_EQ(errors("package p // \xFF\n"), "byte 0xFF is not UTF-8\n");
  EXPECT_EQ(errors("package p\nvar x = \xEF\xBB\xBF 1\n").substr(0, 12), "byte order m");
}

TEST_F(ParserTest, PrintsTheTree) {
  EXPECT_EQ(print(parse("package p\nvar a, b = x.y, -1\n", names_), names_),
            "(File\n"
            "  (Ident 1:9-1:10 p)\n"
            "  (GenDecl 2:1-2:19 var\n"
            "    (ValueSpec 2:5-2:19\n"
            "      (Ident 2:5-2:6 a)\n"
            "      (Ident 2:8-2:9 b)\n"
            "      (SelectorExpr 2:12-2:15\n"
            "        (Ident 2:12-2:13 x)\n"
            "        (Ident 2:14-2:15 y))\n"
            "      (UnaryExpr 2:17-2:19 -\n"
            "        (BasicLit 2:18-2:19 1)))))\n");
  EXPECT_EQ(print(parse("package p\n)\n", names_), names_),
            "(File\n  (Ident 1:9-1:10 p)\n  (BadDecl 2:1-3:1))\n"
            "error 2:1-2:2 expected a declaration, found `)`\n");
}

}  // namespace
}  // namespace unpark::syntax
