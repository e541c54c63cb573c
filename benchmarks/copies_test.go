package benchmarks_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"wicketkey.internal/benchmarks/programs/clients"
	"wicketkey.internal/benchmarks/report/figures"
	"wicketkey.internal/internal/test/emulator"
	"wicketkey.internal/internal/test/memscan"
	"wicketkey.internal/mock"
)

var checkpoints = []string{held, closed, collected}

// left is what was found of a secret at each checkpoint.
type left map[string]memscan.Found

// TestCopies looks for a secret of 3 KB and for its base64, whole or in fragments
// of 16 bytes or more, in the memory of processes that held it. That nothing is
// left of ours is proved in internal/test/leaktest, on each path of an answer; this
// counts what is left of the others', beside ours.
func TestCopies(t *testing.T) {
	measuring(t)
	if raceDetector {
		t.Skip("skipped: the race detector's shadow memory is too large to search")
	}
	for _, kind := range []string{"text", "binary"} {
		for _, s := range clients.All() {
			const runs = 3
			counted := map[string][]float64{}
			for range runs {
				for checkpoint, found := range copiesOf(t, s.Name, kind) {
					base := fmt.Sprintf("copies/kind=%s/at=%s/client=%s/", kind, checkpoint, s.Name)
					counted[base+"whole"] = append(counted[base+"whole"], float64(found.Whole("value")+found.Whole("base64")))
					counted[base+"fragments"] = append(counted[base+"fragments"], float64(found.Fragments("")))
					counted[base+"bytes"] = append(counted[base+"bytes"], float64(found.Bytes()))
				}
			}
			for name, counts := range counted {
				record(name, figures.Median(counts), figures.Copies)
			}
		}
	}
}

// copiesOf runs one process.
func copiesOf(t *testing.T, client, kind string) left {
	t.Helper()
	found := search(t, client, kind)
	switch ours := figures.Held("/client=" + client); {
	case found[held].Fragments("") == 0:
		t.Fatalf("%s, %s: the secret was not found while it was held: the search is blind", client, kind)
	case !ours && found[closed].Fragments("") == 0:
		t.Errorf("%s, %s: nothing was found once it was dropped: the search is blind", client, kind)
	}
	return found
}

// search serves a random secret, and has a process of this very binary hold it.
func search(t *testing.T, client, kind string) left {
	t.Helper()
	srv, err := mock.New(&mock.Options{TLS: true})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	value, needles := payload(kind)
	if _, err := srv.Put(name, value); err != nil {
		t.Fatal(err)
	}
	key, err := srv.AWSConfig().Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := emulator.Self(t.Context())
	cmd.Env = append(os.Environ(), holderEnv+"="+client, endpointEnv+"="+srv.URL(), caEnv+"="+string(srv.CA()),
		keyEnv+"="+key.AccessKeyID, keyEnv+"_SECRET="+key.SecretAccessKey)
	if kind == "binary" {
		cmd.Env = append(cmd.Env, binaryEnv+"=1")
	}
	return watch(t, cmd, memscan.NewFinder(needles...), len(value))
}

// payload is a secret of 3 KB and what to look for. Text is base64 itself, as a
// gateway's configuration is.
func payload(kind string) (value []byte, needles []memscan.Needle) {
	value = make([]byte, 3<<10)
	for i := range value {
		value[i] = byte(rand.Uint32())
	}
	value[0] = 0xff // no UTF-8
	encoded := base64.StdEncoding.AppendEncode(nil, value)
	if kind == "text" {
		value = encoded[:len(value)]
		return value, []memscan.Needle{{Name: "value", Bytes: value}}
	}
	return value, []memscan.Needle{{Name: "value", Bytes: value}, {Name: "base64", Bytes: encoded}}
}

// watch searches a holder's memory at each of its checkpoints.
func watch(t *testing.T, cmd *exec.Cmd, finder *memscan.Finder, length int) left {
	t.Helper()
	var trouble bytes.Buffer
	cmd.Stderr = &trouble
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found := left{}
	for lines := bufio.NewScanner(out); lines.Scan(); fmt.Fprintln(in) {
		var checkpoint string
		var n int
		if _, err := fmt.Sscan(lines.Text(), &checkpoint, &n); err != nil || checkpoint == held && n != length {
			t.Fatalf("the holder says %q of a secret of %d bytes", lines.Text(), length)
		}
		if found[checkpoint], err = finder.Process(cmd.Process.Pid, nil); errors.Is(err, memscan.ErrUnsupported) {
			t.Skip("skipped:", err)
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil || len(found) != len(checkpoints) {
		t.Fatalf("the holder came to %d checkpoints, want %v: %v: %s", len(found), checkpoints, err, trouble.Bytes())
	}
	return found
}
