package fetch

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/internal/ident"
	"wicketkey.internal/internal/redact"
	"wicketkey.internal/internal/retryhint"
)

// Get fetches the current version of a secret in one call. The id is a name,
// a full ARN, an ARN without its random suffix, or one of the forms that
// [ParseRef] reads. It blocks until there is an answer, the budget is spent or
// ctx ends. The caller closes the Secret. Every error is an [*Error].
func (c *Client) Get(ctx context.Context, id string) (*Secret, error) {
	ref, err := ParseRef(id)
	if err != nil {
		return nil, err
	}
	return c.GetRef(ctx, ref)
}

// GetRef is Get for a stage, a version or a key other than the defaults.
func (c *Client) GetRef(ctx context.Context, ref Ref) (*Secret, error) {
	id, err := parseID(ref.ID)
	if err != nil {
		return nil, err
	}
	if err := c.begin(ctx); err != nil {
		return nil, c.unasked(ctx, ref, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.opts.Budget)
	defer cancel()
	secret, err := c.askEitherSpelling(ctx, ref, id)
	if err != nil || ref.Key == "" {
		return secret, err
	}
	return pick(secret, ref)
}

// begin refuses calls of a closed client, and delays the first of all.
func (c *Client) begin(ctx context.Context) error {
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return &Error{Kind: ErrClosed, Cause: "the client was closed"}
	}
	return c.jitter(ctx)
}

// askEitherSpelling asks for the identifier as it was given. Only after AWS did
// not know it is another spelling tried, once: gateway-config is a name like
// any other.
func (c *Client) askEitherSpelling(ctx context.Context, ref Ref, id ident.ID) (*Secret, error) {
	secret, err := c.askRegions(ctx, ref, id)
	if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrDenied) {
		return secret, err
	}
	other, ok := second(id)
	if !ok || c.full.has(ref.ID) {
		return nil, err
	}
	again := ref
	again.ID = other.id.String()
	secret, failed := c.askRegions(ctx, again, other.id)
	if failed != nil {
		return nil, alsoTried(err, again.ID, failed)
	}
	if !other.means(secret) {
		_ = secret.Close()
		return nil, err
	}
	c.log.Warn("wicketkey: found under another spelling", "given", ref.ID, "asked", again.ID, "why", other.note)
	return secret, nil
}

// alsoTried keeps the first error, for the identifier as it was given, and says
// what the second try met.
func alsoTried(first error, spelling string, failed error) error {
	var e, f *Error
	if !errors.As(first, &e) || !errors.As(failed, &f) {
		return first
	}
	both := *e
	both.Cause += "; also tried as " + spelling + ": " + f.Kind.Error()
	return &both
}

// ask makes the one call, in one region.
func (c *Client) ask(ctx context.Context, ref Ref, region string) (*Secret, error) {
	s := c.client(region)
	if s.err != nil {
		return nil, c.unasked(ctx, ref, s.err)
	}
	c.connectAhead(s.at) // while the SDK waits for credentials
	ctx, tries := withAttempts(ctx)
	ctx, sink := redact.WithSink(ctx)
	defer sink.Discard()
	var how []func(*secretsmanager.Options)
	if retryhint.IsNone(ctx) {
		how = append(how, unthrottled)
	}
	out, err := s.sm.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId:     aws.String(ref.ID),
		VersionId:    given(ref.VersionID),
		VersionStage: given(ref.Stage),
	}, how...)
	if err != nil {
		return nil, explain(ctx, question{ref, region, named(s.at)}, tries, err)
	}
	values := sink.Take()
	if len(values) == 0 {
		return nil, &Error{ID: ref.ID, Kind: ErrMalformed, Cause: "a middleware of the caller's answered in place of AWS",
			Remedy: "leave it out of the configuration; a stand-in belongs behind the endpoint or the HTTP client"}
	}
	c.full.add(aws.ToString(out.ARN))
	m := metaOf(out.ARN, out.Name, out.VersionId, out.VersionStages, out.CreatedDate, region)
	return newSecret(values[0], m), nil
}

// unasked completes an error that came before there was anything to ask.
func (c *Client) unasked(ctx context.Context, ref Ref, err error) error {
	var e *Error
	if errors.As(err, &e) {
		named := *e
		named.ID = ref.ID
		return &named
	}
	return explain(ctx, question{ref: ref, endpoint: named(nil)}, &attempts{}, err)
}

func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
