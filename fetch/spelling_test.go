package fetch_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// AWS takes arn:…:gateway-config for a full ARN and does not find it. Asked by
// its name it is found, and the answer's ARN proves that it is the one meant.
func TestARNOfAHyphenSixNameWithoutItsSuffix(t *testing.T) {
	srv := mock.Start(t)
	arn, _ := srv.Put("gateway-config", []byte("hunter2"))
	var log bytes.Buffer
	client := newClient(t, srv, &fetch.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	s := get(t, client, arn[:len(arn)-7])
	if s.ARN() != arn || string(s.Bytes()) != "hunter2" {
		t.Errorf("got %s", s.ARN())
	}
	if got := srv.Calls("GetSecretValue"); got != 2 {
		t.Errorf("%d calls, want 2", got)
	}
	if !strings.Contains(log.String(), "found under another spelling") {
		t.Errorf("the log does not say so: %s", log.String())
	}
}

// The same ARN in another account must not find this account's secret of that
// name.
func TestARNOfAnotherAccountFindsNoNamesake(t *testing.T) {
	srv := mock.Start(t)
	arn, _ := srv.Put("gateway-config", []byte("hunter2"))
	other := strings.Replace(arn[:len(arn)-7], "123456789012", "210987654321", 1)
	s, err := newClient(t, srv, nil).Get(t.Context(), other)
	if s != nil || !(errors.Is(err, fetch.ErrNotFound) || errors.Is(err, fetch.ErrDenied)) {
		t.Errorf("got %v, want a refusal", err)
	}
}

// When neither spelling is known the error is about the one given, and tells of
// the other.
func TestNeitherSpellingIsKnown(t *testing.T) {
	srv := mock.Start(t)
	_, err := newClient(t, srv, nil).Get(t.Context(), "nothing-AbCdEf")
	var e *fetch.Error
	if !errors.Is(err, fetch.ErrNotFound) || !errors.As(err, &e) || e.ID != "nothing-AbCdEf" || !strings.Contains(e.Cause, "secret; also tried as nothing:") {
		t.Errorf("got %v", err)
	}
	if got := srv.Calls("GetSecretValue"); got != 2 {
		t.Errorf("%d calls, want 2", got)
	}
}

// An ARN that AWS has answered with is full; a refusal of it is final at once.
func TestRefusalOfAKnownARNIsFinal(t *testing.T) {
	srv := mock.Start(t)
	arn, _ := srv.Put("gateway", []byte("hunter2"))
	client := newClient(t, srv, nil)
	get(t, client, "gateway")
	_ = srv.Inject(mock.Fault{Failure: mock.AccessDenied})
	before := srv.Calls("GetSecretValue")
	if _, err := client.Get(t.Context(), arn); !errors.Is(err, fetch.ErrDenied) {
		t.Errorf("got %v, want %v", err, fetch.ErrDenied)
	}
	if got := srv.Calls("GetSecretValue") - before; got != 1 {
		t.Errorf("%d calls, want 1", got)
	}
}

// A name whose tail only looks like a suffix is not the name without it: the
// answer's ARN has to end in the very suffix that was given.
func TestNameThatOnlyEndsLikeAnARN(t *testing.T) {
	srv := mock.Start(t)
	_, _ = srv.Put("gateway", []byte("hunter2"))
	s, err := newClient(t, srv, nil).Get(t.Context(), "gateway-config")
	if s != nil || !errors.Is(err, fetch.ErrNotFound) {
		t.Errorf("got the secret %v, %v", s != nil, err)
	}
}
