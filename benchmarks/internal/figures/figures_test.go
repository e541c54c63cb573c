package figures_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/benchmarks/internal/figures"
)

func TestWorse(t *testing.T) {
	var b figures.Book
	b.Put("calls", figures.Figure{Value: 2, Unit: figures.Calls})
	b.Put("size", figures.Figure{Value: 100, Unit: figures.Size})
	b.Put("none", figures.Figure{Value: 0, Unit: figures.Allocs})
	file := filepath.Join(t.TempDir(), "book.json")
	if err := b.Write(file); err != nil {
		t.Fatal(err)
	}
	read, err := figures.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"calls", "none", "size"}, read.Names()); diff != "" {
		t.Error(diff)
	}
	for _, tt := range []struct {
		name  string
		value float64
		unit  string
		want  string
	}{
		{"calls", 2, figures.Calls, ""},
		{"calls", 1, figures.Calls, ""},
		{"calls", 3, figures.Calls, "calls got worse: 3 calls, the baseline is 2"},
		{"size", 101, figures.Size, ""},
		{"size", 103, figures.Size, "size got worse: 103 bytes of binary, the baseline is 100"},
		{"none", 1, figures.Allocs, "none got worse: 1 allocations, the baseline is 0"},
		{"new", 5, figures.Calls, ""},
	} {
		if got := read.Worse(tt.name, figures.Figure{Value: tt.value, Unit: tt.unit}); got != tt.want {
			t.Errorf("%s at %v: got %q, want %q", tt.name, tt.value, got, tt.want)
		}
	}
	if got := read.Worse("calls", figures.Sampled(figures.Calls, 3, 3, 3)); got != "" {
		t.Errorf("samples were compared by their median alone: %q", got)
	}
}

func TestSampled(t *testing.T) {
	got := figures.Sampled(figures.Bytes, 3, 1, 2)
	if diff := cmp.Diff(figures.Figure{Value: 2, Unit: figures.Bytes, Samples: []float64{3, 1, 2}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestHeld(t *testing.T) {
	for name, want := range map[string]bool{
		"cold/client=fetch/bytes": true, "warm/client=get+bytes/allocs": true, "fleet/client=fetch+jitter/all": true,
		"cold/client=sdk/bytes": false, "warm/client=official+copy/allocs": false, "fetch/nobody": false,
	} {
		if got := figures.Held(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
