package gatewayconfig

import "errors"

// What can be wrong with a configuration, for errors.Is. Each error of this
// package is an [*Error] that matches exactly one of these.
var (
	ErrEmpty     = errors.New("gateway configuration is empty")
	ErrTooLong   = errors.New("gateway configuration is too long")
	ErrBase64    = errors.New("gateway configuration is neither base64 nor JSON")
	ErrJSON      = errors.New("gateway configuration is not a JSON object")
	ErrDuplicate = errors.New("key occurs twice in gateway configuration")
	ErrMissing   = errors.New("key missing in gateway configuration")
	ErrValue     = errors.New("bad value in gateway configuration")
	ErrUnbound   = errors.New("gateway is not bound")
	ErrClosed    = errors.New("gateway configuration is closed")
)

// remedyStore is what helps against most damage.
const remedyStore = "store the text that gateway ott-init printed, whole, as Plaintext"

// Error tells what is wrong. It never carries a byte of a value.
type Error struct {
	Kind   error  // one of the sentinels above
	Key    string // the key that it is about; empty where there is none or it is not a known one
	Cause  string // what is wrong
	Remedy string // what to do about it
}

// Error gives kind, key, cause and remedy in one line.
func (e *Error) Error() string {
	text := "gatewayconfig: " + e.Kind.Error()
	if e.Key != "" {
		text += ": " + e.Key
	}
	return text + ": " + e.Cause + " (fix: " + e.Remedy + ")"
}

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }
