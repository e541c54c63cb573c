package imds

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// InstanceOptions are the choices of [NewInstance].
type InstanceOptions struct {
	Now      func() time.Time // the clock; nil is time.Now
	Role     string           // the attached role's name; empty is "gateway-role"
	Account  string           // empty is 123456789012
	Region   string           // empty is us-east-1
	Zone     string           // empty is the region's zone a
	ID       string           // of the instance; empty is i-0123456789abcdef0
	AllowV1  bool             // whether a GET without a token is answered; new instances do not
	Launched time.Time        // zero is 2024-01-01
}

const (
	ttlHeader   = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
	tokenHeader = "X-Aws-Ec2-Metadata-Token"
	maxTTL      = 21600
)

// Instance is an [http.Handler] that behaves as the metadata service of one
// instance. It is safe for concurrent use.
type Instance struct {
	switchboard
	o      InstanceOptions
	issuer *Issuer
	tokens tokens
	tree   map[string]string // what does not change, by path
}

// NewInstance returns the metadata service of an instance whose role's
// credentials come from issuer. nil options are the defaults.
func NewInstance(issuer *Issuer, options *InstanceOptions) *Instance {
	var o InstanceOptions
	if options != nil {
		o = *options
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	fill(&o.Role, "gateway-role")
	fill(&o.Account, "123456789012")
	fill(&o.Region, "us-east-1")
	fill(&o.Zone, o.Region+"a")
	fill(&o.ID, "i-0123456789abcdef0")
	if o.Launched.IsZero() {
		o.Launched = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	i := &Instance{switchboard: newSwitchboard(), o: o, issuer: issuer, tokens: newTokens(o.ID)}
	i.tree = i.fixed()
	return i
}

func fill(s *string, otherwise string) {
	if *s == "" {
		*s = otherwise
	}
}

// Env returns the environment that points an SDK at the instance as served
// under baseURL.
func (i *Instance) Env(baseURL string) map[string]string {
	return map[string]string{"AWS_EC2_METADATA_SERVICE_ENDPOINT": baseURL}
}

// fixed builds the part of the tree that neither time nor trouble changes.
func (i *Instance) fixed() map[string]string {
	document := indented(struct {
		AccountID        string    `json:"accountId"`
		Architecture     string    `json:"architecture"`
		AvailabilityZone string    `json:"availabilityZone"`
		ImageID          string    `json:"imageId"`
		InstanceID       string    `json:"instanceId"`
		InstanceType     string    `json:"instanceType"`
		PendingTime      time.Time `json:"pendingTime"`
		PrivateIP        string    `json:"privateIp"`
		Region           string    `json:"region"`
		Version          string    `json:"version"`
	}{i.o.Account, "x86_64", i.o.Zone, "ami-0123456789abcdef0", i.o.ID, "t3.micro", i.o.Launched.UTC(), "10.0.0.10", i.o.Region, "2017-09-30"})
	info := indented(struct {
		Code               string
		LastUpdated        time.Time
		InstanceProfileArn string
		InstanceProfileId  string
	}{"Success", i.o.Launched.UTC(), "arn:aws:iam::" + i.o.Account + ":instance-profile/" + i.o.Role, "AIPAIOSFODNN7EXAMPLE"})
	return map[string]string{
		"meta-data":                             "ami-id\niam/\ninstance-id\ninstance-type\nlocal-ipv4\nplacement/",
		"meta-data/ami-id":                      "ami-0123456789abcdef0",
		"meta-data/iam":                         "info\nsecurity-credentials/",
		"meta-data/iam/info":                    info,
		"meta-data/instance-id":                 i.o.ID,
		"meta-data/instance-type":               "t3.micro",
		"meta-data/local-ipv4":                  "10.0.0.10",
		"meta-data/placement":                   "availability-zone\nregion",
		"meta-data/placement/availability-zone": i.o.Zone,
		"meta-data/placement/region":            i.o.Region,
		"dynamic/instance-identity":             "document",
		"dynamic/instance-identity/document":    document,
	}
}

// ServeHTTP answers as the metadata service does, or as the trouble in force
// has it. It may block for as long as the client stays.
func (i *Instance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	trouble := i.now()
	if !i.admit(w, r, trouble, page) {
		return
	}
	w.Header().Set("Server", "EC2ws")
	path, ok := inside(r.URL.Path)
	switch {
	case !ok:
		page(w, http.StatusNotFound)
	case path == "api/token":
		i.serveToken(w, r, trouble)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		page(w, http.StatusMethodNotAllowed)
	case !i.mayRead(r):
		page(w, http.StatusUnauthorized)
	default:
		i.serveTree(w, path, trouble)
	}
}

// inside strips the version ("latest" or a date) from a path; a slash at the
// end means nothing.
func inside(path string) (string, bool) {
	version, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	_, err := time.Parse(time.DateOnly, version)
	return strings.TrimSuffix(rest, "/"), err == nil || version == "latest"
}

func (i *Instance) serveToken(w http.ResponseWriter, r *http.Request, trouble Trouble) {
	if trouble.HopLimit {
		i.hold(r)
	}
	if r.Method != http.MethodPut {
		page(w, http.StatusMethodNotAllowed)
		return
	}
	if r.Header.Get("X-Forwarded-For") != "" { // an open proxy must not hand out tokens
		page(w, http.StatusForbidden)
		return
	}
	ttl, err := strconv.Atoi(r.Header.Get(ttlHeader))
	if err != nil || ttl < 1 || ttl > maxTTL {
		page(w, http.StatusBadRequest)
		return
	}
	w.Header().Set(ttlHeader, strconv.Itoa(ttl))
	plain(w, i.tokens.make(i.o.Now().Add(time.Duration(ttl)*time.Second)))
}

// mayRead: a token must be valid even where none is needed.
func (i *Instance) mayRead(r *http.Request) bool {
	token, given := r.Header[tokenHeader]
	if !given {
		return i.o.AllowV1
	}
	return i.tokens.valid(token[0], i.o.Now())
}

func (i *Instance) serveTree(w http.ResponseWriter, path string, trouble Trouble) {
	const roles = "meta-data/iam/security-credentials"
	if trouble.NoRole && strings.HasPrefix(path, "meta-data/iam") {
		page(w, http.StatusNotFound)
		return
	}
	switch path {
	case roles:
		plain(w, i.o.Role)
	case roles + "/" + i.o.Role:
		plain(w, roleDocument(i.issuer.give(i.o.Role, i.o.Now(), trouble)))
	default:
		if text, ok := i.tree[path]; ok {
			plain(w, text)
			return
		}
		page(w, http.StatusNotFound)
	}
}

func (i *Issuer) give(role string, now time.Time, trouble Trouble) Credentials {
	if trouble.Stale {
		return i.last(role, now)
	}
	return i.Issue(role, now)
}

func roleDocument(c Credentials) string {
	return indented(struct {
		Code            string
		LastUpdated     time.Time
		Type            string
		AccessKeyId     string
		SecretAccessKey string
		Token           string
		Expiration      time.Time
	}{"Success", c.Issued, "AWS-HMAC", c.AccessKey, c.Secret, c.Token, c.Expires})
}

// page writes an error the way the metadata service does, as a small page.
func page(w http.ResponseWriter, status int) {
	title := strconv.Itoa(status) + " - " + http.StatusText(status)
	answer(w, status, "text/html", "<html><head><title>"+title+"</title></head><body><h1>"+title+"</h1></body></html>\n")
}

func plain(w http.ResponseWriter, text string) { answer(w, http.StatusOK, "text/plain", text) }
