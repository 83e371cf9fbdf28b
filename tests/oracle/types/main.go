// Command types prints what go/types finds out about Go packages, one digest per declaration, in the
// canonical form that README.md defines. The checker of unpark prints the same and is compared with it.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"time"
)

func main() {
	dump := flag.String("dump", "", "print only the declarations whose line matches this `regexp`, with their facts")
	fresh := flag.Bool("new", false, "of a test variant, print only what its plain package does not declare")
	quick := flag.Bool("quick", false, "leave out the function bodies of variants that -new prints nothing of")
	files := flag.Bool("files", false, "arguments are directories; check each Go file below them on its own")
	dir := flag.String("C", ".", "`directory` in which the patterns are meant")
	jobs := flag.Int("j", runtime.GOMAXPROCS(0), "packages checked at a time")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: types [flags] package-pattern...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	var wanted *regexp.Regexp
	if *dump != "" {
		var err error
		if wanted, err = regexp.Compile(*dump); err != nil {
			fmt.Fprintln(os.Stderr, "-dump:", err)
			os.Exit(2)
		}
	}
	debug.SetGCPercent(50)
	p := &program{wanted: wanted}
	var err error
	if *files {
		err = runFiles(p, flag.Args(), *jobs)
	} else {
		if *quick {
			*fresh = true
			p.bodiless = func(v *variant) bool { return v.isRecompiled() && p.byPath[v.plainPath()] != nil }
		}
		err = run(p, *dir, flag.Args(), *fresh, *jobs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(p *program, dir string, patterns []string, fresh bool, jobs int) error {
	start := time.Now()
	packages, err := list(dir, patterns, true)
	if err != nil {
		return err
	}
	listed := time.Since(start)
	p.packages = packages
	if err := p.checkAll(jobs); err != nil {
		return err
	}

	out := bufio.NewWriter(os.Stdout)
	facts, declarations, differ, errors := 0, 0, 0, 0
	for _, pkg := range packages {
		for _, e := range pkg.errors {
			fmt.Fprintf(os.Stderr, "%s: %s\n", pkg.ImportPath, e)
			errors++
		}
		var plain map[string]uint64
		if q := p.byPath[pkg.plainPath()]; q != nil && q != pkg {
			plain = q.digests()
		}
		for i := range pkg.declarations {
			d := &pkg.declarations[i]
			facts += d.facts
			declarations++
			digest, inPlain := plain[d.key()]
			if inPlain && digest != d.digest {
				fmt.Fprintf(os.Stderr, "%s: %s %s differs from the plain package\n", pkg.ImportPath, d.where, d.name)
				differ++
			}
			if fresh && inPlain || p.wanted != nil && d.text == nil {
				continue
			}
			fmt.Fprintln(out, d.line(pkg))
			out.Write(d.text)
		}
	}
	fmt.Fprintf(os.Stderr, "%d facts in %d declarations of %d package variants; %d errors; "+
		"%d declarations differ from those of the plain package; list %.1fs, all %.1fs\n",
		facts, declarations, len(packages), errors, differ, listed.Seconds(), time.Since(start).Seconds())
	return out.Flush()
}
