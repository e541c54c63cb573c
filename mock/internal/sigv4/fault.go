package sigv4

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// Reason says why a request was refused. The zero value is no reason; a
// [Fault] never carries it.
type Reason int

// The reasons, each with the AWS code that answers it.
const (
	MissingToken   Reason = iota + 1 // no credentials at all: MissingAuthenticationTokenException
	Incomplete                       // an Authorization that does not parse: IncompleteSignatureException
	UnknownKey                       // no such access key, or not its session token: UnrecognizedClientException
	ExpiredToken                     // session credentials past their expiry: ExpiredTokenException
	WrongSignature                   // another secret key, or a request changed after signing: InvalidSignatureException
	Skewed                           // signed too long ago, or in the future: InvalidSignatureException
	WrongScope                       // scoped to another date, region or service: InvalidSignatureException
)

// code is AWS's name for the reason.
func (r Reason) code() string {
	switch r {
	case MissingToken:
		return "MissingAuthenticationTokenException"
	case Incomplete:
		return "IncompleteSignatureException"
	case UnknownKey:
		return "UnrecognizedClientException"
	case ExpiredToken:
		return "ExpiredTokenException"
	default:
		return "InvalidSignatureException"
	}
}

const (
	msgMissing   = "Missing Authentication Token"
	msgUnknown   = "The security token included in the request is invalid."
	msgExpired   = "The security token included in the request is expired"
	msgSignature = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)

// MessageKey is the JSON member in which AWS's front end puts its message: in
// lower case, while a modelled error of Secrets Manager writes "Message".
const MessageKey = "message"

// Fault is a refusal, in AWS's own words. It is immutable.
type Fault struct {
	Reason  Reason
	Code    string // AWS's exception name, the "__type" of the answer
	Message string // AWS's text, exactly
	Status  int    // HTTP status: 400 for each of them, since the protocol is JSON 1.1
}

func newFault(reason Reason, message string) *Fault {
	return &Fault{Reason: reason, Code: reason.code(), Message: message, Status: http.StatusBadRequest}
}

// Error returns the code and the message.
func (f *Fault) Error() string { return f.Code + ": " + f.Message }

// Body returns the answer's JSON, whose content type is
// application/x-amz-json-1.1. The slice is the caller's.
func (f *Fault) Body() []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // AWS writes < and & as they are
	err := enc.Encode(struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{f.Code, f.Message})
	if err != nil { // two strings always encode
		return nil
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
