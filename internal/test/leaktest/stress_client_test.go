package leaktest_test

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/fetch/gatewayconfig"
	"wicketkey.internal/internal/wipe"
)

// ways are what a client under stress does again and again.
var ways = map[string]func(*client, context.Context, *fetch.Client) error{
	"fetch":   (*client).stressFetch,
	"key":     (*client).stressKey,
	"gateway": (*client).stressGateway,
	"cache":   (*client).stressCache,
	"disk":    (*client).stressDisk,
}

// storms interrupt the client's threads.
var storms = map[string]func(context.Context){
	"preemption": func(context.Context) {}, // by the collector alone
	"signals":    signalThreads,
	"profiler":   profile,
}

// stress goes its way while signals, collections and other goroutines interfere.
func (c *client) stress(ctx context.Context) error {
	if c.Loose {
		wipe.LetSignalsPass()
	}
	f, err := fetch.New(ctx, c.options())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var others sync.WaitGroup
	others.Go(func() { interfere(ctx) })
	others.Go(func() { storms[c.Storm](ctx) })
	err = ways[c.Way](c, ctx, f)
	cancel()
	others.Wait()
	if err != nil {
		return err
	}
	c.aftermath(func() { f.Close() })
	return nil
}

func (c *client) stressFetch(ctx context.Context, f *fetch.Client) error {
	for range c.Repeat {
		s, err := f.Get(ctx, secretName)
		if err != nil {
			return err
		}
		s.Clone().Close()
		s.Close()
	}
	return nil
}

func (c *client) stressKey(ctx context.Context, f *fetch.Client) error {
	for range c.Repeat {
		s, err := f.GetRef(ctx, fetch.Ref{ID: secretName, Key: "k"})
		if err != nil {
			return err
		}
		s.Close()
	}
	return nil
}

func (c *client) stressGateway(ctx context.Context, f *fetch.Client) error {
	for range c.Repeat {
		s, err := f.Get(ctx, secretName)
		if err != nil {
			return err
		}
		err = viewKey(s, func(view viewing) error { return view(func([]byte) error { return nil }) })
		if err != nil {
			return err
		}
	}
	return nil
}

// viewing lends a value to a callback.
type viewing func(func([]byte) error) error

// viewKey closes a secret once it is decoded, and the configuration once look has had
// its private key.
func viewKey(s *fetch.Secret, look func(viewing) error) error {
	cfg, err := gatewayconfig.Decode(s.Bytes())
	s.Close()
	if err != nil {
		return err
	}
	defer cfg.Close()
	return look(func(fn func([]byte) error) error { return cfg.View("privateKey", fn) })
}

func (c *client) stressCache(ctx context.Context, f *fetch.Client) error {
	return c.stressStore(ctx, f, nil)
}

// stressDisk writes a copy of each version and reads the last one back.
func (c *client) stressDisk(ctx context.Context, f *fetch.Client) error {
	disk := &cache.Disk{Dir: c.Dir, Key: make([]byte, 32), Account: "123456789012", Region: "us-east-1"}
	if err := c.stressStore(ctx, f, disk); err != nil {
		return err
	}
	c.aws.BaseEndpoint = new(string)
	*c.aws.BaseEndpoint = "https://127.0.0.1:9" // discard: nobody answers
	cut, err := fetch.New(ctx, c.options())
	if err != nil {
		return err
	}
	defer cut.Close()
	for range 5 {
		store, err := cache.New(cut, &cache.Options{Disk: disk})
		if err != nil {
			return err
		}
		s, err := store.Get(ctx, secretName)
		if err != nil {
			return errors.Join(err, store.Close())
		}
		s.Close()
		if err := store.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) stressStore(ctx context.Context, f *fetch.Client, disk *cache.Disk) error {
	store, err := cache.New(f, &cache.Options{Disk: disk})
	if err != nil {
		return err
	}
	for range c.Repeat {
		s, err := store.Get(ctx, secretName)
		if err == nil {
			s.Close()
			err = store.Refresh(ctx, secretName)
		}
		if err != nil {
			return errors.Join(err, store.Close())
		}
	}
	return store.Close()
}

// interfere collects garbage and preempts, as fast as it goes.
func interfere(ctx context.Context) {
	for ctx.Err() == nil {
		garbage := make([][]byte, 64)
		for i := range garbage {
			garbage[i] = make([]byte, 16<<10)
		}
		runtime.GC()
	}
}

func profile(ctx context.Context) {
	_ = pprof.StartCPUProfile(io.Discard)
	defer pprof.StopCPUProfile()
	signalThreads(ctx)
}

// signalThreads sends the signal by which Go preempts to every thread, as fast as
// it goes.
func signalThreads(ctx context.Context) {
	for ctx.Err() == nil {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return
		}
		for range 20 {
			for _, task := range tasks {
				if thread, err := strconv.Atoi(task.Name()); err == nil {
					preempt(thread)
				}
			}
			time.Sleep(20 * time.Microsecond)
		}
	}
}
