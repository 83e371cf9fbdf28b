#include "types/typeset.h"

#include <gtest/gtest.h>

#include "types/predicates.h"
#include "types/test_world.h"

namespace unpark::types {
namespace {

std::string describe(TestWorld& w, TypeId type) {
  const TypeSet& set = w.cx.types.type_set(type);
  std::string out = set.comparable ? "comparable " : "";
  for (const InterfaceMethod& m : set.methods) out += std::string(w.cx.text(m.name)) + " ";
  if (!set.has_terms) return out + "all";
  for (size_t i = 0; i < set.terms.size(); i++) {
    if (i > 0) out += "|";
    out += (set.terms[i].tilde ? "~" : "") + w.text(set.terms[i].type);
  }
  return set.terms.empty() ? out + "none" : out;
}

TEST(TypeSet, MethodsAreFlattenedSortedAndSingle) {
  TestWorld w;
  TypeId none = w.func({});
  TypeId reader = w.declare("Reader", w.interface({w.method("Read", none)}));
  TypeId both =
      w.interface({w.method("close", none), w.method("Zap", none), w.method("Read", none)},
                  {reader, w.interface({w.method("_x", none)}, {reader})});
  EXPECT_EQ(describe(w, both), "Read Zap _x close all");
  EXPECT_EQ(describe(w, reader), "Read all");
}

TEST(TypeSet, ExportedMethodsComeFirst) {
  TestWorld w;
  TypeId none = w.func({});
  EXPECT_EQ(describe(w, w.interface({w.method("a", none), w.method("Ä", none)})), "Ä a all");
}

TEST(TypeSet, UnexportedMethodsOfTwoPackagesAreTwo) {
  TestWorld w;
  TypeId none = w.func({});
  TypeId a = w.interface({w.method("m", none)});
  w.home = w.add_package("example.org/a");
  TypeId b = w.interface({w.method("m", none)}, {a});
  const TypeSet& set = w.cx.types.type_set(b);
  ASSERT_EQ(set.methods.size(), 2u);
  EXPECT_EQ(set.methods[0].package, w.home);  // .../a comes before .../home
  EXPECT_EQ(set.find(w.name("m"), w.home, false), 0);
}

TEST(TypeSet, TermsFollowTildeRules) {
  TestWorld w;
  TypeId my_int = w.declare("MyInt", w.kInt);
  TypeId ints = w.union_of({{true, w.kInt}, {false, w.kString}});
  TypeId mine = w.union_of({{false, my_int}, {false, w.kBool}});
  EXPECT_EQ(describe(w, w.interface({}, {ints})), "~int|string");
  EXPECT_EQ(describe(w, w.interface({}, {ints, mine})), "example.org/home.MyInt");
  EXPECT_EQ(describe(w, w.interface({}, {ints, w.kInt})), "int");
  EXPECT_EQ(describe(w, w.interface({}, {w.kInt, w.kString})), "none");
  // T | ~T is ~T, and so is MyInt | ~int.
  TypeId wide = w.union_of({{false, w.kInt}, {false, my_int}, {true, w.kInt}});
  EXPECT_EQ(describe(w, w.interface({}, {wide})), "~int");
  // There is no type with underlying type MyInt.
  EXPECT_EQ(describe(w, w.interface({}, {w.union_of({{true, my_int}})})), "none");
  TypeId number = w.declare("Number", w.interface({}, {ints}));
  TypeId nested = w.union_of({{false, number}, {false, w.kFloat64}});
  EXPECT_EQ(describe(w, w.interface({}, {nested})), "~int|string|float64");
  TypeId any_or = w.union_of({{false, w.cx.types.empty_interface()}, {false, w.kInt}});
  EXPECT_EQ(describe(w, w.interface({}, {any_or})), "all");
}

TEST(TypeSet, ComparableRemovesTerms) {
  TestWorld w;
  TypeId slice = w.cx.types.slice_of(w.kInt);
  TypeId terms = w.union_of({{false, slice}, {false, w.kInt}});
  EXPECT_EQ(describe(w, w.interface({}, {w.cx.comparable_type, terms})), "int");
  EXPECT_EQ(describe(w, w.interface({w.method("M", w.func({}))}, {w.cx.comparable_type})),
            "comparable M all");
  EXPECT_EQ(describe(w, w.cx.comparable_type), "comparable all");
}

TEST(TypeSet, OfTypeParametersAndInstances) {
  TestWorld w;
  TypeId p = w.type_param("P");
  TypeId setter = w.generic("Setter", {p});
  w.set_rhs(setter, w.interface({w.method("Set", w.func({p}))}, {w.union_of({{true, p}})}));
  TypeId q = w.type_param("Q", 0, w.instance(setter, {w.kInt}));
  EXPECT_EQ(describe(w, q), "Set ~int");
  EXPECT_EQ(w.text(w.cx.types.type_set(q).methods[0].type), "func(int)");
  TypeId plain = w.type_param("R", 0, w.kString);  // [R string]
  EXPECT_EQ(describe(w, plain), "string");
  EXPECT_TRUE(is_string(w.cx, w.kString));
  EXPECT_FALSE(is_string(w.cx, plain));
  EXPECT_TRUE(all_string(w.cx, plain));
}

TEST(TypeSet, InterfacesThatEmbedThemselvesEnd) {
  TestWorld w;
  TypeId a = w.declare("A");
  TypeId b = w.declare("B", w.interface({w.method("M", w.func({}))}, {a, a}));
  w.set_rhs(a, w.interface({}, {b, b}));
  EXPECT_EQ(describe(w, a), "M all");
  // type I[P any] interface { I[[]P]; I[*P] }
  TypeId p = w.type_param("P");
  TypeId i = w.generic("I", {p});
  w.set_rhs(i, w.interface({}, {w.instance(i, {w.cx.types.slice_of(p)}),
                                w.instance(i, {w.cx.types.pointer_to(p)})}));
  EXPECT_EQ(describe(w, w.instance(i, {w.kInt})), "all");
}

TEST(Predicates, CommonUnderlyingTypes) {
  TestWorld w;
  TypeStore& t = w.cx.types;
  auto param = [&](std::initializer_list<Term> terms) {
    return w.type_param("P", 0, w.interface({}, {w.union_of(terms)}));
  };
  TypeId both = t.chan_of(ChanDir::kBoth, w.kInt);
  TypeId send = t.chan_of(ChanDir::kSend, w.kInt);
  TypeId recv = t.chan_of(ChanDir::kRecv, w.kInt);
  TypeId bytes = t.slice_of(basic(BasicKind::kUint8));
  TypeId my_bytes = w.declare("MyBytes", bytes);
  EXPECT_EQ(common_under(w.cx, param({{true, both}, {true, send}})), send);
  EXPECT_EQ(common_under(w.cx, param({{true, recv}, {true, both}})), recv);
  EXPECT_FALSE(common_under(w.cx, param({{true, recv}, {true, send}})).exists());
  EXPECT_EQ(common_under(w.cx, param({{false, bytes}, {false, my_bytes}})), bytes);
  EXPECT_FALSE(common_under(w.cx, param({{true, bytes}, {true, w.kString}})).exists());
  EXPECT_EQ(common_under_or_string(w.cx, param({{true, bytes}, {true, w.kString}})), w.kString);
  EXPECT_EQ(common_under_or_string(w.cx, param({{true, bytes}, {false, my_bytes}})), bytes);
  EXPECT_FALSE(common_under_or_string(w.cx, param({{true, w.kInt}, {true, w.kString}})).exists());
  EXPECT_FALSE(common_under(w.cx, w.type_param("P")).exists());
  EXPECT_EQ(common_under(w.cx, my_bytes), bytes);
}

TEST(Predicates, ComparableAndNil) {
  TestWorld w;
  TypeStore& t = w.cx.types;
  TypeId slice = t.slice_of(w.kInt);
  TypeId any = t.empty_interface();
  EXPECT_TRUE(comparable(w.cx, w.structure({w.field("a", w.kInt), w.field("b", any)})));
  EXPECT_FALSE(strictly_comparable(w.cx, w.structure({w.field("b", any)})));
  EXPECT_FALSE(comparable(w.cx, t.array_of(w.structure({w.field("a", slice)}), 2)));
  EXPECT_FALSE(comparable(w.cx, w.type_param("P")));
  EXPECT_TRUE(comparable(w.cx, w.type_param("P", 0, w.cx.comparable_type)));
  EXPECT_FALSE(comparable(w.cx, basic(BasicKind::kUntypedNil)));
  EXPECT_TRUE(has_nil(w.cx, slice));
  EXPECT_TRUE(has_nil(w.cx, any));
  EXPECT_FALSE(has_nil(w.cx, w.kInt));
  EXPECT_TRUE(has_nil(w.cx, basic(BasicKind::kUnsafePointer)));
  EXPECT_FALSE(has_nil(w.cx, w.type_param("P")));
  EXPECT_TRUE(has_nil(w.cx, w.type_param("P", 0, w.interface({}, {w.union_of({{true, slice}})}))));
}

TEST(Predicates, UntypedTypes) {
  using enum BasicKind;
  EXPECT_EQ(default_type(basic(kUntypedRune)), basic(kInt32));
  EXPECT_EQ(default_type(basic(kUntypedNil)), basic(kUntypedNil));
  EXPECT_EQ(max_untyped(basic(kUntypedInt), basic(kUntypedFloat)), basic(kUntypedFloat));
  EXPECT_EQ(max_untyped(basic(kUntypedComplex), basic(kUntypedRune)), basic(kUntypedComplex));
  EXPECT_EQ(max_untyped(basic(kUntypedBool), basic(kUntypedBool)), basic(kUntypedBool));
  EXPECT_FALSE(max_untyped(basic(kUntypedString), basic(kUntypedInt)).exists());
}

}  // namespace
}  // namespace unpark::types
