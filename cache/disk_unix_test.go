//go:build unix

package cache_test

import (
	"os"
	"syscall"
	"testing"
	"time"

	"wicketkey.internal/cache"
)

// What lies in place of a copy and is none (a pipe, a link to a file of others)
// neither hangs the store nor is read.
func TestNoCopyButAFile(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"pipe":             func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"directory":        func(path string) error { return os.Mkdir(path, 0o700) },
		"link to a device": func(path string) error { return os.Symlink("/dev/zero", path) },
		"link to a copy": func(path string) error {
			if err := os.Rename(path+".real", path+".elsewhere"); err != nil {
				return err
			}
			return os.Symlink(path+".elsewhere", path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t) // not in a bubble: a system call is no durable block
			w.put("db", "v")
			dir := t.TempDir()
			w.saved(diskIn(dir), "db")
			file := copies(t, dir)[0]
			if err := os.Rename(file, file+".real"); err != nil {
				t.Fatal(err)
			}
			if err := put(file); err != nil {
				t.Fatal(err)
			}
			w.faults(unreachable)
			s := w.store(&cache.Options{Disk: diskIn(dir), Budget: time.Second})
			if _, err := value(t.Context(), s, "db"); err == nil { // if it hangs, until go test's own time limit
				t.Error("served")
			}
			s.Close()
		})
	}
}
