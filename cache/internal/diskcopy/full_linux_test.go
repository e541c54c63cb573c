package diskcopy

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A refusal reaches other processes although the disk is full: the copies that it
// deletes make room for its marks.
func TestRefusalOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("no file system of its own for the test: ", err)
	}
	defer unix.Unmount(dir, 0)
	ours, theirs := open(t, dir), open(t, dir)
	before := time.Now()
	save(t, ours, "db", "db", string(bytes.Repeat([]byte("x"), 10_000)), before)
	if err := os.WriteFile(filepath.Join(dir, "full"), make([]byte, 64<<10), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := ours.Drop(Refusal{Ref: ref("db"), Whole: true, At: time.Now()}); err != nil {
		t.Error(err)
	}
	save(t, theirs, "db", "db", "late", before)
	if got := load(t, theirs, "db"); got != "" {
		t.Errorf("%q after the refusal", got)
	}
}
