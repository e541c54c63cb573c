package main

import (
	"context"
	"flag"
	"os"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/awsenv"
	"wicketkey.internal/internal/ident"
)

func policyCommand() command {
	return command{
		name: "policy", args: "[SECRET...]",
		summary: "print the least IAM policy that lets a gateway read its secret",
		details: `Prints an identity policy for a role, and on standard error why each line is there.
With credentials that may read or describe the secrets, their exact ARNs and KMS
keys go in; without, or with -offline, the ARN's six random characters are
written as -??????, and -account and -kms-key fill in what cannot be known.

-check FILE tells what a policy lacks for reading the secrets and what it grants
beyond that: every operation of Secrets Manager, and each use of a KMS key that it
makes for its callers (kms:Decrypt, kms:GenerateDataKey), is put to the mock
(wicketkey help mock) by a caller who has this policy and nothing else. For what is
lacking, a line "why" names the nearest statement and the part that differs. Where
AWS is not asked, the policy is believed in what only AWS knows of a secret, such as
the end of its ARN, and a line "open" says so. Policies on the secret and the key,
boundaries and those of the organisation are not looked at, nor is what the policy grants in other services, or in KMS without Secrets Manager.`,
		examples: []string{
			"wicketkey policy -name keeperRotationGatewayConfig",
			"wicketkey policy -offline -region eu-west-1 -account 123456789012 keeperRotationGatewayConfig app/tls",
			"wicketkey policy -name keeperRotationGatewayConfig -check policy.json",
		},
		setup: func(fs *flag.FlagSet) action {
			p := &policy{}
			p.declare(fs, 10*time.Second)
			fs.BoolVar(&p.offline, "offline", false, "do not ask AWS for ARNs and keys")
			fs.StringVar(&p.account, "account", "", "`account` of a secret that is given by name and cannot be read")
			fs.StringVar(&p.kmsKey, "kms-key", "", "`ARN`, id or alias of the KMS key that encrypts the secrets, where AWS cannot be asked or tells no more than an alias")
			fs.StringVar(&p.check, "check", "", "judge the policy in `file`")
			fs.BoolVar(&p.json, "json", false, "with -check, print the findings as JSON")
			return p.run
		},
	}
}

type policy struct {
	target
	offline, json          bool
	account, kmsKey, check string
}

func (p *policy) run(ctx context.Context, s *system, args []string) error {
	if err := p.wellFormed(); err != nil {
		return err
	}
	ids, err := p.secrets(s, args)
	if err != nil {
		return err
	}
	var text []byte
	if p.check != "" { // before AWS is asked
		if text, err = os.ReadFile(p.check); err != nil {
			return usage("-check: %v", err)
		}
	}
	bounded, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	resources := make([]resource, len(ids))
	for i, id := range ids {
		if resources[i], err = p.resolve(bounded, s, id); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err // told to stop: a pattern would be a looser document than was asked for
		}
	}
	if p.check != "" {
		return p.simulate(bounded, s, text, resources)
	}
	document, reasons := leastPolicy(resources)
	for _, reason := range reasons {
		s.note("%s", reason)
	}
	return printJSON(s, document)
}

// wellFormed finds in the flags what would make a policy that matches nothing.
func (p *policy) wellFormed() error {
	for _, part := range []struct {
		flag, value string
		ok          func(string) bool
		remedy      string
	}{
		{"account", p.account, isAccount, "an account is twelve digits"},
		{"region", p.region, ident.IsRegion, "a region is written like us-east-1"},
		{"kms-key", p.kmsKey, isKey, "give the key's ARN, its id, or alias/NAME"},
	} {
		if part.value != "" && !part.ok(part.value) {
			return usage("-%s: %s", part.flag, part.remedy)
		}
	}
	return nil
}

func isAccount(text string) bool { return is(text, `\d{12}`) }

func isKey(text string) bool {
	return is(text, `arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:(key|alias)/[\w/-]+|alias/[\w/-]+|(mrk-)?[0-9a-f-]{32,36}`)
}

func is(text, pattern string) bool {
	return regexp.MustCompile("^(?:" + pattern + ")$").MatchString(text)
}

// secrets are the arguments, or the one that is named as everywhere else.
func (p *policy) secrets(s *system, args []string) ([]ident.ID, error) {
	if len(p.given) > 0 || len(args) == 0 {
		n, err := p.find(s)
		if err != nil {
			return nil, err
		}
		args = append([]string{n.id}, args...)
	}
	ids := make([]ident.ID, len(args))
	for i, arg := range args {
		ref, err := fetch.ParseRef(arg)
		if err != nil {
			return nil, err
		}
		if ids[i], err = ident.ParseID(ref.ID); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// resource is a secret as a policy names it.
type resource struct {
	arn    string // exact, or a pattern
	exact  bool
	region string // "*" where unknown
	kmsKey string // as AWS or the flag gives it; empty for aws/secretsmanager
}

func (p *policy) resolve(ctx context.Context, s *system, id ident.ID) (resource, error) {
	r := resource{region: "*", kmsKey: p.kmsKey}
	loaded, err := p.load(s)
	if err != nil {
		return r, err
	}
	if id.Region != "" || loaded.Config.Region != "" || !p.offline {
		if region, _, err := regionOf(ctx, loaded, id.String()); err == nil {
			r.region = region
		}
	}
	if !p.offline && r.region != "*" && p.ask(ctx, s, loaded, id, &r) {
		return r, nil
	}
	r.arn, r.exact = id.Pattern(r.region, p.account), id.Kind == ident.FullARN
	return r, nil
}

// ask fills in what AWS knows: by describing the secret, which does not touch
// its value, and where that is not allowed by reading it.
func (p *policy) ask(ctx context.Context, s *system, loaded *awsenv.Loaded, id ident.ID, r *resource) bool {
	client, err := p.fetcher(ctx, s, loaded, r.region)
	if err != nil {
		return false
	}
	defer client.Close()
	defer s.waitingForAWS(r.region, p.timeout)()
	described, err := plainClient(loaded, r.region).DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(id.String())})
	if err == nil {
		r.arn, r.exact = aws.ToString(described.ARN), true
		if key := aws.ToString(described.KmsKeyId); key != "" && (r.kmsKey == "" || !isAlias(key)) {
			r.kmsKey = key
		}
		return true
	}
	secret, err := client.Get(ctx, id.String())
	if err != nil {
		cause, _ := explain(err)
		s.note("%s cannot be read (%s); its random suffix is written as %s", id, cause, anySuffix)
		return false
	}
	defer secret.Close()
	s.note("%s can be read but not described, so its KMS key is not known: name it with -kms-key if it is not aws/secretsmanager", id)
	r.arn, r.exact = secret.ARN(), true
	return true
}
