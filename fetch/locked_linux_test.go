package fetch_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/test/emulator"
)

// The limit is a process's own, so a process of its own lowers it.
func TestRequireLocked(t *testing.T) {
	const inner = "WICKETKEY_TEST_UNLOCKED"
	if os.Getenv(inner) == "" {
		if err := lockable(); err != nil {
			t.Log("not tried with memory to lock: ", err)
		} else if _, err := fetch.New(t.Context(), &fetch.Options{RequireLocked: true}); err != nil {
			t.Errorf("with memory to lock: %v", err)
		}
		cmd := emulator.Self(t.Context(), "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), inner+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if err := unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{}); err != nil {
		t.Fatal(err)
	}
	_, err := fetch.New(t.Context(), &fetch.Options{RequireLocked: true})
	var e *fetch.Error
	if !errors.Is(err, fetch.ErrUnlocked) || !errors.As(err, &e) || e.Cause == "" {
		t.Errorf("got %v, want %v with a cause", err, fetch.ErrUnlocked)
	}
	if c, err := fetch.New(t.Context(), nil); err != nil {
		t.Errorf("without the option: %v", err)
	} else {
		_ = c.Close()
	}
}

// lockable says why there is hardly a page that this process may lock.
func lockable() error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit); err != nil {
		return err
	}
	if limit.Cur < 64<<10 {
		return fmt.Errorf("the limit on locked memory is %d bytes: raise it with ulimit -l", limit.Cur)
	}
	page := make([]byte, os.Getpagesize())
	return errors.Join(unix.Mlock(page), unix.Munlock(page))
}
