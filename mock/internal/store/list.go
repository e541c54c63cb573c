package store

import (
	"slices"
	"strings"
	"time"
)

// Sorted returns an account's secrets in one region in the order asked for: by is "created-date", "name",
// "last-changed-date" or "last-accessed-date". The slice belongs to the store and is valid until its next change.
//
// Names never change, so that view is kept: listing 50,000 secrets in pages must not
// sort them 500 times.
func (st *Store) Sorted(account, region, by string, now time.Time) []*Secret {
	sh, ok := st.shelves[place{account, region}] // looking makes no shelf: clients choose the regions
	if !ok {
		return nil
	}
	st.purge(sh, now)
	if by == "created-date" {
		return sh.ordered
	}
	if by == "name" && sh.named.secrets != nil && sh.named.changes == st.changes {
		return sh.named.secrets
	}
	sorted := slices.Clone(sh.ordered)
	slices.SortStableFunc(sorted, order(by))
	if by == "name" {
		sh.named = view{st.changes, sorted}
	}
	return sorted
}

func order(by string) func(a, b *Secret) int {
	switch by {
	case "name":
		return func(a, b *Secret) int { return strings.Compare(a.Name, b.Name) }
	case "last-changed-date":
		return func(a, b *Secret) int { return a.Changed.Compare(b.Changed) }
	}
	return func(a, b *Secret) int { return a.Accessed.Compare(b.Accessed) }
}

func (st *Store) purge(sh *shelf, now time.Time) {
	for _, s := range due(sh.ordered, now) {
		st.Remove(s)
	}
}

func due(secrets []*Secret, now time.Time) []*Secret {
	var out []*Secret
	for _, s := range secrets {
		if s.expired(now) {
			out = append(out, s)
		}
	}
	return out
}
