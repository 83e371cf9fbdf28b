// The handlers of instructions, by topic. Each says what the fields of its Inst mean; registers are
// dst, a, b and c unless told otherwise. Internal to the stepper.
#pragma once

#include "ssa/step/machine.h"
#include "syntax/token.h"

namespace unpark::ssa::step {

// Null when there is no such operation. Operands have layout `l`. Shift counts are 64 bits wide,
// and Inst::aux is 1 when they are signed.
Handler binary_handler(syntax::Token op, const Layout& l);
Handler unary_handler(syntax::Token op, const Layout& l);
// Between numbers, and what strings convert from and to. aux is the type converted to.
Handler convert_handler(const Layout& from, const Layout& to);
// An integer of `size` bytes as 64 bits.
Handler extend_handler(uint64_t size, bool is_signed);
Handler load_handler(uint64_t size);
Handler store_handler(uint64_t size);
// A call of a builtin function: operands are Code::moves [aux, aux2), `from` the register and `to`
// the TypeId; dst the result.
Handler builtin_handler(types::Builtin id);

// The rune at s[at], which moves behind it; U+FFFD and one byte where there is none.
int32_t next_rune(std::string_view s, size_t& at);

namespace op {

// ---- Control (control.cc) ----
void move(Machine& m, const Inst& i);           // size bytes from a to dst
void move_word(Machine& m, const Inst& i);      // 8 bytes
void number(Machine& m, const Inst& i);         // dst = aux and aux2, low half first
void moves(Machine& m, const Inst& i);          // Code::moves [aux, aux + aux2), one by one
void moves_at_once(Machine& m, const Inst& i);  // all read before the first is written
void jump(Machine& m, const Inst& i);           // to aux
void branch(Machine& m, const Inst& i);         // to aux if the bool a is true, else to aux2
void call(Machine& m, const Inst& i);           // Code::calls[aux], results to dst
void go(Machine& m, const Inst& i);             // Code::calls[aux]
void defer(Machine& m, const Inst& i);          // Code::calls[aux]; a: kDeferStack, or -1
void defer_stack(Machine& m, const Inst& i);    // dst
void run_defers(Machine& m, const Inst& i);
void ret(Machine& m, const Inst& i);          // Code::moves [aux, aux + aux2)
void native(Machine& m, const Inst& i);       // Code::native
void panic(Machine& m, const Inst& i);        // a: any
void panic_range(Machine& m, const Inst& i);  // a: RangeState
void fail(Machine& m, const Inst& i);         // Code::body says why

// ---- Memory (memory.cc) ----
void alloc(Machine& m, const Inst& i);        // dst = new variable of type aux
void alloc_again(Machine& m, const Inst& i);  // the same, reusing what dst points to
void field_addr(Machine& m, const Inst& i);   // dst = a + size
void index_addr_slice(Machine& m,
                      const Inst& i);  // dst = &a[b], elements of size bytes; aux: b unsigned
void index_addr_array(Machine& m, const Inst& i);  // a: pointer to an array of aux2 elements
void index_array(Machine& m, const Inst& i);       // dst = a[b] of an array in a register
void index_string(Machine& m, const Inst& i);
void slice_string(Machine& m, const Inst& i);    // dst = a[b:c]; b and c may be -1
void slice_slice(Machine& m, const Inst& i);     // elements of size bytes; max in register aux
void slice_array(Machine& m, const Inst& i);     // a: pointer to an array of aux2 elements
void slice_to_array(Machine& m, const Inst& i);  // dst = data of a if it has aux elements
void make_slice(Machine& m, const Inst& i);      // dst = make([]aux, a, b)
void make_closure(Machine& m, const Inst& i);  // function aux over Code::moves [aux2, aux2 + size)
void nil_check(Machine& m, const Inst& i);     // a; aux: the method
void zero_size(Machine& m, const Inst& i);     // panics if a is nil

// ---- Interfaces (interface.cc) ----
void make_interface(Machine& m, const Inst& i);   // dst = a as value of type aux
void assert_concrete(Machine& m, const Inst& i);  // dst = a.(aux); c: the ok, or -1; aux2: a's type
void assert_interface(Machine& m, const Inst& i);

// ---- Maps (map.cc) ----
void make_map(Machine& m, const Inst& i);    // dst = new map of type aux
void lookup(Machine& m, const Inst& i);      // dst = a[b]; c: the ok, or -1; aux: type of a
void map_update(Machine& m, const Inst& i);  // a[b] = c
void range_map(Machine& m, const Inst& i);   // dst: iterator over a
void next_map(Machine& m, const Inst& i);    // dst: tuple; a: iterator; b, c: its key and element
void range_string(Machine& m, const Inst& i);
void next_string(Machine& m, const Inst& i);

// ---- Channels (channel.cc) ----
void make_chan(Machine& m, const Inst& i);  // dst = make(aux, a)
void send(Machine& m, const Inst& i);       // a <- b of size bytes
void recv(Machine& m, const Inst& i);       // dst = <-a of size bytes; c: the ok, or -1
void select(Machine& m, const Inst& i);     // Code::selects[aux]; dst: number, c: the ok

}  // namespace op

}  // namespace unpark::ssa::step
