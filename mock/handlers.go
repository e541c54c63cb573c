package mock

import "sync"

// handlers counts the requests that are being answered, so that Close can wait for them.
type handlers struct {
	mu      sync.Mutex // guards closed: nothing is added once somebody waits
	closed  bool
	running sync.WaitGroup
}

// begin reports whether a request may still be answered; end must follow then.
func (h *handlers) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.running.Add(1)
	}
	return !h.closed
}

func (h *handlers) end() { h.running.Done() }

// close lets no request begin any more.
func (h *handlers) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}
