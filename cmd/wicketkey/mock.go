package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"

	"wicketkey.internal/mock"
)

func mockCommand() command {
	return command{
		name:    "mock",
		summary: "run a stand-in for AWS Secrets Manager, for tests and for trying out",
		details: `Serves the protocol of AWS Secrets Manager until it is told to stop (SIGTERM,
Ctrl-C). The first lines on standard output are for a shell to evaluate; they
make wicketkey, the AWS CLI and every SDK talk to the mock. After an empty line
nothing more is printed there. Each request is logged in one line on standard
error, with nothing secret in it.

-state seeds it with secrets from a JSON document and -faults with trouble; both
formats are in the documentation of the Go package mock. Nothing is written
back: whoever stops the mock forgets what was stored.

With -imds the mock is the instance too: clients find region and credentials
through its metadata service, as on EC2, and need no keys.`,
		examples: []string{
			"wicketkey mock > mock.env & sleep 1; . ./mock.env",
			"wicketkey mock -listen 127.0.0.1:4566 -state secrets.json -seed 7",
			"wicketkey mock -imds -policy policy.json -faults faults.json -tls",
		},
		setup: func(fs *flag.FlagSet) action {
			m := &standIn{}
			fs.StringVar(&m.listen, "listen", "127.0.0.1:0", "`address` to serve on; port 0 is any free one")
			fs.BoolVar(&m.tls, "tls", false, "serve HTTPS, with a certificate authority of its own")
			fs.StringVar(&m.caFile, "ca-file", "", "with -tls, write the authority's certificate to `file` (default a temporary file, removed at the end)")
			fs.StringVar(&m.state, "state", "", "`file` with the secrets to begin with")
			fs.StringVar(&m.faults, "faults", "", "`file` with trouble on order")
			fs.StringVar(&m.policy, "policy", "", "`file` with the IAM policy of the caller; without it everything is allowed")
			fs.StringVar(&m.region, "region", mock.DefaultRegion, "the server's `region`")
			fs.StringVar(&m.account, "account", mock.DefaultAccount, "the server's `account`, twelve digits")
			fs.Uint64Var(&m.seed, "seed", 0, "`number` that decides ARN suffixes, ids and the dice of faults")
			fs.BoolVar(&m.imds, "imds", false, "hand out region and credentials as an EC2 instance does")
			return m.run
		},
	}
}

type standIn struct {
	listen, caFile, state, faults, policy, region, account string
	tls, imds                                              bool
	seed                                                   uint64
}

func (m *standIn) run(ctx context.Context, s *system, args []string) error {
	if err := noArgs(args); err != nil {
		return err
	}
	srv, err := m.start(ctx, s)
	if err != nil {
		return &failure{codeUsage, err}
	}
	defer srv.Close()
	env, cleanUp, err := m.environment(ctx, srv)
	if err != nil {
		return err
	}
	defer cleanUp()
	if err := writeExports(s, env); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func (m *standIn) start(ctx context.Context, s *system) (*mock.Server, error) {
	opts := &mock.Options{Account: m.account, Region: m.region, Seed: m.seed, TLS: m.tls, Listen: m.listen,
		Log: slog.New(slog.NewTextHandler(s.stderr, nil))}
	policies, err := m.policies()
	if err != nil {
		return nil, err
	}
	opts.Role.Policies = policies
	srv, err := mock.New(opts)
	if err != nil {
		return nil, err
	}
	if err := m.furnish(ctx, srv, policies); err != nil {
		srv.Close()
		return nil, err
	}
	return srv, nil
}

func (m *standIn) policies() ([]string, error) {
	if m.policy == "" {
		return nil, nil
	}
	document, err := os.ReadFile(m.policy)
	return []string{string(document)}, err
}

// furnish gives the server what the files say.
func (m *standIn) furnish(ctx context.Context, srv *mock.Server, policies []string) error {
	key, err := srv.AWSConfig().Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	if policies != nil {
		err = srv.SetKey(mock.AccessKey{ID: key.AccessKeyID, Secret: key.SecretAccessKey, Policies: policies,
			Principal: "arn:aws:iam::" + m.account + ":user/gateway"})
	}
	return errors.Join(err, apply(m.state, srv.Restore), apply(m.faults, func(document []byte) error {
		faults, err := mock.ParseFaults(document)
		if err != nil {
			return err
		}
		return srv.Inject(faults...)
	}))
}

func apply(path string, use func([]byte) error) error {
	if path == "" {
		return nil
	}
	document, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := use(document); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// environment is what leads a client to the server.
func (m *standIn) environment(ctx context.Context, srv *mock.Server) (env map[string]string, cleanUp func(), err error) {
	env = map[string]string{"AWS_ENDPOINT_URL_SECRETS_MANAGER": srv.URL()}
	if m.imds {
		maps.Copy(env, srv.InstanceEnv())
	} else {
		key, err := srv.AWSConfig().Credentials.Retrieve(ctx)
		if err != nil {
			return nil, nil, err
		}
		env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = key.AccessKeyID, key.SecretAccessKey
		region := srv.AWSConfig().Region
		env["AWS_REGION"], env["AWS_DEFAULT_REGION"] = region, region // the AWS CLI reads only the latter
	}
	if !m.tls {
		return env, func() {}, nil
	}
	env["AWS_CA_BUNDLE"], cleanUp, err = m.writeCA(srv.CA())
	return env, cleanUp, err
}

func (m *standIn) writeCA(pem []byte) (path string, cleanUp func(), err error) {
	if m.caFile != "" {
		return m.caFile, func() {}, save(m.caFile, pem)
	}
	f, err := os.CreateTemp("", "wicketkey-mock-*.pem")
	if err != nil {
		return "", nil, err
	}
	return f.Name(), func() { _ = os.Remove(f.Name()) }, fill(f, pem)
}

// writeExports prints the variables for a shell, the endpoint first.
func writeExports(s *system, env map[string]string) error {
	w := bufio.NewWriter(s.stdout)
	for _, name := range slices.SortedFunc(maps.Keys(env), endpointFirst) {
		fmt.Fprintf(w, "export %s=%s\n", name, quoted(env[name]))
	}
	fmt.Fprintln(w)
	return w.Flush()
}

func endpointFirst(a, b string) int {
	rank := func(name string) string {
		if strings.HasPrefix(name, "AWS_ENDPOINT") {
			return ""
		}
		return name
	}
	return strings.Compare(rank(a), rank(b))
}

// quoted writes a word for a shell.
func quoted(s string) string {
	plain := func(r rune) bool {
		return r < 0x80 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("_-./:=+@,", r))
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
