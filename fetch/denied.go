package fetch

import (
	"regexp"
	"strings"
	"sync"

	"wicketkey.internal/internal/ident"
)

// denial is what IAM's sentence tells, as far as it is one: User: CALLER is not
// authorized to perform: ACTION on resource: RESOURCE, and which policy decided.
type denial struct {
	account  string // the caller's
	action   string
	resource string
	explicit bool
	policy   string // its kind, such as "permissions boundary"
}

var denialForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^User: arn:[\w-]+:\w+::(\d{12}):\S+ is not authorized to perform: ([\w:]+)(?: on resource: (\S+))?(?: with an (explicit) deny in an? ([\w -]+)| because no ([\w -]+?) allows )?`)
})

func readDenial(text string) denial {
	m := denialForm().FindStringSubmatch(text)
	if m == nil {
		return denial{}
	}
	return denial{account: m[1], action: m[2], resource: m[3], explicit: m[4] != "", policy: m[5] + m[6]}
}

func denied(q request, cause, text string) diagnosis {
	if deniedByKMS(text) {
		return diagnosis{ErrKMSDenied, cause, "allow kms:Decrypt on the key that encrypts the secret, in the role's policy and in the key's"}
	}
	const unknown = "; AWS answers the same when the secret does not exist"
	d := readDenial(text)
	if d.explicit {
		return diagnosis{ErrDenied, cause, "a Deny in the " + d.policy + " wins over every Allow: except this secret from it" + unknown}
	}
	remedy := "allow secretsmanager:GetSecretValue on " + q.resource(d)
	if d.policy != "" && d.policy != "identity-based policy" {
		remedy += ", in the " + d.policy + " too"
	}
	return diagnosis{ErrDenied, cause, remedy + unknown}
}

// resource is what the policy must name, and how: as AWS compared it, or as far
// as the identifier tells.
func (q request) resource(d denial) string {
	if found, err := ident.ParseID(d.resource); err == nil && found.Kind == ident.FullARN {
		return d.resource + " (the Resource, six random characters included)"
	}
	id, err := ident.ParseID(q.ref.ID)
	if err != nil {
		return q.ref.ID
	}
	pattern := id.Pattern(q.region, d.account)
	if id.Kind == ident.FullARN {
		return pattern + " (the Resource, six random characters included)"
	}
	pattern += " (" + ident.AnySuffix + " for the six random characters of its ARN, without which nothing matches)"
	if _, ok := id.StrippedName(); ok {
		exact := strings.TrimSuffix(id.Pattern(q.region, d.account), ident.AnySuffix)
		pattern += "; or on " + exact + ", if its last six characters are those"
	}
	return pattern
}

// deniedByKMS looks for the action in IAM's sentence, since the names around it
// may contain anything.
func deniedByKMS(text string) bool {
	if _, action, ok := strings.Cut(text, "is not authorized to perform: "); ok {
		return strings.HasPrefix(action, "kms:")
	}
	return strings.Contains(text, "KMS")
}
