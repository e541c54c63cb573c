// Gateway is a small gateway that starts from a secret: it fetches its
// configuration by name from AWS Secrets Manager, validates it, reports what a
// start-up log would show, and reloads when the secret is rotated.
//
// Without a name it demonstrates all that on an embedded Secrets Manager, in a
// few seconds and without an account:
//
//	go run ./examples/gateway
//
// With one it talks to AWS, or to whatever AWS_ENDPOINT_URL_SECRETS_MANAGER
// names, and serves until SIGTERM:
//
//	gateway --aws-kms-secret-name=keeperRotationGatewayConfig
//	AWS_KMS_SECRET_NAME=keeperRotationGatewayConfig gateway
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"wicketkey.internal/fetch"
)

const (
	nameFlag     = "aws-kms-secret-name"
	nameVariable = "AWS_KMS_SECRET_NAME"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// settings is what the command line says.
type settings struct {
	name       string
	source     string // where name came from
	requireAWS bool
	ttl        time.Duration
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	s, err := parse(args, getenv, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "gateway:", err)
		return 2
	}
	log := slog.New(slog.NewTextHandler(stdout, nil))
	if s.name == "" {
		err = demonstrate(ctx, log)
	} else {
		err = serve(ctx, log, s)
	}
	if err != nil && ctx.Err() != nil {
		err = errStopped // whatever else the call under way made of it
	}
	if err != nil {
		fmt.Fprintln(stderr, "gateway:", err)
		return 1
	}
	return 0
}

var (
	errNoName  = errors.New("no secret's name: give --" + nameFlag + "=NAME or set " + nameVariable + "=NAME")
	errUsage   = errors.New("called wrongly: the secret's name follows --" + nameFlag + ", and --ttl is not negative; see gateway -h")
	errStopped = errors.New("stopped before it was over")
)

func parse(args []string, getenv func(string) string, stderr io.Writer) (settings, error) {
	s := settings{source: "--" + nameFlag}
	flags := flag.NewFlagSet("gateway", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run reports errors
	flags.StringVar(&s.name, nameFlag, "", "`name` or ARN of the secret; default: $"+nameVariable)
	flags.BoolVar(&s.requireAWS, "require-aws", false, "refuse to start without a name rather than demonstrate on an embedded mock")
	flags.DurationVar(&s.ttl, "ttl", 5*time.Minute, "how long a rotation may go unnoticed")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stderr)
			flags.Usage()
		}
		return s, err
	}
	if flags.NArg() > 0 || s.ttl < 0 {
		return s, errUsage
	}
	if s.name == "" {
		s.name, s.source = getenv(nameVariable), nameVariable
	}
	if s.name == "" && s.requireAWS {
		return s, errNoName
	}
	return s, nil
}

// serve runs the gateway on the ordinary credential chain until ctx ends.
func serve(ctx context.Context, log *slog.Logger, s settings) error {
	client, err := fetch.New(ctx, &fetch.Options{Logger: log})
	if err != nil {
		return err
	}
	defer client.Close()
	g, err := start(ctx, log, client, s)
	if err != nil {
		return err
	}
	defer g.Close()
	err = g.Watch(ctx, nil)
	log.Info("gateway stopped")
	return err
}
