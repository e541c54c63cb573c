package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMain: what is started as the load of another test is that, and no test.
func TestMain(m *testing.M) {
	if os.Getenv(busyEnv) != "" {
		beBusy()
	}
	os.Exit(m.Run())
}

func TestFailures(t *testing.T) {
	got, err := failures(strings.NewReader(`{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA/b","Output":"too slow\n"}
{"Action":"fail","Package":"p","Test":"TestA/b"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p"}
not of JSON
{"Action":"output","Package":"q","Output":"panic: no\n"}
{"Action":"fail","Package":"q"}
{"ImportPath":"r","Action":"build-output","Output":"undefined: x\n"}
{"ImportPath":"r","Action":"build-fail"}
{"Action":"pass","Package":"s"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []failure{{"p", "TestA/b", "too slow\n"}, {"q", "", "panic: no\n"}, {"r", "", "undefined: x\n"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPlan runs the tests of a module of which one fails with one processor.
func TestPlan(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module m\n\ngo 1.26\n",
		"m_test.go": `package m

import (
	"runtime"
	"testing"
)

func TestSometimes(t *testing.T) {
	if runtime.GOMAXPROCS(0) == 1 {
		t.Error("one")
	}
}

func TestAlways(t *testing.T) {}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("TMPDIR", t.TempDir())
	var out strings.Builder
	err := plan{loaded: 1, quiet: 1, cpus: []string{"2", "1"}, args: []string{"."}}.run(context.Background(), &out)
	if err == nil || !strings.Contains(err.Error(), "1 tests failed at least once in 2 runs") {
		t.Errorf("%v", err)
	}
	for _, want := range []string{"run  1  loaded  -cpu 2 ", "ok\n", "run  2  quiet   -cpu 1 ", "1 FAILED", "TestSometimes", "one\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}

func TestNothingFailed(t *testing.T) {
	var out strings.Builder
	if err := summary(&out, []run{{number: 1}, {number: 2}}, t.TempDir()); err != nil || out.String() != "2 runs, nothing failed\n" {
		t.Errorf("%v\n%s", err, &out)
	}
}
