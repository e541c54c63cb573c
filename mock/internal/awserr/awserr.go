// Package awserr holds the errors that AWS answers with, and how they look on the wire.
package awserr

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Error is one error answer: the exception's name, its text, and the HTTP status.
type Error struct {
	Code    string
	Message string
	Status  int
}

// New returns the error that AWS names code, with the status that AWS gives it.
func New(code, format string, args ...any) *Error {
	message := format
	if len(args) > 0 {
		message = fmt.Sprintf(format, args...)
	}
	return &Error{Code: code, Message: message, Status: statusOf(code)}
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

func statusOf(code string) int {
	switch code {
	case "InternalServiceError", "InternalFailure":
		return http.StatusInternalServerError
	case "ServiceUnavailable", "ServiceUnavailableException":
		return http.StatusServiceUnavailable
	case "RequestEntityTooLargeException":
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// frontEnd reports whether the answer comes from the layer before the service, which spells its member
// `message`; the service's own errors spell it `Message`, and so does SerializationException.
func frontEnd(code string) bool {
	switch code {
	case "ValidationException", "UnknownOperationException", "ThrottlingException",
		"InvalidSignatureException", "IncompleteSignatureException", "MissingAuthenticationTokenException",
		"UnrecognizedClientException", "ExpiredTokenException", "ServiceUnavailableException",
		"RequestEntityTooLargeException":
		return true
	}
	return false
}

// Body returns the JSON 1.1 body of the error.
func (e *Error) Body() []byte {
	out := append([]byte(`{"__type":`), quote(e.Code)...)
	if e.Message != "" {
		key := `,"Message":`
		if frontEnd(e.Code) {
			key = `,"message":`
		}
		out = append(append(out, key...), quote(e.Message)...)
	}
	return append(out, '}')
}

func quote(s string) []byte {
	out, err := json.Marshal(s)
	if err != nil { // a string always marshals
		return []byte(`""`)
	}
	return out
}

// The errors that the service words itself.

func NotFound() *Error {
	return New("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

func NoStage(stage string) *Error {
	return New("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: %s", stage)
}

func NoVersion(id string) *Error {
	return New("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for VersionId: %s", id)
}

func MarkedForDeletion() *Error {
	return New("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
}

func OnReplica() *Error {
	return New("InvalidParameterException", "Operation not permitted on a replica secret. Call must be made in primary secret's region.")
}

func Parameter(format string, args ...any) *Error {
	return New("InvalidParameterException", format, args...)
}

func Request(format string, args ...any) *Error {
	return New("InvalidRequestException", format, args...)
}

func Validation(format string, args ...any) *Error {
	return New("ValidationException", format, args...)
}

// Exists is CreateSecret's answer to a name that is taken.
func Exists(name string) *Error {
	return New("ResourceExistsException", "The operation failed because the secret %s already exists.", name)
}

// TokenTaken is the answer to a ClientRequestToken that comes back with another value.
func TokenTaken(token, arn string) *Error {
	return New("ResourceExistsException", "You can't use ClientRequestToken %s because that value is already in use for a version of secret %s.", token, arn)
}

// BadNextToken is the answer to a NextToken that the service did not hand out.
func BadNextToken() *Error {
	return New("InvalidNextTokenException", "The NextToken value is invalid.")
}
