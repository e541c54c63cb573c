package leaktest_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"wicketkey.internal/internal/test/memscan"
)

// A core dump of a client that holds the secret does not show it, nor does one
// of a client that has closed it.
func TestCoreDump(t *testing.T) {
	needScanner(t)
	ours := dump(t, "fetch")
	for checkpoint, found := range ours.kernel {
		if found.Bytes() > 0 && !(checkpoint == "held" && ours.unlocked) {
			t.Errorf("%s: in what the kernel would dump: %v", checkpoint, found)
		}
	}
	for checkpoint, found := range ours.gcore {
		if found.Bytes() > 0 && !(checkpoint == "held" && ours.unlocked) {
			t.Errorf("%s: in the dump of gcore: %v", checkpoint, found)
		}
	}
	plain := dump(t, "sdk")
	if plain.kernel["held"].Whole("value") == 0 {
		t.Error("nothing in what the kernel would dump of the plain SDK: the scanner is blind")
	}
	if len(plain.gcore) > 0 && plain.gcore["held"].Whole("value") == 0 {
		t.Error("nothing in gcore's dump of the plain SDK: the scanner is blind")
	}
	if len(ours.gcore) == 0 {
		t.Logf("no gcore, or %s not set: only /proc/PID/mem was searched, without what is kept out of dumps", runsEnv)
	}
	if ours.unlocked {
		t.Log("this system allows no locked memory, so a dump of a client that holds the secret shows it")
	}
}

// dumps are what was found in the dumps of a client, by checkpoint.
type dumps struct {
	kernel   map[string]memscan.Found // as the kernel would write them
	gcore    map[string]memscan.Found // by the debugger; empty where there is none
	unlocked bool
}

func dump(t *testing.T, role string) dumps {
	secret := textPayload(3000)
	srv := serve(t, tls.VersionTLS13, withLength, func(string, int32) []byte { return secret.entry(secretName, 1) })
	d := dumps{kernel: map[string]memscan.Found{}, gcore: map[string]memscan.Found{}}
	client := start(t, orders{Role: role, URL: srv.URL, CA: srv.ca(), TLS: tls.VersionTLS13}, secret.needles("value"))
	for checkpoint, _, ok := client.next(); ok; checkpoint, _, ok = client.next() {
		d.kernel[checkpoint] = client.search(&memscan.Options{AsDumped: true})
		if checkpoint == "held" || checkpoint == "closed" {
			if found, ok := client.gcore(); ok {
				d.gcore[checkpoint] = found
			}
		}
		client.proceed()
	}
	d.unlocked = bytes.Contains(client.finish(), []byte(unlocked))
	return d
}

// gcore searches a dump made by the debugger, where there is one. It takes
// seconds, so it is for the long run only.
func (p *process) gcore() (memscan.Found, bool) {
	p.t.Helper()
	path, err := exec.LookPath("gcore")
	if errors.Is(err, exec.ErrNotFound) || os.Getenv(runsEnv) == "" {
		return memscan.Found{}, false
	}
	prefix := filepath.Join(p.t.TempDir(), "core")
	pid := strconv.Itoa(p.cmd.Process.Pid)
	name := prefix + "." + pid
	if out, err := exec.CommandContext(p.t.Context(), path, "-o", prefix, pid).CombinedOutput(); err != nil {
		p.t.Logf("gcore: %v: %s", err, tail(out))
		return memscan.Found{}, false
	}
	defer os.Remove(name)
	found, err := p.finder.File(name)
	if err != nil {
		p.t.Logf("gcore: %v", err)
		return memscan.Found{}, false
	}
	return found, found.Read > 0
}
