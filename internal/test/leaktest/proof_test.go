package leaktest_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"testing"
)

// proof is one case. Zero fields mean a client of fetch, 4 KB of text, sent with
// its length over TLS 1.3.
type proof struct {
	name   string
	kind   string
	size   int
	wire   wire
	tls    uint16
	proxy  bool
	debug  bool
	repeat int

	fails  bool // no secret is had
	cancel bool // the caller leaves when the wire has come to its stop
}

func TestNothingStays(t *testing.T) {
	needScanner(t)
	for _, p := range proofs() {
		t.Run(p.name, func(t *testing.T) {
			for range runs(t) {
				prove(t, p.run)
			}
		})
	}
}

// proofs are all the paths of an answer.
func proofs() []proof {
	list := []proof{
		{name: "proxy", proxy: true},
		{name: "debug log", debug: true, kind: "escaped"},
		{name: "debug log of a failure", debug: true, wire: refused, fails: true},
		{name: "hundredth fetch", repeat: 99},
		{name: "cut", wire: cutHalfWay, fails: true},
		{name: "cut, large", wire: cutHalfWay, fails: true, size: 40 << 10},
		{name: "cut chunk", wire: cutChunk, fails: true},
		{name: "cut once", wire: cutOnce},
		{name: "500 once", wire: flaky},
		{name: "stalled body, cancelled", wire: stalledBody, fails: true, cancel: true},
		{name: "stalled body, cancelled, large", wire: stalledBody, fails: true, cancel: true, size: 40 << 10, kind: "binary"},
		{name: "no answer, cancelled", wire: stalledHeader, fails: true, cancel: true},
		{name: "error", wire: refused, fails: true},
		{name: "error page", wire: failedPage, fails: true},
		{name: "malformed", wire: malformed, fails: true},
		{name: "malformed, binary", wire: malformed, fails: true, kind: "binary"},
		{name: "malformed gzip", wire: compressedBadly, fails: true},
		{name: "no header", wire: headerless, fails: true},
		{name: "more than announced", wire: longer},
		{name: "answers twice", wire: twice, repeat: 1},
		{name: "202", wire: otherwiseGood},
		{name: "one byte", size: 17, wire: dribbled},
		{name: "largest", size: 65536, wire: chunked, kind: "escaped"},
	}
	wires := []struct {
		name string
		wire wire
	}{
		{"length", withLength}, {"chunked", chunked}, {"split", dribbled}, {"split chunks", dribbledChunks},
		{"gzip", compressed}, {"close", closing}, {"HTTP/1.0", untilClosed},
	}
	sizes, versions := []int{1 << 10, 4 << 10, 40 << 10}, []uint16{tls.VersionTLS12, tls.VersionTLS13}
	for i, w := range wires {
		for j, kind := range []string{"text", "escaped", "binary"} {
			p := proof{kind: kind, wire: w.wire, size: sizes[(i+j)%3], tls: versions[(i+j)%2]}
			p.name = fmt.Sprintf("%s/%s/%d KB/%s", w.name, kind, p.size>>10, tls.VersionName(p.tls))
			list = append(list, p)
		}
	}
	return list
}

func (p proof) complete() proof {
	if p.kind == "" {
		p.kind = "text"
	}
	if p.size == 0 {
		p.size = 4 << 10
	}
	if p.wire == nil {
		p.wire = withLength
	}
	if p.tls == 0 {
		p.tls = tls.VersionTLS13
	}
	return p
}

// start starts the case's client and brings it past its cancellation.
func (p proof) start(t *testing.T, secret payload) *process {
	srv := serve(t, p.tls, p.wire, func(string, int32) []byte { return secret.entry(secretName, 1) })
	o := orders{Role: "fetch", URL: srv.URL, CA: srv.ca(), TLS: p.tls, Debug: p.debug, Cancel: p.cancel, Fails: p.fails, Repeat: p.repeat}
	if p.proxy {
		o.Proxy = proxy(t)
	}
	client := start(t, o, secret.needles("value"))
	if p.cancel {
		<-srv.reached
		client.proceed()
	}
	return client
}

func (p proof) run(t *testing.T) verdict {
	p = p.complete()
	secret := kinds[p.kind](p.size)
	want := map[string]copies{"held": {"value": 1}, "closed": {}, "disconnected": {}, "collected": {}}
	if p.fails {
		delete(want, "held")
		want["failed"] = copies{}
	}
	return p.start(t, secret).watch(want, map[string][]byte{"held": secret.value})
}

// Everything that SDK and fetch can log, in each case.
func TestLogsAreSilent(t *testing.T) {
	if raceDetector {
		t.Skip("skipped: forty processes under the race detector take a minute and race in nothing")
	}
	for _, p := range proofs() {
		t.Run(p.name, func(t *testing.T) {
			p := p.complete()
			p.debug, p.repeat = true, 0
			client := p.start(t, kinds[p.kind](p.size))
			for _, _, ok := client.next(); ok; _, _, ok = client.next() {
				client.proceed()
			}
			log := client.finish()
			if found := client.finder.Text(log); found.Fragments("") > 0 {
				t.Errorf("in the log: %v", found)
			}
			if !bytes.Contains(log, []byte("GetSecretValue")) {
				t.Error("the SDK logged nothing: searching the log proves nothing")
			}
		})
	}
}
