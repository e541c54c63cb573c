package mock

// Held returns how many bytes the server counts of what requests made it keep beside the secrets.
func Held(s *Server) int {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	return s.record.bytes
}

// The bounds of what is kept.
const (
	MostFaults = mostFaults
	MostHeld   = rememberedBytes
)
