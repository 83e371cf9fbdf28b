// Compares our trees with go/parser's, node for node with all offsets, on Go's own source tree.
//
// tests/oracle/syntax prints a digest of Go's tree for each file; we make the same digest from
// ours. Needs the Go toolchain. The default run takes a sample of the files, SlowOracle all of
// them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "base/interner.h"
#include "base/os.h"
#include "harness/temp_dir.h"
#include "syntax/parser.h"
#include "syntax/print.h"
#include "syntax/unicode.h"
#include "syntax/walk.h"

namespace unpark::syntax {
namespace {

namespace fs = std::filesystem;

// The output of a shell command, or nothing when it fails.
std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return {};
  char buffer[1 << 16];
  while (size_t n = fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
  return pclose(pipe) == 0 ? out : std::string();
}

std::string go_root() {
  std::string out = output_of("go env GOROOT 2>/dev/null");
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

// The dump that tests/oracle/syntax describes, of our tree.
class Dumper {
 public:
  Dumper(const Tree& tree, const base::Interner& names) : tree_(tree), names_(names) {
    if (tree.package_name.exists()) dump(tree.package_name);
    for (Ref<Decl> decl : tree[tree.decls]) dump(decl);
    for (const Comment& comment : tree.comments) {
      fmt::format_to(std::back_inserter(out_), "Comment {}\n", comment.span.begin);
    }
  }
  const std::string& text() const { return out_; }
  uint32_t nodes() const { return nodes_; }

 private:
  template <typename T>
  void dump(Ref<T> root) {
    walk(tree_, Ref<Node>{root.raw}, [this](Ref<Node> node) {
      visit(node);
      return true;
    });
  }
  void word(std::string_view text) {
    out_ += ' ';
    out_ += text;
  }
  void number(uint32_t n) { fmt::format_to(std::back_inserter(out_), " {}", n); }
  void flag(bool b) { number(b ? 1 : 0); }
  template <typename T>
  void flag(Ref<T> ref) {
    flag(ref.exists());
  }
  template <typename T>
  void count(List<T> list) {
    number(list.count);
  }

  void visit(Ref<Node> ref) {
    nodes_++;
    const Node& node = tree_[ref];
    out_ += name_of(node.kind);
    number(node.span.begin);
    number(node.span.end);
    auto is_flag = [&](uint8_t bit) { flag((node.flags & bit) != 0); };
    switch (node.kind) {
      case Kind::kIdent:
        word(names_.text(tree_.get<Ident>(ref).name));
        break;
      case Kind::kBasicLit: {
        constexpr std::string_view kLiteralKinds[] = {"INT", "FLOAT", "IMAG", "CHAR", "STRING"};
        word(kLiteralKinds[static_cast<size_t>(node.op) - static_cast<size_t>(Token::kInt)]);
        word(tree_.text(node.span));
        break;
      }
      case Kind::kCompositeLit:
        count(tree_.get<CompositeLit>(ref).elements);
        number(tree_.get<CompositeLit>(ref).lbrace);
        break;
      case Kind::kIndexExpr:
        count(tree_.get<IndexExpr>(ref).indices);
        break;
      case Kind::kSliceExpr:
        is_flag(SliceExpr::kThreeIndex);
        flag(tree_.get<SliceExpr>(ref).low);
        flag(tree_.get<SliceExpr>(ref).high);
        flag(tree_.get<SliceExpr>(ref).max);
        break;
      case Kind::kTypeAssertExpr:
        flag(tree_.get<TypeAssertExpr>(ref).asserted);
        break;
      case Kind::kCallExpr:
        count(tree_.get<CallExpr>(ref).args);
        number(tree_.get<CallExpr>(ref).lparen);
        is_flag(CallExpr::kSpread);
        break;
      case Kind::kUnaryExpr:
        word(text_of(node.op));
        break;
      case Kind::kBinaryExpr:
        word(text_of(node.op));
        number(tree_.get<BinaryExpr>(ref).op_pos);
        break;
      case Kind::kEllipsis:
        flag(tree_.get<Ellipsis>(ref).element);
        break;
      case Kind::kArrayType:
        flag(tree_.get<ArrayType>(ref).length);
        break;
      case Kind::kStructType:
        count(tree_.get<StructType>(ref).fields);
        break;
      case Kind::kFuncType:
        is_flag(FuncType::kHasFuncKeyword);
        count(tree_.get<FuncType>(ref).type_params);
        count(tree_.get<FuncType>(ref).params);
        count(tree_.get<FuncType>(ref).results);
        break;
      case Kind::kInterfaceType:
        count(tree_.get<InterfaceType>(ref).elements);
        break;
      case Kind::kChanType:
        is_flag(ChanType::kSend);
        is_flag(ChanType::kRecv);
        break;
      case Kind::kField:
        count(tree_.get<Field>(ref).names);
        flag(tree_.get<Field>(ref).tag);
        break;
      case Kind::kEmptyStmt:
        is_flag(EmptyStmt::kImplicit);
        break;
      case Kind::kSendStmt:
        number(tree_.get<SendStmt>(ref).arrow);
        break;
      case Kind::kIncDecStmt:
        word(text_of(node.op));
        break;
      case Kind::kAssignStmt:
        word(text_of(node.op));
        number(tree_.get<AssignStmt>(ref).op_pos);
        count(tree_.get<AssignStmt>(ref).lhs);
        count(tree_.get<AssignStmt>(ref).rhs);
        break;
      case Kind::kReturnStmt:
        count(tree_.get<ReturnStmt>(ref).results);
        break;
      case Kind::kBranchStmt:
        word(text_of(node.op));
        flag(tree_.get<BranchStmt>(ref).label);
        break;
      case Kind::kBlockStmt:
        count(tree_.get<BlockStmt>(ref).stmts);
        break;
      case Kind::kIfStmt:
        flag(tree_.get<IfStmt>(ref).init);
        flag(tree_.get<IfStmt>(ref).otherwise);
        break;
      case Kind::kCaseClause:
        is_flag(CaseClause::kDefault);
        count(tree_.get<CaseClause>(ref).values);
        count(tree_.get<CaseClause>(ref).body);
        number(tree_.get<CaseClause>(ref).colon);
        break;
      case Kind::kSwitchStmt:
        flag(tree_.get<SwitchStmt>(ref).init);
        flag(tree_.get<SwitchStmt>(ref).tag);
        break;
      case Kind::kTypeSwitchStmt:
        flag(tree_.get<TypeSwitchStmt>(ref).init);
        break;
      case Kind::kCommClause:
        is_flag(CommClause::kDefault);
        count(tree_.get<CommClause>(ref).body);
        number(tree_.get<CommClause>(ref).colon);
        break;
      case Kind::kForStmt:
        flag(tree_.get<ForStmt>(ref).init);
        flag(tree_.get<ForStmt>(ref).cond);
        flag(tree_.get<ForStmt>(ref).post);
        break;
      case Kind::kRangeStmt:
        word(node.op == Token::kIllegal ? "none" : text_of(node.op));
        flag(tree_.get<RangeStmt>(ref).key);
        flag(tree_.get<RangeStmt>(ref).value);
        break;
      case Kind::kGenDecl:
        word(text_of(node.op));
        is_flag(GenDecl::kParen);
        count(tree_.get<GenDecl>(ref).specs);
        break;
      case Kind::kFuncDecl:
        count(tree_.get<FuncDecl>(ref).recv);
        flag(tree_.get<FuncDecl>(ref).body);
        break;
      case Kind::kImportSpec:
        flag(tree_.get<ImportSpec>(ref).name);
        break;
      case Kind::kValueSpec:
        count(tree_.get<ValueSpec>(ref).names);
        flag(tree_.get<ValueSpec>(ref).type_expr);
        count(tree_.get<ValueSpec>(ref).values);
        break;
      case Kind::kTypeSpec:
        is_flag(TypeSpec::kAlias);
        count(tree_.get<TypeSpec>(ref).type_params);
        break;
      default:
        break;
    }
    out_ += '\n';
  }

  const Tree& tree_;
  const base::Interner& names_;
  std::string out_;
  uint32_t nodes_ = 0;
};

uint64_t fnv1a(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3u;
  return hash;
}

// The first line in which two dumps differ.
std::string first_difference(const std::string& ours, const std::string& theirs) {
  std::istringstream a(ours);
  std::istringstream b(theirs);
  std::string line_a;
  std::string line_b;
  for (;;) {
    bool more_a = static_cast<bool>(std::getline(a, line_a));
    bool more_b = static_cast<bool>(std::getline(b, line_b));
    if (!more_a && !more_b) return "none";
    if (!more_a) line_a = "(end)";
    if (!more_b) line_b = "(end)";
    if (line_a != line_b) return "ours `" + line_a + "`, Go's `" + line_b + "`";
  }
}

// Files that we accept though Go 1.26 does not, and why that is right.
struct Exception {
  std::string_view path;  // below GOROOT
  std::string_view why;
};
constexpr Exception kExceptions[] = {
    {"src/internal/types/testdata/check/typeparams.go",
     "methods with type parameters, as of Go 1.27"},
};

struct Comparison {
  size_t files = 0;
  size_t rejected = 0;  // by both
  uint64_t nodes = 0;
  size_t exceptions = 0;
};

void compare(const std::string& root, const std::vector<std::string>& paths, Comparison& result) {
  testing::TempDir dir;
  std::string list;
  for (const std::string& path : paths) list += path + "\n";
  std::string list_path = dir.write("list", list);
  std::string oracle = dir.file("oracle");
  ASSERT_EQ(std::system(("cd tests/oracle/syntax && go build -o " + oracle).c_str()), 0);
  std::istringstream lines(output_of(oracle + " < " + list_path));

  base::Interner names;
  ParseOptions options;
  options.max_depth = 100000;
  std::string line;
  for (const std::string& path : paths) {
    ASSERT_TRUE(std::getline(lines, line)) << "the oracle ended before " << path;
    ASSERT_TRUE(line.starts_with(path + "\t")) << line;
    std::string answer = line.substr(path.size() + 1);
    bool go_rejects = answer.starts_with("error\t");

    base::Result<std::string> text = base::read_file(path);
    ASSERT_TRUE(text.ok()) << path;
    Tree tree = parse(*text, names, options);
    bool we_reject = !tree.errors.empty();
    result.files++;
    std::string below = path.substr(root.size() + 1);
    const Exception* known =
        std::find_if(std::begin(kExceptions), std::end(kExceptions),
                     [&](const Exception& exception) { return exception.path == below; });
    if (known != std::end(kExceptions) && go_rejects && !we_reject) {
      result.exceptions++;
      continue;
    }
    EXPECT_EQ(we_reject, go_rejects)
        << path << "\n  Go: " << answer << "\n  we: "
        << (we_reject ? fmt::format("{} at {}", tree.errors[0].message, tree.errors[0].span.begin)
                      : "accepted");
    if (go_rejects || we_reject) {
      result.rejected++;
      continue;
    }
    Dumper ours(tree, names);
    EXPECT_EQ(ours.nodes(), tree.node_count) << path;
    result.nodes += ours.nodes();
    if (fmt::format("{:016x}\t{}", fnv1a(ours.text()), ours.nodes()) != answer) {
      ADD_FAILURE() << path << ": first difference: "
                    << first_difference(ours.text(), output_of(oracle + " -dump " + path));
    }
  }
}

std::vector<std::string> go_files(const std::string& root) {
  std::vector<std::string> paths;
  for (const char* part : {"/src", "/test"}) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(root + part, error), end; it != end;
         it.increment(error)) {
      if (it->path().extension() == ".go" && it->is_regular_file()) paths.push_back(it->path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void add_ranges(std::string& out, std::string_view kind, bool (*in)(uint32_t)) {
  for (uint32_t rune = 0x80; rune <= 0x10FFFF; rune++) {
    if (!in(rune)) continue;
    uint32_t first = rune;
    while (in(rune)) rune++;
    out += fmt::format("{} {:x} {:x}\n", kind, first, rune - 1);
  }
}

TEST(Oracle, LettersAndDigitsAreThoseOfGo) {
  if (go_root().empty()) GTEST_SKIP() << "needs the Go toolchain: `go env GOROOT` does not run";
  std::string ours;
  add_ranges(ours, "letter", is_letter);
  add_ranges(ours, "digit", is_digit);
  EXPECT_EQ(ours, output_of("cd tests/oracle/syntax && go run . -characters"));
}

TEST(Oracle, SampleOfGoRoot) {
  std::string root = go_root();
  if (root.empty()) GTEST_SKIP() << "needs the Go toolchain: `go env GOROOT` does not run";
  std::vector<std::string> all = go_files(root);
  std::vector<std::string> sample;
  for (size_t i = 0; i < all.size(); i += 17) sample.push_back(all[i]);
  Comparison result;
  compare(root, sample, result);
  EXPECT_GT(result.files, 300u);
}

TEST(SlowOracle, AllOfGoRoot) {
  std::string root = go_root();
  if (root.empty()) GTEST_SKIP() << "needs the Go toolchain: `go env GOROOT` does not run";
  Comparison result;
  compare(root, go_files(root), result);
  fmt::print("{} files, {} nodes, rejected by both: {}, exceptions: {}\n", result.files,
             result.nodes, result.rejected, result.exceptions);
  EXPECT_GT(result.files, 9000u);
}

}  // namespace
}  // namespace unpark::syntax
