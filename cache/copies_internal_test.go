package cache

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"wicketkey.internal/fetch"
)

type asks func(ref fetch.Ref) (*fetch.Secret, error)

func (a asks) GetRef(_ context.Context, ref fetch.Ref) (*fetch.Secret, error) { return a(ref) }

func (a asks) GetMany(context.Context, ...string) ([]*fetch.Secret, error) {
	return nil, errors.New("no batches")
}

// What is remembered of the disk is bounded as the store is.
func TestDiskMemoryIsBounded(t *testing.T) {
	refuse := false
	client := asks(func(ref fetch.Ref) (*fetch.Secret, error) {
		if refuse {
			return nil, &fetch.Error{ID: ref.ID, Kind: fetch.ErrNotFound}
		}
		return namedSecret(t, ref.ID), nil
	})
	s, err := newStore(client, &Options{MaxSecrets: 10, Disk: &Disk{Dir: t.TempDir(), Key: make([]byte, 32), Account: "1", Region: "r", MaxBytes: 10_000}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	nothing := func([]byte) error { return nil }
	for i := range 200 {
		s.View(t.Context(), fmt.Sprint("good-", i), nothing)
	}
	refuse = true
	for i := range 200 {
		s.View(t.Context(), fmt.Sprint("bad-", i), nothing)
	}
	if n := len(s.disk.refused); n > 20 {
		t.Errorf("%d refused names remembered", n)
	}
	if n, files := len(s.disk.saved), len(s.disk.dir.files); n > 20 && n > 2*files {
		t.Errorf("%d copies remembered, %d files", n, files)
	}
}

func namedSecret(t *testing.T, name string) *fetch.Secret {
	t.Helper()
	r, err := newReplayer()
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	body := fmt.Sprintf(`{"ARN":"arn:aws:secretsmanager:us-east-1:123456789012:secret:%s-a1b2c3","Name":%q,"VersionId":"v","SecretString":"x"}`, name, name)
	secret, err := r.secret(t.Context(), fetch.Ref{ID: name}, append(make([]byte, timeBytes), body...))
	if err != nil {
		t.Fatal(err)
	}
	return secret
}
