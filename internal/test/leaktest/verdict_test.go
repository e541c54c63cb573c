package leaktest_test

import (
	"fmt"
	"sync"
	"testing"

	"wicketkey.internal/internal/test/memscan"
	"wicketkey.internal/internal/wipe"
)

// maxSpill is how many bytes a signal may leave of what was in the vector
// registers, where the system does not let a process hold signals back. Where it
// does, the answer is none.
const maxSpill = 1024

// signalsHeld says which of the two this system is.
var signalsHeld = sync.OnceValue(func() bool { return runtimeSecret || wipe.SignalsHeld() })

// verdict is the outcome of one run.
type verdict struct {
	faults []string
}

func (v *verdict) fault(format string, args ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

// prove runs a case, once: no run may leave anything.
func prove(t *testing.T, run func(*testing.T) verdict) {
	t.Helper()
	v := run(t)
	for _, f := range v.faults {
		t.Error(f)
	}
}

// copies says how many copies there are of each needle.
type copies map[string]int

// watch goes through a client's checkpoints. Each must hold whole copies as
// wanted, and no fragment besides; where values has one for a checkpoint, the
// client must tell its checksum.
func (p *process) watch(want map[string]copies, values map[string][]byte) (v verdict) {
	p.t.Helper()
	seen := 0
	for {
		checkpoint, sum, ok := p.next()
		if !ok {
			break
		}
		expected, known := want[checkpoint]
		if !known {
			v.fault("the client came to an unknown checkpoint %q", checkpoint)
		}
		seen++
		if value, ok := values[checkpoint]; ok && sum != fmt.Sprintf("%x", checksum(value)) {
			v.fault("%s: the client has another value", checkpoint)
		}
		v.compare(checkpoint, p.search(nil), expected)
		p.proceed()
	}
	log := p.finish()
	if seen != len(want) {
		v.fault("the client came to %d checkpoints of %d", seen, len(want))
	}
	if found := p.finder.Text(log); found.Fragments("") > 0 {
		v.fault("in the log: %v", found)
	}
	return v
}

func (v *verdict) compare(checkpoint string, found memscan.Found, want copies) {
	rest := memscan.Found{}
	whole := copies{}
	for _, h := range found.Hits {
		if h.Whole {
			whole[h.Needle]++
		} else {
			rest.Hits = append(rest.Hits, h)
		}
	}
	for needle, n := range want {
		if whole[needle] != n {
			v.fault("%s: %d whole copies of %s, want %d: %v", checkpoint, whole[needle], needle, n, found)
		}
		delete(whole, needle)
	}
	if len(whole) > 0 {
		v.fault("%s: copies that should not be there: %v", checkpoint, found)
	}
	if n := rest.Bytes(); n > 0 && (signalsHeld() || n > maxSpill) {
		v.fault("%s: fragments of %d bytes: %v", checkpoint, n, rest)
	}
}
