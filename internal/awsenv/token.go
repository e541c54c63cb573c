package awsenv

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"time"
)

// ssoToken is the file that "aws sso login" leaves behind. Fields that we do
// not know are kept, for the tools that do.
type ssoToken struct {
	fields  map[string]json.RawMessage
	expires time.Time
}

func (t *ssoToken) text(field string) string {
	var s string
	_ = json.Unmarshal(t.fields[field], &s) // absent or no string: empty
	return s
}

// with returns a copy that holds a renewed token.
func (t *ssoToken) with(access, refresh string, expires time.Time) (*ssoToken, error) {
	renewed := &ssoToken{fields: maps.Clone(t.fields), expires: expires}
	for field, value := range map[string]string{
		"accessToken": access, "refreshToken": refresh,
		"expiresAt": expires.UTC().Format(time.RFC3339),
	} {
		delete(renewed.fields, field)
		if value == "" {
			continue
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		renewed.fields[field] = raw
	}
	return renewed, nil
}

var (
	errNoToken     = errors.New("no usable token in the SSO cache")
	errCannotRenew = errors.New("the token in the SSO cache has expired and cannot be renewed")
)

// token returns an access token that is valid now. A renewed one is written
// back: its refresh token has replaced the old one for every other tool.
func (p *ssoProvider) token(ctx context.Context) (string, error) {
	token, err := readToken(p.tokenPath)
	if err != nil {
		return "", err
	}
	if time.Now().After(token.expires) {
		if !p.refreshes || token.text("clientId") == "" || token.text("clientSecret") == "" || token.text("refreshToken") == "" {
			return "", errCannotRenew
		}
		if token, err = p.renew(ctx, token); err != nil {
			return "", err
		}
		if err := token.write(p.tokenPath); err != nil {
			return "", err
		}
	}
	return token.text("accessToken"), nil
}

func readToken(path string) (*ssoToken, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t := &ssoToken{}
	if json.Unmarshal(content, &t.fields) != nil { // the error could quote the file
		return nil, errNoToken
	}
	t.expires, err = time.Parse(time.RFC3339, t.text("expiresAt"))
	if err != nil || t.text("accessToken") == "" {
		return nil, errNoToken
	}
	return t, nil
}

// write replaces the file in one step, with the mode it had.
func (t *ssoToken) write(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	content, err := json.Marshal(t.fields)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	err = errors.Join(err, temp.Chmod(info.Mode()), temp.Close())
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
