package mock

import (
	"fmt"
	"time"

	"wicketkey.internal/mock/internal/strict"
)

// faultDocument is a file of faults.
type faultDocument struct {
	Quotas bool         `json:"quotas"`
	Faults []faultEntry `json:"faults"`
}

type faultEntry struct {
	Operations  []string      `json:"operations"`
	Secret      string        `json:"secret"`
	Skip        int           `json:"skip"`
	Times       int           `json:"times"`
	Probability float64       `json:"probability"`
	Rate        float64       `json:"rate"`
	Failure     Failure       `json:"failure"`
	Wire        Wire          `json:"wire"`
	Latency     time.Duration `json:"latency"`
	Drip        time.Duration `json:"drip"`
	Piece       int           `json:"piece"`
	Skew        time.Duration `json:"skew"`
	RetryAfter  time.Duration `json:"retryAfter"`
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

func checkFaults(doc *faultDocument) *strict.Problem {
	for i, entry := range doc.Faults {
		f := Fault(entry)
		if err := f.check(); err != nil {
			return strict.Problemf(fmt.Sprintf("faults/%d", i), "%v", err)
		}
	}
	return nil
}
