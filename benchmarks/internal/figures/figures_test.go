package figures_test

import (
	"path/filepath"
	"testing"

	"wicketkey.internal/benchmarks/internal/figures"
)

func TestWorse(t *testing.T) {
	var b figures.Book
	b.Put("calls", figures.Figure{Value: 2, Unit: figures.Calls})
	b.Put("bytes", figures.Figure{Value: 100, Unit: figures.Bytes})
	file := filepath.Join(t.TempDir(), "book.json")
	if err := b.Write(file); err != nil {
		t.Fatal(err)
	}
	read, err := figures.Read(file)
	if err != nil {
		t.Fatal(err)
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
		{"bytes", 110, figures.Bytes, ""},
		{"bytes", 120, figures.Bytes, "bytes got worse: 120 bytes, the baseline is 100"},
		{"new", 5, figures.Calls, ""},
	} {
		if got := read.Worse(tt.name, figures.Figure{Value: tt.value, Unit: tt.unit}); got != tt.want {
			t.Errorf("%s at %v: got %q, want %q", tt.name, tt.value, got, tt.want)
		}
	}
}
