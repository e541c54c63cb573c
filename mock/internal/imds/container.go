package imds

import (
	"crypto/subtle"
	"net/http"
	"time"
)

// ContainerOptions are the choices of [NewContainer].
type ContainerOptions struct {
	Now     func() time.Time // the clock; nil is time.Now
	Role    string           // the task's role; empty is "gateway-role"
	Account string           // empty is 123456789012
	Path    string           // of the credentials; empty is /v2/credentials/gateway
	Token   string           // what Authorization must be; empty demands nothing
}

// Container is an [http.Handler] that behaves as the container credentials
// endpoint of ECS, or with a token as that of EKS. It is safe for concurrent
// use.
type Container struct {
	switchboard
	o      ContainerOptions
	issuer *Issuer
}

// NewContainer returns an endpoint that hands out the role's credentials from
// issuer. nil options are the defaults.
func NewContainer(issuer *Issuer, options *ContainerOptions) *Container {
	var o ContainerOptions
	if options != nil {
		o = *options
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	fill(&o.Role, "gateway-role")
	fill(&o.Account, "123456789012")
	fill(&o.Path, "/v2/credentials/gateway")
	return &Container{switchboard: newSwitchboard(), o: o, issuer: issuer}
}

// Env returns the environment that points an SDK at the endpoint as served
// under baseURL, which an SDK accepts over plain HTTP only on loopback.
func (c *Container) Env(baseURL string) map[string]string {
	env := map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": baseURL + c.o.Path}
	if c.o.Token != "" {
		env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = c.o.Token
	}
	return env
}

// ServeHTTP answers as the agent does, or as the trouble in force has it.
// HopLimit does not apply: there is no token to ask for. It may block for as
// long as the client stays.
func (c *Container) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	trouble := c.now()
	if !c.admit(w, r, trouble, refusal) {
		return
	}
	switch {
	case r.Method != http.MethodGet:
		refusal(w, http.StatusMethodNotAllowed)
	case r.URL.Path != c.o.Path:
		refusal(w, http.StatusNotFound)
	case !c.authorized(r):
		refusal(w, http.StatusUnauthorized)
	case trouble.NoRole:
		refusal(w, http.StatusNotFound)
	default:
		given := c.issuer.give(c.o.Role, c.o.Now(), trouble)
		answer(w, http.StatusOK, "application/json", c.document(given))
	}
}

func (c *Container) authorized(r *http.Request) bool {
	return c.o.Token == "" ||
		subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(c.o.Token)) == 1
}

func (c *Container) document(given Credentials) string {
	return indented(struct {
		RoleArn         string
		AccessKeyId     string
		SecretAccessKey string
		Token           string
		Expiration      time.Time
		AccountId       string
	}{"arn:aws:iam::" + c.o.Account + ":role/" + given.Role, given.AccessKey, given.Secret, given.Token, given.Expires, c.o.Account})
}

func refusal(w http.ResponseWriter, status int) {
	body := indented(struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}{http.StatusText(status), "the credentials endpoint refuses the request"})
	answer(w, status, "application/json", body)
}
