package mock

import (
	"log/slog"
	"time"
)

// The default server's account, region and access key: AWS's documentation pair.
const (
	DefaultAccount = "123456789012"
	DefaultRegion  = "us-east-1"

	defaultKeyID  = "AKIAIOSFODNN7EXAMPLE"
	defaultSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// Options configures [New] and [Start]. The zero value, and nil, mean every default below.
type Options struct {
	// Secrets.

	// Account is the twelve-digit account of the server's secrets; "" means [DefaultAccount].
	Account string
	// Region is where [Server.Put] puts secrets and [Server.AWSConfig] looks for them; "" means
	// [DefaultRegion].
	Region string
	// Regions are the regions that the server stands for; a request is for the region that its signature is
	// scoped to, and any other gets AWS's error. nil means every region.
	Regions []string
	// Seed decides ARN suffixes, version and request ids, passwords and the dice of faults. The same seed and
	// the same requests in the same order give the same answers. Zero is a seed like any other.
	Seed uint64
	// ListLag is how long ListSecrets does not show a new secret, as AWS's may for five minutes. Zero means
	// that it shows every secret at once.
	ListLag time.Duration
	// DeleteLag is how long a forced deletion takes, on AWS some seconds: until then DescribeSecret answers with
	// DeletedDate, every other use fails, and the name is taken. Zero means that it is done at once.
	DeleteLag time.Duration

	// Callers.

	// Keys are accepted beside the default access key; one without ID, or with the default's, replaces that.
	Keys []AccessKey
	// Role is the role of the instance and of the container whose credentials the server hands out. Sessions that its
	// STS gives may what this role may, whatever role they are of.
	Role Role

	// Where it serves.

	// InProcess serves without sockets, over net.Pipe, which works inside testing/synctest when the server is
	// made in the bubble. Only clients of [Server.AWSConfig] and [Server.Dial] reach it.
	InProcess bool
	// TLS serves HTTPS with a certificate of [Server.CA], and HTTP/2 beside HTTP/1.1.
	TLS bool
	// Standalone is for a server that others reach than the test that starts it.
	Standalone Standalone

	// Seeing.

	// Log gets one line a request, with nothing secret in it; nil logs nothing.
	Log *slog.Logger
}

// Standalone says how a server is reached that stands by itself, as wicketkey mock
// does: from other processes, other languages, other machines. A test in Go needs
// none of it; the zero value is a free port of 127.0.0.1.
type Standalone struct {
	// Listen is the TCP address to serve on; "" means a free port of 127.0.0.1. Beyond loopback whoever reaches this
	// machine reads and writes the secrets, for the default key is published, and /_mock/ wants ControlToken.
	Listen string
	// Hosts are names of the server beside localhost and IP addresses, such as mock in a compose file: its
	// certificate holds them, and under no other is /_mock/ answered, nor credentials handed out.
	Hosts []string
	// Proxy makes the server an HTTPS proxy, as HTTPS_PROXY names one, for clients whose endpoint cannot be set:
	// connections to AWS's host names, in every region, end in the server, under certificates of [Server.CA]. Other
	// hosts are refused.
	Proxy bool
	// ControlToken is what requests to /_mock/ must carry, as Authorization: Bearer; /_mock/health needs none. ""
	// asks for none on loopback, and elsewhere closes /_mock/.
	ControlToken string
}

func (o *Options) withDefaults() Options {
	var out Options
	if o != nil {
		out = *o
	}
	if out.Account == "" {
		out.Account = DefaultAccount
	}
	if out.Region == "" {
		out.Region = DefaultRegion
	}
	if out.Standalone.Listen == "" {
		out.Standalone.Listen = "127.0.0.1:0"
	}
	return out
}
