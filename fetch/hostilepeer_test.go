package fetch_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// hostilePeer answers on real connections as the plan of each question tells. A
// request names its question in a header; what comes late, from a caller who has
// given up, is so told from the next one.
type hostilePeer struct {
	url string
	tls *tls.Config // the client's; nil for plain HTTP

	mu      sync.Mutex
	plans   map[string]*plan
	conns   map[*hostileConn]bool
	asked   int
	greeted string // what the next connection is told before it asks
}

// plan is what happens to one question: its deeds in the order of its requests,
// and honest answers after those.
type plan struct {
	deeds    []deed
	received func() // called for a request whose caller shall give up
	busy     sync.WaitGroup
}

// hostileConn is a connection of the peer's, with what it says out of turn later on.
type hostileConn struct {
	net.Conn          // what HTTP is spoken on
	raw      net.Conn // under TLS
	later    func()
	behind   []string // answers that are to come before the next one's
}

const questionHeader = "X-Question"

// startHostilePeer serves TLS of a version, or plain HTTP for 0.
func startHostilePeer(tb testing.TB, version uint16) *hostilePeer {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &hostilePeer{url: "http://" + l.Addr().String(), plans: map[string]*plan{}, conns: map[*hostileConn]bool{}}
	var server *tls.Config
	if version != 0 {
		config, client := hostileTLS()
		server, p.tls = config.Clone(), client.Clone()
		server.MinVersion, server.MaxVersion = version, version
		p.url = "https://" + l.Addr().String()
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { p.serve(raw, server) })
		}
	})
	tb.Cleanup(func() {
		_ = l.Close()
		p.closeAll()
		serving.Wait()
	})
	return p
}

func (p *hostilePeer) closeAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.raw.Close()
	}
}

// expect announces a question.
func (p *hostilePeer) expect(question string, what *plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plans[question] = what
}

// settle ends a question: everything that is to be said out of turn about it has been
// said when it returns.
func (p *hostilePeer) settle(question string) {
	p.mu.Lock()
	what := p.plans[question]
	delete(p.plans, question)
	p.mu.Unlock()
	what.busy.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		if c.later != nil {
			c.later()
			c.later = nil
		}
	}
}

// next gives the deed for a request, and marks its plan busy with it; nil for a
// question that has been settled.
func (p *hostilePeer) next(question string) (d deed, what *plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if what = p.plans[question]; what == nil {
		return d, nil
	}
	p.asked++
	if len(what.deeds) > 0 {
		d, what.deeds = what.deeds[0], what.deeds[1:]
	}
	p.greeted = d.greets
	what.busy.Add(1)
	return d, what
}

func (p *hostilePeer) serve(raw net.Conn, server *tls.Config) {
	c := &hostileConn{Conn: raw, raw: raw}
	if server != nil {
		c.Conn = tls.Server(raw, server)
	}
	p.mu.Lock()
	p.conns[c] = true
	greeting := p.greeted
	p.greeted = ""
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, c)
		_ = raw.Close()
	}()
	if greeting != "" {
		_, _ = io.WriteString(c, greeting)
	}
	r := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		d, what := p.next(req.Header.Get(questionHeader))
		if what == nil || !p.answer(c, req, d, what) {
			return
		}
	}
}

// answer does what the deed says and reports whether the connection stays.
func (p *hostilePeer) answer(c *hostileConn, req *http.Request, d deed, what *plan) (stays bool) {
	defer what.busy.Done()
	if d.early != "" {
		_, _ = io.WriteString(c, d.early)
	}
	var asked struct{ SecretId, VersionId string }
	if json.NewDecoder(req.Body).Decode(&asked) != nil {
		return false
	}
	if d.abandoned {
		what.received()
	}
	text := d.text(asked.SecretId, asked.VersionId)
	for range d.late {
		c.behind = append(c.behind, deed{}.text(stranger(asked.SecretId, d.late), ""))
	}
	if len(c.behind) > 0 {
		c.behind = append(c.behind, text)
		text, c.behind = c.behind[0], c.behind[1:]
	}
	if d.when == later {
		p.mu.Lock()
		c.later = func() { d.push(c, asked.SecretId) }
		p.mu.Unlock()
	}
	if d.when == atOnce && d.unsolicited != nil {
		text += d.unsolicited(asked.SecretId)
	}
	for _, part := range d.split(text) {
		if _, err := io.WriteString(c, part); err != nil {
			return false
		}
	}
	if d.when == atOnce && d.unsolicited == nil {
		d.push(c, asked.SecretId)
	}
	if d.when == soon {
		time.Sleep(d.pause)
		d.push(c, asked.SecretId)
	}
	return d.end == nil || d.end(c)
}
