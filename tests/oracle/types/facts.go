package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"hash/fnv"
	"path/filepath"
	"strconv"
)

// A declaration is a function or one specification of a const, import, type or var declaration.
type declaration struct {
	where  string // file:line:column
	name   string // kind and name
	facts  int
	digest uint64
	text   []byte // the facts, if wanted
}

// key identifies a declaration among the variants of a package.
func (d *declaration) key() string { return d.where + " " + d.name }

func (d *declaration) line(v *variant) string {
	return fmt.Sprintf("%s\t%s\t%s\t%d\t%016x", v.ImportPath, d.where, d.name, d.facts, d.digest)
}

func (v *variant) digests() map[string]uint64 {
	m := make(map[string]uint64, len(v.declarations))
	for i := range v.declarations {
		m[v.declarations[i].key()] = v.declarations[i].digest
	}
	return m
}

func (p *program) digestDecl(v *variant, w *writer, info *types.Info, decl ast.Decl) []declaration {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		kind := "func "
		if decl.Recv != nil {
			kind = "method "
		}
		return []declaration{p.digest(v, w, info, decl, decl.Name.Pos(), kind+decl.Name.Name)}
	case *ast.GenDecl:
		var out []declaration
		for _, spec := range decl.Specs {
			at, name := spec.Pos(), ""
			switch spec := spec.(type) {
			case *ast.ImportSpec:
				name = spec.Path.Value
			case *ast.TypeSpec:
				name = spec.Name.Name
			case *ast.ValueSpec:
				name = spec.Names[0].Name
			}
			out = append(out, p.digest(v, w, info, spec, at, decl.Tok.String()+" "+name))
		}
		return out
	}
	return nil // broken code
}

func (p *program) digest(v *variant, w *writer, info *types.Info, node ast.Node, at token.Pos, name string) declaration {
	position := p.fset.PositionFor(at, false)
	d := declaration{
		where: fmt.Sprintf("%s:%d:%d", filepath.Base(position.Filename), position.Line, position.Column),
		name:  name,
	}
	f := factWriter{writer: w, info: info, file: p.fset.File(at)}
	ast.Inspect(node, func(n ast.Node) bool {
		f.node(n)
		return true
	})
	d.facts = f.count
	hash := fnv.New64a()
	hash.Write(f.out.Bytes())
	d.digest = hash.Sum64()
	if p.wanted != nil && p.wanted.MatchString(d.line(v)) {
		d.text = bytes.Clone(f.out.Bytes())
		if d.text == nil {
			d.text = []byte{}
		}
	}
	return d
}

// A factWriter prints the facts about the nodes of one declaration.
type factWriter struct {
	*writer
	info  *types.Info
	file  *token.File
	out   bytes.Buffer
	count int
}

func (f *factWriter) fact(parts ...string) {
	for i, part := range parts {
		if i > 0 {
			f.out.WriteByte(' ')
		}
		f.out.WriteString(part)
	}
	f.out.WriteByte('\n')
	f.count++
}

func (f *factWriter) begin(n ast.Node) string { return strconv.Itoa(f.file.Offset(n.Pos())) }
func (f *factWriter) span(n ast.Node) string {
	return f.begin(n) + ":" + strconv.Itoa(f.file.Offset(n.End()))
}

func (f *factWriter) node(n ast.Node) {
	if n == nil {
		return
	}
	if e, ok := n.(ast.Expr); ok {
		if tv, ok := f.info.Types[e]; ok {
			f.expr(e, tv)
		}
	}
	if id, ok := n.(*ast.Ident); ok {
		if obj := f.info.Defs[id]; obj != nil {
			f.fact("D", f.begin(id), f.object(obj)+f.declared(obj))
		}
		if obj := f.info.Uses[id]; obj != nil {
			f.fact("U", f.begin(id), f.object(obj))
		}
	}
	if obj := f.info.Implicits[n]; obj != nil {
		f.fact("I", f.begin(n), f.object(obj)+f.declared(obj))
	}
	switch n := n.(type) {
	case *ast.SelectorExpr:
		if s := f.info.Selections[n]; s != nil {
			f.selection(n, s)
		}
	case *ast.Ident:
		if inst, ok := f.info.Instances[n]; ok {
			f.fact("G", f.begin(n), f.list("[", inst.TypeArgs, "]"), f.typ(inst.Type))
		}
	}
}

func (f *factWriter) expr(e ast.Expr, tv types.TypeAndValue) {
	switch {
	case tv.IsVoid():
		f.fact("E", f.span(e), "N novalue")
	case tv.IsBuiltin():
		f.fact("E", f.span(e), "B builtin")
	case tv.IsType():
		f.fact("E", f.span(e), "T", f.typ(tv.Type))
	case tv.IsNil():
		f.fact("E", f.span(e), "0", f.typ(tv.Type))
	case tv.Value != nil:
		f.fact("E", f.span(e), "V", f.typ(tv.Type), "=", constText(tv.Type, tv.Value))
	default:
		f.fact("E", f.span(e), "V", f.typ(tv.Type))
	}
}

func (f *factWriter) selection(n *ast.SelectorExpr, s *types.Selection) {
	kind := [...]string{types.FieldVal: "field", types.MethodVal: "method", types.MethodExpr: "expr"}[s.Kind()]
	var path bytes.Buffer
	for i, index := range s.Index() {
		if i > 0 {
			path.WriteByte(' ')
		}
		path.WriteString(strconv.Itoa(index))
	}
	indirect := "direct"
	if s.Indirect() {
		indirect = "indirect"
	}
	f.fact("S", f.span(n), kind, f.typ(s.Recv()), f.object(s.Obj()), "["+path.String()+"]", indirect)
}
