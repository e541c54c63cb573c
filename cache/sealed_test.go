package cache_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	"wicketkey.internal/cache"
)

func TestForeignCopiesAreRefused(t *testing.T) {
	for name, change := range map[string]func(d *cache.Disk){
		"account": func(d *cache.Disk) { d.Account = "210987654321" },
		"region":  func(d *cache.Disk) { d.Region = "eu-west-1" },
		"key":     func(d *cache.Disk) { d.Key = bytes.Repeat([]byte{8}, 32) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				t.put("db", "v")
				disk := diskIn(t.TempDir())
				t.saved(disk, "db")
				t.faults(unreachable)
				change(disk)
				// Even under the name that the other would look for.
				if got, err := value(t.Context(), t.store(&cache.Options{Disk: disk}), "db"); err == nil {
					t.Errorf("served %q", got)
				}
			})
		})
	}
}

// Each secret's copy is bound to the secret: exchanged files are refused.
func TestExchangedCopiesAreRefused(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("a", "1")
		t.put("b", "2")
		dir := t.TempDir()
		t.saved(diskIn(dir), "a", "b")
		files := copies(t.T, dir)
		if len(files) != 2 {
			t.Fatalf("%q", files)
		}
		first, _ := os.ReadFile(files[0])
		second, _ := os.ReadFile(files[1])
		os.WriteFile(files[0], second, 0o600)
		os.WriteFile(files[1], first, 0o600)
		t.faults(unreachable)
		s := t.store(&cache.Options{Disk: diskIn(dir)})
		for _, id := range []string{"a", "b"} {
			if got, err := value(t.Context(), s, id); err == nil {
				t.Errorf("%s: served %q", id, got)
			}
		}
	})
}

func TestDamagedCopiesAreRefused(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		dir := t.TempDir()
		t.saved(diskIn(dir), "db")
		t.faults(unreachable)
		file := copies(t.T, dir)[0]
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		try := func(what string, data []byte, served bool) {
			os.WriteFile(file, data, 0o600)
			s := t.store(&cache.Options{Disk: diskIn(dir), Budget: time.Second})
			defer s.Close()
			if got, err := value(t.Context(), s, "db"); (err == nil) != served {
				t.Errorf("%s: got %q, %v", what, got, err)
			}
		}
		try("whole", whole, true)
		try("empty", nil, false)
		try("huge", make([]byte, 1<<20), false)
		for i := 0; i < len(whole); i += 5 {
			flipped := bytes.Clone(whole)
			flipped[i] ^= 1
			try(fmt.Sprintf("bit flipped in byte %d", i), flipped, false)
			try(fmt.Sprintf("cut at %d", i), whole[:i], false)
		}
	})
}
