package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/awsenv"
	"wicketkey.internal/internal/ident"
	"wicketkey.internal/internal/wipe"
)

func checkCommand() command {
	return command{
		name: "check", args: "[SECRET]",
		summary: "try everything that a start of the gateway needs, step by step",
		details: `Goes the way of a start: identifier, region, credentials, endpoint, clock,
secret, contents, memory. Each step tells what it found and how long it took;
one that fails tells the remedy, and the exit status tells its cause. No byte of
the value is printed.

Everything works with secretsmanager:GetSecretValue alone. The whole is bounded
by -timeout, so that it fits into systemd's ExecStartPre; with a dash before its
path there, the status that systemd acts on is left to exec.`,
		examples: []string{
			"wicketkey check -name keeperRotationGatewayConfig",
			"wicketkey check -name keeperRotationGatewayConfig -json",
			"ExecStartPre=-/usr/local/bin/wicketkey check -name keeperRotationGatewayConfig",
		},
		setup: func(fs *flag.FlagSet) action {
			c := &check{}
			c.declare(fs, 10*time.Second)
			fs.BoolVar(&c.any, "any", false, anyUsage)
			fs.BoolVar(&c.json, "json", false, "print the steps as JSON")
			return c.run
		},
	}
}

// check is one run; its steps leave here what later ones need.
type check struct {
	target
	any, json bool

	report *checkReport
	ref    fetch.Ref
	loaded *awsenv.Loaded
	region string
	probed *probe
	secret *fetch.Secret
}

func (c *check) run(ctx context.Context, s *system, args []string) error {
	if err := c.accept(args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	c.report = newCheckReport(s, c.json)
	c.steps(ctx, s)
	if c.secret != nil {
		defer c.secret.Close()
	}
	return c.report.finish()
}

// steps run in the order of a start. A step whose needs are not met is skipped;
// the connection is tried without credentials too, since either may be at fault.
func (c *check) steps(ctx context.Context, s *system) {
	r := c.report
	name, err := c.find(s) // before the step, whose line on the terminal its note would break
	known := r.step("identifier", true, func() (finding, error) { return c.identify(name, err) })
	configured := r.step("settings", known, func() (finding, error) { return c.settle(s) })
	located := r.step("region", configured, func() (finding, error) { return c.locate(ctx) })
	able := r.step("credentials", configured, func() (finding, error) { return c.identity(ctx) })
	reached := r.step("endpoint", located, func() (finding, error) { return c.reach(ctx) })
	r.step("clock", reached, c.clock)
	read := r.step("secret", able && reached, func() (finding, error) { return c.fetch(ctx, s) })
	r.step("contents", read, c.contents)
	r.step("memory", true, c.memory)
}

func (c *check) identify(n named, err error) (finding, error) {
	if err != nil {
		return finding{}, err
	}
	ref, err := fetch.ParseRef(n.id)
	if err != nil {
		return finding{}, err
	}
	c.ref = ref
	id, err := ident.ParseID(ref.ID)
	if err != nil {
		return finding{}, err
	}
	f := finding{text: fmt.Sprintf("%s %s, from %s", kindName(id.Kind), ref.ID, n.source)}
	if stripped, ok := id.StrippedName(); ok {
		f.text += fmt.Sprintf("; if AWS does not know it, %s is tried", stripped)
	}
	if id.Kind == ident.FullARN {
		f.text += fmt.Sprintf("; without its random suffix the name is %s", id.Name())
	}
	return f, nil
}

func kindName(k ident.Kind) string {
	switch k {
	case ident.FullARN:
		return "full ARN"
	case ident.PartialARN:
		return "ARN without its random suffix"
	}
	return "name"
}

func (c *check) settle(s *system) (finding, error) {
	loaded, err := c.load(s)
	c.loaded = loaded
	return finding{text: "nothing unusable in the environment and the shared configuration"}, err
}

func (c *check) locate(ctx context.Context) (finding, error) {
	region, source, err := regionOf(ctx, c.loaded, c.ref.ID)
	if err != nil {
		return finding{}, err
	}
	c.region = region
	f := finding{text: region + ", from " + source}
	if set := c.loaded.Config.Region; set != "" && set != region {
		f.text += fmt.Sprintf(" (%s says %s, which is not used)", c.loaded.RegionSource, set)
	}
	return f, nil
}

func (c *check) identity(ctx context.Context) (finding, error) {
	keys, err := c.loaded.Config.Credentials.Retrieve(ctx)
	if err != nil {
		return finding{}, explained(fetch.ErrNoCredentials, err)
	}
	f := finding{text: fmt.Sprintf("access key %s, from %s", keys.AccessKeyID, c.loaded.CredentialsSource)}
	if keys.AccountID != "" {
		f.text += ", account " + keys.AccountID
	}
	if keys.CanExpire {
		f.text += fmt.Sprintf(", until %s (%v from now)", keys.Expires.UTC().Format(time.RFC3339), time.Until(keys.Expires).Round(time.Minute))
	}
	return f, nil
}

func (c *check) reach(ctx context.Context) (finding, error) {
	p, err := probeEndpoint(ctx, c.loaded, c.region)
	c.probed = p
	if err != nil {
		return finding{}, err
	}
	return finding{text: p.describe()}, nil
}

// AWS refuses signatures that are more than five minutes off; a minute off is
// worth a word, since it shortens credentials too.
const (
	skewNoted  = time.Minute
	skewDenied = 5 * time.Minute
)

func (c *check) clock() (finding, error) {
	skew, ok := c.probed.skew()
	if !ok {
		return finding{text: "the answer carries no date"}, nil
	}
	if skew.Abs() < 2*time.Second { // the header has whole seconds
		return finding{text: "agrees with the server's"}, nil
	}
	direction := "behind"
	if skew < 0 {
		direction = "ahead of"
	}
	f := finding{text: fmt.Sprintf("%v %s the server's", skew.Abs().Round(time.Second), direction)}
	if skew.Abs() >= skewNoted {
		f.warning = "set this machine's clock (NTP)"
	}
	if skew.Abs() >= skewDenied {
		f.warning += "; AWS refuses signatures that are 5 minutes off, and only the retry with a corrected time gets through"
	}
	return f, nil
}

func (c *check) fetch(ctx context.Context, s *system) (finding, error) {
	client, err := c.fetcher(ctx, s, c.loaded, c.region)
	if err != nil {
		return finding{}, err
	}
	defer client.Close()
	c.secret, err = fetchSecret(ctx, client, c.ref)
	if err != nil {
		return finding{}, err
	}
	c.report.Secret = factsOf(c.secret)
	f := finding{text: fmt.Sprintf("%s, version %s (%s), %s, created %s ago", c.secret.ARN(), c.secret.VersionID(),
		strings.Join(c.secret.Stages(), ", "), plural(len(c.secret.Bytes()), "byte"), age(c.secret.Created()))}
	return f, nil
}

func age(t time.Time) string {
	d := time.Since(t)
	if d >= 48*time.Hour {
		return plural(int(d/(24*time.Hour)), "day")
	}
	return max(d, 0).Round(time.Second).String()
}

func (c *check) contents() (finding, error) {
	if c.any {
		return finding{text: "not looked at (-any)"}, nil
	}
	cfg, err := decode(c.secret.Bytes())
	if err != nil {
		return finding{}, err
	}
	defer cfg.Close()
	keys := slices.Sorted(slices.Values(cfg.Keys()))
	for i, key := range keys {
		length := 0
		err := cfg.View(key, func(value []byte) error { length = len(value); return nil })
		if err != nil {
			return finding{}, &payloadError{err}
		}
		keys[i] = fmt.Sprintf("%s (%d)", key, length)
	}
	f := finding{text: "a gateway's configuration: " + strings.Join(keys, ", ")}
	if odd := spellingOf(c.secret.Bytes(), cfg).odd; len(odd) > 0 {
		f.text += "; stored with " + strings.Join(odd, ", ")
		f.warning = "wicketkey takes it, but a gateway's own reader may not: for readers that are strict, store it again with wicketkey put, which mends it"
	}
	return f, nil
}

func (c *check) memory() (finding, error) {
	sample := wipe.New(1)
	defer sample.Free()
	status := wipe.Stats()
	if status.Err != nil {
		return finding{text: status.Err.Error(), warning: "raise the limit on locked memory (LimitMEMLOCK= in a unit, ulimit -l in a shell); until then the value may reach swap"}, nil
	}
	return finding{text: fmt.Sprintf("up to %d KiB can be locked and kept out of core dumps", status.Budget>>10)}, nil
}
