package fetch_test

import (
	"context"
	"fmt"
	"log"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// Twenty secrets are one call. An identifier that gives an error leaves nil in its
// place, and the others are there all the same.
func ExampleClient_GetMany() {
	srv, err := mock.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	for _, name := range []string{"db/main", "tls/key"} {
		if _, err := srv.Put(name, []byte("hunter2")); err != nil {
			log.Fatal(err)
		}
	}
	cfg := srv.AWSConfig()
	client, err := fetch.New(context.Background(), &fetch.Options{AWS: &cfg})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	secrets, err := client.GetMany(context.Background(), "db/main", "nosuch", "tls/key")
	for _, secret := range secrets {
		defer secret.Close() // nil is closed already
		if secret == nil {
			fmt.Println("missing")
			continue
		}
		fmt.Println(secret.Name(), secret)
	}
	fmt.Println(err != nil, srv.Calls("BatchGetSecretValue"), "batch")
	// Output:
	// db/main [secret]
	// missing
	// tls/key [secret]
	// true 1 batch
}
