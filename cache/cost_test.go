//go:build !race

package cache

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"wicketkey.internal/fetch"
)

// plain answers every question at once.
type plain struct{ value []byte }

func (p plain) GetRef(_ context.Context, ref fetch.Ref) (*fetch.Secret, error) {
	arn := "arn:aws:secretsmanager:us-east-1:123456789012:secret:" + ref.ID + "-a1b2c3"
	return fetch.NewSecret(append([]byte(nil), p.value...), fetch.Metadata{ARN: arn, Name: ref.ID, VersionID: "6a9ff8ad-61b2-4a57-a1e5-8d8e1e5f0b44", Stages: []string{"AWSCURRENT"}, Region: "us-east-1"}), nil
}

func (p plain) GetMany(context.Context, ...string) ([]*fetch.Secret, error) {
	return nil, errors.New("no batches")
}

// A hit of View allocates nothing; one of Get its private copy.
func TestAllocationsOfAHit(t *testing.T) {
	s, err := newStore(plain{make([]byte, 4096)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	use := func([]byte) error { return nil }
	secret, err := s.Get(t.Context(), "db")
	if err != nil {
		t.Fatal(err)
	}
	copied := 1.0
	if !secret.Locked() {
		copied = 3 // memory of its own each time: only locked memory is used again
	}
	_ = secret.Close()
	for name, tt := range map[string]struct {
		read func() error
		want float64
	}{
		"View": {func() error { return s.View(t.Context(), "db", use) }, 0},
		"Get": {func() error {
			secret, err := s.Get(t.Context(), "db")
			if err == nil {
				err = secret.Close()
			}
			return err
		}, copied},
	} {
		t.Run(name, func(t *testing.T) {
			if err := tt.read(); err != nil { // the miss
				t.Fatal(err)
			}
			got := testing.AllocsPerRun(1000, func() {
				if err := tt.read(); err != nil {
					t.Error(err)
				}
			})
			if got != tt.want {
				t.Errorf("%v allocations, want %v", got, tt.want)
			}
		})
	}
}

// BenchmarkIdleSecret says what a secret costs that is kept and not read, beside
// its value: the heap's bytes for each of 1,000.
func BenchmarkIdleSecret(b *testing.B) {
	const n = 1000
	var total float64
	for b.Loop() {
		s, err := newStore(plain{make([]byte, 64)}, nil)
		if err != nil {
			b.Fatal(err)
		}
		before := Heap()
		for i := range n {
			if err := s.Refresh(b.Context(), fmt.Sprint("db/main/", i)); err != nil {
				b.Fatal(err)
			}
		}
		total += float64(Heap()-before) / n
		s.Close()
	}
	b.ReportMetric(total/float64(b.N), "heap-B/secret")
	b.ReportMetric(0, "ns/op")
}
