package awsenv

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/internal/transport"
)

// lookups are the questions under way for credentials or the region, so that
// [Loaded.Close] can end them: the SDK's credentials cache hides the caller's
// context from its provider.
type lookups struct {
	mu         sync.Mutex // guards what follows
	closed     bool
	cancels    map[*context.CancelFunc]struct{}
	transports []*transport.Transport

	running sync.WaitGroup
}

// begin bounds one question. The caller calls end when it is answered.
func (l *lookups) begin(ctx context.Context, limit time.Duration) (_ context.Context, end func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, nil, ErrClosed
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	l.cancels[&cancel] = struct{}{}
	l.running.Add(1)
	return ctx, func() {
		cancel()
		l.mu.Lock()
		delete(l.cancels, &cancel)
		l.mu.Unlock()
		l.running.Done()
	}, nil
}

// retrieve is begin around a source of credentials.
func (l *lookups) retrieve(ctx context.Context, limit time.Duration,
	from func(context.Context) (aws.Credentials, error)) (aws.Credentials, error) {
	ctx, end, err := l.begin(ctx, limit)
	if err != nil {
		return aws.Credentials{}, err
	}
	defer end()
	return from(ctx)
}

// closing has Close close the transport as well.
func (l *lookups) closing(t *transport.Transport) *transport.Transport {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.transports = append(l.transports, t)
	return t
}

func (l *lookups) close() {
	l.mu.Lock()
	l.closed = true
	for cancel := range l.cancels {
		(*cancel)()
	}
	transports := l.transports
	l.mu.Unlock()
	for _, t := range transports {
		t.Close()
	}
	l.running.Wait()
}
