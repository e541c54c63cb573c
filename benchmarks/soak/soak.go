package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"sync"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// plan says what to do.
type plan struct {
	For     time.Duration
	Readers int
	Rotate  time.Duration
	Faults  float64
	Pause   time.Duration
	Mock    mock.Options
	Out     io.Writer // gets a line every ten seconds, and the summary
}

func (p plan) check() error {
	switch {
	case p.For <= 0 || p.Rotate <= 0 || p.Pause < 0:
		return fmt.Errorf("-for and -rotate must be positive, -pause not negative")
	case p.Readers <= 0:
		return fmt.Errorf("-readers must be positive")
	case p.Faults < 0 || p.Faults > 1:
		return fmt.Errorf("-faults must be from 0 to 1")
	}
	return nil
}

// pruneEvery is after how many rotations the mock is relieved of old versions:
// AWS drops them in time, and here they would look like a leak.
const pruneEvery = 20

const steady = 6 // secrets that are never withdrawn

// soak is one run under way.
type soak struct {
	plan    plan
	srv     *mock.Server
	store   *cache.Store
	ledger  *ledger
	secrets []*secret
	samples []sample
}

// run soaks until the plan's time is over or ctx ends, and returns what was
// violated, if anything.
func run(ctx context.Context, p plan) error {
	if err := p.check(); err != nil {
		return err
	}
	before := runtime.NumGoroutine()
	k := &soak{plan: p, ledger: newLedger()}
	err := k.with(ctx)
	if err != nil {
		return err
	}
	if n := left(before); n > 0 && !p.Mock.InProcess { // virtual time, if it is that, leaves goroutines none to end in
		k.ledger.violated(notFlat, fmt.Sprintf("%d goroutines are left after everything was closed", n))
	}
	k.summarise()
	return k.ledger.verdict()
}

// with makes server, client and Store for the run and closes them after it.
func (k *soak) with(ctx context.Context) (err error) {
	if k.srv, err = mock.New(&k.plan.Mock); err != nil {
		return err
	}
	defer k.srv.Close()
	aws := k.srv.AWSConfig()
	if k.plan.Mock.InProcess {
		// The mock's own client would keep out fetch's transport.
		aws.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.DialContext = k.srv.Dial })
	}
	client, err := fetch.New(ctx, &fetch.Options{AWS: &aws, AttemptTimeout: 400 * time.Millisecond, Budget: 3 * time.Second, Observe: k.observe})
	if err != nil {
		return err
	}
	defer client.Close()
	k.store, err = cache.New(client, &cache.Options{TTL: k.plan.Rotate / 2, NegativeTTL: 200 * time.Millisecond})
	if err != nil {
		return err
	}
	defer k.store.Close()
	return k.soak(ctx)
}

func (k *soak) observe(a fetch.Attempt) {
	k.ledger.attempts.Add(1)
	if !a.Wiping {
		k.ledger.violated(notWiping, "an attempt took another HTTP client")
	}
	if a.Err != nil {
		k.ledger.failed.Add(1)
	}
}

// soak fetches everything while there is peace, as stale values must be there to
// be allowed, and then lets go.
func (k *soak) soak(ctx context.Context) error {
	ways := withdrawals(k.srv)
	for i := range steady + len(ways) {
		name := fmt.Sprintf("soak/steady-%d", i)
		if i >= steady {
			name = "soak/" + ways[i-steady].name
		}
		s, err := newSecret(k.srv, name, i >= steady)
		if err == nil {
			err = k.store.Refresh(ctx, name)
		}
		if ctx.Err() != nil {
			return nil // interrupted
		}
		if err != nil {
			return err
		}
		k.secrets = append(k.secrets, s)
	}
	if err := k.srv.Inject(weather(k.plan.Faults)...); err != nil {
		return err
	}
	return k.all(ctx, ways)
}

// all runs readers, withdrawals and rotation; the first that fails ends them.
func (k *soak) all(ctx context.Context, ways []withdrawal) error {
	ctx, stop := context.WithTimeout(ctx, k.plan.For)
	defer stop()
	var wg sync.WaitGroup
	var once sync.Once
	var first error
	together := func(f func() error) {
		wg.Go(func() {
			if err := f(); err != nil {
				once.Do(func() { first = err })
				stop()
			}
		})
	}
	r := &reader{k.store, k.secrets, k.ledger, k.plan.Pause, 3 * k.plan.Rotate / 2}
	for range k.plan.Readers {
		together(func() error { r.run(ctx); return nil })
	}
	for i, w := range ways {
		together(func() error { return k.cycle(ctx, k.secrets[steady+i], w) })
	}
	together(func() error { return k.rotate(ctx) })
	wg.Wait()
	return first
}

// rotate gives every secret a new version at each tick, and keeps the books.
func (k *soak) rotate(ctx context.Context) error {
	tick := time.NewTicker(k.plan.Rotate)
	defer tick.Stop()
	start, told := time.Now(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := k.turn(); err != nil {
			return err
		}
		k.samples = append(k.samples, look(k.ledger.attempts.Load()))
		if time.Since(told) >= 10*time.Second-k.plan.Rotate/2 {
			told = time.Now()
			k.tell(time.Since(start))
		}
	}
}

func (k *soak) turn() error {
	for _, s := range k.secrets {
		if err := s.rotate(k.srv); err != nil {
			return err
		}
	}
	if n := k.ledger.rotations.Add(1); n%pruneEvery == 0 {
		if err := prune(k.srv, k.secrets); err != nil {
			return err
		}
	}
	if bad := handshakes(); k.plan.Mock.TLS && rand.Float64() < k.plan.Faults {
		return k.srv.Inject(bad[rand.IntN(len(bad))])
	}
	return nil
}

// tell prints how far it is.
func (k *soak) tell(since time.Duration) {
	l, now := k.ledger, k.samples[len(k.samples)-1]
	fmt.Fprintf(k.plan.Out, "%v: %d reads, %d requests (%d failed), %d rotations, %d withdrawals, %d goroutines, %.1f MiB, %d violations\n",
		since.Round(time.Second), l.reads.Load(), l.attempts.Load(), l.failed.Load(), l.rotations.Load(), l.phases.Load(),
		now.goroutines, mib(now.rss), l.total())
}

// summarise prints what happened, and judges how the process grew.
func (k *soak) summarise() {
	line, grown := flatten(k.samples)
	for _, g := range grown {
		k.ledger.violated(notFlat, g)
	}
	l := k.ledger
	fmt.Fprintf(k.plan.Out, "%d reads by %d readers, %d of them refused as they had to be, %d rejections played to the end\n",
		l.reads.Load(), k.plan.Readers, l.refusals.Load(), l.rejected.Load())
	fmt.Fprintf(k.plan.Out, "%d requests, %d of them failed; %d rotations of %d secrets, %d withdrawals\n%s\n%d violations\n",
		l.attempts.Load(), l.failed.Load(), l.rotations.Load(), len(k.secrets), l.phases.Load(), line, l.total())
}
