package figures_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/benchmarks/report/figures"
)

func TestWrittenAndRead(t *testing.T) {
	var b figures.Book
	b.Put("calls", figures.Figure{Value: 2, Unit: figures.Calls})
	b.Put("bytes", figures.Sampled(figures.Bytes, 1, 2, 3))
	file := filepath.Join(t.TempDir(), "book.json")
	if err := b.Write(file); err != nil {
		t.Fatal(err)
	}
	read, err := figures.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"bytes", "calls"}, read.Names()); diff != "" {
		t.Error(diff)
	}
	for _, name := range b.Names() {
		want, _ := b.Get(name)
		if got, ok := read.Get(name); !ok || !cmp.Equal(want, got) {
			t.Errorf("%s was %+v and is %+v", name, want, got)
		}
	}
	if none, err := figures.Read(file + "-not"); err != nil || len(none.Names()) > 0 {
		t.Errorf("a file that does not exist holds %v, %v", none.Names(), err)
	}
}

func TestExceeds(t *testing.T) {
	for _, tt := range []struct {
		unit     string
		was, now float64
		want     bool
	}{
		{figures.Calls, 2, 2, false},
		{figures.Calls, 2, 1, false},
		{figures.Calls, 2, 3, true},
		{figures.Size, 100, 101, false},
		{figures.Size, 100, 103, true},
		{figures.Allocs, 0, 1, true},
		{figures.SecondsByChance, 1, 1e9, false},
	} {
		was, now := figures.Figure{Value: tt.was, Unit: tt.unit}, figures.Figure{Value: tt.now, Unit: tt.unit}
		if got := now.Exceeds(was); got != tt.want {
			t.Errorf("%v after %v %s: %v, want %v", tt.now, tt.was, tt.unit, got, tt.want)
		}
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
