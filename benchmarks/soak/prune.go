package main

import (
	"encoding/json"
	"fmt"

	"wicketkey.internal/mock"
)

// prune takes the versions without a stage out of the mock, between two requests.
func prune(srv *mock.Server, secrets []*secret) error {
	for _, s := range secrets {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	document, err := pruned(srv.Snapshot())
	if err != nil {
		return fmt.Errorf("pruning: %w", err)
	}
	return srv.Restore(document)
}

func pruned(document []byte) ([]byte, error) {
	var doc struct {
		Secrets []map[string]json.RawMessage `json:"secrets"`
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, err
	}
	for _, s := range doc.Secrets {
		var all, kept []map[string]json.RawMessage
		if len(s["versions"]) == 0 {
			continue
		}
		if err := json.Unmarshal(s["versions"], &all); err != nil {
			return nil, err
		}
		for _, v := range all {
			if stages := string(v["stages"]); stages != "" && stages != "[]" && stages != "null" {
				kept = append(kept, v)
			}
		}
		versions, err := json.Marshal(kept)
		if err != nil {
			return nil, err
		}
		s["versions"] = versions
	}
	return json.Marshal(doc)
}
