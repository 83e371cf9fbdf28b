// Command constant prints random constant operations with the results go/constant gives, for
// src/types/constant_test.cc to repeat. See README.md for the format.
package main

import (
	"bufio"
	"encoding/hex"
	"flag"
	"fmt"
	"go/constant"
	"go/token"
	"hash/fnv"
	"math"
	"math/big"
	"math/rand"
	"os"
	"strings"
)

const (
	window    = 400     // operands come from this many latest values
	maxBits   = 20000   // integers larger than this are not used again
	maxSpread = 1 << 20 // exponents farther apart are not added: big.Float would fill the memory
	longText  = 200     // longer texts are printed as their hash
)

func fnv64(s string) string {
	h := fnv.New64a()
	h.Write([]byte(s))
	return fmt.Sprintf("%016x", h.Sum64())
}

// text is the canonical text of x; constant.h says the same of exact_text.
func text(x constant.Value) string {
	switch x.Kind() {
	case constant.String:
		s := constant.StringVal(x)
		return fmt.Sprintf("s:%d:%s", len(s), fnv64(s))
	case constant.Complex:
		return "(" + text(constant.Real(x)) + " + " + text(constant.Imag(x)) + "i)"
	}
	return x.ExactString()
}

func short(s string) string {
	if len(s) > longText {
		return fmt.Sprintf("h:%d:%s", len(s), fnv64(s))
	}
	return s
}

type generator struct {
	*rand.Rand
	out    *bufio.Writer
	count  int
	ids    []int // of values
	values []constant.Value
}

func (g *generator) line(format string, args ...any) {
	fmt.Fprintf(g.out, format+"\n", args...)
	g.count++
}

// value prints an operation that makes x and, unless it is unwieldy, keeps x as an operand.
func (g *generator) value(x constant.Value, format string, args ...any) {
	id := g.count
	g.line("%s\t%d\t%s", fmt.Sprintf(format, args...), int(x.Kind()), short(text(x)))
	if size(x) <= maxBits {
		g.ids = append(g.ids, id)
		g.values = append(g.values, x)
	}
}

func size(x constant.Value) int {
	switch v := constant.Val(x).(type) {
	case *big.Int:
		return v.BitLen()
	case *big.Rat:
		return max(v.Num().BitLen(), v.Denom().BitLen())
	case string:
		return len(v)
	}
	if x.Kind() == constant.Complex {
		return max(size(constant.Real(x)), size(constant.Imag(x)))
	}
	return 0
}

// exponent of a Float in floating representation.
func exponent(x constant.Value) (int, bool) {
	if f, ok := constant.Val(x).(*big.Float); ok && f.Sign() != 0 {
		return f.MantExp(nil), true
	}
	return 0, false
}

func far(x, y constant.Value) bool {
	if x.Kind() == constant.Complex || y.Kind() == constant.Complex {
		// The parts meet in products, whose exponents may be far apart if any is large.
		for _, p := range []constant.Value{x, y} {
			for _, q := range []constant.Value{constant.Real(p), constant.Imag(p)} {
				if e, ok := exponent(q); ok && (e > maxSpread/8 || e < -maxSpread/8) {
					return true
				}
			}
		}
		return false
	}
	a, aok := exponent(x)
	b, bok := exponent(y)
	return (aok || bok) && (a-b > maxSpread || b-a > maxSpread)
}

func (g *generator) pick(want func(constant.Value) bool) (int, constant.Value, bool) {
	for try := 0; try < 50; try++ {
		low := max(0, len(g.values)-window)
		i := low + g.Intn(len(g.values)-low)
		if g.Intn(10) == 0 {
			i = g.Intn(len(g.values))
		}
		if want(g.values[i]) {
			return g.ids[i], g.values[i], true
		}
	}
	return 0, nil, false
}

func numeric(x constant.Value) bool { return x.Kind() >= constant.Int }
func integer(x constant.Value) bool { return x.Kind() == constant.Int }
func isBool(x constant.Value) bool  { return x.Kind() == constant.Bool }
func isStr(x constant.Value) bool   { return x.Kind() == constant.String }

// ---- Literals ----

func (g *generator) digits(n int, alphabet string) string {
	var b strings.Builder
	for i := 0; i < n; i++ {
		if i > 0 && g.Intn(12) == 0 {
			b.WriteByte('_')
		}
		b.WriteByte(alphabet[g.Intn(len(alphabet))])
	}
	return b.String()
}

func (g *generator) length() int {
	switch g.Intn(12) {
	case 0:
		return 1 + g.Intn(400)
	case 1, 2:
		return 15 + g.Intn(25)
	default:
		return 1 + g.Intn(8)
	}
}

const (
	decimal = "0123456789"
	hexa    = "0123456789abcdefABCDEF"
)

func (g *generator) intText() string {
	n := g.length()
	switch g.Intn(8) {
	case 0:
		return []string{"0x", "0X", "0x_"}[g.Intn(3)] + g.digits(n, hexa)
	case 1:
		return []string{"0b", "0B", "0b_"}[g.Intn(3)] + g.digits(n*3, "01")
	case 2:
		return []string{"0o", "0O", "0o_"}[g.Intn(3)] + g.digits(n, "01234567")
	case 3:
		return []string{"0", "0_", "00"}[g.Intn(3)] + g.digits(n, "01234567")
	case 4:
		return []string{"0", "1", "9223372036854775807", "9223372036854775808", "18446744073709551615",
			"18446744073709551616", "4294967295", "4294967296", "2147483647", "2147483648", "0x7fffffffffffffff",
			"0xffffffffffffffff", "127", "128", "255", "256", "16777217", "9007199254740993"}[g.Intn(18)]
	default:
		return string("123456789"[g.Intn(9)]) + g.digits(n, decimal)
	}
}

func (g *generator) exponentText(mark string) string {
	n := 0
	switch g.Intn(12) {
	case 0:
		n = g.Intn(3000)
	case 1:
		n = 1100 + g.Intn(300)
	case 2:
		n = g.Intn(2000000)
	case 3:
		n = g.Intn(math.MaxInt32)
	case 4:
		return mark + []string{"646456993", "-646456994", "2147483647", "-2147483648", "99999999999999999999",
			"1000000000", "-1000000000", "9223372036854775807", "-9223372036854775808", "308", "-324", "-45", "38",
			"1233", "-1233", "1232", "-1232", "4095", "-4095", "4096", "-4096", "4097", "2147483648",
			"-2147483649", "", "1_0", "1__0", "+_1", "_1", "1_"}[g.Intn(30)]
	default:
		n = g.Intn(60)
	}
	return fmt.Sprintf("%s%s%d", mark, []string{"", "+", "-", "-"}[g.Intn(4)], n)
}

func (g *generator) floatText() string {
	if g.Intn(4) == 0 {
		m := g.digits(g.length(), hexa)
		switch g.Intn(3) {
		case 0:
			m += "."
		case 1:
			m += "." + g.digits(g.length(), hexa)
		}
		return []string{"0x", "0X", "0x_"}[g.Intn(3)] + m + g.exponentText([]string{"p", "P"}[g.Intn(2)])
	}
	switch g.Intn(14) {
	case 0:
		return "0." + strings.Repeat("0", g.Intn(1300)) + g.digits(g.length(), decimal)
	case 1:
		return []string{"0.0", "0e99999", "0e-1000000000", "0.e9", ".0", "3.4028234663852886e38", "3.4028235677973366e38",
			"3.4028235677973365e38", "1.7976931348623157e308", "1.797693134862315808e308", "1.7976931348623159e308",
			"4.940656458412465e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "1.401298464324817e-45",
			"7.006492321624085e-46", "7.006492321624086e-46", "1.1754943508222875e-38", "2.2250738585072014e-308",
			"2.2250738585072011e-308", "0.1", "0.5", "1.0", "16777217.0", "9007199254740993.0", "1e", "1.5.2", "1_.5",
			"1._5", "09.5", "08e1", "."}[g.Intn(32)]
	}
	m := g.digits(g.length(), decimal)
	switch g.Intn(4) {
	case 0:
		m = "." + m
	case 1:
		m += "."
	case 2:
		m += "." + g.digits(g.length(), decimal)
	}
	if g.Intn(3) > 0 {
		m += g.exponentText([]string{"e", "E"}[g.Intn(2)])
	}
	return m
}

func (g *generator) charText(quote byte) string {
	switch g.Intn(9) {
	case 0:
		return []string{`\a`, `\b`, `\f`, `\n`, `\r`, `\t`, `\v`, `\\`, `\'`, `\"`}[g.Intn(10)]
	case 1:
		return `\x` + hex.EncodeToString([]byte{byte(g.Intn(256))})
	case 2:
		return fmt.Sprintf(`\%03o`, g.Intn(512))
	case 3:
		return fmt.Sprintf(`\u%04x`, g.Intn(1<<16))
	case 4:
		return fmt.Sprintf(`\U%08X`, g.Intn(0x120000))
	case 5:
		return string(rune(g.Intn(0x110000)))
	case 6:
		return []string{"\xff", "\xe2\x82", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", `\8`, `\x1`, `\q`, `\u12`, "\n",
			"'", `"`, "`", "\r", "\x00"}[g.Intn(15)]
	}
	return string(rune(32 + g.Intn(95)))
}

func (g *generator) stringText() string {
	quote := "\"`"[g.Intn(2)]
	var b strings.Builder
	b.WriteByte(quote)
	for n := g.Intn(12); n > 0; n-- {
		b.WriteString(g.charText(quote))
	}
	b.WriteByte(quote)
	return b.String()
}

func (g *generator) literal() {
	tok, s := token.INT, ""
	switch g.Intn(7) {
	case 0, 1:
		s = g.intText()
	case 2, 3:
		tok, s = token.FLOAT, g.floatText()
	case 4:
		tok = token.IMAG
		if g.Intn(2) == 0 {
			s = g.intText() + "i"
		} else {
			s = g.floatText() + "i"
		}
	case 5:
		tok, s = token.CHAR, "'"+g.charText('\'')+"'"
	case 6:
		tok, s = token.STRING, g.stringText()
	}
	if g.Intn(60) == 0 { // damage it
		i := g.Intn(len(s))
		s = s[:i] + string("_x8.e'\"\\"[g.Intn(8)]) + s[i:]
	}
	// The scanner hands over nothing else as a character or a string; constant.MakeFromLiteral checks less.
	if tok == token.CHAR && !validChar(s) || tok == token.STRING && len(s) < 2 {
		return
	}
	g.value(constant.MakeFromLiteral(s, tok, 0), "lit\t%s\t%s", tok, hex.EncodeToString([]byte(s)))
}

// validChar tells whether s is quoted and holds one character or is malformed in a way that
// MakeFromLiteral notices.
func validChar(s string) bool {
	if len(s) < 3 || s[0] != '\'' || s[len(s)-1] != '\'' || strings.Contains(s, "\n") {
		return false
	}
	bad := constant.MakeFromLiteral(s, token.CHAR, 0).Kind() == constant.Unknown
	whole := constant.MakeFromLiteral("\""+strings.ReplaceAll(s[1:len(s)-1], "\"", "q")+"\"", token.STRING, 0)
	if bad || whole.Kind() == constant.Unknown {
		return bad
	}
	n := 0
	for range constant.StringVal(whole) {
		n++
	}
	return n == 1
}

// ---- Operations ----

func (g *generator) binary() {
	i, x, _ := g.pick(func(x constant.Value) bool { return x.Kind() != constant.Unknown || g.Intn(10) == 0 })
	var ops []token.Token
	var want func(constant.Value) bool
	switch x.Kind() {
	case constant.Unknown:
		want = func(constant.Value) bool { return true }
		ops = []token.Token{token.ADD, token.MUL, token.QUO}
	case constant.Bool:
		want, ops = isBool, []token.Token{token.LAND, token.LOR}
	case constant.String:
		want, ops = isStr, []token.Token{token.ADD}
	default:
		want, ops = numeric, []token.Token{token.ADD, token.SUB, token.MUL, token.QUO}
		if x.Kind() == constant.Int && g.Intn(2) == 0 {
			want = integer
			ops = append(ops, token.QUO_ASSIGN, token.REM, token.AND, token.OR, token.XOR, token.AND_NOT)
		}
	}
	j, y, ok := g.pick(want)
	if !ok {
		return
	}
	op := ops[g.Intn(len(ops))]
	switch op {
	case token.QUO, token.QUO_ASSIGN, token.REM:
		if x.Kind() != constant.Unknown && y.Kind() != constant.Unknown && constant.Sign(y) == 0 {
			return
		}
	}
	if numeric(x) && numeric(y) && far(x, y) && (op == token.ADD || op == token.SUB || x.Kind() == constant.Complex ||
		y.Kind() == constant.Complex) {
		return
	}
	z, ok := try(func() constant.Value { return constant.BinaryOp(x, op, y) })
	if !ok {
		return
	}
	g.value(z, "bin\t%s\t%d\t%d", op, i, j)
}

// try is for the few operations that panic on values that cannot be told beforehand, such as complex
// quotients whose divisor underflows.
func try(f func() constant.Value) (z constant.Value, ok bool) {
	defer func() { ok = recover() == nil }()
	return f(), true
}

func (g *generator) unary() {
	i, x, _ := g.pick(func(constant.Value) bool { return true })
	switch {
	case isBool(x):
		g.value(constant.UnaryOp(token.NOT, x, 0), "un\t!\t0\t%d", i)
	case integer(x) && g.Intn(2) == 0:
		bits := []uint{0, 8, 16, 32, 64}[g.Intn(5)]
		g.value(constant.UnaryOp(token.XOR, x, bits), "un\t^\t%d\t%d", bits, i)
	case numeric(x):
		op := []token.Token{token.ADD, token.SUB}[g.Intn(2)]
		g.value(constant.UnaryOp(op, x, 0), "un\t%s\t0\t%d", op, i)
	}
}

func (g *generator) shift() {
	i, x, ok := g.pick(integer)
	if !ok {
		return
	}
	op := []token.Token{token.SHL, token.SHR}[g.Intn(2)]
	count := uint([]int{0, 1, 31, 32, 62, 63, 64, 65, 511, 512, 1074, g.Intn(5000)}[g.Intn(12)])
	g.value(constant.Shift(x, op, count), "shift\t%s\t%d\t%d", op, count, i)
}

func (g *generator) compare() {
	i, x, _ := g.pick(func(constant.Value) bool { return true })
	want := numeric
	ops := []token.Token{token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ}
	switch x.Kind() {
	case constant.Bool:
		want, ops = isBool, ops[:2]
	case constant.String:
		want = isStr
	case constant.Complex:
		ops = ops[:2]
	}
	j, y, ok := g.pick(want)
	if !ok {
		return
	}
	if g.Intn(8) == 0 {
		j, y = i, x
	}
	if y.Kind() == constant.Complex {
		ops = ops[:2]
	}
	op := ops[g.Intn(len(ops))]
	g.line("cmp\t%s\t%d\t%d\t%v", op, i, j, constant.Compare(x, op, y))
}

func (g *generator) convert() {
	i, x, _ := g.pick(func(x constant.Value) bool { return numeric(x) || g.Intn(10) == 0 })
	round := func(f float64) constant.Value {
		if math.IsInf(f, 0) {
			return nil
		}
		return constant.MakeFloat64(f)
	}
	f32 := func(x constant.Value) constant.Value { f, _ := constant.Float32Val(x); return round(float64(f)) }
	f64 := func(x constant.Value) constant.Value { f, _ := constant.Float64Val(x); return round(f) }
	rounded := func(name string, x constant.Value) {
		if x == nil {
			g.line("conv\t%s\t%d\t-\tnone", name, i)
		} else {
			g.value(x, "conv\t%s\t%d", name, i)
		}
	}
	switch g.Intn(9) {
	case 0:
		g.value(constant.ToInt(x), "conv\tint\t%d", i)
	case 1:
		g.value(constant.ToFloat(x), "conv\tfloat\t%d", i)
	case 2:
		g.value(constant.ToComplex(x), "conv\tcomplex\t%d", i)
	case 3:
		if numeric(x) {
			g.value(constant.Real(x), "conv\treal\t%d", i)
		}
	case 4:
		if numeric(x) {
			g.value(constant.Imag(x), "conv\timag\t%d", i)
		}
	case 5, 6:
		if y := constant.ToFloat(x); y.Kind() == constant.Float {
			rounded("float32", f32(y))
			rounded("float64", f64(y))
		}
	default:
		if y := constant.ToComplex(x); y.Kind() == constant.Complex {
			for _, c := range []struct {
				name  string
				round func(constant.Value) constant.Value
			}{{"complex64", f32}, {"complex128", f64}} {
				re, im := c.round(constant.Real(y)), c.round(constant.Imag(y))
				if re == nil || im == nil {
					rounded(c.name, nil)
				} else {
					rounded(c.name, constant.BinaryOp(re, token.ADD, constant.MakeImag(im)))
				}
			}
		}
	}
}

func (g *generator) read() {
	i, x, _ := g.pick(func(x constant.Value) bool { return numeric(x) || g.Intn(10) == 0 })
	if !numeric(x) && x.Kind() != constant.Unknown {
		return
	}
	bits, i64, u64 := 0, "-", "-"
	if integer(x) {
		bits = constant.BitLen(x)
		if v, ok := constant.Int64Val(x); ok {
			i64 = fmt.Sprint(v)
		}
		if v, ok := constant.Uint64Val(x); ok {
			u64 = fmt.Sprint(v)
		}
	}
	floats := "-\t-"
	if integer(x) || x.Kind() == constant.Float {
		a, aexact := constant.Float32Val(x)
		b, bexact := constant.Float64Val(x)
		// A fraction that underflows to 0 is called exact there; constant.h promises the truth.
		aexact = aexact && (a != 0 || constant.Sign(x) == 0)
		bexact = bexact && (b != 0 || constant.Sign(x) == 0)
		floats = fmt.Sprintf("%08x:%v\t%016x:%v", math.Float32bits(a), aexact, math.Float64bits(b), bexact)
	}
	g.line("read\t%d\t%d\t%d\t%s\t%s\t%s", i, constant.Sign(x), bits, i64, u64, floats)
}

// corners are the cases that chance does not meet: floats that miss an integer by the last bits, and
// products that only rounding lifts into the range of exponents.
func (g *generator) corners() {
	zeros, ones := strings.Repeat("0", 127), strings.Repeat("F", 127)
	float := func(s string) (int, constant.Value) {
		id, x := g.count, constant.MakeFromLiteral(s, token.FLOAT, 0)
		g.value(x, "lit\tFLOAT\t%s", hex.EncodeToString([]byte(s)))
		return id, x
	}
	op := func(a string, op token.Token, b string) (int, constant.Value) {
		i, x := float(a)
		j, y := float(b)
		id, z := g.count, constant.BinaryOp(x, op, y)
		g.value(z, "bin\t%s\t%d\t%d", op, i, j)
		return id, z
	}
	for _, last := range []string{"1", "2", "4", "8", "F", "10", "20", "F0"} {
		for _, near := range []string{"0x1." + zeros[:len(zeros)-len(last)] + "0" + last, "0x0." + ones[:len(ones)-len(last)] + "F" + last} {
			i, x := op(near+"p5000", token.QUO, "0x1p5000")
			g.value(constant.ToInt(x), "conv\tint\t%d", i)
		}
	}
	for _, e := range []string{"p-1073741823", "p-1073741824", "p-1073741825", "p-1073741826"} {
		op("0x1."+zeros+"2"+e, token.MUL, "0x0."+ones+"Ep-1073741824")
		op("0x1."+zeros+"2"+e, token.MUL, "0x1p-1073741824")
	}
	for _, e := range []string{"p1073741822", "p1073741823", "p1073741824"} {
		op("0x1."+zeros+"2"+e, token.MUL, "0x0."+ones+"Ep1073741824")
		op("0x0."+ones+"F"+e, token.MUL, "0x1p1073741824")
	}
}

func main() {
	seed := flag.Int64("seed", 1, "seed of the generator")
	n := flag.Int("n", 100000, "number of lines")
	flag.Parse()
	g := &generator{Rand: rand.New(rand.NewSource(*seed)), out: bufio.NewWriter(os.Stdout)}
	defer g.out.Flush()
	g.value(constant.MakeUnknown(), "unknown")
	g.value(constant.MakeBool(false), "bool\tfalse")
	g.value(constant.MakeBool(true), "bool\ttrue")
	for _, f := range []float64{0, math.Copysign(0, -1), 1.5, -2.25, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.NaN()} {
		g.value(constant.MakeFloat64(f), "float64\t%016x", math.Float64bits(f))
	}
	for _, u := range []uint64{0, math.MaxInt64, 1 << 63, math.MaxUint64} {
		g.value(constant.MakeUint64(u), "uint64\t%d", u)
	}
	g.corners()
	for g.count < *n {
		switch g.Intn(12) {
		case 0, 1, 2:
			g.literal()
		case 3, 4, 5, 6:
			g.binary()
		case 7:
			g.unary()
		case 8:
			g.shift()
		case 9:
			g.compare()
		case 10:
			g.convert()
		case 11:
			g.read()
		}
	}
}
