package lab

import (
	"cmp"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"wicketkey.internal/benchmarks/programs/tell"
	"wicketkey.internal/benchmarks/virtual"
)

// Setup is what a process finds when it starts. Its zero value is a process with
// keys in its environment, next to a Secrets Manager under one of Amazon's roots,
// that wants one secret of 3,000 bytes.
type Setup struct {
	RTT         time.Duration `json:",omitempty"` // to Secrets Manager; credentials are had on this machine
	Credentials Credentials   `json:",omitempty"` // "" is Static
	Roots       Roots         `json:",omitempty"` // "" is Amazon
	Way         Way           `json:",omitempty"` // "" is Direct
	Secrets     int           `json:",omitempty"` // zero is one
	Size        int           `json:",omitempty"` // of each secret in bytes, one of Sizes; zero is 3,000
	NoBatch     bool          `json:",omitempty"` // BatchGetSecretValue is denied
	Procs       int           `json:",omitempty"` // GOMAXPROCS, on which allocations depend a little; zero is what Go makes of the machine
}

// Roots are the ways in which a process comes to trust Secrets Manager.
type Roots string

const (
	// Amazon: a root named as Amazon's are, among all of the distribution's.
	Amazon Roots = "amazon"
	// Other: a root of another name among them, as behind an inspecting proxy.
	Other Roots = "other"
	// Bundle: AWS_CA_BUNDLE names a file with the one root.
	Bundle Roots = "bundle"
)

// Credentials are where a process finds its own.
type Credentials string

const (
	Static    Credentials = "static"    // in the environment
	Profile   Credentials = "profile"   // in the shared credentials file
	Instance  Credentials = "instance"  // at the instance metadata service
	Container Credentials = "container" // at EKS Pod Identity's agent
)

// Way is how Secrets Manager is reached.
type Way string

const (
	Direct Way = "direct"
	Proxy  Way = "proxy"  // HTTPS_PROXY names a proxy on this machine
	TLS12  Way = "tls1.2" // the peer speaks no newer TLS
)

// Sizes are those that secrets can have.
var Sizes = [...]int{100, usual, 4 << 10, 64 << 10}

const usual = 3000 // a gateway's configuration

// complete fills in the defaults.
func (s Setup) complete() Setup {
	s.Credentials = cmp.Or(s.Credentials, Static)
	s.Roots = cmp.Or(s.Roots, Amazon)
	s.Way = cmp.Or(s.Way, Direct)
	s.Secrets = cmp.Or(s.Secrets, 1)
	s.Size = cmp.Or(s.Size, usual)
	return s
}

// String names the setup as a benchmark is named.
func (s Setup) String() string {
	s = s.complete()
	return fmt.Sprintf("rtt=%v/credentials=%s/roots=%s/way=%s/secrets=%d/size=%dB/batch=%t",
		s.RTT, s.Credentials, s.Roots, s.Way, s.Secrets, s.Size, !s.NoBatch)
}

// name is one that only a proxy resolves.
const name = "secretsmanager.us-east-1.amazonaws.com"

// environment is all that a program gets to know. host is where Secrets Manager
// listens.
func (l *Lab) environment(s Setup, host, port string) []string {
	if s.Way == Proxy {
		host = name
	}
	env := []string{
		"HOME=" + l.dir, "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL_SECRETS_MANAGER=https://" + net.JoinHostPort(host, port),
		"FLOOR_ROOT=" + l.file(s.Roots) + ".root", fmt.Sprintf("%s=%d", tell.SecretsEnv, s.Secrets),
	}
	if s.Way == Proxy {
		env = append(env, "HTTPS_PROXY=http://"+l.proxy.address())
	}
	if s.Roots == Bundle {
		env = append(env, "AWS_CA_BUNDLE="+l.file(s.Roots))
	} else {
		env = append(env, "SSL_CERT_FILE="+l.file(s.Roots))
	}
	if s.Procs > 0 {
		env = append(env, fmt.Sprintf("GOMAXPROCS=%d", s.Procs))
	}
	return append(env, l.credentials(s.Credentials)...)
}

const (
	accessKey = "AKIAIOSFODNN7EXAMPLE"
	secretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

func (l *Lab) credentials(c Credentials) []string {
	switch near := "http://" + l.meta.Addr().String(); c {
	case Instance:
		return []string{"AWS_EC2_METADATA_SERVICE_ENDPOINT=" + near}
	case Container:
		return []string{
			"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + near + virtual.ContainerPath,
			"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=" + l.tokenFile(),
		}
	case Profile:
		return []string{"AWS_SHARED_CREDENTIALS_FILE=" + l.profileFile()}
	}
	return []string{"AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey}
}

func (l *Lab) file(r Roots) string { return filepath.Join(l.dir, string(r)+".pem") }
func (l *Lab) tokenFile() string   { return filepath.Join(l.dir, "token") }
func (l *Lab) profileFile() string { return filepath.Join(l.dir, "credentials") }
