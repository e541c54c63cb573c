package cache

import (
	"fmt"
	"testing"

	"wicketkey.internal/fetch"
)

// While one question hangs, any number of names is refused. What is remembered of them
// is bounded, and the answer to that question is no less doubted.
func TestRefusalsAreBounded(t *testing.T) {
	o, err := (*Options)(nil).complete()
	if err != nil {
		t.Fatal(err)
	}
	c := newCatalog(&o)
	hangs := &call{asked: c.tick()}
	c.calls[hangs] = true
	refuse := func(name string) {
		c.settled[settledKey{name: name}] = c.tick()
		c.forgetSettled()
	}
	refuse("db")
	for i := range maxSettled + 1 {
		refuse(fmt.Sprint("other", i))
		if n := len(c.settled); n > maxSettled {
			t.Fatalf("%d refusals remembered", n)
		}
	}
	current := selector{stage: stageCurrent}
	if c.settledAt("db", current, fetch.Metadata{Name: "db"}) < hangs.asked {
		t.Error("a refusal is forgotten while a question is under way that set out before it")
	}
	delete(c.calls, hangs)
	later := c.tick()
	if c.settledAt("another", current, fetch.Metadata{Name: "another"}) > later {
		t.Error("what sets out afterwards is doubted")
	}
	for i := range c.sweepAt + minSettled {
		refuse(fmt.Sprint("more", i))
	}
	if n := len(c.settled); n > minSettled {
		t.Errorf("%d refusals are kept for nobody", n)
	}
}
