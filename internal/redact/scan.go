package redact

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"wicketkey.internal/internal/jsonwalk"
	"wicketkey.internal/internal/opaque"
	"wicketkey.internal/internal/wipe"
)

// Of an answer only the members listed here ever reach ordinary memory. A peer that
// is broken, hostile or newer than this package may put a value anywhere else, under
// any name and in any shape, so all else is dropped where it stands, names included.
var (
	entryMembers = members{
		{"SecretString", (*scanner).text}, {"SecretBinary", (*scanner).binary},
		{"ARN", (*scanner).short}, {"Name", (*scanner).short}, {"VersionId", (*scanner).short},
		{"VersionStages", listOf((*scanner).short)}, {"CreatedDate", (*scanner).date},
	}
	batchMembers = members{
		{"SecretValues", (*scanner).entries}, {"Errors", listOf(failureMembers.copy)}, {"NextToken", (*scanner).short},
	}
	failureMembers = members{
		{"SecretId", (*scanner).short}, {"ErrorCode", (*scanner).short}, {"Message", (*scanner).message},
	}
	// An error, in the spellings that the SDK reads.
	errorMembers = members{
		{"__type", (*scanner).short}, {"code", (*scanner).short}, {"Code", (*scanner).short},
		{"message", (*scanner).message}, {"Message", (*scanner).message},
	}
)

// What the SDK sees in place of a value. SecretBinary must still be base64.
var (
	textPlaceholder   = []byte(`"` + opaque.Text + `"`)
	binaryPlaceholder = []byte(`"` + base64.StdEncoding.EncodeToString([]byte(opaque.Text)) + `"`)
)

const (
	maxShort   = 4 << 10 // what AWS allows its longest text beside the values, NextToken
	maxMessage = 2 << 10 // ample for AWS's longest, the denials with two ARNs in them
	maxList    = 100     // AWS: twenty labels, and as many failures as a batch has entries
)

// Errors quote nothing of the answer.
var (
	errSyntax  = errors.New("not a JSON object, or cut short")
	errMember  = errors.New("a member is not of the type or length that AWS gives it")
	errTwice   = errors.New("a member is there twice")
	errBoth    = errors.New("one entry has two values")
	errBase64  = errors.New("SecretBinary is not base64")
	errNoValue = errors.New("no value in it")
	errShape   = errors.New("not the answer to a batch")
)

// members are those of an object that are passed on.
type members []member

type member struct {
	name string
	copy func(s *scanner, value []byte) error // writes what the SDK is shown of it
}

// scanner walks an answer in place, so a value exists in the body's own memory and
// in its buffer, nowhere else.
type scanner struct {
	out    []byte
	values []*wipe.Buffer // one for each entry so far, nil where it has none
}

// scan copies an answer without its values: those of several secrets where a
// batch was asked for, else exactly one. On success the values are the caller's
// to free.
func scan(body []byte, wantBatch bool) (redacted []byte, values []*wipe.Buffer, err error) {
	s := &scanner{out: make([]byte, 0, 1024)}
	given := false
	defer func() {
		if !given {
			for _, v := range s.values {
				v.Free()
			}
		}
	}()
	if wantBatch {
		if err = batchMembers.copy(s, body); err == nil && len(s.out) == len("{}") {
			err = errShape
		}
	} else if err = s.entry(body); err == nil && s.values[0] == nil {
		err = errNoValue
	}
	if err != nil {
		return nil, nil, err
	}
	given = true
	return s.out, s.values, nil
}

// copy passes on an object's members, each once.
func (known members) copy(s *scanner, object []byte) (err error) {
	w := jsonwalk.New(object)
	begin, seen := len(s.out), uint(0)
	whole := w.Object(func(name, value []byte) {
		i := slices.IndexFunc(known, func(m member) bool { return jsonwalk.Is(name, m.name) })
		switch {
		case i < 0 || err != nil:
			return
		case seen&(1<<i) != 0:
			err = errTwice
			return
		}
		seen |= 1 << i
		s.separate(begin, '{')
		s.out = append(append(append(s.out, '"'), known[i].name...), `":`...)
		if value[0] == 'n' {
			s.out = append(s.out, value...)
			return
		}
		err = known[i].copy(s, value)
	})
	s.end(begin, "{}")
	if !whole || len(w.Rest()) > 0 {
		return errSyntax
	}
	return err
}

// listOf passes on an array.
func listOf(element func(s *scanner, value []byte) error) func(*scanner, []byte) error {
	return func(s *scanner, array []byte) error { return s.list(array, maxList, element) }
}

func (s *scanner) list(array []byte, most int, element func(s *scanner, value []byte) error) (err error) {
	begin, n := len(s.out), 0
	isArray := jsonwalk.New(array).Array(func(value []byte) {
		if n++; n > most {
			err = errMember
		}
		if err == nil {
			s.separate(begin, '[')
			err = element(s, value)
		}
	})
	s.end(begin, "[]")
	if !isArray {
		return errMember
	}
	return err
}

// separate writes what comes before a part of what begins with open.
func (s *scanner) separate(begin int, open byte) {
	if len(s.out) == begin {
		s.out = append(s.out, open)
	} else {
		s.out = append(s.out, ',')
	}
}

// end closes it.
func (s *scanner) end(begin int, brackets string) {
	if len(s.out) == begin {
		s.out = append(s.out, brackets[0])
	}
	s.out = append(s.out, brackets[1])
}

func (s *scanner) entries(array []byte) error { return s.list(array, maxBody, (*scanner).entry) }

func (s *scanner) entry(object []byte) error {
	s.values = append(s.values, nil)
	return entryMembers.copy(s, object)
}

// short passes on a text as it stands.
func (s *scanner) short(value []byte) error {
	if value[0] != '"' || len(value) > maxShort+len(`""`) {
		return errMember
	}
	s.out = append(s.out, value...)
	return nil
}

// date is a number, and from agents a text.
func (s *scanner) date(value []byte) error {
	const long = len("2006-01-02T15:04:05.999999999+00:00") + len(`""`)
	if bytes.IndexByte([]byte(`"-0123456789`), value[0]) < 0 || len(value) > long {
		return errMember
	}
	s.out = append(s.out, value...)
	return nil
}

// message passes on as much of a text as an error may say.
func (s *scanner) message(value []byte) error {
	text, err := unquote(value)
	if err != nil {
		return err
	}
	defer text.Free()
	said := text.Bytes()
	if len(said) > maxMessage {
		said = said[:maxMessage]
		for !utf8.Valid(said) { // it was, so at most three bytes of one character are too many
			said = said[:len(said)-1]
		}
	}
	s.out, err = jsontext.AppendQuote(s.out, said)
	return err
}

func (s *scanner) text(value []byte) error {
	text, err := unquote(value)
	if err != nil {
		return err
	}
	s.out = append(s.out, textPlaceholder...)
	return s.keep(text)
}

func (s *scanner) binary(value []byte) error {
	text, err := unquote(value)
	if err != nil {
		return err
	}
	defer text.Free()
	decoded, err := decodeBase64(text.Bytes())
	if err != nil {
		return err
	}
	s.out = append(s.out, binaryPlaceholder...)
	return s.keep(decoded)
}

// keep makes value that of the entry which is being read.
func (s *scanner) keep(value *wipe.Buffer) error {
	at := &s.values[len(s.values)-1]
	if *at != nil {
		value.Free()
		return errBoth
	}
	*at = value
	return nil
}

func unquote(value []byte) (*wipe.Buffer, error) {
	if value[0] != '"' {
		return nil, errMember
	}
	return jsonwalk.Unquote(value), nil
}

func decodeBase64(text []byte) (*wipe.Buffer, error) {
	buf := wipe.New(base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(buf.Bytes(), text)
	if err != nil {
		buf.Free()
		return nil, errBase64
	}
	buf.Truncate(n)
	return buf, nil
}

// NotReady is what the Lambda extension says, as plain text, until it can answer.
// It is the one sentence that is passed on though it is not in AWS's shape.
const NotReady = "not ready to serve traffic"

// redactError keeps of an error's body only what the SDK needs to name it. A
// body of another shape becomes an empty object: what a stray server said is
// nobody's message.
func redactError(body []byte) []byte {
	var s scanner
	switch {
	case errorMembers.copy(&s, body) == nil:
		return s.out
	case bytes.Contains(body, []byte(NotReady)):
		return []byte(`{"message":"` + NotReady + `"}`)
	}
	return []byte("{}")
}
