package main

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"hash/fnv"
	"math"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// A writer prints types, objects and constants in the canonical form. It remembers what it has printed,
// for one package.
type writer struct {
	fset  *token.FileSet
	types map[types.Type]string
	open  []*types.Interface // that are being printed, the innermost last
}

func newWriter(fset *token.FileSet) *writer {
	return &writer{fset: fset, types: make(map[types.Type]string)}
}

// ---- Objects ----

func (w *writer) position(obj types.Object) string {
	if !obj.Pos().IsValid() {
		return "-"
	}
	p := w.fset.PositionFor(obj.Pos(), false)
	return filepath.Base(p.Filename) + ":" + strconv.Itoa(p.Offset)
}

func packagePath(pkg *types.Package) string {
	if pkg == nil {
		return "-"
	}
	return pkg.Path()
}

func (w *writer) object(obj types.Object) string {
	kind, extra := "", ""
	switch o := obj.(type) {
	case *types.PkgName:
		kind, extra = "pkg", " "+o.Imported().Path()
	case *types.Const:
		kind = "const"
	case *types.TypeName:
		kind = "type"
	case *types.Var:
		kind = "var"
		if o.IsField() {
			kind = "field"
		}
		obj = o.Origin()
	case *types.Func:
		kind = "func"
		obj = o.Origin()
	case *types.Label:
		kind = "label"
	case *types.Builtin:
		kind = "builtin"
	case *types.Nil:
		kind = "nil"
	default:
		panic(fmt.Sprintf("object %T", obj))
	}
	name := obj.Name()
	if name == "" {
		name = "-"
	}
	return kind + " " + packagePath(obj.Pkg()) + " " + name + " " + w.position(obj) + extra
}

// declared is what a declaration says about its object besides which one it is.
func (w *writer) declared(obj types.Object) string {
	switch o := obj.(type) {
	case *types.Const:
		return " : " + w.typ(o.Type()) + " = " + constText(o.Type(), o.Val())
	case *types.Var, *types.Func, *types.TypeName:
		return " : " + w.typ(o.Type())
	}
	return ""
}

// member names a field or method: the package counts for unexported ones.
func member(obj types.Object) string {
	if obj.Exported() {
		return obj.Name()
	}
	return packagePath(obj.Pkg()) + "." + obj.Name()
}

// ---- Types ----

// What stands inside an interface is printed by where it stands, so only types outside are remembered.
func (w *writer) typ(t types.Type) string {
	if len(w.open) > 0 {
		return w.print(t)
	}
	if s, ok := w.types[t]; ok {
		return s
	}
	s := w.print(t)
	w.types[t] = s
	return s
}

// ambiguous finds a text that stands for types that differ: the proof that the form hides nothing.
func (w *writer) ambiguous() (string, bool) {
	first := make(map[string]types.Type, len(w.types))
	for t, text := range w.types {
		if other, ok := first[text]; !ok {
			first[text] = t
		} else if !types.Identical(other, t) {
			return text, true
		}
	}
	return "", false
}

func (w *writer) print(t types.Type) string {
	switch t := t.(type) {
	case nil:
		return "none"
	case *types.Alias:
		return w.typ(types.Unalias(t))
	case *types.Basic:
		switch t.Kind() {
		case types.UnsafePointer:
			return "unsafe.Pointer"
		case types.Byte:
			return "uint8"
		case types.Rune:
			return "int32"
		}
		return t.Name()
	case *types.Pointer:
		return "*" + w.typ(t.Elem())
	case *types.Slice:
		return "[]" + w.typ(t.Elem())
	case *types.Array:
		return "[" + strconv.FormatInt(t.Len(), 10) + "]" + w.typ(t.Elem())
	case *types.Map:
		return "map[" + w.typ(t.Key()) + "]" + w.typ(t.Elem())
	case *types.Chan:
		dir := [...]string{types.SendRecv: "chan ", types.SendOnly: "chan<- ", types.RecvOnly: "<-chan "}[t.Dir()]
		return dir + w.typ(t.Elem())
	case *types.Tuple:
		return w.tuple(t, false)
	case *types.Signature:
		return "func" + w.signature(t)
	case *types.Struct:
		return w.structType(t)
	case *types.Interface:
		return w.interfaceType(t)
	case *types.Union:
		return w.union(t)
	case *types.Named:
		return w.named(t)
	case *types.TypeParam:
		obj := t.Obj()
		return "$" + packagePath(obj.Pkg()) + "@" + w.position(obj) + "." + obj.Name()
	}
	panic(fmt.Sprintf("type %T", t))
}

func (w *writer) tuple(t *types.Tuple, variadic bool) string {
	var parts []string
	for i := range t.Len() {
		v := t.At(i).Type()
		if variadic && i == t.Len()-1 {
			if s, ok := types.Unalias(v).(*types.Slice); ok {
				parts = append(parts, "..."+w.typ(s.Elem()))
				break
			}
			parts = append(parts, "..."+w.typ(v)) // append([]byte, string...)
			break
		}
		parts = append(parts, w.typ(v))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// signature is without "func", receiver and parameter names.
func (w *writer) signature(s *types.Signature) string {
	var b strings.Builder
	if params := s.TypeParams(); params.Len() > 0 {
		b.WriteByte('[')
		for i := range params.Len() {
			if i > 0 {
				b.WriteString(", ")
			}
			p := params.At(i)
			b.WriteString(w.typ(p) + " " + w.constraint(p))
		}
		b.WriteByte(']')
	}
	b.WriteString(w.tuple(s.Params(), s.Variadic()))
	if s.Results().Len() > 0 {
		b.WriteString(" " + w.tuple(s.Results(), false))
	}
	return b.String()
}

// constraint prints a constraint that is no interface as the interface it stands for.
func (w *writer) constraint(p *types.TypeParam) string {
	c := p.Constraint()
	if _, ok := c.Underlying().(*types.Interface); ok {
		return w.typ(c)
	}
	return "interface{" + w.element(c) + "}"
}

func (w *writer) structType(s *types.Struct) string {
	var parts []string
	for i := range s.NumFields() {
		f := s.Field(i)
		text := member(f) + " " + w.typ(f.Type())
		if f.Embedded() {
			text = "!" + text
		}
		if tag := s.Tag(i); tag != "" {
			text += " " + quote(tag)
		}
		parts = append(parts, text)
	}
	return "struct{" + strings.Join(parts, "; ") + "}"
}

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7E || c == '"' || c == '\\' {
			fmt.Fprintf(&b, "\\x%02x", c)
		} else {
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// interfaceType prints the methods of embedded interfaces, too. That would have no end for an interface
// whose methods mention an interface literal that embeds it; hence the reference outward.
func (w *writer) interfaceType(t *types.Interface) string {
	if t.NumExplicitMethods() == 0 && t.NumEmbeddeds() == 0 {
		return "interface{}" // also where what is around allows every type
	}
	for i, outer := range w.open {
		if types.Identical(outer, t) {
			return "interface{^" + strconv.Itoa(len(w.open)-i) + "}"
		}
	}
	w.open = append(w.open, t)
	defer func() { w.open = w.open[:len(w.open)-1] }()
	var parts []string
	for i := range t.NumMethods() {
		m := t.Method(i)
		parts = append(parts, member(m)+" func"+w.signature(m.Signature()))
	}
	sort.Strings(parts)
	elements := make(map[string]bool)
	w.elements(t, elements, make(map[*types.Interface]bool))
	var sorted []string
	for e := range elements {
		sorted = append(sorted, e)
	}
	sort.Strings(sorted)
	return "interface{" + strings.Join(append(parts, sorted...), "; ") + "}"
}

// elements collects what an interface embeds besides interfaces.
func (w *writer) elements(t *types.Interface, out map[string]bool, seen map[*types.Interface]bool) {
	if seen[t] {
		return
	}
	seen[t] = true
	for i := range t.NumEmbeddeds() {
		e := types.Unalias(t.EmbeddedType(i))
		if e == types.Universe.Lookup("comparable").Type() {
			out["comparable"] = true
		} else if inner, ok := e.Underlying().(*types.Interface); ok {
			w.elements(inner, out, seen)
		} else {
			out[w.element(e)] = true
		}
	}
}

func (w *writer) element(t types.Type) string {
	if u, ok := types.Unalias(t).(*types.Union); ok {
		return "| " + w.union(u)
	}
	return "| " + w.typ(t)
}

func (w *writer) union(u *types.Union) string {
	var parts []string
	for i := range u.Len() {
		term := u.Term(i)
		text := w.typ(term.Type())
		if term.Tilde() {
			text = "~" + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "|")
}

func (w *writer) named(t *types.Named) string {
	obj := t.Obj()
	text := obj.Name()
	if obj.Pkg() != nil {
		text = obj.Pkg().Path() + "." + text
		if obj.Parent() != obj.Pkg().Scope() {
			text += "@" + w.position(obj)
		}
	}
	if t.TypeArgs().Len() > 0 {
		text += w.list("[", t.TypeArgs(), "]")
	}
	return text
}

func (w *writer) list(open string, types *types.TypeList, end string) string {
	var parts []string
	for i := range types.Len() {
		parts = append(parts, w.typ(types.At(i)))
	}
	return open + strings.Join(parts, ", ") + end
}

// ---- Constants ----

// constText prints a constant of type t in the representation its type gives it: integers as integers,
// floats rounded to float32 or float64, complex numbers as pairs.
func constText(t types.Type, x constant.Value) string {
	basic, ok := t.Underlying().(*types.Basic)
	if !ok {
		return exactText(x)
	}
	convert := func(y constant.Value) string {
		if y.Kind() == constant.Unknown {
			return exactText(x)
		}
		return exactText(y)
	}
	switch info := basic.Info(); {
	case info&types.IsInteger != 0:
		return convert(constant.ToInt(x))
	case info&types.IsFloat != 0:
		return convert(round(basic.Kind(), constant.ToFloat(x)))
	case info&types.IsComplex != 0:
		c := constant.ToComplex(x)
		if c.Kind() == constant.Unknown {
			return exactText(x)
		}
		re, im := round(basic.Kind(), constant.Real(c)), round(basic.Kind(), constant.Imag(c))
		return "(" + exactText(re) + " + " + exactText(im) + "i)"
	}
	return exactText(x)
}

// round gives x, a Float or part of a Complex, the precision of a type. What the type cannot hold stays.
func round(kind types.BasicKind, x constant.Value) constant.Value {
	f := math.Inf(1)
	switch kind {
	case types.Float32, types.Complex64:
		f32, _ := constant.Float32Val(x)
		f = float64(f32)
	case types.Float64, types.Complex128:
		f, _ = constant.Float64Val(x)
	}
	if math.IsInf(f, 0) {
		return x
	}
	return constant.MakeFloat64(f)
}

func exactText(x constant.Value) string {
	switch x.Kind() {
	case constant.String:
		s := constant.StringVal(x)
		h := fnv.New64a()
		h.Write([]byte(s))
		return fmt.Sprintf("s:%d:%016x", len(s), h.Sum64())
	case constant.Complex:
		return "(" + exactText(constant.Real(x)) + " + " + exactText(constant.Imag(x)) + "i)"
	}
	return x.ExactString()
}
