#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "base/worker_pool.h"
#include "types/predicates.h"
#include "types/test_world.h"

namespace unpark::types {
namespace {

TEST(TypeStore, EqualPartsGiveEqualIds) {
  TestWorld w;
  TypeStore& t = w.cx.types;
  EXPECT_EQ(t.pointer_to(w.kInt), t.pointer_to(w.kInt));
  EXPECT_NE(t.pointer_to(w.kInt), t.slice_of(w.kInt));
  EXPECT_NE(t.array_of(w.kInt, 3), t.array_of(w.kInt, 4));
  EXPECT_NE(t.chan_of(ChanDir::kSend, w.kInt), t.chan_of(ChanDir::kRecv, w.kInt));
  EXPECT_EQ(t.map_of(w.kString, w.kInt), t.map_of(w.kString, w.kInt));
  EXPECT_NE(t.map_of(w.kString, w.kInt), t.map_of(w.kInt, w.kString));
  EXPECT_EQ(w.func({w.kInt}, {w.kString}), w.func({w.kInt}, {w.kString}));
  EXPECT_NE(w.func({w.kInt}, {w.kString}), w.func({w.kInt, w.kString}));
  EXPECT_EQ(w.func({}), w.func({}));
  EXPECT_EQ(w.structure({}), w.structure({}));
  EXPECT_NE(w.declare("T"), w.declare("T"));
  EXPECT_EQ(w.interface({}), t.empty_interface());
  EXPECT_NE(t.comparable_interface(), t.empty_interface());
}

TEST(TypeStore, ThreadsAgreeOnIds) {
  TestWorld w;
  TypeStore& t = w.cx.types;
  TypeId p = w.type_param("P");
  TypeId list = w.generic("List", {p});
  w.set_rhs(list, w.structure(
                      {w.field("next", t.pointer_to(w.instance(list, {p}))), w.field("value", p)}));
  base::WorkerPool pool(8);
  constexpr size_t kTypes = 3000;
  std::vector<std::vector<TypeId>> ids(16, std::vector<TypeId>(kTypes));
  pool.for_each(16, [&](size_t turn, unsigned) {
    for (size_t k = 0; k < kTypes; k++) {
      size_t i = (k * 7 + turn * 131) % kTypes;
      TypeId x = t.array_of(w.kInt, static_cast<int64_t>(i));
      TypeId pair[] = {x, t.pointer_to(t.chan_of(ChanDir::kBoth, x))};
      Signature s;
      s.params = t.tuple_of(pair);
      s.results = t.empty_tuple();
      TypeId f = t.signature_of(s);
      TypeId inst = t.instance_of(list, {&f, 1});
      ids[turn][i] = t.under(inst);
    }
  });
  for (const auto& other : ids) EXPECT_EQ(other, ids[0]);
  EXPECT_EQ(w.text(ids[0][2]),
            "struct{example.org/home.next *example.org/home.List[func([2]int, *chan [2]int)]; "
            "example.org/home.value func([2]int, *chan [2]int)}");
}

TEST(TypeStore, LiteralsAtTwoPlacesAreIdentical) {
  TestWorld w;
  Context& cx = w.cx;
  TypeId a = w.structure({w.field("X", w.kInt, false, "json:\"x\""), w.field("y", w.kString)});
  TypeId b = w.structure({w.field("X", w.kInt, false, "json:\"x\""), w.field("y", w.kString)});
  TypeId no_tag = w.structure({w.field("X", w.kInt), w.field("y", w.kString)});
  EXPECT_NE(a, b);
  EXPECT_TRUE(identical(cx, a, b));
  EXPECT_FALSE(identical(cx, a, no_tag));
  EXPECT_TRUE(identical(cx, w.func({cx.types.slice_of(a)}), w.func({cx.types.slice_of(b)})));
  EXPECT_FALSE(identical(cx, cx.types.slice_of(a), cx.types.slice_of(no_tag)));

  TypeId i = w.interface({w.method("A", w.func({a})), w.method("B", w.func({}))});
  TypeId j = w.interface({w.method("B", w.func({})), w.method("A", w.func({b}))});
  TypeId k = w.interface({w.method("B", w.func({})), w.method("A", w.func({no_tag}))});
  EXPECT_TRUE(identical(cx, i, j));
  EXPECT_FALSE(identical(cx, i, k));
  EXPECT_TRUE(identical(cx, i, w.interface({}, {j})));
  EXPECT_TRUE(identical(cx, cx.types.empty_interface(), w.interface({}, {w.interface({})})));
  EXPECT_FALSE(identical(cx, cx.types.empty_interface(), cx.types.comparable_interface()));
}

TEST(TypeStore, UnexportedNamesBelongToTheirPackage) {
  TestWorld w;
  PackageRef here = w.home;
  PackageRef other = w.add_package("example.org/other");
  TypeId exported = w.structure({w.field("X", w.kInt)});
  TypeId unexported = w.structure({w.field("x", w.kInt)});
  TypeId method = w.interface({w.method("m", w.func({}))});
  w.home = other;
  EXPECT_TRUE(identical(w.cx, exported, w.structure({w.field("X", w.kInt)})));
  EXPECT_FALSE(identical(w.cx, unexported, w.structure({w.field("x", w.kInt)})));
  EXPECT_FALSE(identical(w.cx, method, w.interface({w.method("m", w.func({}))})));
  w.home = here;
  EXPECT_TRUE(identical(w.cx, method, w.interface({w.method("m", w.func({}))})));
}

TEST(TypeStore, RecursiveInterfaceLiteralsAreCompared) {
  // type T interface { m() interface{ T } }, twice.
  TestWorld w;
  auto declare = [&] {
    TypeId t = w.declare("T");
    w.set_rhs(t, w.interface({w.method("m", w.func({}, {w.interface({}, {t})}))}));
    return t;
  };
  TypeId a = declare();
  TypeId b = declare();
  EXPECT_FALSE(identical(w.cx, a, b));
  EXPECT_TRUE(identical(w.cx, w.cx.types.under(a), w.cx.types.under(b)));
}

TEST(TypeStore, GenericSignaturesDoNotDependOnNames) {
  TestWorld w;
  TypeId p = w.type_param("P");
  TypeId q = w.type_param("Q");
  TypeId c = w.type_param("C", 0, w.cx.comparable_type);
  TypeId f = w.func({p}, {w.cx.types.slice_of(p)}, {p});
  TypeId g = w.func({q}, {w.cx.types.slice_of(q)}, {q});
  TypeId h = w.func({c}, {w.cx.types.slice_of(c)}, {c});
  EXPECT_NE(f, g);
  EXPECT_TRUE(identical(w.cx, f, g));
  EXPECT_FALSE(identical(w.cx, f, h));
}

TEST(TypeStore, InstancesOfIdenticalArgumentsAreOne) {
  TestWorld w;
  TypeId p = w.type_param("P");
  TypeId set = w.generic("Set", {p});
  w.set_rhs(set, w.cx.types.map_of(p, w.kBool));
  TypeId i = w.interface({w.method("M", w.func({}))});
  TypeId j = w.interface({w.method("M", w.func({}))});
  TypeId other = w.interface({w.method("N", w.func({}))});
  ASSERT_NE(i, j);
  EXPECT_EQ(w.instance(set, {i}), w.instance(set, {j}));
  EXPECT_NE(w.instance(set, {i}), w.instance(set, {other}));
  EXPECT_EQ(w.instance(set, {w.cx.types.empty_interface()}),
            w.instance(set, {w.interface({}, {w.interface({})})}));
}

TEST(TypeStore, RecursiveGenericTypesExpandOnDemand) {
  // type T[P any] struct { next *T[P]; other *T[*P] }
  TestWorld w;
  TypeStore& t = w.cx.types;
  TypeId p = w.type_param("P");
  TypeId type = w.generic("T", {p});
  w.set_rhs(type,
            w.structure({w.field("next", t.pointer_to(w.instance(type, {p}))),
                         w.field("other", t.pointer_to(w.instance(type, {t.pointer_to(p)})))}));
  TypeId of_int = w.instance(type, {w.kInt});
  TypeId u = t.under(of_int);
  ASSERT_TRUE(t.is(u, TypeKind::kStruct));
  EXPECT_EQ(t.fields(u)[0].type, t.pointer_to(of_int));
  EXPECT_EQ(t.fields(u)[0].object, t.fields(t.under(type))[0].object);
  TypeId deeper = t.elem(t.fields(u)[1].type);
  EXPECT_EQ(deeper, w.instance(type, {t.pointer_to(w.kInt)}));
  EXPECT_EQ(t.fields(t.under(deeper))[0].type, t.pointer_to(deeper));
}

TEST(TypeStore, InstanceOfATypeDeclaredAsAnInstance) {
  // type B[Q any] []Q; type A[P any] B[map[string]P]
  TestWorld w;
  TypeStore& t = w.cx.types;
  TypeId q = w.type_param("Q");
  TypeId b = w.generic("B", {q});
  w.set_rhs(b, t.slice_of(q));
  TypeId p = w.type_param("P");
  TypeId a = w.generic("A", {p});
  w.set_rhs(a, w.instance(b, {t.map_of(w.kString, p)}));
  EXPECT_EQ(t.under(w.instance(a, {w.kInt})), t.slice_of(t.map_of(w.kString, w.kInt)));
  EXPECT_EQ(t.under(w.instance(a, {w.kInt, w.kInt})), kInvalidType);
}

TEST(TypeStore, CyclesOfDeclarationsAreInvalid) {
  TestWorld w;
  TypeStore& t = w.cx.types;
  TypeId a = w.declare("A");
  TypeId b = w.declare("B", a);
  w.set_rhs(a, b);
  EXPECT_EQ(t.under(a), kInvalidType);
  EXPECT_EQ(t.under(b), kInvalidType);
  // type T[P any] T[[]P]
  TypeId p = w.type_param("P");
  TypeId type = w.generic("T", {p});
  w.set_rhs(type, w.instance(type, {t.slice_of(p)}));
  EXPECT_EQ(t.under(w.instance(type, {w.kInt})), kInvalidType);
  // type S[P any] struct { f S[[]P]; g S[*P] }, by value
  TypeId s = w.generic("S", {p});
  w.set_rhs(s, w.structure({w.field("f", w.instance(s, {t.slice_of(p)})),
                            w.field("g", w.instance(s, {t.pointer_to(p)}))}));
  comparable(w.cx, w.instance(s, {w.kInt}));  // ends
}

class OneTypeResolver final : public Resolver {
 public:
  OneTypeResolver(Context& cx, TypeId rhs) : cx_(cx), rhs_(rhs) {}
  void resolve_type_name(ObjectId object) override {
    asked++;
    if (ready) cx_.types.named(cx_.objects[object].type).rhs = rhs_;
  }
  void resolve_object(ObjectId) override {}
  int asked = 0;
  bool ready = false;

 private:
  Context& cx_;
  TypeId rhs_;
};

TEST(TypeStore, AsksTheResolverAndForgetsWhatWasIncomplete) {
  TestWorld w;
  TypeStore& t = w.cx.types;
  TypeId p = w.type_param("P");
  OneTypeResolver resolver(w.cx, t.slice_of(p));
  TypeId list = w.generic("List", {p});
  t.named(list).resolver = &resolver;
  TypeId alias = w.declare("Ints", w.instance(list, {w.kInt}));
  EXPECT_EQ(t.under(alias), kInvalidType);
  EXPECT_EQ(resolver.asked, 1);
  resolver.ready = true;
  EXPECT_EQ(t.under(alias), t.slice_of(w.kInt));
  EXPECT_EQ(t.under(alias), t.slice_of(w.kInt));
  EXPECT_EQ(resolver.asked, 2);
}

TEST(TypeStore, TwinsAreStableAndDistinct) {
  TestWorld w;
  TypeStore& t = w.cx.types;
  TypeId p = w.type_param("P");
  TypeId q = w.type_param("Q", 1, t.slice_of(p));
  TypeId params[] = {p, q};
  std::span<const TypeId> a = t.twins(params, 0);
  std::span<const TypeId> b = t.twins(params, 1);
  EXPECT_EQ(a.data(), t.twins(params, 0).data());
  EXPECT_NE(a[0], p);
  EXPECT_NE(a[0], b[0]);
  EXPECT_EQ(t.type_param(a[1]).constraint, t.slice_of(a[0]));
  EXPECT_EQ(t.type_param(b[1]).twin_of, q);
}

TEST(TypeStore, FlagsTellWhatATypeMentions) {
  TestWorld w;
  TypeStore& t = w.cx.types;
  TypeId p = w.type_param("P");
  EXPECT_TRUE(t.has_type_param(w.func({t.map_of(w.kInt, p)})));
  EXPECT_FALSE(t.has_type_param(w.func({t.map_of(w.kInt, w.kInt)})));
  TypeId list = w.generic("List", {p});
  EXPECT_FALSE(t.has_type_param(list));
  EXPECT_TRUE(t.has_type_param(w.instance(list, {p})));
  EXPECT_FALSE(t.has_type_param(w.instance(list, {w.kInt})));
  EXPECT_TRUE(t[t.slice_of(kInvalidType)].flags & TypeStore::kHasInvalid);
  EXPECT_FALSE(t[t.slice_of(t.empty_interface())].flags & TypeStore::kStructural);
}

TEST(Substitute, ReplacesInEveryKindOfType) {
  TestWorld w;
  Context& cx = w.cx;
  TypeStore& t = cx.types;
  TypeId p = w.type_param("P");
  TypeId q = w.type_param("Q", 1);
  TypeId list = w.generic("List", {p});
  TypeId params[] = {p, q};
  TypeId args[] = {w.kInt, {}};
  auto subst = [&](TypeId type) { return w.text(substitute(cx, type, params, args)); };
  std::string q_text = w.text(q);
  EXPECT_EQ(subst(t.array_of(p, 2)), "[2]int");
  EXPECT_EQ(subst(t.chan_of(ChanDir::kRecv, p)), "<-chan int");
  EXPECT_EQ(subst(t.map_of(p, q)), "map[int]" + q_text);
  EXPECT_EQ(subst(w.func({p, q}, {t.slice_of(p)})), "func(int, " + q_text + ") ([]int)");
  EXPECT_EQ(subst(w.instance(list, {p})), "example.org/home.List[int]");
  EXPECT_EQ(subst(w.structure({w.field("F", p)})), "struct{F int}");
  EXPECT_EQ(subst(w.interface({w.method("M", w.func({p}))}, {w.union_of({{true, t.slice_of(p)}})})),
            "interface{M func(int); | ~[]int}");
  TypeId plain = w.structure({w.field("F", w.kInt)});
  EXPECT_EQ(substitute(cx, plain, params, args), plain);
  TypeId generic = w.func({p}, {p}, {p});
  EXPECT_EQ(instantiate_signature(cx, generic, std::vector<TypeId>{w.kInt}),
            w.func({w.kInt}, {w.kInt}));
  EXPECT_EQ(instantiate_signature(cx, generic, {}), kInvalidType);
}

TEST(Universe, HasWhatTheSpecPredeclares) {
  TestWorld w;
  Context& cx = w.cx;
  auto find = [&](std::string_view name) { return cx.objects[cx.universe.at(w.name(name))]; };
  EXPECT_EQ(find("byte").type, basic(BasicKind::kUint8));
  EXPECT_EQ(find("rune").type, basic(BasicKind::kInt32));
  EXPECT_EQ(find("any").type, cx.types.empty_interface());
  EXPECT_EQ(find("nil").kind, ObjectKind::kNil);
  EXPECT_EQ(find("recover").extra, static_cast<uint32_t>(Builtin::kRecover));
  EXPECT_TRUE(cx.constants[ConstId{find("true").extra}].bool_value());
  EXPECT_FALSE(cx.constants[ConstId{find("false").extra}].bool_value());
  EXPECT_EQ(int64_value(cx.constants[ConstId{find("iota").extra}]), 0);
  EXPECT_EQ(find("error").type, cx.error_type);
  EXPECT_EQ(cx.universe.size(), 44u);  // 22 types, 3 constants, nil, 18 builtins
  EXPECT_EQ(w.text(cx.error_type), "error");
  EXPECT_EQ(w.text(cx.types.under(cx.error_type)), "interface{Error func() (string)}");
  EXPECT_EQ(cx.package(cx.unsafe_package).scope.size(), 9u);
}

TEST(Universe, ExportedNamesBeginWithAnUpperCaseLetter) {
  EXPECT_TRUE(is_exported("Abc"));
  EXPECT_FALSE(is_exported("abc"));
  EXPECT_FALSE(is_exported("_A"));
  EXPECT_FALSE(is_exported(""));
  EXPECT_TRUE(is_exported("Ä"));
  EXPECT_FALSE(is_exported("ä"));
  EXPECT_TRUE(is_exported("Ā"));
  EXPECT_FALSE(is_exported("ā"));
  EXPECT_TRUE(is_exported("𐐀"));  // Deseret capital long I
  EXPECT_FALSE(is_exported("𐐨"));
  EXPECT_FALSE(is_exported("日本"));
  EXPECT_FALSE(is_exported("ǅ"));  // title case is not upper case
  EXPECT_FALSE(is_exported("\xC3"));
}

}  // namespace
}  // namespace unpark::types
