package fetch

import (
	"context"
	"errors"
	"strings"

	"wicketkey.internal/internal/ident"
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
	leave, err := c.enter(ctx)
	if err != nil {
		if _, bad := parseID(ref.ID); bad != nil {
			err = bad
		}
		return nil, withID(ctx, ref, err)
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, c.opts.Budget)
	defer cancel()
	return c.getRef(ctx, ref, retryhint.IsNone(ctx))
}

// getRef is GetRef within a call that has been admitted.
func (c *Client) getRef(ctx context.Context, ref Ref, once bool) (*Secret, error) {
	id, err := parseID(ref.ID)
	if err != nil {
		return nil, err
	}
	secret, err := c.askEitherSpelling(ctx, ref, id, once)
	if err != nil || ref.Key == "" {
		return secret, err
	}
	return pick(secret, ref)
}

// askEitherSpelling asks for the identifier as it was given. Only after AWS did
// not know it is another spelling tried, once: gateway-config is a name like
// any other.
func (c *Client) askEitherSpelling(ctx context.Context, ref Ref, id ident.ID, once bool) (*Secret, error) {
	secret, err := c.askRegions(ctx, ref, id, once)
	if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrDenied) {
		return secret, err
	}
	other, ok := second(id)
	if !ok || c.full.has(ref.ID) {
		return nil, err
	}
	again := ref
	again.ID = other.id.String()
	secret, failed := c.askRegions(ctx, again, other.id, once)
	if failed != nil {
		return nil, bothCauses(err, again.ID, failed)
	}
	if !other.means(secret) {
		_ = secret.Close()
		return nil, err
	}
	c.log.Warn("wicketkey: found under another spelling", "given", ref.ID, "asked", again.ID, "why", other.note)
	return secret, nil
}

// bothCauses keeps the first error, for the identifier as it was given, and says
// what the second try met.
func bothCauses(first error, spelling string, failed error) error {
	var e, f *Error
	if !errors.As(first, &e) || !errors.As(failed, &f) {
		return first
	}
	both := *e
	both.Cause = strings.TrimSuffix(e.Cause, ".") + "; also tried as " + spelling + ": " + f.Kind.Error()
	return &both
}

// withID completes an error that came before there was anything to ask.
func withID(ctx context.Context, ref Ref, err error) error {
	var e *Error
	if errors.As(err, &e) {
		named := *e
		named.ID = ref.ID
		return &named
	}
	return explain(ctx, request{ref: ref, endpoint: endpointName(nil)}, &attempts{}, err)
}
