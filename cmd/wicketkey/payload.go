package main

import (
	"fmt"
	"time"

	"wicketkey.internal/fetch"
	"wicketkey.internal/fetch/gatewayconfig"
	"wicketkey.internal/internal/wipe"
)

// payloadError gives errors of gatewayconfig their exit status.
type payloadError struct{ err error }

func (e *payloadError) Error() string   { return e.err.Error() }
func (e *payloadError) Unwrap() []error { return []error{errPayload, e.err} }

// decode reads the gateway's configuration. The caller closes it.
func decode(value []byte) (*gatewayconfig.Config, error) {
	cfg, err := gatewayconfig.Decode(value)
	if err != nil {
		return nil, &payloadError{err}
	}
	return cfg, nil
}

// anyUsage is what -any means.
const anyUsage = "take any value as it is, not only a gateway's configuration, and do not look into it"

// form is what of a secret is handed over.
type form struct {
	raw bool // as stored, though it must decode
	any bool // as stored, whatever it is
}

// take copies the bytes to hand over. The caller frees them.
func (f form) take(value []byte) (*wipe.Buffer, error) {
	if f.any {
		return copied(value), nil
	}
	cfg, err := decode(value)
	if err != nil {
		return nil, err
	}
	defer cfg.Close()
	if f.raw {
		return copied(value), nil
	}
	return copied(cfg.JSON()), nil
}

func copied(value []byte) *wipe.Buffer {
	b := wipe.New(len(value))
	copy(b.Bytes(), value)
	return b
}

// facts is what may be told of a secret.
type facts struct {
	ARN       string    `json:"arn"`
	Name      string    `json:"name"`
	Region    string    `json:"region"`
	VersionID string    `json:"versionId"`
	Stages    []string  `json:"stages"`
	Created   time.Time `json:"created"`
	Bytes     int       `json:"bytes"`
	Locked    bool      `json:"locked"`
}

func factsOf(s *fetch.Secret) *facts {
	return &facts{s.ARN(), s.Name(), s.Region(), s.VersionID(), s.Stages(), s.Created(), len(s.Bytes()), s.Locked()}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
