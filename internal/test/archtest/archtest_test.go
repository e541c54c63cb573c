package archtest_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	module = "wicketkey.internal"
	root   = "../../.."
)

// pkg is what go list tells of a package.
type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
	Deps       []string

	TestGoFiles, XTestGoFiles []string
	TestImports, XTestImports []string
}

func list(t *testing.T) []pkg {
	t.Helper()
	look(t)
	// Not by the module's name: in a workspace that also names modules inside ours.
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports,Deps,TestGoFiles,XTestGoFiles,TestImports,XTestImports", "./...")
	cmd.Dir, cmd.Stderr = root, t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return pkgs
		}
		if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// look opens every folder of the module. What a test has opened decides whether
// go test may take its result from the cache, and what go list opens does not count.
func look(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && path != root && strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// room is the first folder of a package of ours, "" for a package of others.
func room(path string) string {
	rest, ours := strings.CutPrefix(path, module+"/")
	if !ours {
		return ""
	}
	first, _, _ := strings.Cut(rest, "/")
	return first
}

// arrows say which rooms a room may import from.
var arrows = map[string][]string{
	"internal":   {"internal"},
	"fetch":      {"fetch", "internal"},
	"cache":      {"cache", "fetch", "internal"},
	"mock":       {"mock"}, // a fake that shares our parsing shares our bugs
	"cmd":        {"cmd", "cache", "fetch", "mock", "internal"},
	"examples":   {"examples", "cache", "fetch", "mock"},
	"benchmarks": {"benchmarks", "cache", "fetch", "mock", "internal"},
}

// proofs are rooms inside internal that hold nothing but tests and what those
// need, so they may look at everything.
var proofs = []string{module + "/internal/test/archtest", module + "/internal/test/leaktest", module + "/internal/test/memscan", module + "/internal/test/unwind"}

func TestArrows(t *testing.T) {
	for _, p := range list(t) {
		if isProof(p.ImportPath) {
			continue
		}
		allowed, known := arrows[room(p.ImportPath)]
		if !known {
			t.Errorf("%s is in no room of the house", p.ImportPath)
		}
		for _, imported := range p.Imports {
			if r := room(imported); r != "" && !contains(allowed, r) {
				t.Errorf("%s imports %s: %s may import only from %v", p.ImportPath, imported, room(p.ImportPath), allowed)
			}
		}
	}
}

func isProof(path string) bool {
	for _, p := range proofs {
		if path == p || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

func TestNothingShippedReachesTesting(t *testing.T) {
	for _, p := range list(t) {
		if r := room(p.ImportPath); r == "benchmarks" || isProof(p.ImportPath) {
			continue
		}
		for _, dep := range p.Deps {
			if dep == "testing" {
				t.Errorf("%s depends on package testing", p.ImportPath)
			}
		}
	}
}

// What finds its settings in the environment is tested without those of whoever
// runs the tests.
func TestTestsStartInACleanEnvironment(t *testing.T) {
	for _, p := range list(t) {
		tests := slices.Concat(p.TestImports, p.XTestImports)
		reads := slices.ContainsFunc(slices.Concat(p.Deps, tests, []string{p.ImportPath}), func(path string) bool {
			return slices.Contains([]string{module + "/internal/awsenv", module + "/fetch", module + "/mock", "github.com/aws/aws-sdk-go-v2/config"}, path)
		})
		if reads && len(p.TestGoFiles)+len(p.XTestGoFiles) > 0 && !slices.Contains(tests, module+"/internal/test/cleanenv") {
			t.Errorf("the tests of %s do not import internal/test/cleanenv", p.ImportPath)
		}
	}
}

// budgets bound the exported names of a package: types, functions, constants
// and variables.
var budgets = map[string]int{module + "/fetch": 30, module + "/cache": 20, module + "/mock": 40}

func TestPublicSurface(t *testing.T) {
	for _, p := range list(t) {
		budget, public := budgets[p.ImportPath]
		if !public {
			continue
		}
		names := exported(t, p)
		if len(names) > budget {
			t.Errorf("%s exports %d names, %d are allowed: %v", p.ImportPath, len(names), budget, names)
		}
	}
}

func exported(t *testing.T, p pkg) []string {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(fset, p.Dir+"/"+name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	d, err := doc.NewFromFiles(fset, files, p.ImportPath)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	values := append(append([]*doc.Value{}, d.Consts...), d.Vars...)
	for _, f := range d.Funcs {
		names = append(names, f.Name)
	}
	for _, typ := range d.Types {
		names = append(names, typ.Name)
		values = append(append(values, typ.Consts...), typ.Vars...)
		for _, f := range typ.Funcs {
			names = append(names, f.Name)
		}
	}
	for _, v := range values {
		for _, name := range v.Names {
			if token.IsExported(name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
