package roots

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"sync"
)

var (
	begin = []byte("-----BEGIN CERTIFICATE-----")
	end   = []byte("-----END CERTIFICATE-----")
)

// longestBlock bounds one certificate's text; the longest root has some 2.7 kB.
const longestBlock = 16 << 10

// eachBlock calls f with the base64 text of each certificate, without its line
// breaks; the text is overwritten after that. It reads through one small buffer:
// a copy of the whole bundle would cost more than all the rest.
//
// It takes whole lines only. What stands so, with nothing in the lines but base64,
// is a block to encoding/pem wherever it stands, since that pairs an END with the
// last BEGIN before it. Whether it is base64 is for decode to see.
func eachBlock(r io.Reader, f func(text []byte)) error {
	lines := bufio.NewReaderSize(r, 8<<10)
	text := make([]byte, 0, longestBlock/4)
	inside := false
	for {
		line, err := lines.ReadSlice('\n')
		whole := err == nil || err == io.EOF
		line = trimEnd(line)
		switch {
		case whole && bytes.Equal(line, begin):
			text, inside = text[:0], true
		case inside && whole && bytes.Equal(line, end):
			f(text)
			inside = false
		case !whole || len(text)+len(line) > longestBlock:
			inside = false
		case inside:
			text = append(text, line...)
		}
		for errors.Is(err, bufio.ErrBufferFull) { // the rest of that line is no line
			_, err = lines.ReadSlice('\n')
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// trimEnd takes off the end of a line. A carriage return alone does not end one.
func trimEnd(line []byte) []byte {
	if bare, ok := bytes.CutSuffix(line, []byte("\n")); ok {
		return bytes.TrimSuffix(bare, []byte("\r"))
	}
	return line
}

func isBase64(line []byte) bool {
	for _, c := range line {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '+' && c != '/' && c != '=' {
			return false
		}
	}
	return true
}

// decode gives the bytes of a base64 text in memory of their own, or nil where it
// is none. Package base64 would read over a carriage return in mid-line.
func decode(text []byte) []byte {
	if !isBase64(text) {
		return nil
	}
	der, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return nil
	}
	return der
}

// names are those that Amazon's roots have. A wrong guess costs time: what is
// found is trusted by the system anyway.
var names = [...]string{"Amazon Root CA", "Starfield Services Root"}

// inBase64 are the names as they stand in base64, at each of the three places
// where one can begin in a group. Decoding a hundred certificates to find five
// would cost a fifth of a cold start. They are made when a bundle is first read.
var inBase64 = sync.OnceValue(func() (texts [][]byte) {
	for _, name := range names {
		for before := range 3 {
			all := base64.StdEncoding.EncodeToString(append(make([]byte, before), name...))
			from := []int{0, 2, 3}[before] // the first characters mix with what stands before
			to := (before + len(name)) * 8 / 6
			texts = append(texts, []byte(all[from:to]))
		}
	}
	return texts
})

// nameWithin is how much of a block's text is looked through. Of a root the issuer
// is one of Amazon's, and a certificate begins with that: the name that is furthest
// from the beginning ends after 230 characters.
const nameWithin = 512

func mayNameAmazon(text []byte) bool {
	text = text[:min(len(text), nameWithin)]
	for _, name := range inBase64() {
		if bytes.Contains(text, name) {
			return true
		}
	}
	return false
}

func namesAmazon(der []byte) bool {
	for _, name := range names {
		if bytes.Contains(der, []byte(name)) {
			return true
		}
	}
	return false
}
