// Loads packages with golang.org/x/tools/go/packages in the mode LoadAllSyntax: syntax and types of the packages named
// and of everything they import, from source. It is how analysis tools that are written in Go begin.
//
// Holds everything to the end. Unlike the programs beside it, it runs the go command itself, as these tools do.
package main

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/tools/go/packages"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: loadall PATTERN...")
		os.Exit(2)
	}
	roots, err := packages.Load(&packages.Config{Mode: packages.LoadAllSyntax}, os.Args[1:]...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	count, errors := 0, 0
	packages.Visit(roots, nil, func(p *packages.Package) {
		count++
		errors += len(p.Errors)
	})
	fmt.Printf("%d packages, %d errors\n", count, errors)
	runtime.KeepAlive(roots)
}
