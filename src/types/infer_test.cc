#include "types/infer.h"

#include <gtest/gtest.h>

#include "types/test_world.h"

namespace unpark::types {
namespace {

class InferTest : public testing::Test {
 protected:
  // The inferred types, or "fails".
  std::string run(std::vector<TypeId> type_params, std::vector<TypeId> params,
                  std::vector<TypeId> call_args, std::vector<TypeId> given = {},
                  uint32_t version = 26) {
    std::vector<InferArg> args;
    for (TypeId t : call_args) args.push_back({t, t == basic(BasicKind::kUntypedNil)});
    auto out =
        infer(w.cx, w.package(), nullptr, type_params, given, params, args, GoVersion{version});
    if (!out) return "fails";
    std::string text;
    for (TypeId t : *out) text += (text.empty() ? "" : " ") + w.text(t);
    return text;
  }
  TypeId constrained(std::string_view name, uint32_t index, std::initializer_list<Term> terms) {
    return w.type_param(name, index, w.interface({}, {w.union_of(terms)}));
  }
  TypeId slice(TypeId t) { return w.cx.types.slice_of(t); }
  TypeId pointer(TypeId t) { return w.cx.types.pointer_to(t); }

  TestWorld w;
  const TypeId untyped_int = basic(BasicKind::kUntypedInt);
  const TypeId untyped_float = basic(BasicKind::kUntypedFloat);
  const TypeId untyped_string = basic(BasicKind::kUntypedString);
  const TypeId untyped_nil = basic(BasicKind::kUntypedNil);
};

TEST_F(InferTest, FromTypedArguments) {
  TypeId p = w.type_param("P");
  TypeId q = w.type_param("Q", 1);
  EXPECT_EQ(run({p}, {p}, {w.kInt}), "int");
  EXPECT_EQ(run({p}, {slice(p)}, {slice(w.kString)}), "string");
  EXPECT_EQ(run({p}, {slice(p)}, {w.kString}), "fails");
  EXPECT_EQ(run({p, q}, {w.cx.types.map_of(p, q)}, {w.cx.types.map_of(w.kInt, w.kBool)}),
            "int bool");
  EXPECT_EQ(run({p}, {p, p}, {w.kInt, w.kString}), "fails");
  EXPECT_EQ(run({p, q}, {p}, {w.kInt}), "fails");
  EXPECT_EQ(run({p, q}, {p}, {w.kInt}, {{}, w.kBool}), "int bool");
  EXPECT_EQ(run({p}, {p}, {w.kInt}, {w.kString}), "string");
  EXPECT_EQ(
      run({p, q}, {slice(p), w.func({p}, {q})}, {slice(w.kInt), w.func({w.kInt}, {w.kString})}),
      "int string");
}

TEST_F(InferTest, DeclaredTypesWinOverLiterals) {
  TypeId p = w.type_param("P");
  TypeId ints = w.declare("Ints", slice(w.kInt));
  EXPECT_EQ(run({p}, {slice(p)}, {ints}), "int");
  EXPECT_EQ(run({p}, {p, p}, {slice(w.kInt), ints}), "example.org/home.Ints");
  EXPECT_EQ(run({p}, {p, p}, {ints, slice(w.kInt)}), "example.org/home.Ints");
  TypeId other = w.declare("Other", slice(w.kInt));
  EXPECT_EQ(run({p}, {p, p}, {ints, other}), "fails");
  // Below the top types must be identical.
  EXPECT_EQ(run({p}, {p, slice(p)}, {ints, slice(slice(w.kInt))}), "fails");
}

TEST_F(InferTest, ChannelsTakeTheRestrictedDirection) {
  TypeStore& t = w.cx.types;
  TypeId p = w.type_param("P");
  TypeId both = t.chan_of(ChanDir::kBoth, w.kInt);
  TypeId recv = t.chan_of(ChanDir::kRecv, w.kInt);
  EXPECT_EQ(run({p}, {t.chan_of(ChanDir::kRecv, p)}, {both}), "int");
  EXPECT_EQ(run({p}, {p, p}, {both, recv}), "<-chan int");
  EXPECT_EQ(run({p}, {p, p}, {recv, both}), "<-chan int");
}

TEST_F(InferTest, UntypedConstants) {
  TypeId p = w.type_param("P");
  TypeId q = w.type_param("Q", 1);
  EXPECT_EQ(run({p}, {p}, {untyped_int}), "int");
  EXPECT_EQ(run({p}, {p, p}, {untyped_int, untyped_float}), "float64");
  EXPECT_EQ(run({p}, {p, p}, {untyped_float, untyped_int}), "float64");
  EXPECT_EQ(run({p}, {p, p}, {untyped_int, basic(BasicKind::kInt8)}), "int8");
  EXPECT_EQ(run({p}, {p, p}, {untyped_int, untyped_string}), "fails");
  EXPECT_EQ(run({p}, {p}, {untyped_nil}), "fails");
  EXPECT_EQ(run({p}, {p, pointer(p)}, {untyped_int, untyped_nil}), "int");
  EXPECT_EQ(run({p, q}, {p, q}, {basic(BasicKind::kUntypedRune), basic(BasicKind::kUntypedBool)}),
            "int32 bool");
}

TEST_F(InferTest, CoreTypesOfConstraints) {
  // func f[S ~[]E, E any](S)
  TypeId e = w.type_param("E", 1);
  TypeId s = constrained("S", 0, {{true, slice(e)}});
  TypeId ints = w.declare("Ints", slice(w.kInt));
  EXPECT_EQ(run({s, e}, {s}, {ints}), "example.org/home.Ints int");
  EXPECT_EQ(run({s, e}, {s}, {w.kInt}), "fails");
  // func g[M ~map[K]V, K comparable, V any](M)
  TypeId k = w.type_param("K", 1, w.cx.comparable_type);
  TypeId v = w.type_param("V", 2);
  TypeId m = constrained("M", 0, {{true, w.cx.types.map_of(k, v)}});
  EXPECT_EQ(run({m, k, v}, {m}, {w.cx.types.map_of(w.kString, ints)}),
            "map[string]example.org/home.Ints string example.org/home.Ints");
  // func h[T any, PT interface{ *T; Set(string) }]()  with T given
  TypeId t = w.type_param("T");
  TypeId setter = w.interface({w.method("Set", w.func({w.kString}))}, {pointer(t)});
  TypeId pt = w.type_param("PT", 1, setter);
  TypeId settable = w.declare("Settable", w.kInt);
  w.add_method(pointer(settable), "Set", w.func({w.kString}));
  EXPECT_EQ(run({t, pt}, {}, {}, {settable}),
            "example.org/home.Settable *example.org/home.Settable");
  EXPECT_EQ(run({t, pt}, {}, {}), "fails");
  // Without tilde the only term is the type, with it it is not.
  EXPECT_EQ(run({constrained("P", 0, {{false, w.kInt}})}, {}, {}), "int");
  EXPECT_EQ(run({constrained("P", 0, {{true, w.kInt}})}, {}, {}), "fails");
}

TEST_F(InferTest, MethodsOfConstraints) {
  // func f[P interface{ M() Q }, Q any](P)
  TypeId q = w.type_param("Q", 1);
  TypeId p = w.type_param("P", 0, w.interface({w.method("M", w.func({}, {q}))}));
  TypeId t = w.declare("T", w.kInt);
  w.add_method(t, "M", w.func({}, {w.kString}));
  EXPECT_EQ(run({p, q}, {p}, {t}), "example.org/home.T string");
  EXPECT_EQ(run({p, q}, {p}, {w.kInt}), "fails");
}

TEST_F(InferTest, InterfacesMatchTypesWithTheirMethods) {
  // type Source[P any] interface { Next() P }; func f[P any](Source[P])
  TypeId x = w.type_param("X");
  TypeId source = w.generic("Source", {x});
  w.set_rhs(source, w.interface({w.method("Next", w.func({}, {x}))}));
  TypeId p = w.type_param("P");
  TypeId t = w.declare("T", w.kInt);
  w.add_method(t, "Next", w.func({}, {w.kString}));
  EXPECT_EQ(run({p}, {w.instance(source, {p})}, {t}), "string");
  EXPECT_EQ(run({p}, {w.instance(source, {p})}, {t}, {}, 20), "fails");
  TypeId wider =
      w.interface({w.method("Close", w.func({})), w.method("Next", w.func({}, {w.kBool}))});
  EXPECT_EQ(run({p}, {w.instance(source, {p})}, {wider}), "bool");
  EXPECT_EQ(run({p}, {w.instance(source, {p})}, {w.kInt}), "fails");
  // An interface and another type for one parameter: neither is preferred.
  EXPECT_EQ(run({p}, {p, p}, {t, wider}), "fails");
}

TEST_F(InferTest, InstancesOfOneGenericType) {
  TypeId x = w.type_param("X");
  TypeId list = w.generic("List", {x});
  w.set_rhs(list, slice(x));
  TypeId p = w.type_param("P");
  EXPECT_EQ(run({p}, {w.instance(list, {p})}, {w.instance(list, {w.kInt})}), "int");
  EXPECT_EQ(run({p}, {w.instance(list, {p})}, {slice(w.kInt)}), "int");
  TypeId other = w.generic("Other", {x});
  w.set_rhs(other, slice(x));
  EXPECT_EQ(run({p}, {w.instance(list, {p})}, {w.instance(other, {w.kInt})}), "fails");
}

TEST_F(InferTest, GenericFunctionsAsArguments) {
  // func apply[A, B any]([]A, func(A) B) with func conv[X any](X) []X
  TypeId a = w.type_param("A");
  TypeId b = w.type_param("B", 1);
  TypeId x = w.type_param("X");
  EXPECT_EQ(run({a, b, x}, {slice(a), w.func({a}, {b})}, {slice(w.kInt), w.func({x}, {slice(x)})}),
            "int []int int");
  EXPECT_EQ(run({a, b, x}, {w.func({a}, {b})}, {w.func({x}, {slice(x)})}), "fails");
}

TEST_F(InferTest, CallsOfTheFunctionInItsOwnBody) {
  // func f[P any](x P) { f(&x) }
  TypeId p = w.type_param("P");
  TypeId params[] = {p};
  std::vector<TypeId> twins = rename_type_params(w.cx, params, 0);
  EXPECT_EQ(run(twins, twins, {pointer(p)}), "*" + w.text(p));
  EXPECT_EQ(w.text(twins[0]), w.text(p));
}

TEST_F(InferTest, UnboundParametersMatchByTheirCoreType) {
  TypeId p = w.type_param("P");
  TypeId outer = constrained("Outer", 0, {{true, slice(w.kInt)}});
  EXPECT_EQ(run({p}, {slice(p)}, {outer}), "int");
  EXPECT_EQ(run({p}, {slice(p)}, {w.type_param("Any")}), "fails");
}

TEST_F(InferTest, CyclesHaveNoTypes) {
  // [A interface{ *B }, B interface{ *A }]
  TypeId a = w.type_param("A");
  TypeId b = w.type_param("B", 1, w.interface({}, {pointer(a)}));
  w.cx.types.type_param(a).constraint = w.interface({}, {pointer(b)});
  EXPECT_EQ(run({a, b}, {}, {}), "fails");
  TypeId self = w.type_param("S");
  w.cx.types.type_param(self).constraint = w.interface({}, {pointer(self)});
  EXPECT_EQ(run({self}, {}, {}), "fails");
}

TEST_F(InferTest, BrokenArgumentsFailQuietly) {
  TypeId p = w.type_param("P");
  EXPECT_EQ(run({p}, {slice(p)}, {kInvalidType}), "fails");
  EXPECT_EQ(run({p}, {p}, {w.kInt, w.kInt}), "fails");
}

}  // namespace
}  // namespace unpark::types
