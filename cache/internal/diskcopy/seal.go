package diskcopy

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"wicketkey.internal/internal/wipe"
)

// A sealed copy is
//
//	magic | salt (32) | length of the wrapped key (2) | wrapped key | nonce (12) | ciphertext and tag
//
// sealed with AES-256-GCM under a key of its own, derived by HKDF from the
// store's key and the salt, so that no nonce can meet its like. All that comes
// before the ciphertext, and what the copy is bound to, is authenticated.
const (
	magic     = "wicketkey copy 2\n"
	KeyBytes  = 32 // the length of Options.Key
	saltBytes = 32
	nonceSize = 12

	labelBytes = 16
)

var errNotOurs = errors.New("not a copy made with this key, for this account, region and identifier")

// sealer has the key. What the standard library keeps of it (the expanded key of
// a cipher) is left to the garbage collector.
type sealer struct {
	wrapper KeyWrapper

	mu      sync.Mutex // guards what follows
	key     *wipe.Buffer
	wrapped []byte // key as the wrapper gave it; nil without a wrapper
}

func newSealer(o *Options) *sealer {
	s := &sealer{wrapper: o.Wrapper}
	if o.Wrapper == nil {
		s.key = wipe.New(KeyBytes)
		copy(s.key.Bytes(), o.Key)
	}
	return s
}

func (s *sealer) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key.Free()
}

// own returns the key to seal with; with a wrapper it is made at the first use,
// since the wrapper is asked over the network.
func (s *sealer) own(ctx context.Context) (key *wipe.Buffer, wrapped []byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != nil {
		return s.key, s.wrapped, nil
	}
	fresh := wipe.New(KeyBytes)
	defer func() {
		if s.key == nil { // for an error, or a panic of the wrapper's
			fresh.Free()
		}
	}()
	rand.Read(fresh.Bytes())
	if s.wrapped, err = s.wrapper.Wrap(ctx, fresh.Bytes()); err != nil {
		return nil, nil, fmt.Errorf("wrapping the key: %w", err)
	}
	if len(s.wrapped) == 0 || len(s.wrapped) > 1<<16-1 {
		return nil, nil, errors.New("the wrapped key is not from 1 to 65,535 bytes long")
	}
	s.key = fresh
	return s.key, s.wrapped, nil
}

// seal encrypts plain for the context that it is bound to.
func (s *sealer) seal(ctx context.Context, bound, plain []byte) ([]byte, error) {
	key, wrapped, err := s.own(ctx)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	head := binary.BigEndian.AppendUint16(append([]byte(magic), salt...), uint16(len(wrapped)))
	head = append(head, wrapped...)
	nonce := make([]byte, nonceSize)
	rand.Read(nonce)
	aead, err := derived(key.Bytes(), salt)
	if err != nil {
		return nil, err
	}
	sealed := append(bytes.Clone(head), nonce...)
	wipe.HoldSignals(func() { sealed = aead.Seal(sealed, nonce, plain, append(head, bound...)) })
	return sealed, nil
}

// open decrypts into wipeable memory, which the caller frees.
func (s *sealer) open(ctx context.Context, bound, sealed []byte) (*wipe.Buffer, error) {
	fixed := len(magic) + saltBytes + 2
	if len(sealed) < fixed || !bytes.HasPrefix(sealed, []byte(magic)) {
		return nil, errNotOurs
	}
	salt := sealed[len(magic) : len(magic)+saltBytes]
	end := fixed + int(binary.BigEndian.Uint16(sealed[fixed-2:]))
	if len(sealed) < end+nonceSize {
		return nil, errNotOurs
	}
	key, done, err := s.keyFor(ctx, sealed[fixed:end])
	if err != nil {
		return nil, err
	}
	defer done()
	aead, err := derived(key, salt)
	if err != nil {
		return nil, err
	}
	head, nonce, body := sealed[:end], sealed[end:end+nonceSize], sealed[end+nonceSize:]
	if len(body) < aead.Overhead() {
		return nil, errNotOurs
	}
	plain := wipe.New(len(body) - aead.Overhead())
	wipe.HoldSignals(func() {
		_, err = aead.Open(plain.Bytes()[:0], nonce, body, append(bytes.Clone(head), bound...))
	})
	if err != nil {
		plain.Free()
		return nil, errNotOurs
	}
	return plain, nil
}

// keyFor returns the key that a copy was sealed with, and what to call when done
// with it.
func (s *sealer) keyFor(ctx context.Context, wrapped []byte) (key []byte, done func(), err error) {
	if (s.wrapper == nil) != (len(wrapped) == 0) {
		return nil, nil, errNotOurs
	}
	if s.wrapper == nil {
		return s.key.Bytes(), func() {}, nil
	}
	key, err = s.wrapper.Unwrap(ctx, wrapped)
	done = func() { wipe.Clear(key) }
	switch {
	case err != nil:
		done()
		return nil, nil, fmt.Errorf("unwrapping the key: %w", err)
	case len(key) != KeyBytes:
		done()
		return nil, nil, errNotOurs
	}
	return key, done, nil
}

// derived is the cipher for one copy.
func derived(key, salt []byte) (cipher.AEAD, error) {
	own, err := hkdf.Key(sha256.New, key, salt, "wicketkey copy", KeyBytes)
	if err != nil {
		return nil, err
	}
	defer wipe.Clear(own)
	block, err := aes.NewCipher(own)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// label stands for parts in a file's name, and tells nothing to whoever lacks the
// key. With a wrapper, whose key is another at the next start, it is a plain
// digest: names that can be guessed can be confirmed.
func (s *sealer) label(parts ...string) string {
	key := []byte("wicketkey copy")
	if s.wrapper == nil {
		key = s.key.Bytes()
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("file name\x00"))
	mac.Write(bind(parts...))
	return hex.EncodeToString(mac.Sum(nil)[:labelBytes])
}

// bind joins strings so that no two lists give the same bytes.
func bind(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}
