package store

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Store holds the secrets of all accounts and regions.
type Store struct {
	shelves map[place]*shelf
	seq     int
	changes int // counts additions and removals, so that sorted views know when they are stale
}

type place struct{ account, region string }

// shelf holds one account's secrets in one region.
type shelf struct {
	byName  map[string]*Secret
	ordered []*Secret // by creation
	named   view      // by name
}

type view struct {
	changes int
	secrets []*Secret
}

// New returns an empty store.
func New() *Store { return &Store{shelves: make(map[place]*shelf)} }

func (st *Store) shelf(account, region string) *shelf {
	at := place{account, region}
	sh, ok := st.shelves[at]
	if !ok {
		sh = &shelf{byName: make(map[string]*Secret)}
		st.shelves[at] = sh
	}
	return sh
}

// Add puts a new secret on its shelf. A secret of that name there is dropped.
func (st *Store) Add(s *Secret) {
	if old := st.ByName(s.Account, s.Region, s.Name); old != nil {
		st.Remove(old)
	}
	st.seq++
	st.changes++
	s.seq = st.seq
	sh := st.shelf(s.Account, s.Region)
	sh.byName[s.Name] = s
	sh.ordered = append(sh.ordered, s)
}

// Remove takes the secret away for good.
func (st *Store) Remove(s *Secret) {
	sh, ok := st.shelves[place{s.Account, s.Region}]
	if !ok || sh.byName[s.Name] != s {
		return
	}
	st.changes++
	delete(sh.byName, s.Name)
	if i, ok := slices.BinarySearchFunc(sh.ordered, s.seq, func(x *Secret, seq int) int { return cmp.Compare(x.seq, seq) }); ok {
		sh.ordered = slices.Delete(sh.ordered, i, i+1)
	}
	if len(sh.ordered) == 0 {
		delete(st.shelves, place{s.Account, s.Region})
	}
}

// ByName returns the secret of that name, or nil.
func (st *Store) ByName(account, region, name string) *Secret {
	if sh, ok := st.shelves[place{account, region}]; ok {
		return sh.byName[name]
	}
	return nil
}

// Find returns the secret that an identifier means to a caller of that account in that region, or nil. A secret
// whose recovery window has passed is removed on the way.
func (st *Store) Find(account, region, id string, now time.Time) *Secret {
	s := st.find(account, region, id)
	if s != nil && s.expired(now) {
		st.Remove(s)
		return nil
	}
	return s
}

func (st *Store) find(account, region, id string) *Secret {
	arn, ok := parseARN(id)
	switch {
	case !ok:
		return st.ByName(account, region, id)
	case arn.region != region:
		return nil // the endpoint knows its own region only
	case !hasSuffix(arn.rest):
		return st.ByName(arn.account, region, arn.rest)
	}
	// A tail that looks like a suffix is taken for one, even where it is the end of a name.
	if s := st.ByName(arn.account, region, arn.rest[:len(arn.rest)-7]); s != nil && s.ARN == id {
		return s
	}
	return nil
}

type arn struct{ region, account, rest string }

func parseARN(id string) (arn, bool) {
	parts := strings.SplitN(id, ":", 7)
	if len(parts) != 7 || parts[0] != "arn" || parts[2] != "secretsmanager" || parts[5] != "secret" {
		return arn{}, false
	}
	return arn{parts[3], parts[4], parts[6]}, true
}

// AccountOf returns the account that an identifier names, or fallback for a bare name.
func AccountOf(id, fallback string) string {
	if arn, ok := parseARN(id); ok {
		return arn.account
	}
	return fallback
}

func hasSuffix(rest string) bool {
	n := len(rest)
	if n < 8 || rest[n-7] != '-' {
		return false
	}
	for _, c := range []byte(rest[n-6:]) {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return true
}

// Len returns how many secrets there are.
func (st *Store) Len() int {
	n := 0
	for _, sh := range st.shelves {
		n += len(sh.ordered)
	}
	return n
}

// All returns every secret, in order of creation. The slice is the caller's.
func (st *Store) All() []*Secret {
	var out []*Secret
	for _, sh := range st.shelves {
		out = append(out, sh.ordered...)
	}
	slices.SortFunc(out, func(a, b *Secret) int { return cmp.Compare(a.seq, b.seq) })
	return out
}

// Seq is the place of the secret in order of creation.
func (s *Secret) Seq() int { return s.seq }
