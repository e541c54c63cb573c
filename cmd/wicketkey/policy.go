package main

import (
	"context"
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/ident"
)

// anySuffix stands for the six random characters of an ARN in a policy.
const anySuffix = "-??????"

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
(wicketkey help mock) by a caller who has this policy and nothing else. Policies on
the secret and the key, boundaries and those of the organisation are not looked at,
nor is what the policy grants in other services, or in KMS without Secrets Manager.`,
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
		return p.judge(bounded, s, resources)
	}
	document, reasons := leastPolicy(resources)
	for _, reason := range reasons {
		s.note("%s", reason)
	}
	return printJSON(s, document)
}

// wellFormed finds in the flags what would make a policy that matches nothing.
func (p *policy) wellFormed() error {
	for _, part := range []struct{ flag, value, pattern, remedy string }{
		{"account", p.account, `\d{12}`, "an account is twelve digits"},
		{"region", p.region, `[a-z]+(-[a-z]+)*-\d+`, "a region is written like us-east-1"},
		{"kms-key", p.kmsKey, `arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:(key|alias)/[\w/-]+|alias/[\w/-]+|(mrk-)?[0-9a-f-]{32,36}`, "give the key's ARN, its id, or alias/NAME"},
	} {
		if part.value != "" && !regexp.MustCompile("^(?:"+part.pattern+")$").MatchString(part.value) {
			return usage("-%s: %s", part.flag, part.remedy)
		}
	}
	return nil
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
	if id.Region != "" {
		r.region = id.Region
	} else if loaded.Config.Region != "" || !p.offline {
		if region, _, err := regionOf(ctx, loaded, id.String()); err == nil {
			r.region = region
		}
	}
	if !p.offline && r.region != "*" && p.ask(ctx, s, id, &r) {
		return r, nil
	}
	r.arn, r.exact = pattern(id, r.region, p.account), id.Kind == ident.FullARN
	return r, nil
}

// ask fills in what AWS knows: by describing the secret, which does not touch
// its value, and where that is not allowed by reading it.
func (p *policy) ask(ctx context.Context, s *system, id ident.ID, r *resource) bool {
	c, err := p.connect(ctx, s, id.String())
	if err != nil {
		return false
	}
	defer c.client.Close()
	described, err := c.writer().DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(id.String())})
	if err == nil {
		r.arn, r.exact = aws.ToString(described.ARN), true
		if key := aws.ToString(described.KmsKeyId); key != "" && (r.kmsKey == "" || !isAlias(key)) {
			r.kmsKey = key
		}
		return true
	}
	secret, err := c.client.Get(ctx, id.String())
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

// pattern is the ARN as far as it can be known without AWS.
func pattern(id ident.ID, region, account string) string {
	switch id.Kind {
	case ident.FullARN:
		return id.String()
	case ident.PartialARN:
		return id.String() + anySuffix
	}
	if account == "" {
		account = "*"
	}
	return fmt.Sprintf("arn:%s:secretsmanager:%s:%s:secret:%s%s", partition(region), region, account, id, anySuffix)
}

// partition is that of a region's ARNs.
func partition(region string) string {
	for _, p := range []struct{ prefix, name string }{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"eusc-", "aws-eusc"}, {"us-iso-", "aws-iso"},
		{"us-isob-", "aws-iso-b"}, {"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.name
		}
	}
	return "aws"
}

// document is an IAM policy.
type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string
	Effect    string
	Action    string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"`
}

// leastPolicy gives the document, and in words why each line is there.
func leastPolicy(resources []resource) (document, []string) {
	read := statement{Sid: "ReadSecret", Effect: "Allow", Action: "secretsmanager:GetSecretValue"}
	d := document{Version: "2012-10-17"}
	reasons := []string{"ReadSecret: the one call that a start makes; no other action is needed"}
	for _, r := range resources {
		read.Resource = append(read.Resource, r.arn)
		why := "the exact ARN, random characters included, so that a secret of a similar name is not readable"
		if !r.exact {
			why = anySuffix + " stands for the six random characters of the ARN, which the name alone does not tell; without them nothing matches"
		}
		reasons = append(reasons, r.arn+": "+why)
	}
	d.Statement = append(d.Statement, read)
	for _, r := range resources {
		if st, ok := decryption(r); ok && !slices.ContainsFunc(d.Statement, func(s statement) bool { return same(s, st) }) {
			st.Sid += fmt.Sprint(len(d.Statement))
			d.Statement = append(d.Statement, st)
			reasons = append(reasons, st.Sid+": a customer-managed key encrypts the secret; only for this secret, and only through Secrets Manager. The key's own policy must let IAM decide, or name the role")
		}
	}
	return d, reasons
}

// decryption is what a customer-managed key asks for. The AWS-managed key
// aws/secretsmanager needs no permission in the secret's own account.
func decryption(r resource) (statement, bool) {
	if r.kmsKey == "" || strings.HasSuffix(r.kmsKey, "alias/"+defaultKey) {
		return statement{}, false
	}
	parts := strings.SplitN(r.arn, ":", 6)
	home := strings.Join([]string{parts[0], parts[1], "kms", r.region, parts[4]}, ":")
	suffix := "amazonaws.com"
	if parts[1] == "aws-cn" {
		suffix = "amazonaws.com.cn"
	}
	equals := map[string][]string{"kms:ViaService": {"secretsmanager." + r.region + "." + suffix}}
	st := statement{Sid: "DecryptSecret", Effect: "Allow", Action: "kms:Decrypt", Condition: map[string]map[string][]string{
		"StringLike": {"kms:EncryptionContext:SecretARN": {r.arn}},
	}}
	if r.region == "*" {
		st.Condition["StringLike"]["kms:ViaService"] = equals["kms:ViaService"]
	} else {
		st.Condition["StringEquals"] = equals
	}
	key := r.kmsKey
	if i := strings.Index(key, "alias/"); i >= 0 { // an alias is no Resource: IAM matches it by the key's aliases
		st.Condition["ForAnyValue:StringEquals"] = map[string][]string{"kms:ResourceAliases": {key[i:]}}
		st.Resource = []string{home + ":key/*"}
		return st, true
	}
	if !strings.HasPrefix(key, "arn:") {
		key = home + ":key/" + key
	}
	st.Resource = []string{key}
	return st, true
}

// isAlias reports whether a key is named by one of its aliases, or by the ARN of one.
func isAlias(key string) bool {
	return strings.HasPrefix(key, "alias/") || strings.Contains(key, ":alias/")
}

// same tells statements that differ in no more than their Sid.
func same(a, b statement) bool {
	return a.Action == b.Action && slices.Equal(a.Resource, b.Resource) &&
		fmt.Sprint(a.Condition) == fmt.Sprint(b.Condition)
}
