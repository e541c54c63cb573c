package awsenv

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// profile is one profile of the shared files with everything it refers to.
// The zero profile (of a host without files) answers every question with
// "not set".
type profile struct {
	name     string
	text     map[string]string
	keys     aws.Credentials // complete or empty
	source   *profile        // of source_profile, resolved
	services *section        // of services, resolved

	duration     time.Duration
	maxAttempts  int
	retryMode    aws.RetryMode
	defaultsMode aws.DefaultsMode
	imdsIPv6     *bool
	noSkew       *bool
}

func (p *profile) get(key string) string { return p.text[key] }

func (p *profile) clear(keys ...string) {
	for _, key := range keys {
		delete(p.text, key)
	}
}

// bool is nil where the key is absent; anything but "true" counts as false, as
// it always has in shared files.
func (p *profile) bool(key string) *bool {
	value, ok := p.text[key]
	if !ok {
		return nil
	}
	return aws.Bool(strings.EqualFold(value, "true"))
}

// profile resolves the named profile. One that nobody asked for by name may be
// absent: it is then the zero profile.
func (f *sharedFiles) profile(name string, required bool) (*profile, error) {
	if !required && f.sections[name] == nil {
		return &profile{name: name}, nil
	}
	return f.resolve(name, map[string]bool{})
}

// resolve follows source_profile. seen holds the profiles on the way here: one
// that comes again may lend its keys, but not its role, to itself; that is
// what ends a cycle.
func (f *sharedFiles) resolve(name string, seen map[string]bool) (*profile, error) {
	s, ok := f.sections[name]
	if !ok {
		return nil, f.bad(name, "no such profile in "+f.String(),
			"create the profile, or correct AWS_PROFILE", nil)
	}
	p, err := f.parse(name, s)
	if err != nil {
		return nil, err
	}
	first := len(seen) == 0
	if seen[name] {
		p.clear(keyRoleARN, keyExternalID, keyMFASerial, keySessionName, keySourceProfile)
	} else if err := f.checkRole(p); err != nil {
		return nil, err
	}
	if !first && p.keys.HasKeys() {
		return p, nil
	}
	seen[name] = true
	if err := f.checkOneSource(p); err != nil {
		return nil, err
	}
	return p, f.link(p, seen)
}

// link resolves what the profile refers to by name.
func (f *sharedFiles) link(p *profile, seen map[string]bool) error {
	if source := p.get(keySourceProfile); source != "" {
		if err := f.linkSource(p, source, seen); err != nil {
			return err
		}
	}
	if name := p.get(keySSOSession); name != "" && f.sections[sessionPrefix+strings.TrimSpace(name)] == nil {
		return f.bad(p.name, fmt.Sprintf("%s = %q, a section that is not in %s", keySSOSession, name, f), "run \"aws configure sso\", or correct the name", nil)
	}
	if name := p.get(keyServices); name != "" {
		p.services = f.sections[servicesPrefix+name]
	}
	return nil
}

func (f *sharedFiles) linkSource(p *profile, name string, seen map[string]bool) (err error) {
	// The source provides the credentials; a profile's own do not count.
	p.keys = aws.Credentials{}
	p.clear(keyCredentialSource, keyProcess, keyTokenFile,
		keySSOAccount, keySSORegion, keySSORole, keySSOStartURL)
	if p.source, err = f.resolve(name, seen); err != nil {
		return fmt.Errorf("source_profile of %q: %w", p.name, err)
	}
	if !p.source.hasCredentials() {
		return f.bad(p.name, fmt.Sprintf("its source_profile %q has no credentials", name),
			"give that profile keys or another source, and no cycle", nil)
	}
	return nil
}

// parse reads the values that have a type. Only these can be wrong in form.
func (f *sharedFiles) parse(name string, s *section) (*profile, error) {
	if s.partial {
		return nil, f.bad(name, "it has only half of a key pair",
			"set both "+keyAccessKey+" and "+keySecretKey, nil)
	}
	p := &profile{name: name, text: map[string]string{}}
	for key, value := range s.text {
		p.text[key] = value
	}
	p.keys = staticKeys(s)
	seconds, _ := strconv.ParseInt(p.get(keyDuration), 0, 64)
	p.duration = time.Duration(seconds) * time.Second
	for key, read := range map[string]func(string) error{
		keyMaxAttempts:  p.readAttempts,
		keyRetryMode:    p.readRetryMode,
		keyDefaultsMode: p.readDefaultsMode,
		keyIMDSMode:     p.readIMDSMode,
		keyNoSkew:       p.readNoSkew,
	} {
		if value, ok := p.text[key]; ok {
			if err := read(value); err != nil {
				return nil, f.bad(name, fmt.Sprintf("%s = %q", key, value), "correct the value", err)
			}
		}
	}
	return p, nil
}

func (p *profile) checkKeys() error {
	for _, part := range [...]struct{ name, value string }{
		{keyAccessKey, p.keys.AccessKeyID}, {keySecretKey, p.keys.SecretAccessKey}, {keySessionToken, p.keys.SessionToken},
	} {
		if wrong := unlikeKey(part.value); wrong != "" {
			return &Error{Kind: ErrProfile, Cause: fmt.Sprintf("profile %q: %s %s", p.name, part.name, wrong), Remedy: "write the bare value"}
		}
	}
	return nil
}

func staticKeys(s *section) aws.Credentials {
	keys := aws.Credentials{
		AccessKeyID:     s.text[keyAccessKey],
		SecretAccessKey: s.text[keySecretKey],
		SessionToken:    s.text[keySessionToken],
		AccountID:       s.text[keyAccountID],
		Source:          "SharedConfigCredentials: " + s.keyFile,
	}
	if !keys.HasKeys() {
		return aws.Credentials{}
	}
	return keys
}

var errNotANumber = errors.New("not a whole number")
var errUnknownMode = errors.New("unknown mode")
var errNotABool = errors.New("neither true nor false")

func (p *profile) readAttempts(value string) error {
	n, err := strconv.ParseInt(value, 0, 64)
	if err != nil {
		return errNotANumber
	}
	p.maxAttempts = int(n)
	return nil
}

func (p *profile) readRetryMode(value string) (err error) {
	p.retryMode, err = aws.ParseRetryMode(value)
	return err
}

func (p *profile) readDefaultsMode(value string) error {
	if !p.defaultsMode.SetFromString(value) {
		return errUnknownMode
	}
	return nil
}

func (p *profile) readIMDSMode(value string) (err error) {
	p.imdsIPv6, err = readIPv6(value)
	return err
}

// readIPv6 reads the mode of the endpoint of instance metadata; nil is none.
func readIPv6(mode string) (*bool, error) {
	switch mode = strings.TrimSpace(mode); {
	case mode == "":
		return nil, nil
	case strings.EqualFold(mode, "IPv6"):
		return aws.Bool(true), nil
	case strings.EqualFold(mode, "IPv4"):
		return aws.Bool(false), nil
	}
	return nil, errUnknownMode
}

func (p *profile) readNoSkew(value string) error {
	if value != "true" && value != "false" {
		return errNotABool
	}
	p.noSkew = aws.Bool(value == "true")
	return nil
}

func (f *sharedFiles) checkRole(p *profile) error {
	for _, key := range []string{keySourceProfile, keyCredentialSource, keyTokenFile} {
		if p.get(key) != "" && p.get(keyRoleARN) == "" {
			return f.bad(p.name, key+" without "+keyRoleARN, "add "+keyRoleARN, nil)
		}
	}
	return nil
}

func (f *sharedFiles) checkOneSource(p *profile) error {
	var found []string
	for _, key := range []string{keySourceProfile, keyCredentialSource, keyProcess, keyTokenFile} {
		if p.get(key) != "" {
			found = append(found, key)
		}
	}
	if len(found) < 2 {
		return nil
	}
	return f.bad(p.name, "it has "+strings.Join(found, " and "), "keep one of them", nil)
}

func (p *profile) hasCredentials() bool {
	return p.keys.HasKeys() || p.hasSSO() ||
		cmp.Or(p.get(keySourceProfile), p.get(keyCredentialSource), p.get(keyProcess), p.get(keyTokenFile)) != ""
}

func (p *profile) hasSSO() bool {
	return cmp.Or(p.get(keySSOSession), p.get(keySSORegion), p.get(keySSOAccount), p.get(keySSOStartURL), p.get(keySSORole)) != ""
}

func (f *sharedFiles) bad(profile, cause, fix string, err error) error {
	return &Error{Kind: ErrProfile, Err: err, Cause: fmt.Sprintf("profile %q: %s", profile, cause), Remedy: fix}
}
