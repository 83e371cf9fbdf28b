// The builder on small programs: what it accepts, what the SSA form says, what the verifier
// rejects.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/os.h"
#include "ssa/init_order.h"
#include "ssa/test_program.h"

namespace unpark::ssa {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

// ---- Chosen functions, printed ----

// Compares every function of src/ssa/testdata/NAME.go with NAME.ssa.txt; with UNPARK_RECORD set in
// the environment it writes the text anew.
void check_golden(const std::string& name, uint32_t minor = 26) {
  std::string base = "src/ssa/testdata/" + name;
  auto source = base::read_file(base + ".go");
  ASSERT_TRUE(source.ok()) << source.error().message;
  TestProgram test(*source, minor);
  EXPECT_EQ(joined(test.verify_all()), "");
  EXPECT_EQ(joined(test.incomplete()), "");
  std::vector<std::pair<std::string, FunctionId>> functions;
  for (uint32_t i = 0; i < test.program().function_count(); i++) {
    functions.emplace_back(test.program().name_of(FunctionId{i}), FunctionId{i});
  }
  std::sort(functions.begin(), functions.end());
  std::string text;
  for (const auto& [function, id] : functions) text += print(test.program(), id) + "\n";
  std::string path = base + (minor == 26 ? "" : "." + std::to_string(minor)) + ".ssa.txt";
  if (base::env_var("UNPARK_RECORD")) {
    ASSERT_TRUE(base::write_file_atomic(path, text).ok());
  }
  auto wanted = base::read_file(path);
  ASSERT_TRUE(wanted.ok()) << wanted.error().message;
  EXPECT_EQ(text, *wanted);
}

TEST(SsaPrint, Defers) { check_golden("defers"); }
TEST(SsaPrint, Loops) { check_golden("loops"); }
TEST(SsaPrint, LoopsBeforeGo122) { check_golden("loops", 21); }
TEST(SsaPrint, RangeFunc) { check_golden("range_func"); }
TEST(SsaPrint, Channels) { check_golden("channels"); }
TEST(SsaPrint, Generics) { check_golden("generics"); }
TEST(SsaPrint, Methods) { check_golden("methods"); }

// ---- The whole language ----

constexpr std::string_view kEverything = R"(
package p

import "unsafe"

type (
	Num  interface{ ~int | ~float64 }
	List[T any] struct {
		head *node[T]
		n    int
	}
	node[T any] struct {
		v    T
		next *node[T]
	}
	Str   string
	Bytes []byte
	I     interface{ M(int) int }
	E     struct{ n int }
	S     struct {
		*E
		I
		a, b int
		arr  [4]int
	}
)

func (l *List[T]) Push(v T) { l.head = &node[T]{v, l.head}; l.n++ }
func (l *List[T]) All() func(func(int, T) bool) {
	return func(yield func(int, T) bool) {
		i := 0
		for n := l.head; n != nil; n = n.next {
			if !yield(i, n.v) {
				return
			}
			i++
		}
	}
}
func (e E) M(x int) int   { return e.n + x }
func (e *E) P(x int)      { e.n = x }
func (s Str) Len() int    { return len(s) }

func Sum[T Num](xs ...T) (t T) {
	for _, x := range xs {
		t += x
	}
	return
}

var a, b = pair()
var c = b + d
var d = f()
var _ = a
var table = map[string][]*E{"x": {{1}, {n: 2}}, "y": nil}

func f() int { return len(table) }
func pair() (int, int) { return 1, 2 }
func variadic(xs ...any) int { return len(xs) }

func conversions(s string, bs []byte, i int, x float64, u unsafe.Pointer) {
	_ = []byte(s)
	_ = []rune(s)
	_ = string(bs)
	_ = string([]rune{1, 2})
	_ = string(rune(i))
	_ = Str(s)
	_ = [4]byte(bs)
	_ = (*[4]byte)(bs)
	_ = [0]byte(bs)
	_ = int8(x)
	_ = complex(x, 1)
	_ = real(complex64(complex(1, x)))
	_ = uintptr(u)
	_ = (*int)(u)
	_ = unsafe.Pointer(&i)
	_ = unsafe.Slice(&i, 3)
	_ = unsafe.String(&bs[0], i)
	_ = unsafe.StringData(s)
	_ = unsafe.Add(u, 8)
	var ro <-chan int = make(chan int)
	_ = ro
	var e any = i
	var e2 interface{ M(int) int } = E{}
	e = e2
	_, _ = e.(I)
	_ = e.(int)
}

func builtins(xs []int, m map[string]int, ch chan int, arr *[4]int) {
	xs = append(xs, 1, 2)
	xs = append(xs, xs...)
	bs := append([]byte(nil), "abc"...)
	copy(bs, "x")
	delete(m, "k")
	clear(m)
	clear(xs)
	close(ch)
	_ = min(1, xs[0], 2)
	_ = max("a", string(bs))
	_ = len(arr)
	_ = cap(xs[1:2:3])
	_ = new(int)
	_ = new(xs[0] + 1)
	println(1, "x", nil == m)
	defer recover()
	defer panic("late")
	go close(ch)
	_ = variadic()
	_ = variadic(pair())
	_ = variadic(nil, 1, "x")
}

func statements(x any, n int, s S, fs []func()) (out int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
	for i := range n {
		fs = append(fs, func() { out += i })
	}
	for i := 0; i < n; i++ {
		if i == 3 {
			continue
		}
		fs = append(fs, func() { out += i })
	}
	for i, r := range "héllo" {
		out += i + int(r)
	}
	for k, v := range map[int]int{1: 2} {
		out += k * v
	}
	for range 3 {
		out++
	}
	for i := range s.arr {
		out += i
	}
	for _, v := range &s.arr {
		out += v
	}
	for _, v := range [...]int{5: 1, 2} {
		out += v
	}
	switch {
	case n > 3 && n < 7 || n == 9:
		out++
		fallthrough
	case n == 1:
		out--
	default:
		goto done
	}
	switch y := x.(type) {
	case int, string:
		_ = y
	case I:
		out = y.M(1)
	case nil:
	case func() int:
		out = y()
	}
	s.P(3)
	s.E.n++
	(&s).a, s.arr[n] = s.b, s.a
	out ^= s.E.M(1) << n
	f := s.I.M
	g := E.M
	h := (*E).P
	k := s.P
	h(s.E, f(1)+g(*s.E, 2))
	k(4)
	_ = I.M
	_ = s == S{}
	_ = x == 3
	_ = [2]any{1} == [2]any{x}
done:
	l := &List[string]{}
	l.Push("a")
	for i, v := range l.All() {
		if i > 3 {
			return i, nil
		}
		defer println(v)
	}
	type local[T any] = List[T]
	return Sum(1, 2) + int(Sum(1.5)), nil
}

func chans(a chan int, b <-chan string, c chan<- bool, n int) int {
	select {
	case v := <-a:
		return v
	case s, ok := <-b:
		if ok {
			return len(s)
		}
	case c <- n > 0:
	default:
	}
	select {
	case a <- 1:
	}
	select {
	case <-a:
	case <-b:
	}
	for v := range a {
		n += v
	}
	v, ok := <-a
	_, _ = v, ok
	go func(x int) { a <- x }(n)
	go S{}.I.M(1)
	select {}
}
)";

TEST(Ssa, BuildsTheWholeLanguage) {
  TestProgram test(kEverything);
  EXPECT_EQ(joined(test.verify_all()), "");
  EXPECT_EQ(joined(test.incomplete()), "");
  EXPECT_TRUE(test.find("p.Sum[float64]").exists());
  EXPECT_TRUE(test.find("p.(*List[string]).All$1").exists());
}

TEST(Ssa, SameTextForAnyNumberOfThreads) {
  auto texts = [](unsigned threads) {
    TestProgram test(kEverything);
    Program& program = test.program();
    std::vector<FunctionId> roots = program.functions_of(types::UnitId{0});
    std::vector<std::thread> workers;
    for (unsigned t = 0; t < threads; t++) {
      workers.emplace_back([&] {
        for (FunctionId id : roots) program.body(id);
      });
    }
    for (std::thread& w : workers) w.join();
    std::vector<std::string> out;
    for (uint32_t i = 0; i < program.function_count(); i++) {
      out.push_back(print(program, FunctionId{i}));
    }
    std::sort(out.begin(), out.end());
    return joined(out);
  };
  EXPECT_EQ(texts(1), texts(4));
}

TEST(Ssa, DroppedBodiesComeAgainTheSame) {
  TestProgram test(kEverything);
  FunctionId id = test.find("p.statements");
  FunctionId inside = test.find("p.statements$1");
  ASSERT_TRUE(id.exists() && inside.exists());
  std::string before = print(test.program(), id) + print(test.program(), inside);
  uint32_t count = test.program().function_count();
  test.program().drop(id);
  EXPECT_FALSE(test.program().is_built(inside));
  EXPECT_EQ(print(test.program(), id) + print(test.program(), inside), before);
  EXPECT_EQ(test.program().function_count(), count);
}

TEST(Ssa, ElidedPointersInLiterals) {
  TestProgram test(
      "package p\nvar X = []*[]int{{1, 2}, nil}\nvar Y = map[string]*map[int]int{\"a\": {1: 2}}\n");
  EXPECT_EQ(joined(test.verify_all()), "");
  EXPECT_EQ(joined(test.incomplete()), "");
}

// ---- Functions and methods ----

TEST(Ssa, MethodsOfTypes) {
  TestProgram test(kEverything);
  Program& program = test.program();
  types::Context& cx = program.context();
  types::Package& package = cx.package(test.typed().unit(types::UnitId{0}).package);
  auto type = [&](std::string_view name) {
    return cx.objects[package.lookup(cx.names.intern(name))].type;
  };
  ObjectId m;
  for (ObjectId method : cx.types.named(type("E")).methods) {
    if (cx.text(cx.objects[method].name) == "M") m = method;
  }
  ASSERT_TRUE(m.exists());
  EXPECT_EQ(program.name_of(program.method_of(type("E"), m)), "p.E.M");
  FunctionId wrapper = program.method_of(cx.types.pointer_to(type("E")), m);
  EXPECT_EQ(program.name_of(wrapper), "p.(*E).M$wrapper");
  EXPECT_EQ(program.method_of(cx.types.pointer_to(type("E")), m), wrapper);
  EXPECT_NE(print(program, wrapper).find("nil_check"), std::string::npos);
  EXPECT_FALSE(program.method_of(type("Str"), m).exists());
}

TEST(Ssa, LocalTypesOfInstancesDiffer) {
  TestProgram test(R"(
package p

func F[T any](x T) any {
	type box struct{ v T }
	return []box{{x}}
}

var A, B = F(1), F("x")
)");
  EXPECT_EQ(joined(test.verify_all()), "");
  auto boxed = [&](std::string_view name) {
    const Body& body = test.program().body(test.find(name));
    for (const Value& v : body.values) {
      if (v.op == Op::kMakeInterface) return body[body.operands(v)[0]].type;
    }
    return TypeId{};
  };
  TypeId a = boxed("p.F[int]");
  TypeId b = boxed("p.F[string]");
  ASSERT_TRUE(a.exists() && b.exists());
  EXPECT_NE(a, b);
  types::TypeStore& types = test.program().context().types;
  TypeId field = types.fields(types.under(types.elem(a)))[0].type;
  EXPECT_EQ(field, types::basic(types::BasicKind::kInt));
}

TEST(Ssa, InitialisersInOrderOfTheirNeeds) {
  TestProgram test(std::vector<std::string>{R"(
package p

var (
	a = c + b // waits for both
	b = f()
	c = 1
	d = T.m(0)
	e int
	x, y = two()
	z = e
)

type T int

func (T) m() int { return y }
func f() int     { return c + g() }
func g() int     { if c > 3 { return f() }; return e }
func two() (int, int) { return z, z }
)",
                                            "package p\nvar last = 1\nfunc init() { e = last }\n"});
  std::string order;
  types::Context& cx = test.program().context();
  for (const Initializer& init : initializers(test.typed(), types::UnitId{0})) {
    for (ObjectId v : init.variables) order += std::string(cx.text(cx.objects[v].name));
    order += ' ';
  }
  EXPECT_EQ(order, "c b a z xy d last ");
  std::string text = test.printed("p.init");
  EXPECT_NE(text.find("call p.init#1"), std::string::npos) << text;
}

// ---- Broken code ----

TEST(Ssa, BrokenCodeIsIncompleteWithAReason) {
  struct Case {
    const char* text;
    const char* reason;
  };
  const Case cases[] = {
      {"package p\nfunc F() { x := missing(); _ = x }", "line 2"},
      {"package p\nimport \"no/such\"\nfunc F(x such.T) int { return x.f }", "parameter"},
      {"package p\nfunc F() int { return 1, 2 }", "results"},
      {"package p\nfunc F() { continue }", "leads nowhere"},
      {"package p\nfunc F() { goto L }", "label"},
      {"package p\nfunc F(x int) { x() }", "type-check"},
      {"package p\nfunc F[T any](n int) { if n > 0 { F[*T](n-1) } }\nvar _ = func() int { "
       "F[int](3); return 0 }()",
       "without end"},
  };
  for (const Case& c : cases) {
    TestProgram test(c.text);
    std::string why = joined(test.incomplete());
    EXPECT_NE(why.find(c.reason), std::string::npos) << c.text << "\nis incomplete for: " << why;
    EXPECT_EQ(joined(test.verify_all()), "") << c.text;
  }
}

TEST(Ssa, EveryPrefixOfAProgramCanBeBuilt) {
  for (size_t end = 0; end < kEverything.size(); end += 37) {
    TestProgram test(kEverything.substr(0, end));
    test.program().functions_of(types::UnitId{0});
    for (uint32_t i = 0; i < test.program().function_count(); i++) {
      test.program().body(FunctionId{i});
    }
  }
}

// ---- The verifier ----

class SsaVerify : public testing::Test {
 protected:
  SsaVerify()
      : test_(R"(
package p

func F(x, y int, c bool) (z int) {
	if c {
		z = x + y
	} else {
		z = x
	}
	return z
}
)") {
    id_ = test_.find("p.F");
    body_ = test_.program().body(id_);
  }
  Value& first(Op op) {
    for (Value& v : body_.values) {
      if (v.op == op) return v;
    }
    ADD_FAILURE() << "no " << name_of(op);
    return body_.values[0];
  }
  ValueId& operand(Op op, uint32_t index) {
    return body_.operand_list[first(op).first_operand + index];
  }
  void expect_rejected(std::string_view words) {
    std::string said = joined(verify(test_.program(), id_, body_));
    EXPECT_NE(said.find(words), std::string::npos) << "says: " << said;
    EXPECT_TRUE(said.empty() || said.find("p.F") != std::string::npos);
  }

  TestProgram test_;
  FunctionId id_;
  Body body_;
};

TEST_F(SsaVerify, AcceptsTheBodyAsBuilt) {
  EXPECT_EQ(joined(verify(test_.program(), id_, body_)), "");
}
TEST_F(SsaVerify, RejectsAnOperandOfAnotherType) {
  operand(Op::kBinary, 1) = ValueId{2};
  expect_rejected("second operand is of another type");
}
TEST_F(SsaVerify, RejectsAnOperandThatDoesNotExist) {
  operand(Op::kBinary, 1) = ValueId{1000};
  expect_rejected("does not exist");
}
TEST_F(SsaVerify, RejectsAnOperandThatIsMissing) {
  operand(Op::kBinary, 1) = ValueId{};
  expect_rejected("missing");
}
TEST_F(SsaVerify, RejectsAUseThatIsNotDominated) {
  auto sum = static_cast<uint32_t>(&first(Op::kBinary) - body_.values.data());
  operand(Op::kReturn, 0) = ValueId{sum};
  expect_rejected("does not dominate");
}
TEST_F(SsaVerify, RejectsAPhiWithTooFewOperands) {
  first(Op::kPhi).operand_count = 1;
  expect_rejected("for each predecessor");
}
TEST_F(SsaVerify, RejectsAReturnWithoutResult) {
  first(Op::kReturn).operand_count = 0;
  expect_rejected("has 0 operands, not 1");
}
TEST_F(SsaVerify, RejectsAnEdgeThatOnlyOneSideKnows) {
  body_.blocks[0].succs[1] = body_.blocks[0].succs[0];
  expect_rejected("does not know it");
}
TEST_F(SsaVerify, RejectsABlockThatNothingLeadsTo) {
  first(Op::kIf).op = Op::kUnreachable;
  expect_rejected("successors");
}
TEST_F(SsaVerify, RejectsATerminatorInTheMiddle) {
  first(Op::kBinary).op = Op::kJump;
  first(Op::kJump).type = {};
  expect_rejected("terminator");
}
TEST_F(SsaVerify, RejectsValuesOutOfPlace) {
  body_.param_count--;
  expect_rejected("stands where");
}
TEST_F(SsaVerify, RejectsAConditionThatIsNoBool) {
  operand(Op::kIf, 0) = ValueId{0};
  expect_rejected("condition");
}
TEST_F(SsaVerify, RejectsDeferredCallsWithoutRecoverBlock) {
  body_.has_defer = true;
  expect_rejected("recover block");
}
TEST_F(SsaVerify, RejectsOperandsBeyondTheList) {
  first(Op::kBinary).first_operand = UINT32_MAX;
  expect_rejected("beyond the list");
}

}  // namespace
}  // namespace unpark::ssa
