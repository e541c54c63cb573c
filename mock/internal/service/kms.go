package service

import (
	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/store"
)

// keyError is what a secret's KMS key answers when the test has broken it.
func keyError(sec *store.Secret, encrypting bool) *awserr.Error {
	switch sec.KeyTrouble {
	case "":
		return nil
	case KeyDenied:
		return awserr.New("AccessDeniedException", "Access to KMS is not allowed")
	}
	if encrypting {
		return awserr.New("EncryptionFailure", "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state.")
	}
	return awserr.New("DecryptionFailure", "Secrets Manager can't decrypt the protected secret text using the provided KMS key.")
}

// The troubles that a KMS key can be in.
const (
	KeyDenied   = "denied"
	KeyDisabled = "disabled"
)
