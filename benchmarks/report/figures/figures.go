// Package figures keeps what was measured, by name, and says what has become
// worse since it was last written down.
//
// What can be counted is one value, and any more of it is worse. What varies from
// run to run is a number of samples, of which only statistics can tell: package
// regress, in a module of its own, compares those.
package figures

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
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
	Copies     = "left in memory"

	// What chance decides is written down and never held to a baseline.
	SecondsByChance = "virtual seconds, by chance"
	CallsByChance   = "calls, by chance"
)

// tolerance is the share by which a figure may exceed its baseline: what is
// counted exactly not at all, what depends on the toolchain a little, on chance
// more.
var tolerance = map[string]float64{
	Seconds: 0.5, CallsAbout: 0.5, Allocs: 0.05, Bytes: 0.05, Size: 0.02, Packages: 0.02,
	SecondsByChance: math.Inf(1), CallsByChance: math.Inf(1),
}

// Figure is one measured value.
type Figure struct {
	Value   float64   `json:"value"` // the median of Samples where there are any
	Unit    string    `json:"unit"`
	Samples []float64 `json:"samples,omitempty"`
}

// Sampled is a figure that varies from run to run.
func Sampled(unit string, samples ...float64) Figure {
	return Figure{Value: Median(samples), Unit: unit, Samples: samples}
}

// Median returns the middle one of the values, of which there is one at least.
func Median[T cmp.Ordered](values []T) T {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// Exceeds reports whether the figure is worse than another by more than its unit
// tolerates.
func (f Figure) Exceeds(was Figure) bool { return f.Value > was.Value*(1+tolerance[f.Unit]) }

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

// Write writes the book, a line for each figure, ordered by name.
func (b *Book) Write(file string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(b.figures)) {
		figure, err := json.Marshal(b.figures[name])
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("\t%q: %s", name, figure))
	}
	return os.WriteFile(file, []byte("{\n"+strings.Join(lines, ",\n")+"\n}\n"), 0o644)
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

// Names are those of all figures, in order.
func (b *Book) Names() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.figures))
}

// Sentence says that a figure got worse.
func Sentence(name string, was, now Figure) string {
	return fmt.Sprintf("%s got worse: %.6g %s, the baseline is %.6g", name, now.Value, now.Unit, was.Value)
}

// clients are ours, as names of figures begin to call them.
var clients = []string{"fetch", "cache", "view", "get"}

// Held reports whether a figure is held to its baseline: one of our own clients
// is, those of others are there to be compared with.
func Held(name string) bool {
	_, client, _ := strings.Cut(name, "/client=")
	return slices.ContainsFunc(clients, func(ours string) bool { return strings.HasPrefix(client, ours) })
}
