package sigv4

import (
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest returns the text whose hash is signed, or false if a signed
// header is not in the request, so that no such text exists.
func canonicalRequest(r *http.Request, c *claim, bodyHash string) (string, bool) {
	var out strings.Builder
	out.Grow(1024) // holds a usual request
	line := func(parts ...string) {
		for _, part := range parts {
			out.WriteString(part)
		}
		out.WriteByte('\n')
	}
	line(r.Method)
	line(canonicalPath(r.URL.EscapedPath()))
	line(canonicalQuery(r.URL.RawQuery, c.presigned))
	for _, name := range c.signed {
		name := strings.ToLower(name)
		value, ok := headerValue(r, name)
		if !ok {
			return "", false
		}
		line(name, ":", value)
	}
	line()
	for i, name := range c.signed {
		if i > 0 {
			out.WriteByte(';')
		}
		out.WriteString(name)
	}
	line()
	out.WriteString(bodyHash)
	return out.String(), true
}

// headerValue returns a header's canonical value: several joined by commas,
// each with its blanks trimmed and runs of them made one. name is in small
// letters.
func headerValue(r *http.Request, name string) (string, bool) {
	values := r.Header[textproto.CanonicalMIMEHeaderKey(name)]
	switch {
	case name == "host" || name == ":authority":
		values = []string{r.Host}
		if r.Host == "" { // a client's request need not name it
			values[0] = r.URL.Host
		}
	case len(values) > 0:
	case name == "content-length" && r.ContentLength >= 0:
		values = []string{strconv.FormatInt(r.ContentLength, 10)}
	case name == "transfer-encoding":
		values = r.TransferEncoding // net/http takes it out of the header
	case name == "expect" && r.ProtoMajor == 2:
		values = []string{"100-continue"} // and this, over HTTP/2, whichever way it was spelled
	}
	switch len(values) {
	case 0:
		return "", false
	case 1:
		return tidy(values[0]), true
	}
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = tidy(v)
	}
	return strings.Join(all, ","), true
}

// tidy trims blanks and makes runs of them one; most values need nothing.
func tidy(v string) string {
	if !strings.Contains(v, "  ") && !strings.ContainsRune(v, '\t') && strings.Trim(v, " ") == v {
		return v
	}
	return strings.Join(strings.FieldsFunc(v, isBlank), " ")
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' }

// canonicalPath removes empty and dot segments from the path as it was sent
// and escapes it once more, as every service but S3 does.
func canonicalPath(escaped string) string {
	if escaped == "/" || escaped == "" {
		return "/"
	}
	var kept []string
	segments := strings.Split(escaped, "/")
	for _, s := range segments {
		switch s {
		case "", ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, escape(s))
		}
	}
	path := "/" + strings.Join(kept, "/")
	if last := segments[len(segments)-1]; len(kept) > 0 && (last == "" || last == "." || last == "..") {
		path += "/"
	}
	return path
}

type pair struct{ name, value string }

// pairs splits a query leniently: what does not decode stands for itself.
func pairs(raw string) []pair {
	var out []pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		out = append(out, pair{unescape(name), unescape(value)})
	}
	return out
}

func queryValues(raw string) url.Values {
	values := url.Values{}
	for _, p := range pairs(raw) {
		values.Add(p.name, p.value)
	}
	return values
}

// canonicalQuery sorts by escaped name, then escaped value. A presigned
// request's signature cannot sign itself and is left out.
func canonicalQuery(raw string, presigned bool) string {
	if raw == "" {
		return ""
	}
	list := pairs(raw)
	if presigned {
		list = slices.DeleteFunc(list, func(p pair) bool { return p.name == "X-Amz-Signature" })
	}
	for i, p := range list {
		list[i] = pair{escape(p.name), escape(p.value)}
	}
	slices.SortFunc(list, func(a, b pair) int {
		if n := strings.Compare(a.name, b.name); n != 0 {
			return n
		}
		return strings.Compare(a.value, b.value)
	})
	parts := make([]string, len(list))
	for i, p := range list {
		parts[i] = p.name + "=" + p.value
	}
	return strings.Join(parts, "&")
}

func unescape(s string) string {
	plain, err := url.QueryUnescape(s)
	if err != nil {
		return s
	}
	return plain
}

const upperHex = "0123456789ABCDEF"

// escape percent-encodes all but the unreserved characters of RFC 3986.
func escape(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f || !unreserved(byte(r)) }) {
		return s
	}
	var out strings.Builder
	for i := range len(s) {
		if b := s[i]; unreserved(b) {
			out.WriteByte(b)
		} else {
			out.Write([]byte{'%', upperHex[b>>4], upperHex[b&15]})
		}
	}
	return out.String()
}

func unreserved(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' ||
		b == '-' || b == '_' || b == '.' || b == '~'
}
