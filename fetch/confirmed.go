package fetch

import "sync"

// confirmed remembers which ARNs AWS has answered with. Such a one is full for
// certain, so a refusal of it is final: asking for it under another spelling
// would only delay the no.
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
