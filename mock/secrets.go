package mock

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"wicketkey.internal/mock/internal/service"
)

// Put creates the secret in the server's account and region, or adds a version as AWSCURRENT, and returns its ARN.
// It asks no policy, breaks no quota and is not recorded; a secret that is scheduled for deletion is restored. The
// value is stored as a string when it is valid UTF-8, as binary otherwise; the bytes are copied. An impossible
// name, and a value that is not 1 to 65,536 bytes long, are the error.
func (s *Server) Put(name string, value []byte) (arn string, err error) {
	arn, _, fault := s.service.Put(s.opts.Account, s.opts.Region, name, bytes.Clone(value), !utf8.Valid(value), s.clock.now())
	if fault != nil {
		return "", fmt.Errorf("mock: %w", fault)
	}
	return arn, nil
}

// Rotate gives the secret a new value as a rotation does that has come to its end: a version of its own is AWSCURRENT,
// the one before AWSPREVIOUS, and LastRotatedDate, which shows where rotation is set up, is now. It returns the version's
// id. The secret is named by its name or ARN in the server's region. No rotation function is asked; otherwise Rotate is
// as [Server.Put].
//
//	srv.Rotate("db/main", []byte("hunter3"))
//	// and the client, or the cache, under test is asked again
func (s *Server) Rotate(secret string, value []byte) (versionID string, err error) {
	id, fault := s.service.Rotate(s.opts.Account, s.opts.Region, secret, bytes.Clone(value), !utf8.Valid(value), s.clock.now())
	if fault != nil {
		return "", fmt.Errorf("mock: %w", fault)
	}
	return id, nil
}

// BreakKey makes every use of the secret's KMS key fail from now on: with [KMSDenied], or with [DecryptionFailure]
// as for a key that is disabled (EncryptionFailure for writes). "" repairs it. The secret is named by its name or
// ARN in the server's region; an unknown one, or another failure, is the error.
func (s *Server) BreakKey(secret string, f Failure) error {
	trouble, ok := map[Failure]string{"": "", KMSDenied: service.KeyDenied, DecryptionFailure: service.KeyDisabled}[f]
	if !ok {
		return fmt.Errorf("mock: a KMS key cannot fail with %q", f)
	}
	if fault := s.service.SetKeyTrouble(s.opts.Account, s.opts.Region, secret, trouble, s.clock.now()); fault != nil {
		return fmt.Errorf("mock: %w", fault)
	}
	return nil
}
