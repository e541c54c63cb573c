package diskcopy

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/wipe"
)

// The plaintext of a copy is
//
//	nanoseconds since 1970 (8) | length of the metadata (4) | metadata, in JSON | value
const headBytes = 8 + 4

// encode writes a secret and the time at which AWS was asked for it. The caller
// frees it.
func encode(secret *fetch.Secret, asked time.Time) *wipe.Buffer {
	meta, _ := json.Marshal(fetch.Metadata{ // strings, times and a bool: it cannot fail
		ARN: secret.ARN(), Name: secret.Name(), VersionID: secret.VersionID(), Stages: secret.Stages(),
		Created: secret.Created(), Region: secret.Region(), Replica: secret.Replica(),
	})
	value := secret.Bytes()
	buf := wipe.New(headBytes + len(meta) + len(value))
	p := buf.Bytes()
	binary.BigEndian.PutUint64(p, uint64(asked.UnixNano()))
	binary.BigEndian.PutUint32(p[8:], uint32(len(meta)))
	copy(p[headBytes:], meta)
	wipe.Copy(p[headBytes+len(meta):], value)
	return buf
}

// decode reads what encode wrote. The caller closes the Secret.
func decode(plain []byte) (secret *fetch.Secret, asked time.Time, err error) {
	if len(plain) < headBytes {
		return nil, time.Time{}, errNotOurs
	}
	asked = time.Unix(0, int64(binary.BigEndian.Uint64(plain)))
	n := int64(binary.BigEndian.Uint32(plain[8:]))
	if int64(len(plain)-headBytes) < n {
		return nil, time.Time{}, errNotOurs
	}
	var meta fetch.Metadata
	if json.Unmarshal(plain[headBytes:headBytes+n], &meta) != nil {
		return nil, time.Time{}, errors.New("the disk copy does not say what it is") // and its bytes are nobody's business
	}
	return fetch.NewSecret(plain[headBytes+n:], meta), asked, nil
}
