package virtual

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"wicketkey.internal/mock"
)

// Endpoint is where the clients find Secrets Manager, by their own resolver.
const Endpoint = "secretsmanager." + mock.DefaultRegion + ".amazonaws.com:443"

// World is one region of AWS and one instance or container in it, on a [Network]:
// Secrets Manager behind TLS, and the services that hand out credentials, each at a
// distance of its own. Its fields are for reading.
type World struct {
	Network *Network
	Secrets *mock.Server

	roots    *x509.CertPool
	metadata *http.Server
	work     sync.WaitGroup
}

const sessionToken = "session"

var role = mock.AccessKey{ID: "ASIAIOSFODNN7EXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", SessionToken: sessionToken}

// NewWorld builds a world with the given round-trip times, to Secrets Manager and
// to where credentials are had. The caller closes it.
func NewWorld(rtt, imdsRTT time.Duration) (*World, error) {
	srv, err := mock.New(&mock.Options{TLS: true, InProcess: true, Keys: []mock.AccessKey{role}})
	if err != nil {
		return nil, err
	}
	w := &World{Network: NewNetwork(), Secrets: srv, roots: x509.NewCertPool()}
	if !w.roots.AppendCertsFromPEM(srv.CA()) {
		return nil, errors.New("virtual: the mock has no certificate")
	}
	l := w.Network.Listen(Endpoint, rtt)
	w.work.Go(func() { w.relay(l) })
	w.metadata = &http.Server{Handler: MetadataHandler(role.ID, role.Secret)}
	for _, address := range []string{MetadataAddress, ContainerAddress} {
		m := w.Network.Listen(address, imdsRTT)
		w.work.Go(func() { _ = w.metadata.Serve(m) })
	}
	return w, nil
}

// relay hands connections from the network on to the mock, which is no further
// away than the listener.
func (w *World) relay(l net.Listener) {
	for {
		far, err := l.Accept()
		if err != nil {
			return
		}
		w.work.Go(func() {
			near, err := w.Secrets.Dial(context.Background(), "tcp", Endpoint)
			if err != nil {
				_ = far.Close()
				return
			}
			w.work.Go(func() { join(near, far) })
			join(far, near)
		})
	}
}

func join(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
}

// Close ends everything in it.
func (w *World) Close() {
	_ = w.metadata.Close()
	_ = w.Secrets.Close()
	w.Network.Close()
	w.work.Wait()
}

// HTTPClient reaches what is in the world, as the SDK's own client would.
func (w *World) HTTPClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:         w.Network.DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: w.roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 10,
		IdleConnTimeout:     90 * time.Second,
	}}
}

// Static is the configuration of a process with keys in its environment.
func (w *World) Static() aws.Config {
	cfg := w.Secrets.AWSConfig()
	return aws.Config{
		Region:      cfg.Region,
		Credentials: aws.NewCredentialsCache(cfg.Credentials),
		HTTPClient:  w.HTTPClient(),
	}
}

// Instance is the configuration of a process with an instance's role, as
// config.LoadDefaultConfig puts it together.
func (w *World) Instance() aws.Config {
	client := imds.New(imds.Options{HTTPClient: w.HTTPClient()})
	return aws.Config{
		Region:      mock.DefaultRegion,
		Credentials: aws.NewCredentialsCache(ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = client })),
		HTTPClient:  w.HTTPClient(),
	}
}

// containerWindow is how long before their end config.LoadDefaultConfig has a
// container's credentials renewed.
const containerWindow = 5 * time.Minute

// Container is the configuration of a process in a container of EKS, with Pod
// Identity, as config.LoadDefaultConfig puts it together.
func (w *World) Container() aws.Config {
	provider := endpointcreds.New("http://169.254.170.23"+ContainerPath, func(o *endpointcreds.Options) {
		o.HTTPClient = w.HTTPClient()
		o.AuthorizationToken = ContainerToken
	})
	return aws.Config{
		Region:      mock.DefaultRegion,
		Credentials: aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = containerWindow }),
		HTTPClient:  w.HTTPClient(),
	}
}

// Dials returns how many connections Secrets Manager was asked for.
func (w *World) Dials() int { return w.Network.Dials(Endpoint) }
