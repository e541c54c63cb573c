package fetch

import (
	"errors"
	"strings"
	"sync"

	"wicketkey.internal/internal/ident"
)

// Ref says which bytes are wanted: of which secret, which version, which key.
// It holds nothing secret and prints safely.
type Ref struct {
	ID        string // name, full ARN or partial ARN; goes to AWS as it is
	Key       string // one key of a value that is a JSON object; empty: the whole value
	Stage     string // staging label; empty: AWSCURRENT, or whatever stage VersionID has
	VersionID string // one version; empty: the version that has Stage
}

// ParseRef reads an identifier: a name, a full or partial ARN, either of them
// followed by the parts that Amazon ECS allows
// (ARN:json-key:version-stage:version-id, each may be empty), or name:json-key.
// The error is [ErrBadIdentifier] and shows nothing of a text that is no
// identifier: it may be the secret itself, pasted into the wrong place.
func ParseRef(id string) (Ref, error) {
	r, err := ident.Parse(id)
	if err != nil {
		return Ref{}, badIdentifier(err)
	}
	return Ref{ID: r.ID.String(), Key: r.Key, Stage: r.Stage, VersionID: r.VersionID}, nil
}

func parseID(id string) (ident.ID, error) {
	parsed, err := ident.ParseID(id)
	if err != nil {
		return parsed, badIdentifier(err)
	}
	return parsed, nil
}

func badIdentifier(err error) error {
	e := &Error{Kind: ErrBadIdentifier, Cause: err.Error(), Err: err}
	var detail *ident.Error
	if errors.As(err, &detail) {
		e.Cause, e.Remedy = detail.Kind.Error()+": "+detail.Cause, detail.Remedy
	}
	return e
}

// spelling is another way to ask for an identifier.
type spelling struct {
	id    ident.ID
	means func(s *Secret) bool // whether that is the secret that was meant
	note  string               // why it is tried
}

// second gives the one other spelling that an identifier which AWS did not
// accept may have been meant as.
//
// A bare name that ends like an ARN may be the tail of one, pasted by someone
// who was shown the ARN. If so the answer's ARN ends like that, too: without
// this check gateway-config could find the secret gateway. An ARN that ends like a full one may lack its random
// suffix, if the name itself ends in a hyphen and six characters; AWS does not
// find that, so the name is asked for, and only an answer with just that ARN
// will do: the name alone would find this account's secret for another's ARN.
func second(id ident.ID) (spelling, bool) {
	if name, ok := id.StrippedName(); ok {
		stripped, err := ident.ParseID(name)
		return spelling{stripped, func(s *Secret) bool { return strings.HasSuffix(s.ARN(), ":secret:"+id.Resource) },
			"the random suffix of the ARN was pasted with the name"}, err == nil
	}
	if id.Kind == ident.FullARN {
		name, err := ident.ParseID(id.Resource)
		name.Region = id.Region // asked there, under its name
		return spelling{name, func(s *Secret) bool {
			partial, _ := ident.TrimSuffix(s.ARN(), s.Name())
			return s.ARN() == id.String() || partial == id.String()
		},
			"the ARN lacks its random suffix, and the name ends as one would"}, err == nil
	}
	return spelling{}, false
}

// confirmed remembers which ARNs AWS has answered with. Such a one is full for
// certain, so a refusal of it is final: asking for it under another spelling
// would only delay the refusal.
type confirmed struct {
	mu   sync.Mutex // guards arns
	arns map[string]struct{}
}

// mostConfirmed bounds the memory. Forgetting costs one call after a refusal.
const mostConfirmed = 4096

func (c *confirmed) add(arn string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.arns == nil || len(c.arns) >= mostConfirmed {
		c.arns = map[string]struct{}{}
	}
	c.arns[arn] = struct{}{}
}

func (c *confirmed) has(arn string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.arns[arn]
	return ok
}
