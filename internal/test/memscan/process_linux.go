package memscan

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// ErrUnsupported says that this system does not let one process read another.
var ErrUnsupported = errors.New("memory of another process cannot be read here")

// Options narrow a search. Nil and the zero value search all that is readable.
type Options struct {
	// AsDumped leaves out the mappings that the kernel leaves out of core dumps
	// because the process asked it to (MADV_DONTDUMP).
	AsDumped bool
}

// Process searches all readable mappings of a process. The caller must be
// allowed to trace it: on most systems a parent may trace its children.
// Otherwise the error is [ErrUnsupported].
func (f *Finder) Process(pid int, opts *Options) (Found, error) {
	if opts == nil {
		opts = &Options{}
	}
	mappings, err := mappingsOf(pid)
	if err != nil {
		return Found{}, fmt.Errorf("memscan: %w: %w", ErrUnsupported, err)
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return Found{}, fmt.Errorf("memscan: %w: %w", ErrUnsupported, err)
	}
	defer mem.Close()
	mappings = slices.DeleteFunc(mappings, func(m mapping) bool { return !m.readable || opts.AsDumped && m.dontDump })
	mappings = inUse(pid, mappings)
	var found Found
	buf := make([]byte, largest(mappings))
	for _, m := range mappings {
		f.readAt(&found, mem, m, buf)
	}
	if found.Read == 0 {
		return found, fmt.Errorf("memscan: %w: nothing of %d mappings was readable", ErrUnsupported, len(mappings))
	}
	return found, nil
}

// largest is the size of the largest mapping, up to what is searched at once.
func largest(list []mapping) (n uint64) {
	for _, m := range list {
		n = max(n, min(m.end-m.start, chunk))
	}
	return n
}

// mappingsOf reads /proc/PID/smaps: each mapping has a line such as
//
//	c000000000-c000400000 rw-p 00000000 00:00 0    [anon: Go: heap]
//
// and below it one with its flags, among which dd stands for MADV_DONTDUMP.
func mappingsOf(pid int) ([]mapping, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/smaps", pid))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var list []mapping
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		var m mapping
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x", &m.start, &m.end); n == 2 && len(fields) >= 5 {
			m.readable = strings.HasPrefix(fields[1], "r") && !unshown(fields)
			m.name = strings.Join(fields[5:], " ")
			list = append(list, m)
		} else if len(list) > 0 && len(fields) > 0 && fields[0] == "VmFlags:" {
			list[len(list)-1].dontDump = slices.Contains(fields, "dd")
		}
	}
	return joined(list), nil
}

// unshown names what the kernel maps into every process and shows to no other.
func unshown(fields []string) bool {
	return len(fields) > 5 && (strings.HasPrefix(fields[5], "[vvar") || fields[5] == "[vsyscall]")
}

// joined puts neighbours of one kind together, so that no fragment hides across
// the boundary between them.
func joined(list []mapping) []mapping {
	var out []mapping
	for _, m := range list {
		if last := len(out) - 1; last >= 0 && out[last].end == m.start && out[last].readable == m.readable && out[last].dontDump == m.dontDump {
			out[last].end = m.end
			continue
		}
		out = append(out, m)
	}
	return out
}
