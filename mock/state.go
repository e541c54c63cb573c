package mock

import (
	"fmt"

	"wicketkey.internal/mock/internal/state"
	"wicketkey.internal/mock/internal/strict"
)

// Snapshot returns the server's secrets as a state document, for [Server.Restore] and `-state`. It holds their
// values in the clear, and the bytes are the caller's. The package documentation describes the format.
func (s *Server) Snapshot() []byte {
	data, err := strict.Encode(s.service.Snapshot())
	if err != nil { // texts and times of our own always encode
		return nil
	}
	return data
}

// Restore replaces the server's secrets by those of a state document; on an error, which names line and field, it
// changes nothing. Rotations under way end. Faults, keys, records and the clock stay.
func (s *Server) Restore(document []byte) error {
	doc, err := strict.Decode(document, func(d *state.Document) *strict.Problem {
		return s.service.Check(d, s.opts.Account, s.opts.Region)
	})
	if err != nil {
		return fmt.Errorf("mock: state: %w", err)
	}
	s.lambdas.letGo()
	s.service.Load(doc, s.opts.Account, s.opts.Region, s.clock.now())
	s.schedule()
	return nil
}
