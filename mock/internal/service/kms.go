package service

import (
	"regexp"
	"slices"
	"strings"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/store"
)

// checkKey refuses what KMS takes for no key's id, alias or ARN, and keys of another region: an alias needs its
// prefix. Whether there is such a key nobody knows here.
func checkKey(key, region string) *awserr.Error {
	invalid := func(why string) *awserr.Error {
		return awserr.Parameter("The operation failed because of an invalid KMS key: %s", why)
	}
	parts := strings.SplitN(key, ":", 6)
	switch arn := len(parts) == 6 && parts[0] == "arn" && parts[2] == "kms"; {
	case key == "" || keyID.MatchString(key) || aliasName.MatchString(key):
		return nil
	case !arn:
		return invalid("Invalid keyId")
	case parts[3] != region:
		return invalid("Invalid arn " + parts[3])
	}
	return nil
}

var (
	keyID     = regexp.MustCompile(`^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|mrk-[0-9a-fA-F]{32})$`)
	aliasName = regexp.MustCompile(`^alias/[a-zA-Z0-9:/_-]+$`)
)

// KeyUse is one use of a KMS key that the service makes in the caller's name.
type KeyUse struct {
	Action    string // such as kms:Decrypt
	Key       string // as the secret names it; "" is the default key
	SecretARN string // with VersionID, the encryption context
	VersionID string
	Account   string // the secret's
	Region    string // the secret's
}

// Default reports whether the key is aws/secretsmanager, whose policy lets everybody in the account use it through
// the service.
func (u KeyUse) Default() bool { return isDefaultKey(u.Key) }

func isDefaultKey(key string) bool {
	return key == "" || key == DefaultKey || strings.HasPrefix(key, "arn:") && strings.HasSuffix(key, ":"+DefaultKey)
}

// sameKey reports whether two names are certainly one key's.
func sameKey(a, b string) bool { return a == b || isDefaultKey(a) && isDefaultKey(b) }

// The troubles that a KMS key can be in.
const (
	KeyDenied   = "denied"
	KeyDisabled = "disabled"
)

// validation is the version in the context of uses that only try a key out.
const validation = "RequestToValidateKeyAccess"

// mayUse asks whether the caller may use one of a secret's keys. A call without judge may.
func (c *Call) mayUse(sec *store.Secret, action, key, version string) bool {
	return c.MayUse == nil || c.MayUse(KeyUse{
		Action: action, Key: key, SecretARN: sec.ARN, VersionID: version, Account: sec.Account, Region: sec.Region,
	})
}

// decrypt is why the caller cannot read the version. Any of its keys will do.
func (c *Call) decrypt(sec *store.Secret, v *store.Version) *awserr.Error {
	if err := c.foreign(sec); err != nil {
		return err
	}
	if err := keyError(sec, false); err != nil {
		return err
	}
	if slices.ContainsFunc(v.Keys, func(key string) bool { return c.mayUse(sec, "kms:Decrypt", key, v.ID) }) {
		return nil
	}
	return kmsDenied()
}

// encrypt is why the caller cannot write a version.
func (c *Call) encrypt(sec *store.Secret, version string) *awserr.Error {
	if err := c.foreign(sec); err != nil {
		return err
	}
	if err := keyError(sec, true); err != nil {
		return err
	}
	if !c.mayUse(sec, "kms:GenerateDataKey", sec.KmsKeyID, version) {
		return kmsDenied()
	}
	return nil
}

// foreign is why a caller of another account reaches no value under the default key, to read or to write: that key
// is for its own account alone. What needs no key (tags, policy, description) stays open.
func (c *Call) foreign(sec *store.Secret) *awserr.Error {
	if c.Account == sec.Account || !isDefaultKey(sec.KmsKeyID) {
		return nil
	}
	return awserr.Request("You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.")
}

// tryKey is why the caller cannot give the secret the key that it now names: the service tries both uses at once,
// so that nobody is surprised by the second.
func (c *Call) tryKey(sec *store.Secret) *awserr.Error {
	if err := checkKey(sec.KmsKeyID, sec.Region); err != nil {
		return err
	}
	for _, action := range []string{"kms:GenerateDataKey", "kms:Decrypt"} {
		if !c.mayUse(sec, action, sec.KmsKeyID, validation) {
			return kmsDenied()
		}
	}
	return nil
}

// encryptAnew encrypts the versions in use with the secret's new key as well, as far as the caller may decrypt with
// an old one and encrypt with the new one. The others, and the old keys, stay.
func (c *Call) encryptAnew(sec *store.Secret) {
	for _, stage := range []string{store.Current, store.Previous, store.Pending} {
		v := sec.Staged(stage)
		if v == nil || v.Empty() || slices.ContainsFunc(v.Keys, func(key string) bool { return sameKey(key, sec.KmsKeyID) }) {
			continue
		}
		if c.decrypt(sec, v) == nil && c.mayUse(sec, "kms:Encrypt", sec.KmsKeyID, v.ID) {
			v.Keys = slices.Insert(v.Keys, 0, sec.KmsKeyID)
		}
	}
}

func kmsDenied() *awserr.Error {
	return awserr.New("AccessDeniedException", "Access to KMS is not allowed")
}

// keyError is what a secret's KMS key answers when the test has broken it.
func keyError(sec *store.Secret, encrypting bool) *awserr.Error {
	switch {
	case sec.KeyTrouble == "":
		return nil
	case sec.KeyTrouble == KeyDenied:
		return kmsDenied()
	case encrypting:
		return awserr.New("EncryptionFailure", "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state.")
	}
	return awserr.New("DecryptionFailure", "Secrets Manager can't decrypt the protected secret text using the provided KMS key.")
}
