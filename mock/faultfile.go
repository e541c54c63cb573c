package mock

import (
	"fmt"
	"time"

	"wicketkey.internal/mock/internal/strict"
)

// faultDocument is a file of faults.
type faultDocument struct {
	Quotas bool         `json:"quotas,omitzero"`
	Faults []faultEntry `json:"faults"`
}

type faultEntry struct {
	Operations  []string      `json:"operations,omitzero"`
	Secret      string        `json:"secret,omitzero"`
	Stage       string        `json:"stage,omitzero"`
	Skip        int           `json:"skip,omitzero"`
	Times       int           `json:"times,omitzero"`
	Probability float64       `json:"probability,omitzero"`
	Rate        float64       `json:"rate,omitzero"`
	Failure     Failure       `json:"failure,omitzero"`
	Wire        Wire          `json:"wire,omitzero"`
	Latency     time.Duration `json:"latency,omitzero"`
	Drip        time.Duration `json:"drip,omitzero"`
	Piece       int           `json:"piece,omitzero"`
	Skew        time.Duration `json:"skew,omitzero"`
	RetryAfter  time.Duration `json:"retryAfter,omitzero"`
}

// ParseFaults reads a JSON document of faults, for [Server.Inject]: {"quotas": true, "faults": [...]}, where each
// fault has the fields of [Fault] with a small first letter, durations as texts such as "200ms", and quotas adds
// [Quotas]. A mistake is an error with line and field.
func ParseFaults(document []byte) ([]Fault, error) {
	doc, err := strict.Decode(document, checkFaults)
	if err != nil {
		return nil, fmt.Errorf("mock: faults: %w", err)
	}
	var out []Fault
	for _, entry := range doc.Faults {
		out = append(out, Fault(entry))
	}
	if doc.Quotas {
		out = append(out, Quotas()...)
	}
	return out, nil
}

// inForce returns the faults in force as the document would hold them.
func (s *Server) inForce() []faultEntry {
	out := []faultEntry{}
	for _, f := range s.faults.inForce() {
		out = append(out, faultEntry(f))
	}
	if n, how := s.listener.Failing(); n != 0 {
		out = append(out, faultEntry{Wire: Wire("handshake-" + how), Times: max(n, 0)})
	}
	return out
}

func checkFaults(doc *faultDocument) *strict.Problem {
	for i, entry := range doc.Faults {
		f := Fault(entry)
		if err := f.check(); err != nil {
			return strict.Problemf(fmt.Sprintf("faults/%d", i), "%v", err)
		}
	}
	return nil
}
