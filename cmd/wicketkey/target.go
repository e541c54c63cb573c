package main

import (
	"context"
	"errors"
	"flag"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/awsenv"
	"wicketkey.internal/internal/ident"
)

// The spellings of the secret's name: ours, and those of the gateway's guide.
const (
	nameFlag     = "name"
	guideFlag    = "aws-kms-secret-name"
	nameVariable = "AWS_KMS_SECRET_NAME"
)

// place is where and as whom to ask.
type place struct {
	region, profile, endpoint string
	timeout                   time.Duration
}

func (p *place) declare(fs *flag.FlagSet, timeout time.Duration) {
	fs.StringVar(&p.region, "region", "", "AWS `region`, for a secret that is not given as an ARN (default: the ARN's, AWS_REGION, AWS_DEFAULT_REGION, the profile's, the instance's)")
	fs.StringVar(&p.profile, "profile", "", "`profile` of the shared AWS configuration (default: AWS_PROFILE)")
	fs.StringVar(&p.endpoint, "endpoint-url", "", "`URL` to ask instead of AWS's own (default: AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_ENDPOINT_URL)")
	p.timeout = timeout
	fs.Var((*span)(&p.timeout), "timeout", "give up after this `duration`, all attempts included")
}

// target names a secret and the place to ask for it.
type target struct {
	place
	given []named
}

func (t *target) declare(fs *flag.FlagSet, timeout time.Duration) {
	fs.Var(&nameValue{t, nameFlag}, nameFlag, "`secret`: its name, its ARN, or its ARN without the six random characters; it may be given without -name, too")
	fs.Var(&nameValue{t, guideFlag}, guideFlag, "`secret`: the same, as the gateway's guide spells it (default: "+nameVariable+")")
	t.place.declare(fs, timeout)
}

// named is the identifier with the place that it was found in.
type named struct{ id, source string }

// nameValue collects what one of the flags names.
type nameValue struct {
	t    *target
	flag string
}

func (n *nameValue) String() string { return "" }

func (n *nameValue) Set(id string) error {
	if id == "" {
		return errors.New("the secret's name is empty; is a variable of the shell not set?")
	}
	n.t.given = append(n.t.given, named{id, dash(n.flag)})
	return nil
}

// accept takes the secret's name as an argument.
func (t *target) accept(args []string) error {
	switch {
	case len(args) > 1:
		return usage("%s where one names the secret", plural(len(args), "argument"))
	case len(args) == 1 && args[0] == "":
		return usage("the secret's name is empty; is a variable of the shell not set?")
	case len(args) == 1:
		t.given = append(t.given, named{args[0], "the command line"})
	}
	return nil
}

// find says which secret is meant. What was typed wins over the environment.
func (t *target) find(s *system) (named, error) {
	variable := s.getenv(nameVariable)
	if len(t.given) == 0 && variable == "" {
		return named{}, usage("no secret named: give its name, as --%s NAME, -%s NAME or alone, or set %s", guideFlag, nameFlag, nameVariable)
	}
	if len(t.given) == 0 {
		return named{variable, nameVariable}, nil
	}
	n := t.given[len(t.given)-1]
	for _, other := range t.given {
		if other.id != n.id && other.source != n.source { // a flag that is repeated is one that a script lets be overridden
			return named{}, usage("%s and %s name different secrets: leave one out", other.source, n.source)
		}
	}
	if variable != "" && variable != n.id {
		s.note("the secret is named by %s; %s names another, which is not used", n.source, nameVariable)
	}
	return n, nil
}

// refer reads the secret's identifier, and says so when the environment named it.
func (t *target) refer(s *system) (fetch.Ref, error) {
	n, err := t.find(s)
	if err != nil {
		return fetch.Ref{}, err
	}
	if n.source == nameVariable {
		s.note("the secret is named by %s", nameVariable)
	}
	return fetch.ParseRef(n.id)
}

// load finds region and credentials. The flag for the endpoint goes in as the
// environment variable that says the same, because the SDK lets that variable
// win over what a program sets.
func (p *place) load(s *system) (*awsenv.Loaded, error) {
	lookup := s.lookupEnv
	if p.endpoint != "" {
		lookup = func(name string) (string, bool) {
			switch name {
			case "AWS_ENDPOINT_URL_SECRETS_MANAGER":
				return p.endpoint, true
			case "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS":
				return "", false
			}
			return s.lookupEnv(name)
		}
	}
	loaded, err := awsenv.Load(&awsenv.Options{Profile: p.profile, Region: p.region, LookupEnv: lookup, FullChain: fullChain})
	if err != nil {
		return nil, explained(fetch.ErrInvalid, err)
	}
	if p.endpoint != "" {
		loaded.Config.BaseEndpoint = aws.String(p.endpoint)
	}
	return loaded, nil
}

// explained is what awsenv found, as fetch would tell it.
func explained(kind, err error) error {
	e := &fetch.Error{Kind: kind, Cause: err.Error(), Err: err}
	if detail, ok := errors.AsType[*awsenv.Error](err); ok {
		e.Cause, e.Remedy = detail.Explain()
	}
	return e
}

// regionOf is the region that will be asked, and where it was found: an ARN
// names its own, and only where nothing else does the instance is asked.
func regionOf(ctx context.Context, loaded *awsenv.Loaded, id string) (region, source string, err error) {
	if parsed, err := ident.ParseID(id); err == nil && parsed.Region != "" {
		return parsed.Region, "the ARN", nil
	}
	if loaded.Config.Region != "" {
		source = strings.Replace(loaded.RegionSource, "option", "-region", 1)
		return loaded.Config.Region, source, nil
	}
	region, err = loaded.InstanceRegion(ctx)
	if err != nil {
		e := &fetch.Error{ID: id, Kind: fetch.ErrNoRegion, Cause: err.Error(), Remedy: "set AWS_REGION or give -region, or give the secret's ARN", Err: err}
		if detail, ok := errors.AsType[*awsenv.Error](err); ok && detail.Err != nil {
			e.Cause = detail.Cause + ": " + detail.Err.Error()
		}
		return "", "", e
	}
	return region, "instance metadata", nil
}

// connection is what it takes to ask for one secret.
type connection struct {
	loaded *awsenv.Loaded
	region string
	client *fetch.Client
}

// connect prepares to ask for the secret. The caller closes the client.
func (p *place) connect(ctx context.Context, s *system, id string) (*connection, error) {
	loaded, err := p.load(s)
	if err != nil {
		return nil, err
	}
	c := &connection{loaded: loaded}
	arrived := s.waiting("the instance's metadata, since nothing else names the region")
	c.region, _, err = regionOf(ctx, loaded, id)
	arrived()
	if err != nil {
		return nil, err
	}
	c.client, err = p.fetcher(ctx, s, loaded, c.region)
	return c, err
}

// fetcher makes the client of what load and regionOf found.
func (p *place) fetcher(ctx context.Context, s *system, loaded *awsenv.Loaded, region string) (*fetch.Client, error) {
	return fetch.New(ctx, &fetch.Options{AWS: &loaded.Config, Region: region, Budget: p.timeout, Logger: s.logger()})
}

// writer gives the SDK's own client, for the calls that are no reading.
func (c *connection) writer() *secretsmanager.Client { return plainClient(c.loaded, c.region) }

func plainClient(loaded *awsenv.Loaded, region string) *secretsmanager.Client {
	return secretsmanager.NewFromConfig(loaded.Config, func(o *secretsmanager.Options) { o.Region = region })
}

// waitingForAWS is waiting for an answer of the service.
func (s *system) waitingForAWS(region string, timeout time.Duration) (arrived func()) {
	return s.waiting("credentials and Secrets Manager in %s; -timeout ends this after %v", region, timeout)
}

// read fetches one secret within the time allowed. The caller closes it.
func (t *target) read(ctx context.Context, s *system, ref fetch.Ref) (*fetch.Secret, error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	c, err := t.connect(ctx, s, ref.ID)
	if err != nil {
		return nil, err
	}
	defer c.client.Close()
	defer s.waitingForAWS(c.region, t.timeout)()
	return fetchSecret(ctx, c.client, ref)
}
