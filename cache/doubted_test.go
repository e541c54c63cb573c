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
		c.superseded[supersededKey{name: name}] = stamp{at: c.tick()}
		c.forgetSuperseded()
	}
	refuse("db")
	for i := range maxSuperseded + 1 {
		refuse(fmt.Sprint("other", i))
		if n := len(c.superseded); n > maxSuperseded {
			t.Fatalf("%d refusals remembered", n)
		}
	}
	current := selector{stage: stageCurrent}
	if c.lastSuperseded("db", current, fetch.Metadata{Name: "db"}).at < hangs.asked {
		t.Error("a refusal is forgotten while a question is under way that set out before it")
	}
	delete(c.calls, hangs)
	later := c.tick()
	if c.lastSuperseded("another", current, fetch.Metadata{Name: "another"}).at > later {
		t.Error("what sets out afterwards is doubted")
	}
	for i := range c.sweepAt + minSuperseded {
		refuse(fmt.Sprint("more", i))
	}
	if n := len(c.superseded); n > minSuperseded {
		t.Errorf("%d refusals are kept for nobody", n)
	}
}
