package mock

import (
	"strings"

	"wicketkey.internal/mock/internal/awserr"
)

// Failure is an error answer: the exception's name, optionally followed by ": " and the text to send instead of
// AWS's own. Any name that AWS uses will do; the constants are the common ones.
type Failure string

// The failures that clients meet most.
const (
	Throttling        Failure = "ThrottlingException"
	AccessDenied      Failure = "AccessDeniedException"
	KMSDenied         Failure = "AccessDeniedException: Access to KMS is not allowed"
	DecryptionFailure Failure = "DecryptionFailure"
	InternalError     Failure = "InternalServiceError"
	ExpiredToken      Failure = "ExpiredTokenException"
)

// text is what AWS says with the failure's code.
func (f Failure) text() string {
	switch f {
	case Throttling:
		return "Rate exceeded"
	case AccessDenied:
		return "User is not authorized to perform this operation."
	case DecryptionFailure:
		return "Secrets Manager can't decrypt the protected secret text using the provided KMS key."
	case "EncryptionFailure":
		return "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state."
	case InternalError:
		return "An error occurred on the server side."
	case "ServiceUnavailableException":
		return "Service is unavailable."
	case ExpiredToken:
		return "The security token included in the request is expired"
	case "UnrecognizedClientException":
		return "The security token included in the request is invalid."
	case "ResourceNotFoundException":
		return "Secrets Manager can't find the specified secret."
	case "LimitExceededException":
		return "The request failed because it would exceed one of the Secrets Manager quotas."
	}
	return ""
}

// named reports whether the failure names an exception.
func (f Failure) named() bool {
	code, _, _ := strings.Cut(string(f), ": ")
	return code != "" && !strings.ContainsAny(code, " \t\r\n:")
}

func (f Failure) err() *awserr.Error {
	code, message, ok := strings.Cut(string(f), ": ")
	if !ok {
		message = f.text()
	}
	return awserr.New(code, "%s", message)
}
