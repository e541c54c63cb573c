package mock

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"wicketkey.internal/mock/internal/strict"
)

// The paths of what AWS has not.
const (
	controlPath = "/_mock/"
	healthPath  = "/_mock/health"
)

// maxState bounds a state document that is sent.
const maxState = 256 << 20

// control is one thing that tests in other languages do to the server: a method of a path.
type control struct {
	method, path, about string
	do                  func(s *Server, body io.Reader) (answer any, err error)
}

// controls are the control API, whole. GET /_mock/ lists them, and nothing else describes them in this package.
func controls() []control {
	return []control{
		{"GET", "health", "whether it is ready, its version, region and regions, how many secrets it holds", (*Server).health},
		{"GET", "requests", "how many requests there were, by operation, and the requests, oldest first", (*Server).told},
		{"DELETE", "requests", "forgets the requests", (*Server).forget},
		{"GET", "state", "the secrets, with their values, as a state document", (*Server).shown},
		{"POST", "state", "replaces all secrets by those of the state document in the body", (*Server).replaced},
		{"GET", "faults", "the faults in force, as a document of faults", (*Server).ordered},
		{"POST", "faults", "adds the faults of the document in the body", (*Server).struck},
		{"DELETE", "faults", "ends all faults", (*Server).unstruck},
		{"GET", "clock", "the time on the server's clock", (*Server).clockTold},
		{"POST", "clock", `moves the clock: {"advance": "720h"}, negative for back`, (*Server).clockMoved},
		{"POST", "reset", "clears secrets, faults and requests", (*Server).cleared},
	}
}

func (s *Server) serveControl(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, controlPath)
	var allowed []string
	for _, c := range controls() {
		if c.path == path {
			allowed = append(allowed, c.method)
			if c.method == r.Method {
				s.serveOne(w, r, c)
				return
			}
		}
	}
	switch {
	case path == "" && r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, list())
	case len(allowed) == 0:
		http.Error(w, "there is no "+controlPath+kept(path, longestName)+"; the mock has\n"+list(), http.StatusNotFound)
	default:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		http.Error(w, r.URL.Path+" takes "+strings.Join(allowed, ", "), http.StatusMethodNotAllowed)
	}
}

// list is a line for each method of each path.
func list() string {
	var b strings.Builder
	for _, c := range controls() {
		fmt.Fprintf(&b, "%-6s %-16s %s\n", c.method, controlPath+c.path, c.about)
	}
	return b.String()
}

// serveOne answers with JSON, 204 where there is nothing to say, or a sentence about what was wrong.
func (s *Server) serveOne(w http.ResponseWriter, r *http.Request, c control) {
	most := int64(maxBody)
	if c.path == "state" {
		most = maxState
	}
	answer, err := c.do(s, http.MaxBytesReader(w, r.Body, most))
	var encoded []byte
	if err == nil && answer != nil {
		encoded, err = encode(answer)
	}
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case answer == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(append(encoded, '\n'))
	}
}

func encode(answer any) ([]byte, error) {
	if document, ok := answer.(json.RawMessage); ok {
		return document, nil
	}
	return json.MarshalIndent(answer, "", "  ")
}

func (s *Server) health(io.Reader) (any, error) {
	return struct {
		Ready   bool     `json:"ready"`
		Version string   `json:"version"`
		URL     string   `json:"url"`
		Account string   `json:"account"`
		Region  string   `json:"region"`
		Regions []string `json:"regions"` // null: every region
		Secrets int      `json:"secrets"`
	}{true, version(), s.URL(), s.opts.Account, s.opts.Region, s.opts.Regions, s.service.Count()}, nil
}

// version is that of the module that the package came with.
func version() string {
	const module = "wicketkey.internal"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path == module && m.Version != "" {
			return m.Version
		}
	}
	return "(devel)"
}

func (s *Server) told(io.Reader) (any, error) {
	counts, calls := s.record.all()
	return struct {
		Counts   map[string]int `json:"counts"`
		Requests []Call         `json:"requests"`
	}{counts, calls}, nil
}

func (s *Server) forget(io.Reader) (any, error) {
	s.record.clear()
	return nil, nil
}

func (s *Server) shown(io.Reader) (any, error) { return json.RawMessage(s.Snapshot()), nil }

func (s *Server) replaced(body io.Reader) (any, error) {
	document, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	return nil, s.Restore(document)
}

func (s *Server) ordered(io.Reader) (any, error) {
	document, err := strict.Encode(&faultDocument{Faults: s.inForce()})
	return json.RawMessage(document), err
}

func (s *Server) struck(body io.Reader) (any, error) {
	document, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	faults, err := ParseFaults(document)
	if err != nil {
		return nil, err
	}
	return nil, s.Inject(faults...)
}

func (s *Server) unstruck(io.Reader) (any, error) {
	s.ClearFaults(nil)
	return nil, nil
}

func (s *Server) clockTold(io.Reader) (any, error) {
	return struct {
		Now time.Time `json:"now"`
	}{s.Now()}, nil
}

func (s *Server) clockMoved(body io.Reader) (any, error) {
	document, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	move, err := strict.Decode(document, func(m *struct {
		Advance time.Duration `json:"advance"`
	}) *strict.Problem {
		if m.Advance == 0 {
			return strict.Problemf("advance", "a duration such as \"720h\" belongs here")
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("mock: clock: %w", err)
	}
	s.Advance(move.Advance)
	return s.clockTold(nil)
}

func (s *Server) cleared(io.Reader) (any, error) {
	s.Reset()
	return nil, nil
}

// Reset clears secrets, faults, the trouble of the instance's endpoints, and records. Rotations under way end. Keys,
// rotation functions and the clock stay.
func (s *Server) Reset() {
	s.lambdas.letGo()
	s.service.Clear()
	s.ClearFaults(nil)
	s.TroubleInstance(InstanceTrouble{})
	s.record.clear()
}
