package gatewayconfig_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"wicketkey.internal/fetch/gatewayconfig"
	"wicketkey.internal/internal/wipe"
)

// The whole memory of this process is searched for fragments of one value. The
// value is made at random and known to the search only in a masked form.

func TestHeldOnceAndForgottenOnClose(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"plain value":   {"", ""},
		"escaped value": {`\u00e9`, `\/`}, // unescaped by View
	} {
		t.Run(name, func(t *testing.T) {
			atLeastOnce(t, func() error { return leavesNoTrace(c.before, c.after) })
		})
	}
}

func TestRefusedConfigurationIsForgotten(t *testing.T) {
	for name, spoil := range map[string]string{"missing key": `"other":"`, "cut short": `"appKey`, "number": `"n":1,"appKey":"`,
		"as a name": `"appKey":"","`} {
		t.Run(name, func(t *testing.T) {
			atLeastOnce(t, func() error { return refusalLeavesNoTrace(spoil) })
		})
	}
}

// What clientId decodes to is looked at and not kept.
func TestDecodedClientIDIsForgotten(t *testing.T) {
	atLeastOnce(t, func() error {
		value := newValue()
		id := value.plain()
		text := wipe.New(len(sample))
		defer text.Free()
		p := text.Bytes()
		at := copy(p, sample[:strings.Index(sample, clientID)])
		base64.StdEncoding.Encode(p[at:], id.Bytes())
		at += len(clientID)
		copy(p[at:], sample[at:])
		id.Free()
		wipe.Registers()
		cfg, err := gatewayconfig.Decode(p)
		if err != nil {
			return err
		}
		defer cfg.Close()
		if n := value.count(); n != 0 {
			return fmt.Errorf("while the Config is held: %d fragments", n)
		}
		return nil
	})
}

// atLeastOnce wants one success in four. A signal may write a few registers to a
// stack, which is rare and nobody's doing; a copy that Decode makes is there each
// time.
func atLeastOnce(t *testing.T, try func() error) {
	t.Helper()
	var errs []error
	for range 4 {
		err := try()
		if err == nil {
			return
		}
		errs = append(errs, err)
	}
	t.Error(errors.Join(errs...))
}

func leavesNoTrace(before, after string) error {
	value := newValue()
	text := value.encode(`"appKey":"`, before, after)
	cfg, err := gatewayconfig.Decode(text.Bytes())
	if err != nil {
		return err
	}
	text.Free()
	if n := value.count(); n != 1 {
		return fmt.Errorf("while held: %d fragments, want the one of the Config", n)
	}
	viewed := 0
	err = cfg.View("appKey", func(p []byte) error { viewed = len(p); return nil })
	if err != nil || viewed < valueLen {
		return fmt.Errorf("View: %d bytes, %w", viewed, err)
	}
	if n := value.count(); n != 1 {
		return fmt.Errorf("after View: %d fragments, want 1", n)
	}
	cfg.Close()
	if n := value.count(); n != 0 {
		return fmt.Errorf("after Close: %d fragments", n)
	}
	runtime.KeepAlive(cfg)
	return nil
}

func refusalLeavesNoTrace(spoil string) error {
	value := newValue()
	text := value.encode(spoil, "", "")
	_, err := gatewayconfig.Decode(text.Bytes())
	text.Free()
	if err == nil {
		return errors.New("not refused")
	}
	if n := value.count(); n != 0 {
		return fmt.Errorf("after the error: %d fragments", n)
	}
	return nil
}

// valueLen is the length of the value in hexadecimal digits.
const valueLen = 64

// mask turns text into what no text has.
const mask = 0xff

// A value is random text, masked so that knowing it is not holding it.
type value [valueLen]byte

func newValue() *value {
	var v value
	_, _ = rand.Read(v[:])
	for i := range v {
		v[i] = "0123456789abcdef"[v[i]%16] ^ mask
	}
	return &v
}

// plain returns the value itself.
func (v *value) plain() *wipe.Buffer {
	buf := wipe.New(valueLen)
	for i, c := range v {
		buf.Bytes()[i] = c ^ mask
	}
	return buf
}

// encode returns a configuration in base64 that has the value behind name.
func (v *value) encode(name, before, after string) *wipe.Buffer {
	head := sample[:strings.Index(sample, `"appKey"`)] + name + before
	tail := after + `"}`
	if !strings.HasSuffix(name, `":"`) && !strings.HasSuffix(name, `,"`) {
		tail = "" // name is not finished, and so is the text
	}
	plain := wipe.New(len(head) + valueLen + len(tail))
	defer plain.Free()
	p := plain.Bytes()
	copy(p, head)
	secret := v.plain()
	defer secret.Free()
	copy(p[len(head):], secret.Bytes())
	copy(p[len(head)+valueLen:], tail)
	text := wipe.New(base64.StdEncoding.EncodedLen(len(p)))
	base64.StdEncoding.Encode(text.Bytes(), p)
	wipe.Registers()
	return text
}

// fragment is how many bytes of the value must lie together to be counted.
const fragment = 16

// count returns how many copies of the value's most frequent fragment are in
// memory.
func (v *value) count() int {
	var n [valueLen / fragment]int
	search(func(chunk []byte) {
		for i := range n {
			n[i] += occurrences(chunk, v[i*fragment:][:fragment])
		}
	})
	return slices.Max(n[:])
}

// occurrences counts a masked text in p.
func occurrences(p, masked []byte) (n int) {
	for {
		i := bytes.IndexByte(p, masked[0]^mask)
		if i < 0 || i+len(masked) > len(p) {
			return n
		}
		if equalMasked(p[i:], masked) {
			n++
		}
		p = p[i+1:]
	}
}

func equalMasked(p, masked []byte) bool {
	for i, c := range masked {
		if p[i] != c^mask {
			return false
		}
	}
	return true
}

// search calls look with the writable memory of the process, but for its own
// window on it and for mappings so large that only tools reserve them.
func search(look func(chunk []byte)) {
	const window = 128 << 20
	chunk, err := unix.Mmap(-1, 0, window, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		panic(err)
	}
	defer unix.Munmap(chunk)
	own := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(chunk))))
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		panic(err)
	}
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		panic(err)
	}
	defer mem.Close()
	for s := bufio.NewScanner(bytes.NewReader(maps)); s.Scan(); {
		var from, to uint64
		var perms string
		if _, err := fmt.Sscanf(s.Text(), "%x-%x %s", &from, &to, &perms); err != nil || !strings.HasPrefix(perms, "rw") {
			continue
		}
		if to-from > window || from < own+window && own < to {
			continue
		}
		n, _ := mem.ReadAt(chunk[:to-from], int64(from))
		inUse(chunk[:n], look)
	}
}

// inUse calls look with each run of pages that are not all zeroes, which most of
// a heap's reserve is.
func inUse(chunk []byte, look func([]byte)) {
	const page = 4096
	var zero [page]byte
	from := 0
	for at := 0; at < len(chunk); at += page {
		if bytes.Equal(chunk[at:at+page], zero[:]) {
			look(chunk[from:at])
			from = at + page
		}
	}
	look(chunk[min(from, len(chunk)):])
}

// What a plain program does is found, so that a search which finds nothing means
// something.
func TestTheSearchSees(t *testing.T) {
	v := newValue()
	if n := v.count(); n != 0 {
		t.Errorf("%d fragments of a value that nobody holds", n)
	}
	plain := v.plain()
	defer plain.Free()
	text := string(plain.Bytes())
	if n := v.count(); n < 2 {
		t.Errorf("%d fragments, want a buffer's and a string's", n)
	}
	runtime.KeepAlive(text)
}
