package fetch

import (
	"net/url"
	"strings"
)

// check finds what no call could succeed with.
func (o *Options) check() error {
	if name := o.negative(); name != "" {
		return &Error{Kind: ErrInvalid, Cause: name + " is negative", Remedy: "leave it out for the default"}
	}
	if o.Endpoint != "" && !parsesAsEndpoint(o.Endpoint) {
		return &Error{Kind: ErrInvalid, Cause: "Endpoint is not a URL", Remedy: remedyEndpoint}
	}
	if o.Agent != nil && o.Agent.URL != "" && !parsesAsEndpoint(o.Agent.URL) {
		return &Error{Kind: ErrInvalid, Cause: "Agent.URL is not a URL", Remedy: remedyEndpoint}
	}
	if o.Region != "" && !isRegion(o.Region) {
		return &Error{Kind: ErrInvalid, Cause: "Region is not the name of one", Remedy: remedyRegion}
	}
	for _, region := range o.Failover {
		if !isRegion(region) {
			return &Error{Kind: ErrInvalid, Cause: "Failover holds what is not the name of a region", Remedy: remedyRegion}
		}
	}
	return nil
}

const (
	remedyEndpoint = "write it with its scheme, as https://HOST or http://HOST:PORT"
	remedyRegion   = "write it like us-east-1, with no space or line break around it"
)

// negative names a field that must not be, and is.
func (o *Options) negative() string {
	switch {
	case o.AttemptTimeout < 0:
		return "AttemptTimeout"
	case o.Budget < 0:
		return "Budget"
	case o.MaxAttempts < 0:
		return "MaxAttempts"
	case o.HedgeAfter < 0:
		return "HedgeAfter"
	case o.StartJitter < 0:
		return "StartJitter"
	}
	return ""
}

func parsesAsEndpoint(text string) bool {
	u, err := url.Parse(text)
	return err == nil && isEndpoint(u)
}

func isEndpoint(u *url.URL) bool {
	return (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}

// isRegion accepts whatever can be part of a host's name, as the SDK does.
func isRegion(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}
