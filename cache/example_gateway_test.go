package cache_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"strings"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch/gatewayconfig"
)

// A load balancer, or a kubelet, asks whether the secrets are there.
func ExampleStore_Readiness() {
	srv, client := exampleServer()
	defer srv.Close()
	defer client.Close()
	store, err := cache.New(client, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
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

// A gateway takes each new version of its configuration into use, and wipes the
// one before. A version that is no configuration is left alone.
func ExampleStore_Watch_gateway() {
	srv, client := exampleServer()
	defer srv.Close()
	defer client.Close()
	put := func(hostname string) {
		id := strings.Repeat("A", 86) + "==" // base64 of 64 bytes
		config := `{"hostname": "` + hostname + `", "clientId": "` + id + `", "privateKey": "a", "serverPublicKeyId": "10", "appKey": "a"}`
		if _, err := srv.Put("keeperRotationGatewayConfig", []byte(config)); err != nil {
			log.Fatal(err)
		}
	}
	put("one.example.com")
	store, err := cache.New(client, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	ctx := context.Background()

	var current *gatewayconfig.Config
	defer func() { current.Close() }()
	load := func() error {
		return store.View(ctx, "keeperRotationGatewayConfig", func(value []byte) error {
			next, err := gatewayconfig.Decode(value)
			if err != nil {
				return err
			}
			current.Close() // a nil Config is a closed one
			current = next
			return nil
		})
	}
	reloads := 0
	for _, err := range store.Watch(ctx, "keeperRotationGatewayConfig") {
		if err != nil {
			log.Print("going on with what there is: ", err)
			continue
		}
		if err := load(); err != nil {
			log.Print("not taken into use: ", err)
			continue
		}
		fmt.Println("in use:", current, "with", current.Len(), "keys")
		if reloads++; reloads == 2 {
			break
		}
		put("two.example.com") // elsewhere, some day; noticed within the TTL, or now:
		if err := store.Refresh(ctx, "keeperRotationGatewayConfig"); err != nil {
			log.Print(err)
		}
	}
	// Output:
	// in use: [secret] with 5 keys
	// in use: [secret] with 5 keys
}
