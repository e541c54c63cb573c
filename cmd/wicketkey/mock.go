package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"wicketkey.internal/mock"
)

func mockCommand() command {
	return command{
		name: "mock", runs: "COMMAND [ARGUMENT...]",
		summary: "run a stand-in for AWS Secrets Manager, for tests and for trying out",
		details: `With COMMAND: starts the mock, waits until it is ready, runs COMMAND in an
environment that leads every SDK and the AWS CLI to it, and ends with COMMAND's
exit status. Variables that would lead elsewhere (AWS_PROFILE, AWS_SESSION_TOKEN
...) are not passed on. SIGTERM and SIGHUP are; Ctrl-C is COMMAND's own affair.

Without COMMAND: serves until it is told to stop (SIGTERM, Ctrl-C). The first
lines on standard output set and unset the same variables, as -env has it; after
an empty line nothing more is printed there. Standard error says where the mock
listens, and has one line a request, with nothing secret in it.

-state seeds it with secrets and -faults with trouble: wicketkey help state and
help faults show the documents. With -save, what is stored at the end is written
back. Tests in other languages drive the mock over HTTP: wicketkey help control.

With -imds the mock is the EC2 instance too, and with -container the agent of ECS
and EKS: clients find credentials there and need no keys. From the instance, boto3
and the AWS CLI take credentials only and need AWS_DEFAULT_REGION, the SDKs for Go
and JavaScript AWS_REGION; wicketkey takes the region as well. STS answers on the
same port: GetCallerIdentity, AssumeRole and AssumeRoleWithWebIdentity, every role
existing and trusting.
With -tls too, boto3 and the AWS CLI get no credentials there: for those they
trust no authority but the public ones.

-tls serves HTTPS under a certificate authority of the mock's own, for its
addresses, for -host NAME and for AWS's names in every region. -proxy is for
clients whose endpoint cannot be set: they take the mock for their HTTPS proxy,
and connections to AWS end in it.

Beyond loopback whoever reaches the port reads and writes the secrets, since the
mock's keys are published; its control then wants -control-token.`,
		examples: []string{
			"wicketkey mock -state secrets.json -- npm test",
			"wicketkey mock -tls -- python3 -m pytest",
			"wicketkey mock -listen 127.0.0.1:4566 -state secrets.json -save",
			"wicketkey mock -env dotenv > mock.env &",
			"wicketkey mock -imds -policy policy.json -faults faults.json",
			"wicketkey mock -rotate arn:aws:lambda:us-east-1:123456789012:function:rotate=http://127.0.0.1:9000/2015-03-31/functions/function/invocations",
		},
		setup: func(fs *flag.FlagSet) action {
			m := &standIn{}
			m.flags(fs)
			return m.run
		},
	}
}

type standIn struct {
	listen, token, caFile, state, faults, policy, region, account string
	tls, proxy, imds, container, save                             bool
	env                                                           string
	hosts                                                         words
	rotate                                                        words
	quiet                                                         *bool // nil: as long as COMMAND runs
	seed                                                          uint64
}

func (m *standIn) flags(fs *flag.FlagSet) {
	fs.StringVar(&m.listen, "listen", "127.0.0.1:0", "`address` to serve on; port 0 is any free one")
	fs.StringVar(&m.token, "control-token", "", "`token` that requests to /_mock/ must bear; beyond loopback /_mock/ is closed without one")
	fs.BoolVar(&m.tls, "tls", false, "serve HTTPS, with a certificate authority of its own")
	fs.StringVar(&m.caFile, "ca-file", "", "write the authority's certificate to `file` (default a temporary file, removed at the end)")
	fs.Var(&m.hosts, "host", "a further `name` of the mock, in its certificate and in requests to /_mock/; may be repeated")
	fs.BoolVar(&m.proxy, "proxy", false, "be the HTTPS proxy through which clients look for AWS")
	fs.StringVar(&m.state, "state", "", "`file` with the secrets to begin with")
	fs.BoolVar(&m.save, "save", false, "write the secrets back to the file of -state at the end; it need not be there yet")
	fs.StringVar(&m.faults, "faults", "", "`file` with the faults to begin with")
	fs.StringVar(&m.policy, "policy", "", "`file` with the IAM policy of the caller; without it everything is allowed")
	fs.StringVar(&m.region, "region", mock.DefaultRegion, "the server's `region`")
	fs.StringVar(&m.account, "account", mock.DefaultAccount, "the server's `account`, twelve digits")
	fs.Uint64Var(&m.seed, "seed", 0, "`number` that decides ARN suffixes, ids and the dice of faults")
	fs.BoolVar(&m.imds, "imds", false, "hand out region and credentials as an EC2 instance does")
	fs.BoolVar(&m.container, "container", false, "hand out credentials as ECS and EKS do, for a token that is asked for")
	fs.Var(&m.rotate, "rotate", "`ARN=URL` of a rotation function: each step is POSTed to the URL as Lambda's event; may be repeated")
	fs.StringVar(&m.env, "env", "", "`format` of the variables: sh, dotenv, powershell or json (default sh)")
	fs.BoolFunc("quiet", "log no requests; the default with COMMAND, where -quiet=false logs them", func(text string) error {
		quiet, err := strconv.ParseBool(text)
		m.quiet = &quiet
		return err
	})
}

// words is a flag that may be repeated.
type words []string

func (w *words) String() string { return strings.Join(*w, " ") }

func (w *words) Set(word string) error {
	*w = append(*w, word)
	return nil
}

func (m *standIn) run(ctx context.Context, s *system, operands []string) (err error) {
	before, args, dashes := cutDashes(operands)
	if err := noArgs(before); err != nil {
		return err
	}
	if dashes && len(args) == 0 {
		return usage("no command given: wicketkey mock [flags] -- COMMAND [ARGUMENT...]")
	}
	write, err := m.writer(len(args) > 0)
	if err != nil {
		return err
	}
	quiet := len(args) > 0
	if m.quiet != nil {
		quiet = *m.quiet
	}
	srv, err := m.start(s, quiet)
	if err != nil {
		return &failure{codeUsage, err}
	}
	defer srv.Close()
	env, cleanUp, err := m.environment(ctx, s, srv)
	if err != nil {
		return err
	}
	defer cleanUp()
	defer func() {
		if m.save {
			err = errors.Join(err, save(m.state, srv.Snapshot()))
		}
	}()
	if m.exposed() {
		s.note("beyond loopback everybody who reaches %s can read and change the mock's secrets, for its keys are published", m.listen)
	}
	if !quiet {
		s.note("mock listening on %s", srv.URL())
	}
	if len(args) > 0 {
		return runCommand(s, args, env.applied(s.env))
	}
	if err := s.print(func(w page) { write(w, env) }); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// exposed reports whether other machines reach the mock.
func (m *standIn) exposed() bool {
	host, _, err := net.SplitHostPort(m.listen)
	ip := net.ParseIP(host)
	return err == nil && host != "localhost" && (ip == nil || !ip.IsLoopback())
}

// writer is the form in which the variables are printed.
func (m *standIn) writer(command bool) (func(page, variables), error) {
	if command && m.env != "" {
		return nil, usage("-env is how variables are printed; COMMAND is given them")
	}
	if m.save && m.state == "" {
		return nil, usage("-save writes to the file of -state, which is not given")
	}
	if m.imds && m.container {
		return nil, usage("-imds and -container are two places to get credentials from; choose one")
	}
	write, ok := formats()[cmp.Or(m.env, "sh")]
	if !ok {
		return nil, usage("-env %q is none of sh, dotenv, powershell, json", m.env)
	}
	return write, nil
}

func (m *standIn) start(s *system, quiet bool) (*mock.Server, error) {
	opts := &mock.Options{Account: m.account, Region: m.region, Seed: m.seed, TLS: m.tls,
		Standalone: mock.Standalone{Listen: m.listen, Hosts: m.hosts, Proxy: m.proxy, ControlToken: m.token}}
	if !quiet {
		opts.Log = slog.New(slog.NewTextHandler(s.stderr, &slog.HandlerOptions{ReplaceAttr: shortened}))
	}
	policies, err := m.policies()
	if err != nil {
		return nil, err
	}
	opts.Role.Policies = policies
	srv, err := mock.New(opts)
	if at, ok := errors.AsType[*net.OpError](err); ok && at.Op == "listen" {
		return nil, fmt.Errorf("%w (fix: give -listen HOST:PORT, an address of this machine and a port that nothing else uses; port 0 is any free one)", err)
	}
	if err != nil {
		return nil, err
	}
	if err := m.furnish(srv, policies); err != nil {
		srv.Close()
		return nil, err
	}
	return srv, nil
}

// shortened leaves of a line what differs from the one before.
func shortened(groups []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.TimeKey:
		return slog.String(a.Key, a.Value.Time().Format(time.TimeOnly))
	case slog.LevelKey, slog.MessageKey:
		return slog.Attr{}
	}
	return a
}

func (m *standIn) policies() ([]string, error) {
	if m.policy == "" {
		return nil, nil
	}
	document, err := os.ReadFile(m.policy)
	return []string{string(document)}, err
}

// furnish gives the server what the flags and the files say.
func (m *standIn) furnish(srv *mock.Server, policies []string) error {
	var err error
	if policies != nil {
		err = srv.SetKey(mock.AccessKey{Policies: policies, Principal: "arn:aws:iam::" + m.account + ":user/gateway"})
	}
	for _, pair := range m.rotate {
		arn, url, ok := strings.Cut(pair, "=")
		if !ok || !strings.HasPrefix(url, "http") {
			return fmt.Errorf("-rotate %q is not ARN=URL", pair)
		}
		srv.HandleRotation(arn, mock.PostRotation(url))
	}
	restore := apply(m.state, srv.Restore)
	if m.save && errors.Is(restore, fs.ErrNotExist) {
		restore = nil
	}
	return errors.Join(err, restore, apply(m.faults, func(document []byte) error {
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
