package leaktest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// deeds are what a client does with the secret of that name, and what it must come to.
var deeds = map[string]func(*client, context.Context, *fetch.Client, string) error{
	"keys":      (*client).takeKeys,
	"many":      (*client).takeMany,
	"failover":  (*client).failOver,
	"hedge":     (*client).hedge,
	"damaged":   (*client).damageCopies,
	"impatient": (*client).leave,
	"closing":   (*client).closeMeanwhile,
	"evicted":   (*client).evict,
	"rejected":  (*client).reject,
	"panic":     (*client).panicking,
	"escaped":   (*client).panicking,
}

func (c *client) life(ctx context.Context) error {
	f, err := fetch.New(ctx, c.options())
	if err != nil {
		return err
	}
	for name, do := range deeds {
		if err := do(c, ctx, f, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	c.aftermath(func() { f.Close() })
	return nil
}

// takeKeys takes all kinds of keys out of an object.
func (c *client) takeKeys(ctx context.Context, f *fetch.Client, name string) error {
	for key, good := range map[string]bool{"s": true, "e\n": true, "o": true, "a": true, "n": true, "t": true, "none": false, "": true} {
		s, err := f.GetRef(ctx, fetch.Ref{ID: name, Key: key})
		if (err == nil) != good {
			return fmt.Errorf("key %q: %w", key, err)
		}
		s.Close()
	}
	return nil
}

// takeMany has a batch of which one entry cannot be understood, and one is refused.
func (c *client) takeMany(ctx context.Context, f *fetch.Client, name string) error {
	list, err := f.GetMany(ctx, name, name+"-bad", "missing", name+":s")
	for _, s := range list {
		s.Close()
	}
	if err == nil {
		return errors.New("nothing failed")
	}
	return nil
}

func (c *client) failOver(ctx context.Context, _ *fetch.Client, name string) error {
	return c.elsewhere(ctx, name, 0)
}

func (c *client) hedge(ctx context.Context, _ *fetch.Client, name string) error {
	return c.elsewhere(ctx, name, time.Millisecond)
}

func (c *client) elsewhere(ctx context.Context, name string, hedge time.Duration) error {
	opts := c.options()
	opts.Failover, opts.HedgeAfter = []string{"us-west-2", "eu-west-1"}, hedge
	f, err := fetch.New(ctx, opts)
	if err != nil {
		return err
	}
	defer f.Close()
	for range 10 {
		s, err := f.Get(ctx, name)
		if err != nil {
			return err
		}
		s.Close()
	}
	return nil
}

// damageCopies reads copies on disk of which one byte is another.
func (c *client) damageCopies(ctx context.Context, f *fetch.Client, name string) error {
	disk := &cache.Disk{Dir: c.Dir, Key: make([]byte, 32), Account: "123456789012", Region: "us-east-1"}
	read := func(f *fetch.Client) error {
		store, err := cache.New(f, &cache.Options{Disk: disk})
		if err != nil {
			return err
		}
		defer store.Close()
		s, err := store.Get(ctx, name)
		if err == nil {
			s.Close()
		}
		return err
	}
	if err := read(f); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(c.Dir, "*.copy"))
	if err != nil || len(files) != 1 {
		return fmt.Errorf("%d copies, %w", len(files), err)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	opts := c.options()
	opts.Endpoint = "https://127.0.0.1:9" // discard: nobody answers
	cut, err := fetch.New(ctx, opts)
	if err != nil {
		return err
	}
	defer cut.Close()
	if err := read(cut); err != nil {
		return fmt.Errorf("the copy as it was written: %w", err)
	}
	for i := 0; i < len(whole); i += 23 {
		whole[i] ^= 1
		if err := os.WriteFile(files[0], whole, 0o600); err != nil {
			return err
		}
		if read(cut) == nil {
			return fmt.Errorf("byte %d is another, and the copy was served", i)
		}
		whole[i] ^= 1
	}
	return nil
}

// leave is a caller who gives up at any moment.
func (c *client) leave(ctx context.Context, f *fetch.Client, name string) error {
	store, err := cache.New(f, nil)
	if err != nil {
		return err
	}
	defer store.Close()
	for i := range 60 {
		short, cancel := context.WithTimeout(ctx, time.Duration(i)*50*time.Microsecond)
		s, _ := f.Get(short, name)
		s.Close()
		_ = store.Refresh(short, name)
		cancel()
	}
	return nil
}

// closeMeanwhile closes a store that is being asked, read and watched.
func (c *client) closeMeanwhile(ctx context.Context, f *fetch.Client, name string) error {
	for i := range 20 {
		store, err := cache.New(f, nil)
		if err != nil {
			return err
		}
		var readers sync.WaitGroup
		readers.Go(func() {
			for range store.Watch(ctx, name) {
			}
		})
		for range 3 {
			readers.Go(func() {
				for {
					s, err := store.Get(ctx, name)
					if err != nil {
						return
					}
					s.Close()
				}
			})
			readers.Go(func() {
				for store.View(ctx, name, func([]byte) error { return store.Refresh(ctx, name) }) == nil {
				}
			})
		}
		time.Sleep(time.Duration(i) * 200 * time.Microsecond)
		store.Close()
		readers.Wait()
	}
	return nil
}

// evict asks for more than there is room for.
func (c *client) evict(ctx context.Context, f *fetch.Client, name string) error {
	store, err := cache.New(f, &cache.Options{MaxBytes: 3000, MaxSecrets: 3})
	if err != nil {
		return err
	}
	for i := range 20 {
		s, err := store.Get(ctx, fmt.Sprintf("%s-%d", name, i%7))
		if err != nil {
			return err
		}
		s.Close()
	}
	if n := store.Stats().Evictions; n == 0 {
		return errors.New("nothing was evicted")
	}
	return store.Close()
}

// reject is told by whoever the credential is shown to that it is not good.
func (c *client) reject(ctx context.Context, f *fetch.Client, name string) error {
	store, err := cache.New(f, nil)
	if err != nil {
		return err
	}
	if err := store.Do(ctx, name, func([]byte) error { return cache.ErrRejected }); !errors.Is(err, cache.ErrRejected) {
		return err
	}
	return store.Close()
}

// panicking has callbacks that panic, which somebody recovers.
func (c *client) panicking(ctx context.Context, f *fetch.Client, name string) error {
	store, err := cache.New(f, nil)
	if err != nil {
		return err
	}
	caught := 0
	catch := func(call viewing) {
		defer func() {
			if recover() != nil {
				caught++
			}
		}()
		_ = call(func([]byte) error { panic("callback") })
	}
	catch(func(fn func([]byte) error) error { return store.View(ctx, name, fn) })
	catch(func(fn func([]byte) error) error { return store.Do(ctx, name, fn) })
	s, err := store.Get(ctx, name)
	if err != nil {
		return err
	}
	err = viewKey(s, func(view viewing) error {
		catch(view)
		return nil
	})
	if err != nil {
		return err
	}
	if caught != 3 {
		return fmt.Errorf("%d panics of 3", caught)
	}
	return store.Close()
}
