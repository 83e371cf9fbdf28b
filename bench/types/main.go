// Loads and type-checks packages with go/parser and go/types in one process, function bodies included, and
// holds everything to the end: what a tool has to do before its first analysis.
//
// The packages come from a file that `go list -deps -json` wrote, imports first; the time of that command is
// not part of the measurement. Comments and all facts of types.Info are kept.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	ImportMap  map[string]string
}

type loaded struct {
	files []*ast.File
	types *types.Package
	info  *types.Info
}

type importer struct {
	byPath map[string]*loaded
	rename map[string]string
}

func (im importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if to, ok := im.rename[path]; ok {
		path = to
	}
	if p, ok := im.byPath[path]; ok {
		return p.types, nil
	}
	return nil, fmt.Errorf("no package %s before it is imported", path)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: types LIST.json")
		os.Exit(2)
	}
	byPath, facts, err := check(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%d packages, %d expressions with a type\n", len(byPath), facts)
	runtime.KeepAlive(byPath)
}

func check(list string) (map[string]*loaded, int, error) {
	in, err := os.Open(list)
	if err != nil {
		return nil, 0, err
	}
	defer in.Close()
	fset := token.NewFileSet()
	version := runtime.Version()
	if space := strings.IndexByte(version, ' '); space >= 0 {
		version = version[:space]
	}
	byPath := map[string]*loaded{}
	facts := 0
	for decoder := json.NewDecoder(in); ; {
		var p listed
		if err := decoder.Decode(&p); err == io.EOF {
			return byPath, facts, nil
		} else if err != nil {
			return nil, 0, err
		}
		if p.ImportPath == "unsafe" {
			continue
		}
		l := &loaded{info: &types.Info{
			Types:        map[ast.Expr]types.TypeAndValue{},
			Instances:    map[*ast.Ident]types.Instance{},
			Defs:         map[*ast.Ident]types.Object{},
			Uses:         map[*ast.Ident]types.Object{},
			Implicits:    map[ast.Node]types.Object{},
			Selections:   map[*ast.SelectorExpr]*types.Selection{},
			Scopes:       map[ast.Node]*types.Scope{},
			FileVersions: map[*ast.File]string{},
		}}
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil,
				parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return nil, 0, err
			}
			l.files = append(l.files, f)
		}
		config := types.Config{
			Importer:  importer{byPath, p.ImportMap},
			Sizes:     types.SizesFor("gc", runtime.GOARCH),
			GoVersion: version,
		}
		l.types, err = config.Check(p.ImportPath, fset, l.files, l.info)
		if err != nil {
			return nil, 0, err
		}
		byPath[p.ImportPath] = l
		facts += len(l.info.Types)
	}
}
