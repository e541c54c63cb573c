package memscan

import (
	"fmt"
	"io"
	"math"
	"os"
)

// chunk is how much is searched at once, in bytes.
const chunk = 32 << 20

// Text searches bytes at hand, such as a log.
func (f *Finder) Text(text []byte) Found {
	return Found{Hits: f.search(text, 0, "text"), Read: int64(len(text))}
}

// File searches a file, such as a core dump. A fragment that lies across a
// boundary of 32 MiB is reported as two.
func (f *Finder) File(name string) (Found, error) {
	file, err := os.Open(name)
	if err != nil {
		return Found{}, fmt.Errorf("memscan: %w", err)
	}
	defer file.Close()
	var found Found
	f.readAt(&found, file, mapping{end: math.MaxInt64, name: "file"}, make([]byte, chunk))
	return found, nil
}

// readAt searches what r holds of m, up to its end.
func (f *Finder) readAt(found *Found, r io.ReaderAt, m mapping, buf []byte) {
	for at := m.start; at < m.end; {
		want := min(uint64(len(buf)), m.end-at)
		n, err := r.ReadAt(buf[:want], int64(at))
		found.Read += int64(n)
		found.Hits = append(found.Hits, f.search(buf[:n], at, m.name)...)
		at += uint64(n)
		switch {
		case err == io.EOF:
			return
		case err != nil: // one page that cannot be read hides no other
			next := min(at/page*page+page, m.end)
			found.Unread += int64(next - at)
			at = next
		case at < m.end:
			at -= word * 2 // so that nothing hides across the boundary
			found.Read -= word * 2
		}
	}
}

// page is the smallest unit in which memory is protected.
const page = 4 << 10
