package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	window     = 5 * time.Minute
	maxExpires = 7 * 24 * time.Hour
	basicISO   = "20060102T150405Z"
)

// claim is what a request says of its own signature.
type claim struct {
	accessKey    string
	scope        scope
	signed       []string // header names as listed
	signature    string
	sessionToken string
	date         string // in ISO-8601 basic format
	at           time.Time
	lifetime     time.Duration // how long the signature lives
	presigned    bool          // the claim came in the query
}

type scope struct{ date, region, service, terminator string }

func (s scope) String() string {
	return s.date + "/" + s.region + "/" + s.service + "/" + s.terminator
}

// parseClaim reads the Authorization header, or else the query.
func parseClaim(r *http.Request) (*claim, *Fault) {
	if header := r.Header.Get("Authorization"); header != "" {
		return parseHeader(r, header)
	}
	query := queryValues(r.URL.RawQuery)
	if query.Has("X-Amz-Algorithm") || query.Has("X-Amz-Signature") || query.Has("X-Amz-Credential") {
		return parseQuery(query)
	}
	return nil, newFault(MissingToken, msgMissing)
}

func parseHeader(r *http.Request, header string) (*claim, *Fault) {
	kind, rest, _ := strings.Cut(header, " ")
	if strings.HasPrefix(kind, "AWS4-") && kind != algorithm {
		return nil, unsupported(kind)
	}
	fields, fault := headerFields(rest, header)
	if fault != nil {
		return nil, fault
	}
	date := r.Header.Get("X-Amz-Date")
	if date == "" {
		date = r.Header.Get("Date")
	}
	if fault := missingFields(fields, date, header); fault != nil {
		return nil, fault
	}
	if kind != algorithm { // after the fields: of those it is on record what AWS says
		return nil, unsupported(kind)
	}
	c := &claim{
		signature:    fields["Signature"],
		signed:       strings.Split(fields["SignedHeaders"], ";"),
		sessionToken: r.Header.Get("X-Amz-Security-Token"),
		lifetime:     window,
	}
	return c, c.read(fields["Credential"], date)
}

func unsupported(kind string) *Fault {
	return newFault(Incomplete, "Unsupported AWS 'algorithm': '"+kind+"'.")
}

// headerFields splits "Credential=…, SignedHeaders=…, Signature=…". AWS takes
// spaces for separators too: a blank inside a credential breaks it in two.
func headerFields(rest, header string) (map[string]string, *Fault) {
	fields := make(map[string]string, 3)
	split := func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }
	for _, part := range strings.FieldsFunc(rest, split) {
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, newFault(Incomplete, "Invalid key=value pair (missing equal-sign) in Authorization header "+
				"(hashed with SHA-256 and encoded with Base64): '"+hashed(header)+"'.")
		}
		fields[name] = value
	}
	return fields, nil
}

func missingFields(fields map[string]string, date, header string) *Fault {
	var text strings.Builder
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[name] == "" {
			text.WriteString("Authorization header requires '" + name + "' parameter. ")
		}
	}
	if date == "" {
		text.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	if text.Len() == 0 {
		return nil
	}
	text.WriteString("(Hashed with SHA-256 and encoded with Base64) Authorization=" + hashed(header))
	return newFault(Incomplete, text.String())
}

// hashed stands for an Authorization header in a message, as AWS does it since
// it stopped echoing credentials.
func hashed(header string) string {
	sum := sha256.Sum256([]byte(header))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func parseQuery(query url.Values) (*claim, *Fault) {
	if got := query.Get("X-Amz-Algorithm"); got != "" && got != algorithm {
		return nil, unsupported(got)
	}
	var text strings.Builder
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if query.Get(name) == "" {
			text.WriteString("AWS query-string parameters must include '" + name + "'. ")
		}
	}
	if text.Len() > 0 {
		return nil, newFault(Incomplete, text.String()+"Re-examine the query-string parameters.")
	}
	lifetime, ok := parseExpires(query.Get("X-Amz-Expires"))
	if !ok {
		return nil, newFault(Incomplete, "X-Amz-Expires must be a non-negative number of seconds of at most 604800. "+
			"Re-examine the query-string parameters.")
	}
	c := &claim{
		signature:    query.Get("X-Amz-Signature"),
		signed:       strings.Split(query.Get("X-Amz-SignedHeaders"), ";"),
		sessionToken: query.Get("X-Amz-Security-Token"),
		lifetime:     lifetime,
		presigned:    true,
	}
	return c, c.read(query.Get("X-Amz-Credential"), query.Get("X-Amz-Date"))
}

func parseExpires(text string) (time.Duration, bool) {
	if text == "" {
		return window, true
	}
	seconds, err := strconv.ParseUint(text, 10, 32)
	lifetime := time.Duration(seconds) * time.Second
	return lifetime, err == nil && lifetime <= maxExpires
}

// read fills in the parts that both forms share.
func (c *claim) read(credential, date string) *Fault {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return newFault(Incomplete, "Credential must have exactly 5 slash-delimited elements, "+
			"e.g. keyid/date/region/service/term, got '"+credential+"'")
	}
	c.accessKey = parts[0]
	c.scope = scope{parts[1], parts[2], parts[3], parts[4]}
	at, ok := parseDate(date)
	if !ok {
		return newFault(Incomplete, "Date must be in ISO-8601 'basic format'. Got '"+date+
			"'. See http://en.wikipedia.org/wiki/ISO_8601")
	}
	c.at, c.date = at, at.Format(basicISO)
	return nil
}

// parseDate reads the basic format, and what a Date header may hold instead.
func parseDate(text string) (time.Time, bool) {
	if at, err := time.Parse(basicISO, text); err == nil {
		return at, true
	}
	at, err := http.ParseTime(text)
	return at.UTC(), err == nil
}
