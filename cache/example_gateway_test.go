package cache_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"strings"
	"sync"

	"wicketkey.internal/fetch/gatewayconfig"
)

// A load balancer, or a kubelet, asks whether the secrets are there.
func ExampleStore_Readiness() {
	_, store, done := exampleStore(nil)
	defer done()
	ready := store.Readiness("db/main") // as in mux.Handle("/readyz", ready)

	ask := func() int {
		w := httptest.NewRecorder()
		ready.ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
		return w.Code
	}
	fmt.Println(ask())
	if err := store.Prefetch(context.Background(), "db/main"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(ask())
	// Output:
	// 503
	// 200
}

// inUse is a configuration and those who work with it.
type inUse struct {
	*gatewayconfig.Config
	users sync.WaitGroup
}

// gateway hands out its configuration while new ones come.
type gateway struct {
	mu      sync.Mutex
	current *inUse
}

// acquire gives the configuration of now. The caller calls users.Done when it needs
// it no more, and closes nothing.
func (g *gateway) acquire() *inUse {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.current.users.Add(1)
	return g.current
}

// swap takes the next configuration into use. The one before is closed, and so
// wiped, by nobody else: when the last of its users is done. New users get the next.
func (g *gateway) swap(next *inUse) (closed <-chan struct{}) {
	g.mu.Lock()
	old := g.current
	g.current = next
	g.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if old != nil {
			old.users.Wait()
			_ = old.Close()
		}
	}()
	return done
}

// A gateway takes each new version of its configuration into use, while connections
// hold the one before, which is closed when the last of them is done. A version
// that is no configuration is left alone.
func ExampleStore_Watch_gateway() {
	srv, store, done := exampleStore(nil)
	defer done()
	put := func(hostname string) {
		id := strings.Repeat("A", 86) + "==" // base64 of 64 bytes
		config := `{"hostname": "` + hostname + `", "clientId": "` + id + `", "privateKey": "a", "serverPublicKeyId": "10", "appKey": "a"}`
		if _, err := srv.Put("keeperRotationGatewayConfig", []byte(config)); err != nil {
			log.Fatal(err)
		}
	}
	put("one.example.com")
	ctx := context.Background()

	var g gateway
	var connection *inUse // a user of the first configuration
	for _, err := range store.Watch(ctx, "keeperRotationGatewayConfig") {
		if err != nil {
			log.Print("going on with what there is: ", err)
			continue
		}
		next := new(inUse)
		err := store.View(ctx, "keeperRotationGatewayConfig", func(value []byte) (err error) {
			next.Config, err = gatewayconfig.Decode(value) // a copy: the value ends with the call
			return err
		})
		if err != nil {
			log.Print("not taken into use: ", err)
			continue
		}
		closed := g.swap(next)
		if connection != nil {
			fmt.Println("the connection still reads", connection.Len(), "keys of", connection.Config)
			connection.users.Done()
			<-closed
			fmt.Println("closed, with", len(connection.JSON()), "bytes left")
			break // a gateway goes on
		}
		connection = g.acquire()
		put("two.example.com") // elsewhere, some day; noticed within the TTL, or now:
		if err := store.Refresh(ctx, "keeperRotationGatewayConfig"); err != nil {
			log.Print(err)
		}
	}
	<-g.swap(nil) // at the end, the last one too
	// Output:
	// the connection still reads 5 keys of [secret]
	// closed, with 0 bytes left
}

// A program's reaction to a rotation is tested on the mock: its stages move as AWS's
// do, and the Store is told to look rather than waited for.
func ExampleStore_Refresh_rotation() {
	srv, store, done := exampleStore(nil)
	defer done()
	ctx := context.Background()
	length := func(id string) (n int) {
		if err := store.View(ctx, id, func(value []byte) error { n = len(value); return nil }); err != nil {
			log.Fatal(err)
		}
		return n
	}

	fmt.Println("before:", length("db/main"))
	if _, err := srv.Rotate("db/main", []byte("a longer password")); err != nil {
		log.Fatal(err)
	}
	fmt.Println("within the TTL:", length("db/main"))
	if err := store.Refresh(ctx, "db/main"); err != nil {
		log.Fatal(err)
	}
	fmt.Println("after a refresh:", length("db/main"), "and", length("db/main::AWSPREVIOUS"), "before it")
	// Output:
	// before: 7
	// within the TTL: 7
	// after a refresh: 17 and 7 before it
}
