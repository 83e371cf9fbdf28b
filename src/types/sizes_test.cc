#include "types/sizes.h"

#include <gtest/gtest.h>

#include "types/test_world.h"

namespace unpark::types {
namespace {

using enum BasicKind;

TEST(Sizes, OfBasicTypesFollowTheWord) {
  TestWorld wide({8, 8});
  TestWorld narrow({4, 4});
  EXPECT_EQ(size_of(wide.cx, basic(BasicKind::kInt)), 8);
  EXPECT_EQ(size_of(narrow.cx, basic(BasicKind::kInt)), 4);
  EXPECT_EQ(size_of(wide.cx, basic(BasicKind::kString)), 16);
  EXPECT_EQ(size_of(narrow.cx, basic(BasicKind::kString)), 8);
  EXPECT_EQ(align_of(wide.cx, basic(kInt64)), 8);
  EXPECT_EQ(align_of(narrow.cx, basic(kInt64)), 4);
  EXPECT_EQ(align_of(wide.cx, basic(kComplex128)), 8);
  EXPECT_EQ(align_of(wide.cx, basic(kComplex64)), 4);
  EXPECT_EQ(size_of(wide.cx, basic(kComplex128)), 16);
  EXPECT_EQ(size_of(wide.cx, basic(kUnsafePointer)), 8);
  EXPECT_EQ(size_of(wide.cx, wide.cx.types.slice_of(basic(kUint8))), 24);
  EXPECT_EQ(size_of(narrow.cx, narrow.cx.types.empty_interface()), 8);
  EXPECT_EQ(size_of(wide.cx, wide.func({})), 8);
}

TEST(Sizes, OfStructsHavePadding) {
  TestWorld w;
  TestWorld narrow({4, 4});
  auto mixed = [](TestWorld& world) {
    return world.structure({world.field("a", basic(BasicKind::kBool)),
                            world.field("b", basic(kInt64)), world.field("c", basic(kInt16)),
                            world.field("d", world.structure({}))});
  };
  TypeId s = mixed(w);
  EXPECT_EQ(field_offsets(w.cx, w.cx.types.fields(s)), (std::vector<int64_t>{0, 8, 16, 18}));
  EXPECT_EQ(size_of(w.cx, s), 24);  // a last field of size 0 takes a byte
  EXPECT_EQ(align_of(w.cx, s), 8);
  TypeId n = mixed(narrow);
  EXPECT_EQ(field_offsets(narrow.cx, narrow.cx.types.fields(n)),
            (std::vector<int64_t>{0, 4, 12, 14}));
  EXPECT_EQ(size_of(narrow.cx, n), 16);
  EXPECT_EQ(size_of(w.cx, w.structure({})), 0);
  EXPECT_EQ(size_of(w.cx, w.structure({w.field("a", w.structure({}))})), 0);
  EXPECT_EQ(size_of(w.cx, w.cx.types.array_of(s, 3)), 72);
  EXPECT_EQ(align_of(w.cx, w.cx.types.array_of(basic(kInt16), 0)), 2);
}

TEST(Sizes, Align64OfSyncAtomic) {
  TestWorld w({4, 4});
  w.home = w.add_package("sync/atomic");
  TypeId marker = w.declare("align64", w.structure({}));
  TypeId type =
      w.declare("Int64", w.structure({w.field("_", marker), w.field("v", basic(kInt64))}));
  EXPECT_EQ(align_of(w.cx, type), 8);
  EXPECT_EQ(size_of(w.cx, type), 8);
}

TEST(Sizes, TooLargeIsNegative) {
  TestWorld w;
  TypeStore& t = w.cx.types;
  TypeId huge = t.array_of(t.array_of(basic(kInt64), int64_t{1} << 40), int64_t{1} << 40);
  EXPECT_LT(size_of(w.cx, huge), 0);
  EXPECT_LT(size_of(w.cx, w.structure({w.field("a", huge), w.field("b", basic(kInt64))})), 0);
  TypeId half = t.array_of(basic(kInt8), INT64_MAX - 3);
  EXPECT_LT(size_of(w.cx, w.structure({w.field("a", half), w.field("b", basic(kInt64))})), 0);
  TypeId self = w.declare("Self");
  w.set_rhs(self, w.structure({w.field("a", self), w.field("b", self)}));
  EXPECT_LT(size_of(w.cx, self), 0);
}

TEST(Sizes, VaryWithTypeParameters) {
  TestWorld w;
  TypeStore& t = w.cx.types;
  TypeId p = w.type_param("P");
  EXPECT_FALSE(has_constant_size(w.cx, p));
  EXPECT_TRUE(has_constant_size(w.cx, t.pointer_to(p)));
  EXPECT_TRUE(has_constant_size(w.cx, t.slice_of(p)));
  EXPECT_FALSE(has_constant_size(w.cx, t.array_of(p, 2)));
  // A type declared in a generic function.
  TypeId local = w.declare("local", w.structure({w.field("x", p)}));
  EXPECT_FALSE(has_constant_size(w.cx, local));
  EXPECT_TRUE(has_constant_size(w.cx, w.structure({w.field("x", w.kInt)})));
}

}  // namespace
}  // namespace unpark::types
