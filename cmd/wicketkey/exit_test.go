package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/fetch"
)

// TestExitStatusesStay is the promise that scripts build on: a line may be
// added, none may change.
func TestExitStatusesStay(t *testing.T) {
	want := map[error]int{
		nil: 0, errors.ErrUnsupported: 1,
		fetch.ErrBadIdentifier: 10, fetch.ErrNoRegion: 11, fetch.ErrNoCredentials: 12, fetch.ErrInvalid: 13,
		fetch.ErrDenied: 20, fetch.ErrKMSDenied: 21, fetch.ErrKeyDisabled: 22, fetch.ErrNotFound: 23, fetch.ErrDeleted: 24, fetch.ErrNoVersion: 25,
		fetch.ErrThrottled: 30, fetch.ErrUnavailable: 31, fetch.ErrUntrusted: 32, fetch.ErrMalformed: 33,
		errPayload: 40, errPolicy: 41,
	}
	for err, code := range want {
		if got := exitCode(err); got != code {
			t.Errorf("exit status of %v is %d, want %d", err, got, code)
		}
		if err != nil && err != errors.ErrUnsupported {
			if got := exitCode(fmt.Errorf("wrapped: %w", &fetch.Error{Kind: err})); got != code {
				t.Errorf("exit status of %v inside another error is %d, want %d", err, got, code)
			}
		}
	}
	if got := exitCode(usage("x")); got != 2 {
		t.Errorf("exit status of a usage error is %d, want 2", got)
	}
}

func TestExitStatusesTellCausesApart(t *testing.T) {
	seen := map[int]string{}
	for _, c := range causes() {
		if other, ok := seen[c.code]; ok {
			t.Errorf("%d stands for %q and for %q", c.code, other, c.meaning)
		}
		seen[c.code] = c.meaning
	}
	if diff := cmp.Diff(23, len(seen)); diff != "" {
		t.Error(diff)
	}
}
