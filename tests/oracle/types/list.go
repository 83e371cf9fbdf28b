package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// A variant is one package as go list gives it: a plain one, one compiled for a test, or a test's own.
type variant struct {
	ImportPath string
	Name       string
	Dir        string
	ForTest    string
	Standard   bool
	GoFiles    []string
	Imports    []string
	ImportMap  map[string]string
	Module     *struct{ GoVersion string }
	Error      *struct{ Err string }

	checked
}

// plainPath is the import path without the " [p.test]" of a variant.
func (v *variant) plainPath() string {
	path, _, _ := strings.Cut(v.ImportPath, " ")
	return path
}

// isRecompiled says that v was compiled again only because it imports a package under test: it has
// no declarations of its own.
func (v *variant) isRecompiled() bool {
	return v.ForTest != "" && v.plainPath() != v.ForTest && v.plainPath() != v.ForTest+"_test"
}

// list gives the packages, all they (and their tests, if wanted) depend on, and all variants, imports
// first. The main packages that go test makes up are left out.
func list(dir string, patterns []string, tests bool) ([]*variant, error) {
	args := append([]string{"list", "-deps", "-test=" + strconv.FormatBool(tests), "-e",
		"-json=ImportPath,Name,Dir,ForTest,Standard,GoFiles,Imports,ImportMap,Module,Error", "--"}, patterns...)
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var packages []*variant
	for dec := json.NewDecoder(out); ; {
		v := new(variant)
		if err := dec.Decode(v); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("output of go list: %w", err)
		}
		if v.Name == "main" && v.ForTest == "" && strings.HasSuffix(v.ImportPath, ".test") {
			continue
		}
		if v.Error != nil {
			v.errors = append(v.errors, v.Error.Err)
		}
		packages = append(packages, v)
	}
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	if len(packages) == 0 {
		return nil, errors.New("go list: no packages")
	}
	return packages, nil
}
