package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"wicketkey.internal/fetch"
	"wicketkey.internal/fetch/gatewayconfig"
	"wicketkey.internal/internal/ident"
)

func getCommand() command {
	return command{
		name: "get", args: "[SECRET]",
		summary: "print a secret's value, into a pipe or a file",
		details: `Fetches the secret in one call (secretsmanager:GetSecretValue) and writes its
value to standard output, exactly as it is stored: no line end is added.

On a terminal the value is shown only with -reveal. With -out it goes to a file
that only its owner may read, which is written whole or not at all. With -json
only what is known about the secret is printed, never its value.

The identifier may name a key of a JSON value, a stage and a version too, as
Amazon ECS writes it: ID:key:stage:version.`,
		examples: []string{
			"wicketkey get -name keeperRotationGatewayConfig -decode -out gateway-config.json",
			"wicketkey get -name keeperRotationGatewayConfig -decode -key hostname",
			"wicketkey get -name keeperRotationGatewayConfig -stage AWSPREVIOUS | sha256sum",
			"wicketkey get -name keeperRotationGatewayConfig -json",
		},
		setup: func(fs *flag.FlagSet) action {
			g := &get{}
			g.declare(fs, 30*time.Second)
			fs.BoolVar(&g.reveal, "reveal", false, "show the value on a terminal")
			fs.BoolVar(&g.decode, "decode", false, "print the gateway's configuration as JSON, decoded and checked")
			fs.StringVar(&g.key, "key", "", "print the value of one `key`: of a JSON value, or of the configuration with -decode")
			fs.StringVar(&g.stage, "stage", "", "staging `label` (default AWSCURRENT)")
			fs.StringVar(&g.version, "version", "", "version `id`")
			fs.StringVar(&g.out, "out", "", "write to `file`, with mode 0600, whole or not at all")
			fs.BoolVar(&g.json, "json", false, "print ARN, version, stages, size and age as JSON, without the value")
			return g.run
		},
	}
}

type get struct {
	target
	reveal, decode, json     bool
	key, stage, version, out string
}

func (g *get) run(ctx context.Context, s *system, args []string) error {
	if err := g.accept(args); err != nil {
		return err
	}
	if g.json && (g.out != "" || g.reveal || g.decode) {
		return usage("-json prints facts and never the value: leave -out, -reveal and -decode out, or -json")
	}
	if f, ok := s.stdout.(*os.File); ok && g.out == "" && closed(f) {
		return errors.New("standard output is closed, or opened on the null device as if it were: the value would reach nobody")
	}
	if g.out == "" && !g.json && !g.reveal && isTerminal(s.stdout) {
		return usage("the value would be shown on this terminal: give -reveal to show it, -out FILE to keep it, or pipe it on")
	}
	ref, err := g.ref(s)
	if err != nil {
		return err
	}
	secret, err := g.read(ctx, s, ref)
	if ref.Key != "" && errors.Is(err, fetch.ErrMalformed) {
		s.note("the keys of a gateway's configuration, which is mostly stored in base64, are found with -decode")
	}
	if err != nil {
		return err
	}
	defer secret.Close()
	if g.json {
		return printJSON(s, factsOf(secret))
	}
	return g.give(secret, func(value []byte) error { return g.write(s.stdout, value) })
}

func (g *get) ref(s *system) (fetch.Ref, error) {
	ref, err := g.refer(s)
	if err != nil {
		return ref, err
	}
	if err := wellFormed(g.stage, g.version); err != nil {
		return ref, err
	}
	for _, part := range []struct {
		in   *string
		flag string
	}{{&ref.Key, g.key}, {&ref.Stage, g.stage}, {&ref.VersionID, g.version}} {
		if part.flag != "" {
			*part.in = part.flag
		}
	}
	if g.decode { // the key is one of the decoded configuration, not of the value as stored
		g.key, ref.Key = ref.Key, ""
	}
	return ref, nil
}

// wellFormed finds what AWS would take for a fault of the identifier.
func wellFormed(stage, version string) error {
	for _, part := range []struct{ flag, value, behind string }{{"stage", stage, "::"}, {"version", version, ":::"}} {
		if strings.Contains(part.value, ":") {
			return usage("-%s: it has no colon", part.flag)
		}
		_, err := ident.Parse("x" + part.behind + part.value)
		if e, ok := errors.AsType[*ident.Error](err); ok {
			return usage("-%s: %s (fix: %s)", part.flag, e.Cause, e.Remedy)
		}
	}
	return nil
}

// give lends what was asked for.
func (g *get) give(secret *fetch.Secret, to func([]byte) error) error {
	if !g.decode {
		return to(secret.Bytes())
	}
	cfg, err := decode(secret.Bytes())
	if err != nil {
		return err
	}
	defer cfg.Close()
	if g.key == "" {
		return to(cfg.JSON())
	}
	err = cfg.View(g.key, to)
	if errors.Is(err, gatewayconfig.ErrMissing) {
		return &fetch.Error{ID: secret.Name(), Kind: fetch.ErrNoVersion, Cause: "the configuration has no such key", Remedy: "wicketkey check lists its keys", Err: err}
	}
	return err
}

func (g *get) write(stdout io.Writer, value []byte) error {
	if g.out != "" {
		return save(g.out, value)
	}
	if _, err := stdout.Write(value); err != nil {
		return fmt.Errorf("writing the value: %w", err)
	}
	return nil
}
