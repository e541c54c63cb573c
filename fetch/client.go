package fetch

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// Client asks Secrets Manager. It is safe for concurrent use.
type Client struct {
	opts Options
	aws  aws.Config

	mu       sync.Mutex
	closed   bool
	regional map[string]*secretsmanager.Client // by region
}

// New prepares a client and, so that the first Get finds them ready, starts to
// fetch credentials and to open a connection. It asks the network only for the
// region, and only where neither opts nor the environment nor a profile names
// one. A nil opts means the defaults.
func New(ctx context.Context, opts *Options) (*Client, error) {
	panic("being built")
}

// Get fetches the current version of a secret in one call. The id is a name,
// a full ARN, an ARN without its random suffix, or one of the forms that
// [ParseRef] reads. The caller closes the Secret.
func (c *Client) Get(ctx context.Context, id string) (*Secret, error) {
	ref, err := ParseRef(id)
	if err != nil {
		return nil, err
	}
	return c.GetRef(ctx, ref)
}

// GetRef is Get for a stage, a version or a key other than the defaults.
func (c *Client) GetRef(ctx context.Context, ref Ref) (*Secret, error) {
	panic("being built")
}

// GetMany fetches several secrets, in one BatchGetSecretValue for each twenty
// where the policy allows it, else one after the other over one connection.
// The result has one element for each id, in order, nil where that one failed;
// err joins an [*Error] for each failure. The caller closes every Secret
// returned.
func (c *Client) GetMany(ctx context.Context, ids ...string) ([]*Secret, error) {
	panic("being built")
}

// Close closes idle connections. Secrets already fetched stay valid; calls
// after it give [ErrClosed].
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return nil
}

// ParseRef reads an identifier: a name, a full or partial ARN, either of them
// followed by the parts that Amazon ECS allows
// (ARN:json-key:version-stage:version-id, each may be empty), or name:json-key.
func ParseRef(id string) (Ref, error) {
	panic("being built")
}
