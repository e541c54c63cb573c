package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
)

// verdict is what a policy says to one operation.
type verdict struct {
	Action   string `json:"action"`
	Resource string `json:"resource,omitempty"`
	Needed   bool   `json:"needed"`
	Allowed  bool   `json:"allowed"`
	Says     string `json:"says,omitempty"` // AWS's words, for what is needed and denied
}

// findings are the verdicts that matter.
type findings struct {
	OK     bool      `json:"ok"`
	Lacks  []verdict `json:"lacks"`
	Excess []verdict `json:"excess"`
}

// judge puts every operation to a mock in which only this policy speaks.
func (p *policy) judge(ctx context.Context, s *system, resources []resource) error {
	text, err := os.ReadFile(p.check)
	if err != nil {
		return usage("-check: %v", err)
	}
	f := findings{Lacks: []verdict{}, Excess: []verdict{}}
	for _, r := range resources {
		c, err := newCourt(ctx, string(text), r)
		if err != nil {
			return usage("-check %s: %v", p.check, err)
		}
		err = c.hear(ctx, &f)
		c.srv.Close()
		if err != nil {
			return err
		}
		if f.lacks(c.key) && isAlias(r.kmsKey) {
			s.note("which key %s stands for is not known here: a policy may allow it by kms:ResourceAliases; if yours names the key's ARN, give that as -kms-key", r.kmsKey)
		}
	}
	f.OK = len(f.Lacks)+len(f.Excess) == 0
	if err := f.print(s, p.json); err != nil || f.OK {
		return err
	}
	return &failure{code: codePolicy}
}

func (f *findings) print(s *system, asJSON bool) error {
	if asJSON {
		return printJSON(s, f)
	}
	var errs []error
	for _, v := range f.Lacks {
		errs = append(errs, s.say("lacks   ", "%s on %s (AWS would say: %s)", v.Action, v.Resource, v.Says))
	}
	for _, v := range f.Excess {
		errs = append(errs, s.say("excess  ", "%s", strings.TrimSuffix(v.Action+" on "+v.Resource, " on ")))
	}
	if f.OK {
		errs = append(errs, s.say("", "the policy lets its holder read the secret, and do nothing else in Secrets Manager or, through it, with KMS keys"))
	}
	return errors.Join(errs...)
}

// add keeps a verdict that matters, once: several secrets have some of them in common.
func (f *findings) add(v verdict) {
	switch {
	case v.Needed && !v.Allowed && !slices.Contains(f.Lacks, v):
		f.Lacks = append(f.Lacks, v)
	case v.Allowed && !v.Needed && !slices.Contains(f.Excess, v):
		f.Excess = append(f.Excess, v)
	}
}

// lacks reports whether something is lacking on that resource.
func (f *findings) lacks(resource string) bool {
	return slices.ContainsFunc(f.Lacks, func(v verdict) bool { return v.Resource == resource })
}
