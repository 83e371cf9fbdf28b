package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
)

// checked is what remains of a package after its check; syntax and type information do not.
type checked struct {
	types        *types.Package
	declarations []declaration
	errors       []string
}

type program struct {
	packages []*variant
	wanted   *regexp.Regexp // declarations whose facts are kept
	// bodiless says of which variants the function bodies do not matter, as they print nothing. What
	// others see of a package does not depend on them.
	bodiless func(*variant) bool
	fset     *token.FileSet
	sizes    types.Sizes
	language string // of packages outside modules
	byPath   map[string]*variant
}

// checkAll checks every package after those it imports, `jobs` at a time.
func (p *program) checkAll(jobs int) error {
	p.fset = token.NewFileSet()
	p.sizes = types.SizesFor("gc", runtime.GOARCH)
	// "go1.26.8 X:..." -> "go1.26": the language a compiler of that release assumes.
	release, _, _ := strings.Cut(runtime.Version(), " ")
	p.language = strings.Join(strings.SplitN(release, ".", 3)[:2], ".")
	p.byPath = make(map[string]*variant, len(p.packages))
	for _, v := range p.packages {
		if p.byPath[v.ImportPath] != nil {
			return fmt.Errorf("go list names %s twice", v.ImportPath)
		}
		p.byPath[v.ImportPath] = v
	}

	needs := make(map[*variant]int)
	importers := make(map[*variant][]*variant)
	var ready []*variant
	for _, v := range p.packages {
		seen := map[*variant]bool{}
		for _, path := range v.Imports {
			if q := p.byPath[path]; q != nil && q != v && !seen[q] {
				seen[q] = true
				needs[v]++
				importers[q] = append(importers[q], v)
			}
		}
		if needs[v] == 0 {
			ready = append(ready, v)
		}
	}

	var mu sync.Mutex
	wake := sync.NewCond(&mu)
	left, running := len(p.packages), 0
	var workers sync.WaitGroup
	for range max(jobs, 1) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			mu.Lock()
			defer mu.Unlock()
			for {
				for len(ready) == 0 && running > 0 {
					wake.Wait()
				}
				if len(ready) == 0 {
					return
				}
				v := ready[0]
				ready = ready[1:]
				running++
				mu.Unlock()
				p.check(v)
				mu.Lock()
				running--
				left--
				for _, w := range importers[v] {
					if needs[w]--; needs[w] == 0 {
						ready = append(ready, w)
					}
				}
				wake.Broadcast()
			}
		}()
	}
	workers.Wait()
	if left > 0 {
		return fmt.Errorf("%d packages import each other in a cycle", left)
	}
	return nil
}

// importerOf resolves the import paths of one package as go list did.
type importerOf struct {
	*program
	from *variant
}

func (i importerOf) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if mapped, ok := i.from.ImportMap[path]; ok {
		path = mapped
	}
	q := i.byPath[path]
	if q == nil || q.types == nil {
		return nil, fmt.Errorf("no package %s", path)
	}
	return q.types, nil
}

func (p *program) check(v *variant) {
	if v.plainPath() == "unsafe" {
		v.types = types.Unsafe
		return
	}
	report := func(err error) { v.errors = append(v.errors, err.Error()) }
	var files []*ast.File
	for _, name := range v.GoFiles {
		if !filepath.IsAbs(name) {
			name = filepath.Join(v.Dir, name)
		}
		f, err := parser.ParseFile(p.fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			report(err)
		}
		if f != nil {
			files = append(files, f)
		}
	}
	language := p.language
	if v.Module != nil && v.Module.GoVersion != "" {
		language = "go" + v.Module.GoVersion
	}
	config := types.Config{
		GoVersion:        language,
		FakeImportC:      true,
		Error:            report,
		Importer:         importerOf{p, v},
		Sizes:            p.sizes,
		IgnoreFuncBodies: p.bodiless != nil && p.bodiless(v),
	}
	if config.IgnoreFuncBodies {
		v.types, _ = config.Check(v.plainPath(), p.fset, files, nil)
		return
	}
	info := &types.Info{
		Types:      make(map[ast.Expr]types.TypeAndValue),
		Defs:       make(map[*ast.Ident]types.Object),
		Uses:       make(map[*ast.Ident]types.Object),
		Implicits:  make(map[ast.Node]types.Object),
		Selections: make(map[*ast.SelectorExpr]*types.Selection),
		Instances:  make(map[*ast.Ident]types.Instance),
	}
	v.types, _ = config.Check(v.plainPath(), p.fset, files, info) // errors went to report
	w := newWriter(p.fset)
	for _, f := range files {
		for _, decl := range f.Decls {
			v.declarations = append(v.declarations, p.digestDecl(v, w, info, decl)...)
		}
	}
	if text, ok := w.ambiguous(); ok {
		report(fmt.Errorf("the oracle is at fault: different types have the text %s", text))
	}
}
