package virtual

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Regions are the Secrets Managers of several regions, by region. A request goes
// to the one whose host it names.
type Regions map[string]*Service

// Config is a configuration of one region that reaches all of them.
func (r Regions) Config(region string) aws.Config {
	cfg := r[region].Config()
	cfg.HTTPClient = r
	return cfg
}

// Do answers a request.
func (r Regions) Do(req *http.Request) (*http.Response, error) {
	_, rest, _ := strings.Cut(req.URL.Hostname(), ".")
	region, _, _ := strings.Cut(rest, ".")
	s := r[region]
	if s == nil {
		return nil, fmt.Errorf("virtual: no region %q", region)
	}
	return s.Do(req)
}
