package leaktest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"wicketkey.internal/internal/test/emulator"
	"wicketkey.internal/internal/test/memscan"
)

const runsEnv = "WICKETKEY_PROOF_RUNS"

// runs is how often each case is run.
func runs(t testing.TB) int {
	text := os.Getenv(runsEnv)
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is not a number of runs", runsEnv, text)
	}
	return n
}

// needScanner skips where the memory of a child cannot be searched.
func needScanner(t testing.TB) {
	if raceDetector {
		t.Skip("skipped: the race detector's shadow memory is too large to search")
	}
	if runtime.GOOS != "linux" {
		t.Skip("skipped: reading another process needs Linux")
	}
	emulator.SkipHere(t, "memory of a process that is not the emulator's as well")
}

// process is a client under observation.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	in     io.Writer
	out    *bufio.Scanner
	log    *bytes.Buffer // its standard error; complete after finish
	finder *memscan.Finder
}

func start(t testing.TB, o orders, needles []memscan.Needle) *process {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: emulator.Self(t.Context()), log: &bytes.Buffer{}, finder: memscan.NewFinder(needles...)}
	p.cmd.Env = append(os.Environ(), clientEnv+"="+string(text))
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewScanner(out)
	return p
}

// next waits for a checkpoint; the client stands still afterwards.
func (p *process) next() (checkpoint, sum string, ok bool) {
	if !p.out.Scan() {
		return "", "", false
	}
	checkpoint, sum, _ = strings.Cut(p.out.Text(), " ")
	return checkpoint, sum, true
}

func (p *process) search(opts *memscan.Options) memscan.Found {
	p.t.Helper()
	found, err := p.finder.Process(p.cmd.Process.Pid, opts)
	if errors.Is(err, memscan.ErrUnsupported) {
		p.t.Skip("skipped:", err)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return found
}

// proceed lets the client go on.
func (p *process) proceed() { fmt.Fprintln(p.in) }

// finish waits for the client's end and gives what it logged.
func (p *process) finish() []byte {
	p.t.Helper()
	if err := p.cmd.Wait(); err != nil {
		p.t.Fatalf("%v: %s", err, tail(p.log.Bytes()))
	}
	return p.log.Bytes()
}

func tail(log []byte) []byte { return log[max(0, len(log)-2000):] }
