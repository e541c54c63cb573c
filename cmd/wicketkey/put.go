package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/smithy-go"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/ident"
	"wicketkey.internal/internal/wipe"
)

func putCommand() command {
	return command{
		name: "put", args: "[SECRET]",
		summary: "store a gateway's configuration, after checking it",
		details: `Reads a configuration from standard input or a file and stores it as plaintext:
as a new version of the secret, or as a new secret where there is none. It is
decoded and checked first, so that what a terminal has mangled never gets in. What
is mangled without loss is mended, and said: base64 is stored with its padding in
the standard alphabet, without line breaks, quotes and byte order marks, as every
reader takes it; a JSON object is stored as it is.

A terminal is refused as input: it shows what is pasted, and cuts lines at 4096
bytes. Pipe the value, or name a file.

Needs secretsmanager:PutSecretValue; CreateSecret for a new secret; UpdateSecret
for -kms-key on one that exists; and kms:GenerateDataKey and kms:Decrypt on that
key. A gateway's own role should have none of these.

What the AWS SDK copies of the value while it sends it cannot be wiped; our own
copy is.`,
		examples: []string{
			"gateway ott-init ONE-TIME-TOKEN | wicketkey put -name keeperRotationGatewayConfig",
			"wicketkey put -name keeperRotationGatewayConfig -file config.b64 -kms-key alias/gateway",
		},
		setup: func(fs *flag.FlagSet) action {
			p := &put{}
			p.declare(fs, 30*time.Second)
			fs.StringVar(&p.file, "file", "", "read from `file` instead of standard input")
			fs.StringVar(&p.kmsKey, "kms-key", "", "encrypt with this KMS `key` (id, ARN or alias; default aws/secretsmanager, or the key in use)")
			fs.BoolVar(&p.any, "any", false, anyUsage)
			fs.BoolVar(&p.json, "json", false, "print the result as JSON")
			return p.run
		},
	}
}

type put struct {
	target
	file, kmsKey string
	any, json    bool
}

// stored is what AWS made of it.
type stored struct {
	ARN       string `json:"arn"`
	Name      string `json:"name"`
	VersionID string `json:"versionId"`
	Created   bool   `json:"created"`

	Mended []string `json:"mended,omitempty"` // what put changed before
}

func (p *put) run(ctx context.Context, s *system, args []string) error {
	if err := p.accept(args); err != nil {
		return err
	}
	ref, err := p.refer(s)
	if err != nil {
		return err
	}
	if ref.Key != "" || ref.Stage != "" || ref.VersionID != "" {
		return usage("put stores a whole secret: give its name or ARN alone")
	}
	in, err := p.await(ctx, s)
	if err != nil {
		return err
	}
	defer in.value.Free()
	switch {
	case len(in.value.Bytes()) > maxValue:
		return errTooLarge
	case !utf8.Valid(in.value.Bytes()):
		return usage("the value is no text in UTF-8: a SecretString cannot hold it, and AWS would store something else")
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	out, err := p.store(ctx, s, ref, in.value.Bytes())
	if err != nil {
		return err
	}
	out.Mended = in.mended
	return p.tell(s, out)
}

func (p *put) tell(s *system, out *stored) error {
	if len(out.Mended) > 0 {
		s.note("mended: %s; it was stored as readers that are strict take it", strings.Join(out.Mended, ", "))
	}
	if p.json {
		return printJSON(s, out)
	}
	verb := "new version of"
	if out.Created {
		verb = "created"
	}
	return s.say("", "%s %s, version %s", verb, out.ARN, out.VersionID)
}

// maxValue is what Secrets Manager stores at most.
const maxValue = 65536

var errTooLarge = usage("the value is larger than the %d bytes that Secrets Manager stores", maxValue)

// await does not wait for a feeder that never ends once we are told to stop. The
// reading that is left behind ends with the process.
func (p *put) await(ctx context.Context, s *system) (input, error) {
	var in input
	var err error
	read := make(chan struct{})
	defer s.waiting("the end of what is to be stored")()
	go func() {
		defer close(read)
		in, err = p.input(s)
	}()
	select {
	case <-read:
		return in, err
	case <-ctx.Done():
		return input{}, ctx.Err()
	}
}

// input is what is to be stored. Whoever gets it frees the value.
type input struct {
	value  *wipe.Buffer
	mended []string
}

// input reads, checks and mends.
func (p *put) input(s *system) (input, error) {
	in, closeIn, err := p.open(s)
	if err != nil {
		return input{}, err
	}
	defer closeIn()
	value, err := readAll(in)
	if err != nil || p.any {
		return input{value: value}, err
	}
	defer value.Free()
	cfg, err := decode(value.Bytes())
	if err != nil {
		return input{}, err
	}
	defer cfg.Close()
	sp := spellingOf(bytes.TrimRight(value.Bytes(), "\r\n"), cfg) // the line's end is that of the program that printed it
	return input{sp.canonical(cfg), sp.odd}, nil
}

func (p *put) open(s *system) (io.Reader, func(), error) {
	if p.file != "" {
		f, err := os.Open(p.file)
		return f, func() { f.Close() }, err
	}
	if isTerminal(s.stdin) {
		return nil, nil, usage("standard input is a terminal, which would show the value and cut it at 4096 bytes: pipe it in, or give -file")
	}
	return s.stdin, func() {}, nil
}

// readAll reads into wipeable memory. Twice the limit leaves room for line
// breaks and spaces that tidying takes out.
func readAll(r io.Reader) (*wipe.Buffer, error) {
	value := wipe.New(2*maxValue + 1)
	n, err := io.ReadFull(r, value.Bytes())
	switch {
	case err == nil:
		value.Free()
		return nil, errTooLarge
	case errors.Is(err, io.EOF):
		value.Free()
		return nil, usage("there is nothing to store: the input is empty")
	case !errors.Is(err, io.ErrUnexpectedEOF):
		value.Free()
		return nil, err
	}
	value.Truncate(n)
	return value, nil
}

func (p *put) store(ctx context.Context, s *system, ref fetch.Ref, value []byte) (*stored, error) {
	c, err := p.connect(ctx, s, ref.ID)
	if err != nil {
		return nil, err
	}
	defer c.client.Close()
	id, err := ident.ParseID(ref.ID)
	if err != nil {
		return nil, err
	}
	defer s.waitingForAWS(c.region, p.timeout)()
	w := writer{c.writer(), id, p.kmsKey, aws.String(string(value))}
	out, err := w.version(ctx)
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing && id.Kind == ident.BareName {
		if stripped, ok := id.StrippedName(); ok {
			s.note("the name ends in a hyphen and six characters, like an ARN; if that tail was copied from one, the secret's name is %s", stripped)
		}
		out, err = w.create(ctx)
	}
	if err != nil {
		return nil, explainWrite(ref.ID, err)
	}
	return out, nil
}

// writer stores one value.
type writer struct {
	sm     *secretsmanager.Client
	id     ident.ID
	kmsKey string
	value  *string // the SDK takes nothing that could be wiped
}

// version adds a version. A new key needs UpdateSecret, which takes both.
func (w writer) version(ctx context.Context) (*stored, error) {
	if w.kmsKey != "" {
		out, err := w.sm.UpdateSecret(ctx, &secretsmanager.UpdateSecretInput{SecretId: aws.String(w.id.String()), SecretString: w.value, KmsKeyId: &w.kmsKey})
		if err != nil {
			return nil, err
		}
		return made(out.ARN, out.Name, out.VersionId), nil
	}
	out, err := w.sm.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String(w.id.String()), SecretString: w.value})
	if err != nil {
		return nil, err
	}
	return made(out.ARN, out.Name, out.VersionId), nil
}

func made(arn, name, version *string) *stored {
	return &stored{ARN: aws.ToString(arn), Name: aws.ToString(name), VersionID: aws.ToString(version)}
}

func (w writer) create(ctx context.Context) (*stored, error) {
	in := &secretsmanager.CreateSecretInput{Name: aws.String(w.id.String()), SecretString: w.value}
	if w.kmsKey != "" {
		in.KmsKeyId = &w.kmsKey
	}
	out, err := w.sm.CreateSecret(ctx, in)
	if err != nil {
		return nil, err
	}
	created := made(out.ARN, out.Name, out.VersionId)
	created.Created = true
	return created, nil
}

// explainWrite gives a refused write the exit status that reading would have.
func explainWrite(id string, err error) error {
	e := &fetch.Error{ID: id, Kind: fetch.ErrUnavailable, Cause: err.Error(), Err: err}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		e.Remedy = "wicketkey check tells what stands in the way"
		return e
	}
	e.Cause = api.ErrorCode() + ": " + api.ErrorMessage()
	switch api.ErrorCode() {
	case "AccessDeniedException":
		e.Kind, e.Remedy = fetch.ErrDenied, "allow secretsmanager:PutSecretValue, CreateSecret or UpdateSecret to whoever stores it; a gateway's own role needs neither"
	case "EncryptionFailure":
		e.Kind, e.Remedy = fetch.ErrKeyDisabled, "check that the KMS key exists, is enabled, and allows kms:GenerateDataKey"
	case "ResourceNotFoundException":
		e.Kind, e.Remedy = fetch.ErrNotFound, "give its name: only by name a new secret can be made"
	case "InvalidRequestException":
		e.Kind, e.Remedy = fetch.ErrDeleted, "restore it first: aws secretsmanager restore-secret --secret-id "+id
	case "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException":
		e.Kind, e.Remedy = fetch.ErrNoCredentials, "wicketkey check tells which credentials are used"
	case "InvalidParameterException", "ValidationException", "LimitExceededException":
		e.Kind, e.Remedy = fetch.ErrInvalid, "see what AWS says"
	}
	return e
}
