// Command syntax tells what go/parser makes of files, for comparison with unpark's parser.
//
// It reads paths from standard input, one a line, and prints a line for each, in order:
//
//	PATH <tab> DIGEST <tab> NODES     the file parses
//	PATH <tab> error <tab> MESSAGE    it does not
//
// DIGEST is the 64-bit FNV-1a hash of the dump of the tree, which `-dump PATH` prints: a line for each
// node in the order of ast.Walk with its kind, its offsets and what else it holds. Where unpark's tree
// has another shape than go/ast the dump follows unpark's: there are no nodes for field lists, and one
// kind for index expressions. The places of comments follow the nodes.
//
// `-characters` prints the ranges of letters and digits instead, as KIND FIRST LAST.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"hash/fnv"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"sync"
	"unicode"
)

type dumper struct {
	out   bytes.Buffer
	src   []byte
	file  *token.File
	nodes int
	decls map[*ast.FuncType]bool // types of function declarations
}

func (d *dumper) offset(p token.Pos) int { return d.file.Offset(p) }

func (d *dumper) visit(n ast.Node) bool {
	switch n.(type) {
	case nil, *ast.CommentGroup, *ast.Comment:
		return false
	case *ast.FieldList, *ast.File:
		return true
	}
	d.nodes++
	kind := reflect.TypeOf(n).Elem().Name()
	if kind == "IndexListExpr" {
		kind = "IndexExpr"
	}
	d.out.WriteString(kind)
	d.number(d.offset(n.Pos()))
	d.number(d.offset(n.End()))
	switch n := n.(type) {
	case *ast.Ident:
		d.word(n.Name)
	case *ast.BasicLit:
		d.word(n.Kind.String())
		d.word(string(d.src[d.offset(n.Pos()):d.offset(n.End())]))
	case *ast.CompositeLit:
		d.number(len(n.Elts))
		d.number(d.offset(n.Lbrace))
	case *ast.IndexExpr:
		d.number(1)
	case *ast.IndexListExpr:
		d.number(len(n.Indices))
	case *ast.SliceExpr:
		d.flag(n.Slice3)
		d.flag(n.Low != nil)
		d.flag(n.High != nil)
		d.flag(n.Max != nil)
	case *ast.TypeAssertExpr:
		d.flag(n.Type != nil)
	case *ast.CallExpr:
		d.number(len(n.Args))
		d.number(d.offset(n.Lparen))
		d.flag(n.Ellipsis.IsValid())
	case *ast.UnaryExpr:
		d.word(n.Op.String())
	case *ast.BinaryExpr:
		d.word(n.Op.String())
		d.number(d.offset(n.OpPos))
	case *ast.Ellipsis:
		d.flag(n.Elt != nil)
	case *ast.ArrayType:
		d.flag(n.Len != nil)
	case *ast.StructType:
		d.fields(n.Fields)
	case *ast.FuncType:
		d.flag(n.Func.IsValid() && !d.decls[n])
		d.fields(n.TypeParams)
		d.fields(n.Params)
		d.fields(n.Results)
	case *ast.InterfaceType:
		d.fields(n.Methods)
	case *ast.ChanType:
		d.flag(n.Dir&ast.SEND != 0)
		d.flag(n.Dir&ast.RECV != 0)
	case *ast.Field:
		d.number(len(n.Names))
		d.flag(n.Tag != nil)
	case *ast.EmptyStmt:
		d.flag(n.Implicit)
	case *ast.SendStmt:
		d.number(d.offset(n.Arrow))
	case *ast.IncDecStmt:
		d.word(n.Tok.String())
	case *ast.AssignStmt:
		d.word(n.Tok.String())
		d.number(d.offset(n.TokPos))
		d.number(len(n.Lhs))
		d.number(len(n.Rhs))
	case *ast.ReturnStmt:
		d.number(len(n.Results))
	case *ast.BranchStmt:
		d.word(n.Tok.String())
		d.flag(n.Label != nil)
	case *ast.BlockStmt:
		d.number(len(n.List))
	case *ast.IfStmt:
		d.flag(n.Init != nil)
		d.flag(n.Else != nil)
	case *ast.CaseClause:
		d.flag(n.List == nil)
		d.number(len(n.List))
		d.number(len(n.Body))
		d.number(d.offset(n.Colon))
	case *ast.SwitchStmt:
		d.flag(n.Init != nil)
		d.flag(n.Tag != nil)
	case *ast.TypeSwitchStmt:
		d.flag(n.Init != nil)
	case *ast.CommClause:
		d.flag(n.Comm == nil)
		d.number(len(n.Body))
		d.number(d.offset(n.Colon))
	case *ast.ForStmt:
		d.flag(n.Init != nil)
		d.flag(n.Cond != nil)
		d.flag(n.Post != nil)
	case *ast.RangeStmt:
		if n.Key == nil {
			d.word("none")
		} else {
			d.word(n.Tok.String())
		}
		d.flag(n.Key != nil)
		d.flag(n.Value != nil)
	case *ast.GenDecl:
		d.word(n.Tok.String())
		d.flag(n.Lparen.IsValid())
		d.number(len(n.Specs))
	case *ast.FuncDecl:
		d.fields(n.Recv)
		d.flag(n.Body != nil)
		d.decls[n.Type] = true
	case *ast.ImportSpec:
		d.flag(n.Name != nil)
	case *ast.ValueSpec:
		d.number(len(n.Names))
		d.flag(n.Type != nil)
		d.number(len(n.Values))
	case *ast.TypeSpec:
		d.flag(n.Assign.IsValid())
		d.fields(n.TypeParams)
	}
	d.out.WriteByte('\n')
	return true
}

func (d *dumper) number(n int) {
	d.out.WriteByte(' ')
	d.out.Write(strconv.AppendInt(d.out.AvailableBuffer(), int64(n), 10))
}

func (d *dumper) word(s string) {
	d.out.WriteByte(' ')
	d.out.WriteString(s)
}

func (d *dumper) flag(b bool) {
	if b {
		d.number(1)
	} else {
		d.number(0)
	}
}

func (d *dumper) fields(list *ast.FieldList) {
	if list == nil {
		d.number(0)
	} else {
		d.number(len(list.List))
	}
}

func dump(path string) (*dumper, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	mode := parser.ParseComments | parser.SkipObjectResolution | parser.AllErrors
	file, err := parser.ParseFile(fset, path, src, mode)
	if err != nil {
		return nil, err
	}
	d := &dumper{src: src, file: fset.File(file.FileStart), decls: map[*ast.FuncType]bool{}}
	ast.Inspect(file, d.visit)
	for _, group := range file.Comments {
		for _, comment := range group.List {
			d.out.WriteString("Comment")
			d.number(d.offset(comment.Slash))
			d.out.WriteByte('\n')
		}
	}
	return d, nil
}

func line(path string) string {
	d, err := dump(path)
	if err != nil {
		return path + "\terror\t" + err.Error() + "\n"
	}
	hash := fnv.New64a()
	hash.Write(d.out.Bytes())
	return fmt.Sprintf("%s\t%016x\t%d\n", path, hash.Sum64(), d.nodes)
}

func ranges(kind string, in func(rune) bool) {
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if first := r; in(r) {
			for in(r) {
				r++
			}
			fmt.Printf("%s %x %x\n", kind, first, r-1)
		}
	}
}

func main() {
	dumpPath := flag.String("dump", "", "print the dump of this file's tree")
	characters := flag.Bool("characters", false, "print the ranges of letters and digits")
	flag.Parse()
	if *characters {
		ranges("letter", unicode.IsLetter)
		ranges("digit", unicode.IsDigit)
		return
	}
	if *dumpPath != "" {
		d, err := dump(*dumpPath)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Stdout.Write(d.out.Bytes())
		return
	}
	var paths []string
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		paths = append(paths, input.Text())
	}
	lines := make([]string, len(paths))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				lines[i] = line(paths[i])
			}
		})
	}
	for i := range paths {
		next <- i
	}
	close(next)
	workers.Wait()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, l := range lines {
		out.WriteString(l)
	}
}
