// Prints the order in which go/types initialises the variables of packages: one line a package, its path,
// a tab, and the initialisers in order, joined by semicolons; the variables of one are joined by commas.
// What `ssa_verify --init-order` prints must be the same.
//
//	go run . PATTERN...      (in a directory where `go list PATTERN...` works)
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

type pkg struct {
	ImportPath, Dir string
	GoFiles         []string
	ImportMap       map[string]string
	DepOnly         bool
}

type importer struct {
	done map[string]*types.Package
	as   map[string]string
}

func (i importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if p, ok := i.as[path]; ok {
		path = p
	}
	if p := i.done[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("no package %s", path)
}

func main() {
	list := exec.Command("go", append([]string{"list", "-deps", "-json"}, os.Args[1:]...)...)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		log.Fatal(err)
	}
	done := make(map[string]*types.Package)
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			log.Fatal(err)
		}
		if p.ImportPath == "unsafe" {
			continue
		}
		fset := token.NewFileSet()
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				log.Fatal(err)
			}
			files = append(files, f)
		}
		config := types.Config{
			Importer:         importer{done, p.ImportMap},
			Sizes:            types.SizesFor("gc", "amd64"),
			IgnoreFuncBodies: p.DepOnly,
			Error:            func(error) {},
		}
		var info types.Info
		checked, _ := config.Check(p.ImportPath, fset, files, &info)
		done[p.ImportPath] = checked
		if p.DepOnly || len(info.InitOrder) == 0 {
			continue
		}
		var order []string
		for _, init := range info.InitOrder {
			var names []string
			for _, v := range init.Lhs {
				names = append(names, v.Name())
			}
			order = append(order, strings.Join(names, ","))
		}
		fmt.Printf("%s\t%s\n", p.ImportPath, strings.Join(order, ";"))
	}
}
