// Package figures keeps what was measured, by name, and says what has become
// worse since it was last written down.
package figures

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// Units of figures. In all of them less is better.
const (
	RoundTrips = "round trips"
	Calls      = "calls"
	CallsAbout = "calls, about" // where chance has a say
	Dials      = "connections"
	Seconds    = "virtual seconds"
	Allocs     = "allocations"
	Bytes      = "bytes"
	Size       = "bytes of binary"
	Packages   = "packages"
)

// tolerance is the share by which a figure may exceed its baseline: what is
// counted exactly not at all, what depends on the toolchain a little, on chance
// more.
var tolerance = map[string]float64{Seconds: 0.5, CallsAbout: 0.5, Allocs: 0.3, Bytes: 0.15, Size: 0.05, Packages: 0.05}

// Figure is one measured value.
type Figure struct {
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// Book holds figures by name, such as cold/credentials=static/client=fetch. It
// is safe for concurrent use; the zero Book is empty.
type Book struct {
	mu      sync.Mutex
	figures map[string]Figure
}

// Read opens a book that was written; a file that does not exist is an empty one.
func Read(file string) (*Book, error) {
	b := &Book{figures: map[string]Figure{}}
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &b.figures); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return b, nil
}

// Write writes the book, ordered by name.
func (b *Book) Write(file string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	data, err := json.MarshalIndent(b.figures, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}

// Put writes one figure down.
func (b *Book) Put(name string, f Figure) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.figures == nil {
		b.figures = map[string]Figure{}
	}
	b.figures[name] = f
}

// Get returns the figure of that name.
func (b *Book) Get(name string) (Figure, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, ok := b.figures[name]
	return f, ok
}

// Worse compares a figure with the one of that name in the book. It returns ""
// if that is no worse, or unknown, else a sentence that names it.
func (b *Book) Worse(name string, now Figure) string {
	was, ok := b.Get(name)
	if !ok || now.Value <= was.Value*(1+tolerance[now.Unit]) {
		return ""
	}
	return fmt.Sprintf("%s got worse: %.4g %s, the baseline is %.4g", name, now.Value, now.Unit, was.Value)
}
