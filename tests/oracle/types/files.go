package main

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// runFiles checks each Go file below the directories as a package of its own, which may import the
// standard library. Its import path is the directory's name and its path below that, ".go" included. A
// file with an error prints nothing.
func runFiles(p *program, dirs []string, jobs int) error {
	std, err := list(".", []string{"std"}, false)
	if err != nil {
		return err
	}
	p.packages = std
	p.bodiless = func(v *variant) bool { return v.Standard }
	if err := p.checkAll(jobs); err != nil {
		return err
	}
	var all []*variant
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			name, err := filepath.Rel(dir, path)
			all = append(all, &variant{
				ImportPath: filepath.Base(dir) + "/" + name,
				GoFiles:    []string{name},
				Dir:        dir,
			})
			return err
		})
		if err != nil {
			return err
		}
	}
	work := make(chan *variant)
	var workers sync.WaitGroup
	for range max(jobs, 1) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for v := range work {
				p.check(v)
				v.types = nil
			}
		}()
	}
	for _, v := range all {
		work <- v
	}
	close(work)
	workers.Wait()

	out := bufio.NewWriter(os.Stdout)
	good, facts, declarations := 0, 0, 0
	for _, v := range all {
		if len(v.errors) > 0 {
			continue
		}
		good++
		for i := range v.declarations {
			d := &v.declarations[i]
			if p.wanted != nil && d.text == nil {
				continue
			}
			facts += d.facts
			declarations++
			fmt.Fprintln(out, d.line(v))
			out.Write(d.text)
		}
	}
	fmt.Fprintf(os.Stderr, "%d facts in %d declarations of %d files; %d files have errors\n",
		facts, declarations, good, len(all)-good)
	return out.Flush()
}
