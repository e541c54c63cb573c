package cache_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// exampleServer is a Secrets Manager with one secret, and a client of it.
func exampleServer() (*mock.Server, *fetch.Client) {
	srv, err := mock.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := srv.Put("db/main", []byte("hunter2")); err != nil {
		log.Fatal(err)
	}
	cfg := srv.AWSConfig()
	client, err := fetch.New(context.Background(), &fetch.Options{AWS: &cfg})
	if err != nil {
		log.Fatal(err)
	}
	return srv, client
}

// exampleStore is a Store on that, as Example makes one, and what closes both.
func exampleStore(opts *cache.Options) (srv *mock.Server, store *cache.Store, done func()) {
	srv, client := exampleServer()
	store, err := cache.New(client, opts)
	if err != nil {
		log.Fatal(err)
	}
	return srv, store, func() {
		store.Close()
		client.Close()
		srv.Close()
	}
}

func Example() {
	srv, client := exampleServer()
	defer srv.Close()
	defer client.Close()
	ctx := context.Background()

	store, err := cache.New(client, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	for range 3 {
		err = store.View(ctx, "db/main", func(value []byte) error {
			fmt.Println(len(value), "bytes")
			return nil
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(srv.Calls("GetSecretValue"), "call")
	// Output:
	// 7 bytes
	// 7 bytes
	// 7 bytes
	// 1 call
}

func ExampleStore_Get() {
	_, store, done := exampleStore(&cache.Options{TTL: time.Minute, MaxStale: time.Hour})
	defer done()

	secret, err := store.Get(context.Background(), "db/main")
	if err != nil {
		log.Fatal(err)
	}
	defer secret.Close() // the copy is ours to wipe
	fmt.Println(secret, "of", len(secret.Bytes()), "bytes")
	// Output: [secret] of 7 bytes
}

func ExampleStore_Refresh() {
	srv, store, done := exampleStore(nil)
	defer done()
	ctx := context.Background()

	length := func(value []byte) error { fmt.Println(len(value), "bytes"); return nil }
	if err := store.View(ctx, "db/main", length); err != nil {
		log.Fatal(err)
	}
	if _, err := srv.Put("db/main", []byte("a longer password")); err != nil {
		log.Fatal(err)
	}
	if err := store.Refresh(ctx, "db/main"); err != nil {
		log.Fatal(err)
	}
	if err := store.View(ctx, "db/main", length); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 7 bytes
	// 17 bytes
}

func ExampleStore_Do() {
	srv, store, done := exampleStore(nil)
	defer done()
	ctx := context.Background()
	if err := store.Prefetch(ctx, "db/main"); err != nil {
		log.Fatal(err)
	}
	if _, err := srv.Put("db/main", []byte("rotated")); err != nil { // unnoticed by the store
		log.Fatal(err)
	}

	attempt := 0
	err := store.Do(ctx, "db/main", func(password []byte) error {
		attempt++
		if string(password) != "rotated" { // the database knows the new one only
			return fmt.Errorf("attempt %d: %w", attempt, cache.ErrRejected)
		}
		return nil
	})
	fmt.Println("attempts:", attempt, "error:", err)
	// Output: attempts: 2 error: <nil>
}

func ExampleStore_Watch() {
	_, store, done := exampleStore(nil)
	defer done()

	for change, err := range store.Watch(context.Background(), "db/main") {
		if err != nil {
			log.Println("not to be had at present:", err)
			continue
		}
		fmt.Println("reload", change.Name)
		break // a gateway goes on
	}
	// Output: reload db/main
}

func ExampleStore_Prefetch() {
	_, store, done := exampleStore(nil)
	defer done()

	err := store.Prefetch(context.Background(), "db/main", "db/replica")
	fmt.Println("not found:", errors.Is(err, fetch.ErrNotFound))
	http.Handle("/readyz", store.Readiness())
	// Output: not found: true
}

func ExampleStore_State() {
	_, store, done := exampleStore(nil)
	defer done()
	if err := store.Prefetch(context.Background(), "db/main"); err != nil {
		log.Fatal(err)
	}

	state, ok := store.State("db/main")
	fmt.Println(ok, state.Name, "served:", state.Served, "stale:", !state.StaleSince.IsZero(), "error:", state.Err)
	// Output: true db/main served: true stale: false error: <nil>
}
