package mock

import (
	"io"
	"net/http"
	"slices"
	"strings"
)

// control serves what AWS has not, to tests that are not written in Go.
func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	switch r.URL.Path {
	case "/_mock/reset":
		allowed = []string{http.MethodPost}
	case "/_mock/faults":
		allowed = []string{http.MethodPost, http.MethodDelete}
	default:
		http.Error(w, "the mock has /_mock/reset and /_mock/faults", http.StatusNotFound)
		return
	}
	if !slices.Contains(allowed, r.Method) {
		methods := strings.Join(allowed, ", ")
		w.Header().Set("Allow", methods)
		http.Error(w, r.URL.Path+" takes "+methods, http.StatusMethodNotAllowed)
		return
	}
	if err := s.obey(w, r); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// obey does what a request that control understands asks for.
func (s *Server) obey(w http.ResponseWriter, r *http.Request) error {
	switch {
	case r.URL.Path == "/_mock/reset":
		s.Reset()
		return nil
	case r.Method == http.MethodDelete:
		s.ClearFaults(nil)
		return nil
	}
	document, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return err
	}
	faults, err := ParseFaults(document)
	if err != nil {
		return err
	}
	return s.Inject(faults...)
}

// Reset clears secrets, faults, the trouble of the instance's endpoints, and records. Keys, rotation functions and
// the clock stay.
func (s *Server) Reset() {
	s.service.Clear()
	s.ClearFaults(nil)
	s.TroubleInstance(InstanceTrouble{})
	s.record.clear()
}
