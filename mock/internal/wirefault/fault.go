package wirefault

import (
	"net/http"
	"time"
)

// Kind is what is wrong with a delivery. The zero value is nothing. Its text
// is fit for configuration files.
type Kind string

// The kinds. "Cut" means closed without a word, as by a crash.
const (
	Half       Kind = "half-body"        // half the body under the true Content-Length, then cut
	TooLong    Kind = "length-too-long"  // Content-Length promises more than comes before the cut
	TooShort   Kind = "length-too-short" // Content-Length covers half the body, yet all is sent; over HTTP/2 only that half
	Hangup     Kind = "hangup"           // cut before the answer
	Reset      Kind = "reset"            // half the body, then a TCP reset; a stream reset over HTTP/2
	ResetEarly Kind = "reset-early"      // a TCP reset before the answer
	Stall      Kind = "stall"            // no answer for as long as the client waits
	StallBody  Kind = "stall-body"       // half the body, then nothing for as long as the client waits
	HTML       Kind = "html"             // a proxy's error page instead of the answer
	Empty      Kind = "empty"            // the answer's status without a body
	GoAway     Kind = "goaway"           // the answer, then GOAWAY (HTTP/2) or Connection: close
)

// Valid reports whether k is nothing or one of the kinds.
func (k Kind) Valid() bool {
	switch k {
	case "", Half, TooLong, TooShort, Hangup, Reset, ResetEarly, Stall, StallBody, HTML, Empty, GoAway:
		return true
	}
	return false
}

// Fault describes a delivery. The zero value is a faultless one; the fields
// combine.
type Fault struct {
	Kind    Kind
	Latency time.Duration // before the first byte
	Drip    time.Duration // after every piece of the body; zero sends it at once
	Piece   int           // bytes in a piece; zero is 1
	Skew    time.Duration // added to the Date header
	Status  int           // of HTML (zero: 502) and Empty (zero: the answer's)
}

// Answer is what would be delivered without trouble. Content-Length is set
// from Body, and Date from the clock unless Header has it.
type Answer struct {
	Status int
	Header http.Header // may be nil; it is not changed
	Body   []byte
}

// Breaker is a response writer that has no connection, such as that of a
// transport that calls handlers directly. Break ends the exchange: the client
// reads what was written so far and then meets err. [Deliver] calls it where
// it would break the connection, and returns.
type Breaker interface {
	Break(err error)
}

const page = "<!DOCTYPE html>\n<html><head><title>Bad Gateway</title></head>" +
	"<body><h1>Bad Gateway</h1><p>The upstream server did not answer.</p></body></html>\n"

// dress replaces what the kind replaces.
func (f *Fault) dress(a Answer) Answer {
	a.Header = a.Header.Clone()
	if a.Header == nil {
		a.Header = http.Header{}
	}
	switch f.Kind {
	case HTML:
		a.Status, a.Body = http.StatusBadGateway, []byte(page)
		a.Header.Set("Content-Type", "text/html")
	case Empty:
		a.Body = nil
	case GoAway: // net/http's HTTP/2 server turns it into a GOAWAY
		a.Header.Set("Connection", "close")
	}
	if f.Status != 0 && (f.Kind == HTML || f.Kind == Empty) {
		a.Status = f.Status
	}
	a.Header.Set("Date", f.date(a.Header.Get("Date")))
	return a
}

func (f *Fault) date(given string) string {
	at, err := http.ParseTime(given)
	if err != nil {
		at = time.Now()
	}
	return at.Add(f.Skew).UTC().Format(http.TimeFormat)
}
