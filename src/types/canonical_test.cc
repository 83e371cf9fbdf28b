#include "types/canonical.h"

#include <gtest/gtest.h>

#include "types/test_world.h"

namespace unpark::types {
namespace {

TEST(Canonical, Types) {
  TestWorld w;
  TypeStore& t = w.cx.types;
  File file;
  file.id = source::FileId{0};
  file.path = "/src/example.org/home/a.go";
  w.package().files.push_back(std::move(file));

  TypeId recv = t.chan_of(ChanDir::kRecv, w.kInt);
  EXPECT_EQ(w.text(t.chan_of(ChanDir::kBoth, recv)), "chan <-chan int");
  EXPECT_EQ(w.text(basic(BasicKind::kUnsafePointer)), "unsafe.Pointer");
  EXPECT_EQ(w.text(t.empty_interface()), "interface{}");
  EXPECT_EQ(w.text(w.structure({w.field("x", w.kInt, false, "a\"b"), w.embed(w.cx.error_type)})),
            "struct{example.org/home.x int \"a\\x22b\"; !example.org/home.error error}");

  TypeId params[] = {w.kInt, t.slice_of(w.kString)};
  Signature s;
  s.params = t.tuple_of(params);
  s.results = w.tuple({w.kInt});
  s.variadic = true;
  EXPECT_EQ(w.text(t.signature_of(s)), "func(int, ...string) (int)");

  TypeId reader = w.declare("Reader", w.interface({w.method("Read", w.func({}))}));
  TypeId number =
      w.declare("Number", w.interface({}, {w.union_of({{true, w.kInt}, {false, w.kString}})}));
  EXPECT_EQ(
      w.text(w.interface({w.method("m", w.func({}))}, {reader, number, w.cx.comparable_type})),
      "interface{Read func(); example.org/home.m func(); comparable; | ~int|string}");

  ObjectId local = w.object("L", ObjectKind::kTypeName, {});
  TypeId local_type = t.new_named(local, nullptr);
  std::string at = "a.go:" + std::to_string(w.cx.objects[local].pos);
  EXPECT_EQ(w.text(local_type), "example.org/home.L@" + at);
  EXPECT_EQ(CanonicalWriter(w.cx).object(local), "type example.org/home L " + at);
  EXPECT_EQ(CanonicalWriter(w.cx).object(w.cx.error_method), "func - Error -");

  TypeId p = w.type_param("P", 0, w.kInt);
  std::string p_text =
      "$example.org/home@a.go:" + std::to_string(w.cx.objects[t.type_param(p).object].pos) + ".P";
  EXPECT_EQ(w.text(w.func({p}, {}, {p})), "func[" + p_text + " interface{| int}](" + p_text + ")");
  TypeId list = w.generic("List", {p});
  EXPECT_EQ(w.text(w.instance(list, {w.kInt})), "example.org/home.List[int]");
}

TEST(Canonical, InterfacesThatLeadBackToThemselvesReferOutward) {
  TestWorld w;
  TypeId t = w.declare("T");
  w.set_rhs(t, w.interface({w.method("M", w.func({}, {w.interface({}, {t})}))}));
  EXPECT_EQ(w.text(w.cx.types.under(t)), "interface{M func() (interface{^1})}");
  // Between the two there may be others, and the outermost counts.
  TypeId u = w.declare("U");
  TypeId inner = w.interface({w.method("N", w.func({w.interface({}, {u})}))});
  w.set_rhs(u, w.interface({w.method("M", w.func({inner}))}));
  EXPECT_EQ(w.text(w.cx.types.under(u)), "interface{M func(interface{N func(interface{^2})})}");
  // Printed alone, the inner one is what stands outside.
  EXPECT_EQ(w.text(inner), "interface{N func(interface{M func(interface{^2})})}");
}

TEST(Canonical, InterfacesThatExpandForEverAreCut) {
  // type I[P any] interface { M(interface{ I[[]P] }, interface{ I[*P] }) }
  TestWorld w;
  TypeId p = w.type_param("P");
  TypeId i = w.generic("I", {p});
  TypeId a = w.interface({}, {w.instance(i, {w.cx.types.slice_of(p)})});
  TypeId b = w.interface({}, {w.instance(i, {w.cx.types.pointer_to(p)})});
  w.set_rhs(i, w.interface({w.method("M", w.func({a, b}))}));
  EXPECT_NE(w.text(w.cx.types.under(i)).find("…"), std::string::npos);
}

TEST(TypeText, IsAsWritten) {
  TestWorld w;
  TypeStore& t = w.cx.types;
  TypeId recv = t.chan_of(ChanDir::kRecv, w.kInt);
  EXPECT_EQ(type_text(w.cx, t.chan_of(ChanDir::kBoth, recv)), "chan (<-chan int)");
  TypeId p = w.type_param("P");
  TypeId list = w.generic("List", {p});
  EXPECT_EQ(
      type_text(w.cx, w.func({w.instance(list, {w.kInt}), t.empty_interface()}, {w.cx.error_type})),
      "func(home.List[int], any) error");
  EXPECT_EQ(type_text(w.cx, w.structure({w.field("x", p), w.embed(list)})),
            "struct{ x P; home.List }");
  EXPECT_EQ(type_text(w.cx, w.interface({w.method("M", w.func({w.kInt}, {w.kInt, w.kInt}))})),
            "interface{ M(int) (int, int) }");
}

}  // namespace
}  // namespace unpark::types
