package leaktest_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"wicketkey.internal/internal/test/memscan"
)

// An oddity is an answer that AWS does not give: of a peer that is broken, hostile,
// or newer than we are. Zero fields mean text, with its length, status 200.
type oddity struct {
	name string
	good bool // it brings a secret all the same
	kind func(n int) payload
	wire wire
	body func(p payload, entry []byte) []byte // entry is AWS's, with p as its value
}

// format puts the payload as sent in place of each %[1]s.
func format(text string) func(payload, []byte) []byte {
	return func(p payload, _ []byte) []byte { return fmt.Appendf(nil, text, p.wire) }
}

// beside gives a good entry with more members.
func beside(more string) func(payload, []byte) []byte {
	return func(p payload, entry []byte) []byte {
		return append(fmt.Appendf([]byte("{"), more+",", p.wire), entry[1:]...)
	}
}

// oddText is how the text of SecretBinary is made odd.
func oddText(odd func(wire string) string) func(payload, []byte) []byte {
	return func(p payload, entry []byte) []byte {
		return bytes.Replace(entry, p.wire, []byte(odd(string(p.wire))), 1)
	}
}

func oddities() []oddity {
	return []oddity{
		{name: "another case", body: format(`{"secretString":"%[1]s"}`)},
		{name: "another name", body: format(`{"Name":"a","Value":"%[1]s"}`)},
		{name: "nested", body: format(`{"Secret":{"SecretString":"%[1]s"}}`)},
		{name: "an object", body: format(`{"SecretString":{"v":"%[1]s"}}`)},
		{name: "a name in an object", body: format(`{"SecretString":{"%[1]s":1}}`)},
		{name: "an array", body: format(`{"SecretString":["%[1]s"]}`)},
		{name: "a number", kind: digitsPayload, body: format(`{"SecretString":%[1]s}`)},
		{name: "a name", body: format(`{"%[1]s":1}`)},
		{name: "a name with escapes", kind: escapedPayload, body: format(`{"%[1]s":1}`)},
		{name: "a name, cut", body: format(`{"%[1]s`)},
		{name: "tags beside", good: true, body: beside(`"Tags":[{"Key":"k","Value":"%[1]s"}]`)},
		{name: "a name beside", good: true, body: beside(`"%[1]s":{"%[1]s":["%[1]s"]}`)},
		{name: "twice", body: beside(`"SecretString":"%[1]s"`)},
		{name: "binary beside", body: beside(`"SecretBinary":"%[1]s"`)},
		{name: "a label", body: beside(`"VersionStages":["AWSCURRENT",{"%[1]s":1}]`)},
		{name: "a batch", body: format(`{"SecretValues":[{"SecretString":"%[1]s"}],"Errors":[{"SecretString":"%[1]s"}]}`)},
		{name: "text behind", body: func(p payload, entry []byte) []byte { return append(entry, p.wire...) }},
		{name: "URL alphabet", kind: binaryPayload, body: oddText(func(s string) string { return strings.NewReplacer("+", "-", "/", "_").Replace(s) })},
		{name: "line breaks", good: true, kind: binaryPayload, body: oddText(func(s string) string { return s[:400] + `\r\n` + s[400:] })},
		{name: "spaces", kind: binaryPayload, body: oddText(func(s string) string { return s[:400] + " " + s[400:] })},
		{name: "no padding", kind: func(int) payload { return binaryPayload(1000) }, body: oddText(func(s string) string { return strings.TrimRight(s, "=") })},
		{name: "base64 and more", kind: binaryPayload, body: oddText(func(s string) string { return s + s[:30] + "!" })},
		{name: "binary of an object", kind: binaryPayload, body: format(`{"SecretBinary":{"%[1]s":1}}`)},
		{name: "an error's member", wire: withStatus(400), body: format(`{"__type":"X","Message":"no","%[1]s":{"%[1]s":1}}`)},
		{name: "an error's name with escapes", kind: escapedPayload, wire: withStatus(400), body: format(`{"__type":"X","%[1]s":1}`)},
		{name: "an error's message in an object", wire: withStatus(400), body: format(`{"__type":"X","Message":{"%[1]s":1}}`)},
		{name: "an error's long type", wire: withStatus(400), kind: func(int) payload { return textPayload(5000) }, body: format(`{"__type":"%[1]s"}`)},
		{name: "an error's text", wire: withStatus(503), body: format(`%[1]s`)},
		{name: "a redirect", wire: withStatus(307)},
		{name: "no content", wire: withStatus(204)},
		{name: "byte by byte", good: true, wire: byteByByte},
		{name: "deflate", good: true, wire: encoded("deflate")},
		{name: "gzip that is none", wire: encoded("gzip")},
		{name: "gzip twice", wire: compressedTwice},
		{name: "gzip and more", wire: compressedAndMore},
		{name: "in a trailer", good: true, wire: raw("Transfer-Encoding: chunked\r\n\r\n%[2]x\r\n%[1]s\r\n0\r\nX: %[1]s\r\n\r\n")},
		{name: "where a trailer belongs", wire: raw("Transfer-Encoding: chunked\r\n\r\n%[2]x\r\n%[1]s\r\n0\r\n%[1]s\r\n\r\n")},
		{name: "a chunk too short", wire: raw("Transfer-Encoding: chunked\r\n\r\n10\r\n%[1]s\r\n0\r\n\r\n")},
		{name: "where a chunk belongs", wire: raw("Transfer-Encoding: chunked\r\n\r\n%[1]s\r\n0\r\n\r\n")},
		{name: "in a chunk's extension", good: true, wire: raw("Transfer-Encoding: chunked\r\n\r\n%[2]x;a=%[1]s\r\n%[1]s\r\n0\r\n\r\n")},
		{name: "both lengths", good: true, wire: raw("Content-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n%[2]x\r\n%[1]s\r\n0\r\n\r\n")},
		{name: "no empty line", wire: raw("Content-Length: %[2]d\r\n%[1]s\r\n\r\n")},
		{name: "in a status line", wire: func(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
			hijacked(w, fmt.Appendf(nil, "HTTP/1.1 %s\r\n\r\n", body))
		}},
	}
}

func digitsPayload(n int) payload {
	p := textPayload(n)
	for i := range p.value {
		p.value[i] = '1' + p.value[i]%9
	}
	return p
}

func withStatus(status int) wire {
	return func(s *service, w http.ResponseWriter, r *http.Request, body []byte) {
		announce(w, len(body))
		w.Header().Set("Location", "https://aws.invalid/")
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
}

func byteByByte(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
	announce(w, len(body))
	for i := range body {
		flush(w, body[i:i+1])
	}
}

// encoded names an encoding that the body is not in.
func encoded(encoding string) wire {
	return func(s *service, w http.ResponseWriter, r *http.Request, body []byte) {
		w.Header().Set("Content-Encoding", encoding)
		withLength(s, w, r, body)
	}
}

func compressedTwice(s *service, w http.ResponseWriter, r *http.Request, body []byte) {
	compressed(s, w, r, zip(body))
}

func compressedAndMore(s *service, w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Encoding", "gzip")
	withLength(s, w, r, append(zip(body), body...))
}

// raw gives an answer from its header on, in which %[1]s is the body and %[2]d its
// length.
func raw(text string) wire {
	return func(_ *service, w http.ResponseWriter, _ *http.Request, body []byte) {
		answer := strings.NewReplacer("%[1]s", string(body), "%[2]d", fmt.Sprint(len(body)), "%[2]x", fmt.Sprintf("%x", len(body))).Replace(text)
		hijacked(w, []byte("HTTP/1.1 200 OK\r\n"+answer))
	}
}

func hijacked(w http.ResponseWriter, answer []byte) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = conn.Write(answer)
}

var numbered = regexp.MustCompile(`odd-(\d+)`)

// Each answer has a secret of its own, so that what stays behind tells whose it is.
func TestNothingStaysOfOddAnswers(t *testing.T) {
	for _, way := range []string{"fetch", "agent"} {
		t.Run(way, func(t *testing.T) {
			each(t, func(t *testing.T) verdict { return oddAnswers(t, way) })
		})
	}
}

func oddAnswers(t *testing.T, way string) verdict {
	list := oddities()
	secrets, met := make([]payload, len(list)), make([]bool, len(list))
	var needles []memscan.Needle
	o := orders{Role: "odd", Way: way, TLS: tls.VersionTLS13}
	for i, odd := range list {
		if odd.kind == nil {
			odd.kind = textPayload
		}
		secrets[i] = odd.kind(900)
		needles = append(needles, secrets[i].needles(odd.name)...)
		o.Good = append(o.Good, odd.good)
	}
	version := uint16(tls.VersionTLS13)
	if way == "agent" {
		version = 0
	}
	srv := serve(t, version, func(s *service, w http.ResponseWriter, r *http.Request, _ []byte) {
		asked, _ := io.ReadAll(r.Body)
		number := numbered.FindStringSubmatch(r.URL.RawQuery + string(asked))
		i, _ := strconv.Atoi(number[1])
		met[i] = true
		odd, body := list[i], secrets[i].entry(number[0], 1)
		if odd.body != nil {
			body = odd.body(secrets[i], body)
		}
		if odd.wire == nil {
			odd.wire = withLength
		}
		odd.wire(s, w, r, body)
	}, func(string, int32) []byte { return nil })
	o.URL, o.CA = srv.URL, srv.ca()
	v := start(t, o, needles).watch(map[string]copies{"closed": {}, "disconnected": {}, "collected": {}}, nil)
	for i, odd := range list {
		if !met[i] {
			v.fault("%s: not asked for", odd.name)
		}
	}
	return v
}
