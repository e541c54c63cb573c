package awsenv

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	processLimit = time.Minute // the SDK's
	// processGrace is how long a child that the command leaves behind may hold
	// its output open.
	processGrace = time.Second
)

// process runs credential_process in a shell.
func (c *chain) process(p *profile) aws.CredentialsProvider {
	return &processProvider{lookups: c.loaded.lookups, command: p.get(keyProcess), profile: p.name, via: c.sources()}
}

// processProvider runs a command that prints keys. Errors hold nothing of what
// it printed.
type processProvider struct {
	lookups          *lookups
	command, profile string
	via              []aws.CredentialSource
}

// ProviderSources tells the user agent how the credentials came about.
func (p *processProvider) ProviderSources() []aws.CredentialSource { return p.via }

// Retrieve runs the command, for a minute at most.
func (p *processProvider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	keys, err := p.lookups.retrieve(ctx, processLimit, func(ctx context.Context) (keys aws.Credentials, err error) {
		output, err := p.run(ctx)
		if err != nil {
			return keys, p.failed(ctx, err)
		}
		var said keysOfProcess
		if err = decodeAnswer(output, &said); err == nil {
			keys, err = said.with(said.SessionToken, said.AccountID, "ProcessProvider")
		}
		if err == nil && said.Version != 1 {
			err = errVersion
		}
		if err != nil {
			return keys, p.bad("printed no valid credentials", err, "run it by hand; it must print JSON with Version 1, AccessKeyId and SecretAccessKey")
		}
		return keys, nil
	})
	if err != nil {
		return aws.Credentials{}, err
	}
	return keys, nil
}

// run ends the command with all that it started when ctx ends, and whatever it
// leaves behind when it has printed its answer.
func (p *processProvider) run(ctx context.Context) ([]byte, error) {
	shell := []string{"sh", "-c"}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd.exe", "/C"}
	}
	cmd := exec.CommandContext(ctx, shell[0], append(shell[1:], p.command)...)
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr // as the SDK: it may ask for a code
	cmd.WaitDelay = processGrace
	var output limitedBuffer
	cmd.Stdout = &output
	kill := inOwnGroup(cmd)
	err := cmd.Run()
	kill()
	if errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil {
		err = nil // it ended well, and a child held its output open
	}
	return output.content, cmp.Or(output.err, err)
}

func (p *processProvider) failed(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return p.bad(fmt.Sprintf("did not end within %v", processLimit), ctx.Err(), "run it by hand: does it wait for somebody?")
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = exit
	}
	return p.bad("failed", err, "run it by hand; what it wrote to its standard error is in this program's")
}

func (p *processProvider) bad(what string, err error, remedy string) error {
	return &Error{Kind: ErrCredentials, Err: err, Remedy: remedy,
		Cause: fmt.Sprintf("credential_process %s of profile %q %s", programOf(p.command), p.profile, what)}
}

// programOf is the command's first word without what follows, which may hold a
// password: arguments, or the value of a variable.
func programOf(command string) string {
	command = strings.TrimSpace(command)
	if end := strings.IndexAny(command, " \t\r\n=;&|<>()`"); end >= 0 {
		command = command[:end]
	}
	return strconv.Quote(command)
}

// limitedBuffer refuses more than answerLimit. It embeds no buffer, whose
// ReadFrom io.Copy would prefer.
type limitedBuffer struct {
	content []byte
	err     error
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if len(b.content)+len(p) > answerLimit {
		b.err = errTooLong
		return 0, errTooLong
	}
	b.content = append(b.content, p...)
	return len(p), nil
}
