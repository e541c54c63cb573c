package policy

import (
	"strconv"
	"strings"
	"time"
)

// Request is one call to be decided.
type Request struct {
	Principal Principal
	Action    string // for example "secretsmanager:GetSecretValue"; its case does not matter
	// Resource is the ARN that the call is about. Empty means that the action
	// is not about a resource (ListSecrets): then only "*" covers it.
	Resource string
	// ResourceAccount owns the resource. Empty means that Resource's ARN says
	// so, or else that it is the caller's account.
	ResourceAccount string
	// Time answers aws:CurrentTime and aws:EpochTime; zero leaves them absent.
	Time time.Time
	// Context holds the other condition keys; the case of keys does not
	// matter. A key with an empty list counts as absent. Those that follow
	// from the fields above need not be given, and win if they are:
	// aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:username,
	// aws:ResourceAccount.
	Context map[string][]string
}

func (r *Request) resource() string {
	if r.Resource == "" {
		return "*"
	}
	return r.Resource
}

func (r *Request) resourceAccount() string {
	if r.ResourceAccount != "" {
		return r.ResourceAccount
	}
	if account := arnField(r.Resource, 4); account != "" {
		return account
	}
	return r.Principal.Account()
}

// values returns the values of a condition key.
func (r *Request) values(key string) ([]string, bool) {
	if list, ok := r.Context[key]; ok {
		return list, len(list) > 0
	}
	for name, list := range r.Context {
		if strings.EqualFold(name, key) {
			return list, len(list) > 0
		}
	}
	if value := r.derived(strings.ToLower(key)); value != "" {
		return []string{value}, true
	}
	return nil, false
}

func (r *Request) derived(key string) string {
	p := r.Principal
	switch key {
	case "aws:principalarn":
		if role := p.role(); role != "" {
			return role
		}
		return p.ARN
	case "aws:principalaccount":
		return p.Account()
	case "aws:resourceaccount":
		return r.resourceAccount()
	case "aws:principaltype":
		return p.kind()
	case "aws:username":
		return p.user()
	case "aws:currenttime":
		if !r.Time.IsZero() {
			return r.Time.UTC().Format("2006-01-02T15:04:05Z")
		}
	case "aws:epochtime":
		if !r.Time.IsZero() {
			return strconv.FormatInt(r.Time.Unix(), 10)
		}
	}
	return ""
}

func (p Principal) user() string {
	path, ok := strings.CutPrefix(arnField(p.ARN, 5), "user/")
	if !ok {
		return ""
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}

func (p Principal) kind() string {
	switch {
	case p.role() != "":
		return "AssumedRole"
	case p.user() != "":
		return "User"
	case p.ARN != "" && p.ARN == p.root():
		return "Account"
	}
	return ""
}

// variable is the value of a policy variable; a key of several values has none.
func (r *Request) variable(key string) (string, bool) {
	list, ok := r.values(key)
	if !ok || len(list) != 1 {
		return "", false
	}
	return list[0], true
}
