package policy

// Finding is what a document by itself says of an action on a resource,
// whoever asks.
type Finding struct {
	Allow, AllowIf bool   // allowed for certain; allowed if conditions hold
	Deny, DenyIf   bool   // denied for certain; denied if conditions hold
	Sid            string // of the first statement that applies, if it has one
}

// Granted reports whether a caller to whom the document applies is allowed
// without depending on any condition.
func (f Finding) Granted() bool { return f.Allow && !f.Deny && !f.DenyIf }

// Possible reports whether some request could be allowed.
func (f Finding) Possible() bool { return (f.Allow || f.AllowIf) && !f.Deny }

// Examine tells what the document says of action on resource, leaving the
// caller aside and conditions open; a resource with policy variables matches
// only where their defaults do. An empty resource is that of actions which
// have none.
func (d *Document) Examine(action, resource string) Finding {
	var f Finding
	r := &Request{Action: action, Resource: resource}
	first := true
	for _, s := range d.all() {
		if !s.acts(action) || !s.covers(r.resource(), r.variable) {
			continue
		}
		if first {
			f.Sid, first = s.sid, false
		}
		f.add(s.deny, len(s.conditions) > 0)
	}
	return f
}

func (f *Finding) add(deny, conditional bool) {
	switch {
	case deny && conditional:
		f.DenyIf = true
	case deny:
		f.Deny = true
	case conditional:
		f.AllowIf = true
	default:
		f.Allow = true
	}
}
