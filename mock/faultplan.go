package mock

import (
	"slices"
	"sync"
	"time"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/chance"
	"wicketkey.internal/mock/internal/wirefault"
)

// faultPlan is the server's list of faults.
type faultPlan struct {
	dice *chance.Source
	mu   sync.Mutex // guards list and what is in it
	list []*ordered
}

// ordered is a fault with what is left of it.
type ordered struct {
	Fault
	seen   int
	tokens float64   // of the bucket that Rate stands for
	filled time.Time // when it was last filled
}

// add appends the faults unless there would be more than most; then it changes nothing and reports false.
func (p *faultPlan) add(most int, faults ...Fault) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.list)+len(faults) > most {
		return false
	}
	for _, f := range faults {
		f.Operations = slices.Clone(f.Operations)
		p.list = append(p.list, &ordered{Fault: f, tokens: max(f.Rate, 1)})
	}
	return true
}

// inForce returns the faults as they were added.
func (p *faultPlan) inForce() []Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Fault, len(p.list))
	for i, f := range p.list {
		out[i] = f.Fault
		out[i].Operations = slices.Clone(f.Operations)
	}
	return out
}

// end drops the faults of which the function says so. It is asked outside the lock, for it may call the server.
func (p *faultPlan) end(which func(Fault) bool) {
	p.mu.Lock()
	list := slices.Clone(p.list)
	p.mu.Unlock()
	ended := make(map[*ordered]bool)
	for _, f := range list {
		fault := f.Fault // which nothing writes to after it was added
		fault.Operations = slices.Clone(fault.Operations)
		ended[f] = which(fault)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = slices.DeleteFunc(p.list, func(f *ordered) bool { return ended[f] })
}

// effect is what all the faults together do to one request. The zero value is nothing.
type effect struct {
	err        *awserr.Error
	wire       wirefault.Fault
	retryAfter time.Duration
}

func (e *effect) none() bool { return *e == effect{} }

func (e *effect) decided() bool { return e.err != nil || e.wire.Kind != "" }

// strike collects the effects on a request and uses the faults up.
func (p *faultPlan) strike(x *exchange) effect {
	p.mu.Lock()
	defer p.mu.Unlock()
	var e effect
	for _, f := range p.list {
		if f.matches(x) && !(f.decides() && e.decided()) && f.due(x.now, p.dice) {
			e.add(&f.Fault)
		}
	}
	p.list = slices.DeleteFunc(p.list, (*ordered).spent)
	return e
}

func (e *effect) add(f *Fault) {
	if f.Failure != "" {
		e.err = f.Failure.err()
	}
	if f.Wire != "" {
		e.wire.Kind = wirefault.Kind(f.Wire)
	}
	if f.Drip > 0 {
		e.wire.Drip, e.wire.Piece = f.Drip, f.Piece
	}
	e.wire.Latency += f.Latency
	e.wire.Skew += f.Skew
	e.retryAfter = max(e.retryAfter, f.RetryAfter)
}

func (f *Fault) decides() bool { return f.Failure != "" || f.Wire != "" }

func (f *Fault) matches(x *exchange) bool {
	if len(f.Operations) > 0 && !slices.Contains(f.Operations, x.op.Name) {
		return false
	}
	if f.Stage != "" && f.Stage != x.stage() {
		return false
	}
	if f.Secret == "" {
		return true
	}
	for _, t := range x.about {
		if f.Secret == t.ID || f.Secret == t.Name || f.Secret == t.ARN {
			return true
		}
	}
	return false
}

// stage is the label that a read goes by, "" if none.
func (x *exchange) stage() string {
	switch {
	case x.op.Name == "GetSecretValue" && x.in.Has("VersionStage"):
		return x.in.Text("VersionStage")
	case x.op.Name == "GetSecretValue" && !x.in.Has("VersionId"), x.op.Name == "BatchGetSecretValue":
		return "AWSCURRENT"
	}
	return ""
}

// due counts a matching request and says whether this one is struck.
func (f *ordered) due(now time.Time, dice *chance.Source) bool {
	if f.Rate > 0 && f.take(now) {
		return false
	}
	if f.Probability > 0 && !dice.Hit(f.Probability) {
		return false
	}
	f.seen++
	return f.seen > f.Skip
}

// take takes a token from the bucket, if there is one.
func (f *ordered) take(now time.Time) bool {
	if !f.filled.IsZero() {
		passed := max(0, now.Sub(f.filled)) // the clock may have been moved back
		f.tokens = min(max(f.Rate, 1), f.tokens+f.Rate*passed.Seconds())
	}
	f.filled = now
	if f.tokens < 1 {
		return false
	}
	f.tokens--
	return true
}

func (f *ordered) spent() bool { return f.Times > 0 && f.seen >= f.Skip+f.Times }
