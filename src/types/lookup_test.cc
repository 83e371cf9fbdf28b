#include "types/lookup.h"

#include <gtest/gtest.h>

#include "types/test_world.h"

namespace unpark::types {
namespace {

class LookupTest : public testing::Test {
 protected:
  Found find(TypeId type, std::string_view name, bool addressable = false) {
    return lookup(w.cx, w.package(), nullptr, type, addressable, w.name(name));
  }
  std::vector<uint32_t> path(TypeId type, std::string_view name) {
    Found found = find(type, name, true);
    return {found.path.begin(), found.path.end()};
  }
  TypeId pointer(TypeId t) { return w.cx.types.pointer_to(t); }
  using Path = std::vector<uint32_t>;

  TestWorld w;
  TypeId none = w.func({});
};

TEST_F(LookupTest, FieldsAndMethodsOfOneType) {
  TypeId t = w.declare("T", w.structure({w.field("a", w.kInt), w.field("b", w.kString)}));
  ObjectId value = w.add_method(t, "Value", none);
  ObjectId change = w.add_method(pointer(t), "Change", none);
  EXPECT_EQ(path(t, "b"), Path{1});
  EXPECT_EQ(find(t, "b").type, w.kString);
  EXPECT_FALSE(find(t, "b").indirect);
  EXPECT_TRUE(find(pointer(t), "b").indirect);
  EXPECT_EQ(find(t, "Value").object, value);
  EXPECT_EQ(path(pointer(t), "Change"), Path{1});
  EXPECT_EQ(find(pointer(t), "Change").object, change);
  EXPECT_EQ(find(t, "Change", true).object, change);
  EXPECT_FALSE(find(t, "Change").object.exists());
  EXPECT_TRUE(find(t, "Change").needs_pointer);
  EXPECT_FALSE(find(t, "c").object.exists());
  EXPECT_FALSE(find(t, "c").needs_pointer);
  EXPECT_FALSE(find(pointer(pointer(t)), "a").object.exists());
}

TEST_F(LookupTest, BlankIsNeverFound) {
  TypeId t = w.declare("T", w.structure({w.field("_", w.kInt)}));
  EXPECT_FALSE(find(t, "_").object.exists());
}

TEST_F(LookupTest, ShallowestWinsAndEqualDepthIsAmbiguous) {
  TypeId a = w.declare("A", w.structure({w.field("x", w.kInt), w.field("y", w.kInt)}));
  TypeId b = w.declare("B", w.structure({w.field("x", w.kString), w.field("z", w.kString)}));
  TypeId c = w.declare("C", w.structure({w.embed(a), w.embed(pointer(b)), w.field("y", w.kBool)}));
  EXPECT_EQ(path(c, "y"), Path{2});
  EXPECT_EQ(path(c, "z"), (Path{1, 1}));
  EXPECT_TRUE(find(c, "z").indirect);
  EXPECT_TRUE(find(c, "x").ambiguous);
  EXPECT_FALSE(find(c, "x").object.exists());
  TypeId d = w.declare("D", w.structure({w.field("pad", w.kInt), w.embed(c)}));
  EXPECT_EQ(path(d, "z"), (Path{1, 1, 1}));
  EXPECT_TRUE(find(d, "x").ambiguous);
}

TEST_F(LookupTest, ATypeEmbeddedTwiceAtOneDepthIsAmbiguous) {
  TypeId base = w.declare("Base", w.structure({w.field("x", w.kInt)}));
  w.add_method(base, "M", none);
  TypeId left = w.declare("Left", w.structure({w.embed(base)}));
  TypeId right = w.declare("Right", w.structure({w.embed(pointer(base))}));
  TypeId both = w.declare("Both", w.structure({w.embed(left), w.embed(right)}));
  EXPECT_TRUE(find(both, "x").ambiguous);
  EXPECT_TRUE(find(both, "M").ambiguous);
  // A shallower occurrence hides the deeper one.
  TypeId again = w.declare("Again", w.structure({w.embed(left), w.embed(base)}));
  EXPECT_EQ(path(again, "x"), (Path{1, 0}));
}

TEST_F(LookupTest, RecursiveEmbeddingEnds) {
  TypeId t = w.declare("T");
  w.set_rhs(t, w.structure({w.embed(pointer(t)), w.field("x", w.kInt)}));
  EXPECT_EQ(path(t, "x"), Path{1});
  EXPECT_FALSE(find(t, "nothing").object.exists());
}

TEST_F(LookupTest, LongPathsStayWhole) {
  TypeId t = w.declare("T0", w.structure({w.field("x", w.kInt)}));
  Path expected{0};
  for (int i = 1; i <= 8; i++) {
    t = w.declare("T" + std::to_string(i), w.structure({w.field("pad", w.kInt), w.embed(t)}));
    expected.insert(expected.begin(), 1);
  }
  EXPECT_EQ(path(t, "x"), expected);
}

TEST_F(LookupTest, PointerReceiversThroughEmbedding) {
  TypeId mutex = w.declare("Mutex", w.structure({}));
  w.add_method(pointer(mutex), "Lock", none);
  TypeId by_value = w.declare("V", w.structure({w.embed(mutex)}));
  TypeId by_pointer = w.declare("P", w.structure({w.embed(pointer(mutex))}));
  EXPECT_TRUE(find(by_value, "Lock").needs_pointer);
  EXPECT_TRUE(find(by_value, "Lock", true).object.exists());
  EXPECT_TRUE(find(pointer(by_value), "Lock").object.exists());
  EXPECT_TRUE(find(by_pointer, "Lock").object.exists());
  EXPECT_EQ(path(by_pointer, "Lock"), (Path{0, 0}));
}

TEST_F(LookupTest, InterfacesAndPointersToThem) {
  TypeId i = w.declare("I", w.interface({w.method("B", none), w.method("A", w.func({w.kInt}))}));
  EXPECT_EQ(path(i, "A"), Path{0});
  EXPECT_EQ(find(i, "A").type, w.func({w.kInt}));
  EXPECT_FALSE(find(pointer(i), "A").object.exists());
  TypeId s = w.declare("S", w.structure({w.embed(i)}));
  EXPECT_EQ(path(s, "B"), (Path{0, 1}));
  TypeId p = w.type_param("P", 0, i);
  EXPECT_EQ(path(p, "B"), Path{1});
  EXPECT_FALSE(find(pointer(p), "B").object.exists());
}

TEST_F(LookupTest, ErrorHasItsMethodEverywhere) {
  EXPECT_EQ(find(w.cx.error_type, "Error").object, w.cx.error_method);
  TypeId e = w.declare("E", w.structure({w.embed(w.cx.error_type)}));
  EXPECT_EQ(find(e, "Error").object, w.cx.error_method);
}

TEST_F(LookupTest, NamedPointerTypesHaveFieldsButNoMethods) {
  TypeId t = w.declare("T", w.structure({w.field("x", w.kInt)}));
  w.add_method(t, "M", none);
  TypeId p = w.declare("P", pointer(t));
  EXPECT_EQ(path(p, "x"), Path{0});
  EXPECT_FALSE(find(p, "M").object.exists());
}

TEST_F(LookupTest, UnexportedNamesNeedTheirPackage) {
  TypeId t = w.declare("T", w.structure({w.field("x", w.kInt), w.field("X", w.kInt)}));
  w.add_method(t, "m", none);
  PackageRef other = w.add_package("example.org/other");
  const Package& from = w.cx.package(other);
  EXPECT_FALSE(lookup(w.cx, from, nullptr, t, true, w.name("x")).object.exists());
  EXPECT_FALSE(lookup(w.cx, from, nullptr, t, true, w.name("m")).object.exists());
  EXPECT_TRUE(lookup(w.cx, from, nullptr, t, true, w.name("X")).object.exists());
  Package overlay;
  overlay.base = &w.package();
  EXPECT_TRUE(lookup(w.cx, overlay, nullptr, t, true, w.name("x")).object.exists());
}

TEST_F(LookupTest, MethodsOfTestsAreSeenInTheirView) {
  TypeId t = w.declare("T", w.structure({}));
  w.add_method(t, "M", none);
  ObjectId extra = w.object("Extra", ObjectKind::kFunc, none, Object::kMethod);
  Package overlay;
  overlay.base = &w.package();
  overlay.extra_methods[t] = {extra};
  EXPECT_FALSE(find(t, "Extra").object.exists());
  Found found = lookup(w.cx, overlay, &overlay, t, false, w.name("Extra"));
  EXPECT_EQ(found.object, extra);
  EXPECT_EQ(found.path.back(), 1u);
}

TEST_F(LookupTest, MethodsOfInstancesHaveTheArguments) {
  // type List[P any] struct { head P }; func (l *List[E]) Push(E) List[E]
  TypeId p = w.type_param("P");
  TypeId list = w.generic("List", {p});
  w.set_rhs(list, w.structure({w.field("head", p)}));
  TypeId e = w.type_param("E");
  TypeId of_e = w.instance(list, {e});
  w.add_method(pointer(of_e), "Push", w.func({e}, {of_e}));
  TypeId of_int = w.instance(list, {w.kInt});
  Found push = find(pointer(of_int), "Push");
  ASSERT_TRUE(push.object.exists());
  EXPECT_EQ(push.type, w.func({w.kInt}, {of_int}));
  EXPECT_EQ(find(of_int, "head").type, w.kInt);
  EXPECT_EQ(find(pointer(of_e), "Push").type, w.func({e}, {of_e}));
  TypeId s = w.declare("S", w.structure({w.embed(pointer(of_int))}));
  EXPECT_EQ(find(s, "Push").type, w.func({w.kInt}, {of_int}));
}

class MethodResolver final : public Resolver {
 public:
  MethodResolver(Context& cx, TypeId type) : cx_(cx), type_(type) {}
  void resolve_type_name(ObjectId) override {}
  void resolve_object(ObjectId object) override {
    cx_.objects[object].type = type_;
    cx_.objects[object].state = Object::kResolved;
  }

 private:
  Context& cx_;
  TypeId type_;
};

TEST_F(LookupTest, MethodsAreResolvedWhenFound) {
  TypeId t = w.declare("T", w.structure({}));
  ObjectId m = w.add_method(t, "M", {});
  w.cx.objects[m].state = Object::kUnresolved;
  EXPECT_EQ(find(t, "M").type, kInvalidType);
  MethodResolver resolver(w.cx, none);
  w.cx.types.named(t).resolver = &resolver;
  EXPECT_EQ(find(t, "M").type, none);

  ObjectId extra = w.object("Extra", ObjectKind::kFunc, {}, Object::kMethod);
  w.cx.objects[extra].state = Object::kUnresolved;
  TypeId complete = w.declare("Complete", w.structure({}));
  Package overlay;
  overlay.base = &w.package();
  overlay.extra_methods[complete] = {extra};
  overlay.resolver = &resolver;
  Found found = lookup(w.cx, overlay, &overlay, complete, false, w.name("Extra"));
  EXPECT_EQ(found.type, none);
}

TEST_F(LookupTest, MethodSets) {
  auto names = [&](TypeId type) {
    std::string out;
    for (const Method& m : method_set(w.cx, nullptr, type)) {
      out += std::string(w.cx.text(m.name)) + " ";
    }
    return out;
  };
  TypeId base = w.declare("Base", w.structure({w.field("F", w.kInt)}));
  w.add_method(base, "Value", none);
  w.add_method(pointer(base), "Ptr", none);
  w.add_method(base, "hidden", none);
  TypeId t = w.declare("T", w.structure({w.embed(base), w.embed(w.cx.error_type)}));
  w.add_method(t, "Own", none);
  EXPECT_EQ(names(t), "Error Own Value hidden ");
  EXPECT_EQ(names(pointer(t)), "Error Own Ptr Value hidden ");
  TypeId shadow = w.declare("Shadow", w.structure({w.embed(base), w.field("Value", w.kInt)}));
  EXPECT_EQ(names(shadow), "hidden ");
  EXPECT_EQ(names(pointer(w.cx.error_type)), "");
}

TEST_F(LookupTest, Implements) {
  TypeId stringer =
      w.declare("Stringer", w.interface({w.method("String", w.func({}, {w.kString}))}));
  TypeId by_value = w.declare("V", w.kInt);
  w.add_method(by_value, "String", w.func({}, {w.kString}));
  TypeId by_pointer = w.declare("P", w.structure({}));
  w.add_method(pointer(by_pointer), "String", w.func({}, {w.kString}));
  TypeId wrong = w.declare("W", w.kInt);
  w.add_method(wrong, "String", w.func({}, {w.kInt}));
  auto ok = [&](TypeId t, TypeId i) { return implements(w.cx, nullptr, t, i); };
  EXPECT_TRUE(ok(by_value, stringer));
  EXPECT_TRUE(ok(pointer(by_value), stringer));
  EXPECT_FALSE(ok(by_pointer, stringer));
  EXPECT_TRUE(ok(pointer(by_pointer), stringer));
  EXPECT_FALSE(ok(wrong, stringer));
  EXPECT_TRUE(ok(stringer, w.cx.types.empty_interface()));
  EXPECT_FALSE(ok(w.cx.types.empty_interface(), stringer));
  TypeId number = w.interface({w.method("String", w.func({}, {w.kString}))},
                              {w.union_of({{true, w.kInt}, {true, w.kFloat64}})});
  EXPECT_TRUE(ok(by_value, number));
  EXPECT_FALSE(ok(pointer(by_pointer), number));
  EXPECT_TRUE(ok(w.type_param("N", 0, number), number));
  EXPECT_TRUE(ok(w.cx.types.empty_interface(), w.cx.comparable_type));
  EXPECT_FALSE(ok(w.cx.types.slice_of(w.kInt), w.cx.comparable_type));
  EXPECT_TRUE(ok(kInvalidType, stringer));
  TypeId broken = w.declare("Broken", w.structure({w.field("Gone", kInvalidType, true)}));
  EXPECT_TRUE(ok(broken, stringer));
}

}  // namespace
}  // namespace unpark::types
