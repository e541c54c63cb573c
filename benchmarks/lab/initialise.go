package lab

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Initialisation is what the packages of a program do before its main begins.
type Initialisation struct {
	Clock         time.Duration
	Bytes, Allocs int64
}

// Initialise runs a program once for the sake of its initialisation, as
// GODEBUG=inittrace=1 tells it. The program goes no further than to find no
// region.
func (l *Lab) Initialise(program string) (Initialisation, error) {
	cmd := exec.Command(filepath.Join(l.dir, program))
	cmd.Env = []string{"GODEBUG=inittrace=1", "HOME=" + l.dir, "AWS_EC2_METADATA_DISABLED=true"}
	var trace bytes.Buffer
	cmd.Stderr = &trace
	_ = cmd.Run()
	var sum Initialisation
	for line := range strings.Lines(trace.String()) {
		var pkg string
		var at, clock float64
		var size, allocs int64
		n, _ := fmt.Sscanf(line, "init %s @%f ms, %f ms clock, %d bytes, %d allocs", &pkg, &at, &clock, &size, &allocs)
		if n == 5 {
			sum.Clock += time.Duration(clock * float64(time.Millisecond))
			sum.Bytes += size
			sum.Allocs += allocs
		}
	}
	if sum.Allocs == 0 {
		return sum, fmt.Errorf("%s: no trace of its initialisation: %s", program, strings.TrimSpace(trace.String()))
	}
	return sum, nil
}
