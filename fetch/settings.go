package fetch

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/internal/awsenv"
)

// settings is where to ask, as whom, how often.
type settings struct {
	cfg   aws.Config
	found *found // nil where the caller brought its own aws.Config
}

// loadSettings takes the caller's configuration, or finds one as the SDK would.
// Options win over both.
func loadSettings(o Options) (settings, error) {
	var s settings
	if o.AWS != nil {
		s.cfg = o.AWS.Copy()
	} else {
		load := func() (*awsenv.Loaded, error) {
			return awsenv.Load(&awsenv.Options{Profile: o.Profile, Region: o.Region})
		}
		loaded, err := load()
		if err != nil {
			return s, settingsError(err)
		}
		s.cfg, s.found = loaded.Config, &found{load: load, now: loaded}
		s.cfg.Credentials = s.found
	}
	if o.Region != "" {
		s.cfg.Region = o.Region
	}
	if o.MaxAttempts != 0 {
		s.cfg.RetryMaxAttempts = o.MaxAttempts
	}
	return s, nil
}

// close ends what is under way for credentials, and its connections.
func (s settings) close() {
	if s.found != nil {
		s.found.close()
	}
}

func settingsError(err error) error {
	e := &Error{Kind: ErrInvalid, Cause: err.Error(), Err: err}
	var found *awsenv.Error
	if errors.As(err, &found) {
		e.Cause, e.Remedy = found.Explain()
	}
	return e
}

// retryer is nil where the caller's configuration brings its own.
func (s settings) retryer() aws.Retryer {
	if s.cfg.Retryer != nil {
		return nil
	}
	return newRetryer(s.cfg.RetryMode, s.cfg.RetryMaxAttempts)
}
