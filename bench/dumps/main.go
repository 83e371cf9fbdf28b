// Makes dumps and profiles to measure readers with, and reads them with what there is in Go.
//
//	dumps make goroutines N FILE    a dump of N goroutines (runtime.Stack's form)
//	dumps make profile N FILE       a goroutine profile of N samples with different stacks, gzip
//	dumps make labelled N FILE      the same with 500 stacks, and a label for each sample
//	dumps read panicparse FILE      by github.com/maruel/panicparse/v2/stack, without its grouping
//	dumps read gostackparse FILE    by github.com/DataDog/gostackparse, without grouping
//	dumps read pprof FILE           by github.com/google/pprof/profile
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/DataDog/gostackparse"
	"github.com/google/pprof/profile"
	"github.com/maruel/panicparse/v2/stack"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dumps:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	switch {
	case len(arguments) == 4 && arguments[0] == "make":
		n, err := strconv.Atoi(arguments[2])
		if err != nil {
			return err
		}
		switch arguments[1] {
		case "goroutines":
			return create(arguments[3], func(w io.Writer) error { return makeDump(n, w) })
		case "profile":
			return create(arguments[3], func(w io.Writer) error { return makeProfile(n, false, w) })
		case "labelled":
			return create(arguments[3], func(w io.Writer) error { return makeProfile(n, true, w) })
		}
	case len(arguments) == 3 && arguments[0] == "read":
		file, err := os.Open(arguments[2])
		if err != nil {
			return err
		}
		defer file.Close()
		switch arguments[1] {
		case "panicparse":
			return readPanicparse(file)
		case "gostackparse":
			goroutines, errs := gostackparse.Parse(bufio.NewReaderSize(file, 1<<20))
			fmt.Println(len(goroutines), "goroutines,", len(errs), "errors")
			return nil
		case "pprof":
			p, err := profile.Parse(file)
			if err != nil {
				return err
			}
			fmt.Println(len(p.Sample), "samples")
			return nil
		}
	}
	return fmt.Errorf("usage: dumps make goroutines|profile|labelled N FILE, or dumps read panicparse|gostackparse|pprof FILE")
}

func readPanicparse(file io.Reader) error {
	options := stack.DefaultOpts()
	options.GuessPaths = false
	options.AnalyzeSources = false
	goroutines := 0
	var in io.Reader = file
	for {
		snapshot, suffix, err := stack.ScanSnapshot(in, io.Discard, options)
		if snapshot != nil {
			goroutines += len(snapshot.Goroutines)
		}
		if err == io.EOF || (err == nil && snapshot == nil) {
			break
		}
		if err != nil {
			return err
		}
		in = io.MultiReader(bytes.NewReader(suffix), in)
	}
	fmt.Println(goroutines, "goroutines")
	return nil
}
