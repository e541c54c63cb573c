package cache_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

func diskIn(dir string) *cache.Disk {
	return &cache.Disk{Dir: dir, Key: bytes.Repeat([]byte{7}, 32), Account: mock.DefaultAccount, Region: mock.DefaultRegion}
}

// saved runs a store that fetches the ids once and closes.
func (w *world) saved(disk *cache.Disk, ids ...string) {
	w.Helper()
	s := w.store(&cache.Options{Disk: disk})
	for _, id := range ids {
		if _, err := value(w.Context(), s, id); err != nil {
			w.Fatal(err)
		}
	}
	s.Close()
}

func copies(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.copy"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestRestartInAnOutage(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db/main", "hunter2")
		disk := diskIn(filepath.Join(t.TempDir(), "copies"))
		t.saved(disk, "db/main")
		t.faults(unreachable)
		sleep(time.Hour)

		s := t.store(&cache.Options{Disk: disk, TTL: time.Minute, Jitter: -1, MaxStale: 2 * time.Hour})
		secret, err := s.Get(t.Context(), "db/main")
		if err != nil {
			t.Fatal(err)
		}
		defer secret.Close()
		if string(secret.Bytes()) != "hunter2" || secret.ARN() != arn || secret.Name() != "db/main" || secret.VersionID() == "" {
			t.Errorf("got %q of %s", secret.Bytes(), secret.ARN())
		}
		st, _ := s.State("db/main")
		if !st.Restored || st.StaleSince.IsZero() || !errors.Is(st.Err, fetch.ErrUnavailable) || s.Stats().Restored != 1 {
			t.Errorf("state %+v", st)
		}
		t.put("db/main", "new")
		t.recovers(s, "db/main", "new")
		if st, _ := s.State("db/main"); st.Restored || st.Err != nil {
			t.Errorf("after the outage: %+v", st)
		}
	})
}

// The age of a copy counts from when AWS was asked for the value, restarts or not.
func TestCopyGrowsOld(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		disk := diskIn(t.TempDir())
		disk.MaxAge = 3 * time.Hour
		t.saved(disk, "db")
		t.faults(unreachable)
		for range 2 {
			sleep(time.Hour)
			s := t.store(&cache.Options{Disk: disk})
			t.wants(s, "db", "v")
			s.Close()
		}
		s := t.store(&cache.Options{Disk: disk, TTL: time.Minute, MaxStale: 3 * time.Hour})
		t.wants(s, "db", "v")
		sleep(70 * time.Minute)
		if _, err := value(t.Context(), s, "db"); err == nil {
			t.Error("served beyond its age by a running store")
		}
		again := t.store(&cache.Options{Disk: disk})
		if _, err := value(t.Context(), again, "db"); !errors.Is(err, fetch.ErrUnavailable) {
			t.Errorf("beyond its age: got %v", err)
		}
	})
}

func TestCopyIsKeptYoung(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		disk := diskIn(t.TempDir())
		disk.MaxAge = 3 * time.Hour
		s := t.store(&cache.Options{Disk: disk, TTL: time.Minute})
		t.wants(s, "db", "v")
		sleep(5 * time.Hour) // the same version all the time
		s.Close()
		t.faults(unreachable)
		t.wants(t.store(&cache.Options{Disk: disk}), "db", "v")
	})
}

func TestNoCopyAfterANo(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		dir := t.TempDir()
		disk := diskIn(dir)
		s := t.store(&cache.Options{Disk: disk, TTL: time.Minute})
		t.wants(s, "db", "v")
		t.faults(denied)
		sleep(time.Minute)
		t.faults(unreachable)
		sleep(time.Minute)
		for range 2 {
			if got, err := value(t.Context(), s, "db"); err == nil {
				t.Errorf("served %q after a no", got)
			}
			s.Close()
			s = t.store(&cache.Options{Disk: disk})
		}
		if left := copies(t.T, dir); len(left) != 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

func TestCopyIsUsedOnlyInTrouble(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "old")
		disk := diskIn(t.TempDir())
		t.saved(disk, "db")
		t.put("db", "new")
		t.wants(t.store(&cache.Options{Disk: disk}), "db", "new")
	})
	for name, no := range map[string]mock.Fault{"denied": denied, "deleted": deleted} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				t.put("db", "v")
				disk := diskIn(t.TempDir())
				t.saved(disk, "db")
				t.faults(no)
				if got, err := value(t.Context(), t.store(&cache.Options{Disk: disk}), "db"); err == nil {
					t.Errorf("served %q", got)
				}
			})
		})
	}
}

func TestCopiesShowNothing(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("canary-name", "canary-value")
		dir := filepath.Join(t.TempDir(), "new", "dir")
		t.saved(diskIn(dir), "canary-name")
		for _, file := range copies(t.T, dir) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(file, "canary") || bytes.Contains(data, []byte("canary")) || bytes.Contains(data, []byte("arn:")) {
				t.Errorf("%s shows what it keeps", file)
			}
			if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v", info.Mode())
			}
		}
		if info, _ := os.Stat(dir); info.Mode().Perm() != 0o700 {
			t.Errorf("directory's mode %v", info.Mode())
		}
	})
}

func TestCopiesStayInBounds(t *testing.T) {
	inBubble(t, func(t *world) {
		dir := t.TempDir()
		disk := diskIn(dir)
		disk.MaxBytes = 10_000
		s := t.store(&cache.Options{Disk: disk})
		for i := range 30 {
			name := fmt.Sprint("db", i)
			t.put(name, strings.Repeat("v", 1000))
			t.wants(s, name, strings.Repeat("v", 1000))
			sleep(time.Second)
		}
		s.Close()
		var total int64
		filepath.WalkDir(dir, func(_ string, d fs.DirEntry, _ error) error {
			if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
				total += info.Size()
			}
			return nil
		})
		if total == 0 || total > disk.MaxBytes {
			t.Errorf("%d bytes, want at most %d", total, disk.MaxBytes)
		}
		t.faults(unreachable)
		s = t.store(&cache.Options{Disk: disk})
		t.wants(s, "db29", strings.Repeat("v", 1000))
		if got, err := value(t.Context(), s, "db0"); err == nil {
			t.Errorf("the oldest is still there: %q", got)
		}
	})
}

// A disk that cannot be written to is not in the way of serving.
func TestUnwritableDisk(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		dir := filepath.Join(t.TempDir(), "gone")
		s := t.store(&cache.Options{Disk: diskIn(dir)})
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		t.wants(s, "db", "v")
	})
}

// Whoever can write to the directory can bring back older copies: that is said.
func TestADirectoryOthersCanWriteTo(t *testing.T) {
	for mode, want := range map[os.FileMode]bool{0o700: false, 0o755: false, 0o770: true, 0o777: true} {
		t.Run(mode.String(), func(t *testing.T) {
			inBubble(t, func(t *world) {
				dir := t.TempDir()
				if err := os.Chmod(dir, mode); err != nil {
					t.Fatal(err)
				}
				var log bytes.Buffer
				t.store(&cache.Options{Disk: diskIn(dir), Logger: slog.New(slog.NewTextHandler(&log, nil))})
				if got := strings.Contains(log.String(), "others can write"); got != want {
					t.Errorf("warned %v", got)
				}
			})
		})
	}
}
