//go:build unix

package fetch_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// A program that has run out of descriptors is told so, rather than to look for
// what is wrong with the network or with a file.
func TestNoDescriptorIsLeft(t *testing.T) {
	srv := mock.Start(t)
	_, _ = srv.Put(name, []byte("hunter2"))
	var client *fetch.Client
	withoutDescriptors(t, func() {
		client = newClient(t, srv, &fetch.Options{MaxAttempts: 1}) // here: it may dial ahead
		_, err := client.Get(t.Context(), name)
		wantDescriptors(t, err, fetch.ErrUnavailable)
	})
	get(t, client, name)

	environment(t, map[string]string{"AWS_CONFIG_FILE": t.TempDir() + "/config"})
	if err := os.WriteFile(os.Getenv("AWS_CONFIG_FILE"), []byte("[default]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	withoutDescriptors(t, func() {
		_, err := fetch.New(t.Context(), nil)
		wantDescriptors(t, err, fetch.ErrInvalid)
	})
}

func wantDescriptors(t *testing.T, err, kind error) {
	t.Helper()
	var e *fetch.Error
	if !errors.As(err, &e) || !errors.Is(err, kind) || !errors.Is(err, syscall.EMFILE) || !strings.Contains(e.Remedy, "ulimit -n") {
		t.Errorf("got %v, want %v with a remedy that names the limit", err, kind)
	}
}

// withoutDescriptors runs f while nothing can be opened; what is open stays so.
func withoutDescriptors(t *testing.T, f func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	none := before
	none.Cur = 0
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
			t.Fatal(err)
		}
	}()
	f()
}
