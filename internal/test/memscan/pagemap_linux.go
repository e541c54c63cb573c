package memscan

import (
	"encoding/binary"
	"fmt"
	"os"
)

// inUse cuts mappings down to the pages that exist, in RAM or in swap: most of
// what a Go process maps has never been touched. /proc/PID/pagemap tells, in
// eight bytes a page; where it does not, the mappings stay as they are.
func inUse(pid int, list []mapping) []mapping {
	file, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", pid))
	if err != nil {
		return list
	}
	defer file.Close()
	var out []mapping
	size := uint64(os.Getpagesize())
	for _, m := range list {
		entries := make([]byte, (m.end-m.start)/size*8)
		if _, err := file.ReadAt(entries, int64(m.start/size*8)); err != nil {
			out = append(out, m)
			continue
		}
		out = appendRuns(out, m, entries, size)
	}
	return out
}

// present and swapped are flags of a pagemap entry.
const (
	present = 1 << 63
	swapped = 1 << 62
)

func appendRuns(out []mapping, m mapping, entries []byte, size uint64) []mapping {
	run := m
	run.end = m.start
	for at := m.start; at < m.end; at += size {
		if binary.LittleEndian.Uint64(entries[(at-m.start)/size*8:])&(present|swapped) != 0 {
			run.end = at + size
			continue
		}
		if run.end > run.start {
			out = append(out, run)
		}
		run.start, run.end = at+size, at+size
	}
	if run.end > run.start {
		out = append(out, run)
	}
	return out
}
