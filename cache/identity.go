package cache

import (
	"slices"
	"strings"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/ident"
)

// A key is an identity that AWS has confirmed: a full ARN, or a name within an
// account and region, with what is wanted of the secret.
type key struct {
	account string // the ARN up to the name; empty where name is a full ARN
	name    string
	stage   string
	version string
	json    string
}

// maxAliases bounds the spellings that lead to one entry: names with any suffix
// can lead to the same secret.
const maxAliases = 16

// A target is an identifier as a caller wrote it, and what it means.
type target struct {
	id  string
	ref fetch.Ref
}

// target reads an identifier.
func (s *Store) target(id string) (target, error) {
	ref, err := fetch.ParseRef(id)
	if err != nil {
		return target{}, err
	}
	if ref.Stage == "" && ref.VersionID == "" {
		ref.Stage = s.opts.Stage
	}
	return target{id: id, ref: ref}, nil
}

// keyOf makes the key for a name, in an account, with what ref wants of it.
func keyOf(account, name string, ref fetch.Ref) key {
	return key{account: account, name: name, stage: ref.Stage, version: ref.VersionID, json: ref.Key}
}

// accountOf returns the part of an ARN before the secret's name: partition,
// service, region and account. It is empty for a name.
func accountOf(arn string) string {
	account, _, ok := strings.Cut(arn, ":secret:")
	if !ok {
		return ""
	}
	return account
}

// known returns the entry that t's identifier is already known to mean, or nil.
// A name, and an ARN without its suffix, is looked up among the names of its
// account; bare names belong to the account in which AWS has found one.
func (s *Store) known(t target) *entry {
	if e := s.keys[keyOf("", t.ref.ID, t.ref)]; e != nil {
		return e
	}
	id, err := ident.ParseID(t.ref.ID)
	if err != nil || id.Kind == ident.FullARN {
		return nil // AWS takes it for a full ARN, which is not known
	}
	account := s.home
	if id.Kind == ident.PartialARN {
		account = accountOf(t.ref.ID)
	}
	if account == "" {
		return nil
	}
	return s.keys[keyOf(account, id.Name(), t.ref)]
}

// identify files e under what AWS says it is. If another entry is the same
// secret, e's spellings go over to it and it is returned.
func (s *Store) identify(e *entry, secret *fetch.Secret) *entry {
	if secret.ARN() == "" || secret.Replica() {
		return e // it says nothing of what e is where it was to be asked
	}
	account := accountOf(secret.ARN())
	if accountOf(e.ref.ID) == "" {
		s.home = account
	}
	if e.arn != "" && e.arn != secret.ARN() {
		s.recreated(e)
	}
	keys := []key{keyOf("", secret.ARN(), e.ref), keyOf(account, secret.Name(), e.ref)}
	if other := s.keys[keys[0]]; other != nil && other != e {
		s.merge(e, other)
		return other
	}
	for _, k := range keys {
		s.keys[k] = e
	}
	e.keys = keys
	return e
}

// recreated drops what e was known by when its name turned out to mean a new
// secret: the old ARN is not to lead to the new value.
func (s *Store) recreated(e *entry) {
	s.unfile(e)
	s.unalias(e, func(a alias) bool { return a.named == e.arn })
}

// disown leaves e only the spellings of the name or ARN that was asked, after AWS
// said no to that: the others have not been asked. Those that were prefetched are
// asked by themselves, at once.
func (s *Store) disown(e *entry) {
	s.unfile(e)
	aliases := slices.Clone(e.aliases)
	s.unalias(e, func(a alias) bool { return a.named != e.ref.ID })
	for _, a := range aliases {
		if a.needed && a.named != e.ref.ID {
			s.resume(a, e.ref)
		}
	}
}

// resume makes an entry of its own for a spelling, and asks.
func (s *Store) resume(a alias, ref fetch.Ref) {
	ref.ID = a.named
	e := s.admit(target{id: a.id, ref: ref})
	s.alias(e, a)
	s.start(e, s.single(ref))
}

// rejoin returns the entry that has a value under another spelling of what e,
// which has none, was asked by: they were asked side by side, and only the other
// question was answered. Without one it returns e, and also where AWS has said no
// to e: that is for AWS to take back.
func (s *Store) rejoin(e *entry) *entry {
	if e.kept() || refused(e.err) {
		return e
	}
	same := s.known(target{ref: e.ref})
	if same == nil || same == e || !same.kept() {
		return e
	}
	if e.flight == nil { // otherwise its end sees to it
		s.merge(e, same)
	}
	return same
}

// merge hands the spellings and the watchers of e to another entry and removes e.
func (s *Store) merge(e, to *entry) {
	aliases := slices.Clone(e.aliases)
	s.remove(e)
	for _, a := range aliases {
		s.alias(to, a)
	}
}

// alias makes a spelling lead to e.
func (s *Store) alias(e *entry, a alias) {
	if len(e.aliases) >= maxAliases {
		oldest := 1 // the first is the one that is asked by
		for oldest < len(e.aliases)-1 && e.aliases[oldest].needed {
			oldest++
		}
		gone := e.aliases[oldest].id
		s.unalias(e, func(a alias) bool { return a.id == gone })
	}
	s.index.put(a.id, e)
	e.aliases = append(e.aliases, a)
}

func (s *Store) unalias(e *entry, drop func(alias) bool) {
	e.aliases = slices.DeleteFunc(e.aliases, func(a alias) bool {
		if !drop(a) {
			return false
		}
		s.index.remove(a.id, e)
		return true
	})
}

// unfile forgets the identities of e.
func (s *Store) unfile(e *entry) {
	for _, k := range e.keys {
		if s.keys[k] == e {
			delete(s.keys, k)
		}
	}
	e.keys = nil
}
