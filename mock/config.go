package mock

import (
	"context"
	"crypto/tls"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// AWSConfig returns a configuration for the SDK that reaches the server: its region, the default access key, its
// URL and, where needed, an HTTP client that trusts its certificate or dials it without sockets. Another region
// of the same server is reached by changing Region. Each call returns a fresh configuration.
func (s *Server) AWSConfig() aws.Config {
	url := s.URL()
	cfg := aws.Config{
		Region:       s.opts.Region,
		Credentials:  aws.CredentialsProviderFunc(s.defaultCredentials),
		BaseEndpoint: &url,
	}
	switch {
	case s.client != nil:
		cfg.HTTPClient = s.client
	case s.opts.TLS:
		cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.TLSClientConfig = &tls.Config{RootCAs: s.authority.Pool(), MinVersion: tls.VersionTLS12}
		})
	}
	return cfg
}

// defaultCredentials are the default key's, as it is when they are asked for.
func (s *Server) defaultCredentials(context.Context) (aws.Credentials, error) {
	return s.keys.get(defaultKeyID).credentials(), nil
}
