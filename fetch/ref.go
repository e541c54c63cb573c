package fetch

import (
	"strings"

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
		return spelling{name, func(s *Secret) bool { return spells(id.String(), s) },
			"the ARN lacks its random suffix, and the name ends as one would"}, err == nil
	}
	return spelling{}, false
}
