package fetch_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// deed is what a hostile peer does with one request. The zero deed is an honest
// answer.
type deed struct {
	kind      string                         // for counting
	form      int                            // how the answer is framed
	instead   func(id, version string) claim // what it is about; nil: what was asked
	whole     string                         // the answer itself, where it is about nothing
	late      int                            // by how many answers the connection is late from now on
	lead      string                         // before the answer: 1xx
	early     string                         // said before the request has been read
	greets    string                         // said on the next connection, before anything is asked
	cut       int                            // how much of the answer comes, in 256ths; 0: all of it
	parts     int                            // in which it is written, beside the first
	pause     time.Duration
	abandoned bool // the caller gives up while it waits

	when        moment
	unsolicited func(id string) string // said in excess; nil: the connection is closed or garbage sent under TLS
	garbage     string

	end func(*hostileConn) bool // what becomes of the connection; nil: it stays
}

// moment is when something is said in excess.
type moment uint8

const (
	never  moment = iota
	atOnce        // behind the answer
	later         // when the client has its answer, before it asks again
	soon          // after a pause, perhaps in the middle of the next exchange
)

// claim is what an answer says that it is about.
type claim struct{ region, account, name, version string }

const (
	oldVersion = "00000000-0000-4000-8000-000000000001"
	newVersion = "00000000-0000-4000-8000-000000000002" // the current one
)

// claimed is the honest claim for an identifier: a name or an ARN.
func claimed(id, version string) claim {
	if version == "" {
		version = newVersion
	}
	if _, resource, ok := strings.Cut(id, ":secret:"); ok {
		id = strings.TrimSuffix(resource, "-AbCdEf")
	}
	return claim{"us-east-1", ownAccount, id, version}
}

func (c claim) arn() string {
	return "arn:aws:secretsmanager:" + c.region + ":" + c.account + ":secret:" + c.name + "-AbCdEf"
}

// value names secret and version, and no other value contains it.
func (c claim) value() string {
	return strings.Repeat("<"+c.arn()+" "+c.version+">", 1+40*(int(c.name[len(c.name)-1])%3))
}

func (c claim) body() string {
	stage := "AWSCURRENT"
	if c.version == oldVersion {
		stage = "AWSPREVIOUS"
	}
	return fmt.Sprintf(`{"ARN":%q,"Name":%q,"VersionId":%q,"SecretString":%q,"VersionStages":[%q]}`, c.arn(), c.name, c.version, c.value(), stage)
}

// framed puts a body into an answer.
func framed(form int, status, body string) string {
	head := "HTTP/1.1 " + status + "\r\nContent-Type: application/x-amz-json-1.1\r\n"
	if form == byChunks {
		var b strings.Builder
		for left := body; left != ""; {
			n := min(len(left), 1+len(left)/2)
			fmt.Fprintf(&b, "%x\r\n%s\r\n", n, left[:n])
			left = left[n:]
		}
		return head + "Transfer-Encoding: chunked\r\n\r\n" + b.String() + "0\r\n\r\n"
	}
	if form == byClosing {
		head += "Connection: close\r\n"
	}
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
}

const (
	byLength = iota
	byChunks
	byClosing // a length as well, and the connection ends
	forms
)

func (d deed) text(id, version string) string {
	answer := d.whole
	if answer == "" {
		about := claimed(id, version)
		if d.instead != nil {
			about = d.instead(id, version)
		}
		answer = framed(d.form, "200 OK", about.body())
	}
	if d.cut > 0 {
		answer = answer[:len(answer)*d.cut/256]
	}
	return d.lead + answer
}

// split gives the parts in which a text is written, waiting between them.
func (d deed) split(text string) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		for i := range d.parts {
			n := len(text) / 2
			if !yield(i, text[:n]) {
				return
			}
			text = text[n:]
			time.Sleep(d.pause)
		}
		yield(d.parts, text)
	}
}

func (d deed) push(c *hostileConn, id string) {
	switch {
	case d.unsolicited != nil:
		_, _ = io.WriteString(c, d.unsolicited(id))
	case d.garbage != "":
		_, _ = io.WriteString(c.raw, d.garbage)
	default:
		_ = c.raw.Close()
	}
}

func closes(*hostileConn) bool { return false }

func resets(c *hostileConn) bool {
	_ = c.raw.(*net.TCPConn).SetLinger(0)
	return false
}

// others are the ways in which an answer is not about what was asked.
var others = []func(id, version string) claim{
	func(id, _ string) claim { return claimed(stranger(id, 1), "") },
	func(id, version string) claim { return claimed(stranger(id, 2), version) },
	func(id, version string) claim { c := claimed(id, version); c.region = "eu-west-1"; return c },
	func(id, version string) claim { // another account's, which a name alone does not exclude
		c := claimed(id, version)
		if strings.HasPrefix(id, "arn:") {
			c.account = "210987654321"
		} else {
			c.name += "-AbCdEf" // nor an ARN this: it may leave out its suffix
		}
		return c
	},
	func(id, version string) claim { // another version of the same
		if version == "" {
			return claimed(id, oldVersion)
		}
		return claimed(id, map[string]string{oldVersion: newVersion, newVersion: oldVersion}[version])
	},
}

// stranger is another of the names that the model asks for.
func stranger(id string, step int) string {
	own := claimed(id, "").name
	last := len(own) - 1
	return own[:last] + string(rune('0'+(int(own[last]-'0')+step)%secretNames))
}

// secretNames is how many secrets there are.
const secretNames = 6

// excesses are what a peer says while nobody has asked. The first ones are values,
// which tell whose they are; what follows could be an answer to anything.
var excesses = []func(id string) string{
	func(id string) string { return framed(byLength, "200 OK", claimed(id, "").body()) }, // the same again
	func(id string) string { return framed(byChunks, "200 OK", claimed(id, "").body()) },
	func(id string) string { return framed(byLength, "200 OK", claimed(stranger(id, 1), "").body()) },
	func(id string) string { return framed(byChunks, "200 OK", claimed(stranger(id, 3), "").body()) },
	func(id string) string {
		return framed(byLength, "200 OK", claimed(stranger(id, 4), "").body()) + framed(byLength, "200 OK", claimed(stranger(id, 2), "").body())
	},
	func(string) string { return "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n" },
	func(string) string { return refusal },
	func(string) string { return "HTTP/1.1 100 Continue\r\n\r\n" },
	func(string) string { return "\r\n" },
	func(string) string { return "H" },
	func(string) string { return "0\r\n\r\n" },
	nil, // closed, or garbage under TLS
}

const valueExcesses = 5

var refusal = framed(byLength, "400 Bad Request", `{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}`)
