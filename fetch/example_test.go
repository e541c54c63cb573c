package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// server is a Secrets Manager for the examples. Yours is AWS.
func server() *mock.Server {
	srv, err := mock.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := srv.Put("keeperRotationGatewayConfig", []byte("hunter2")); err != nil {
		log.Fatal(err)
	}
	return srv
}

func ExampleClient_Get() {
	srv := server()
	defer srv.Close()
	cfg := srv.AWSConfig()
	ctx := context.Background()

	client, err := fetch.New(ctx, &fetch.Options{AWS: &cfg})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	secret, err := client.Get(ctx, "keeperRotationGatewayConfig")
	if err != nil {
		log.Fatal(err)
	}
	defer secret.Close()
	fmt.Println(secret.Name(), len(secret.Bytes()), secret)
	// Output: keeperRotationGatewayConfig 7 [secret]
}

// The service throttles once; the SDK's retries, the only ones, wait it out.
func ExampleClient_Get_throttled() {
	srv := server()
	defer srv.Close()
	srv.FailNext(1, mock.Throttling)
	cfg := srv.AWSConfig()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	client, err := fetch.New(ctx, &fetch.Options{AWS: &cfg, Observe: func(a fetch.Attempt) {
		fmt.Println(a.Operation, a.Number, a.Err == nil)
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	secret, err := client.Get(ctx, "keeperRotationGatewayConfig")
	if err != nil {
		log.Fatal(err)
	}
	defer secret.Close()
	// Output:
	// GetSecretValue 1 false
	// GetSecretValue 2 true
}

func ExampleError() {
	srv := server()
	defer srv.Close()
	cfg := srv.AWSConfig()
	ctx := context.Background()

	client, err := fetch.New(ctx, &fetch.Options{AWS: &cfg})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	_, err = client.Get(ctx, "keeperRotationGatewayConfg")
	var e *fetch.Error
	if errors.Is(err, fetch.ErrNotFound) && errors.As(err, &e) {
		fmt.Println("cause:", e.Cause)
		fmt.Println("fix:", e.Remedy)
	}
	// Output:
	// cause: ResourceNotFoundException: Secrets Manager can't find the specified secret.
	// fix: is it spelled as in the console, without its six random characters, and in region us-east-1?
}

func ExampleParseRef() {
	ref, err := fetch.ParseRef("arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-Vwt7zX:hostname:AWSPREVIOUS:")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ref.Key, ref.Stage)
	_, err = fetch.ParseRef(`{"hostname":"pasted by mistake"}`)
	fmt.Println(errors.Is(err, fetch.ErrBadIdentifier))
	// Output:
	// hostname AWSPREVIOUS
	// true
}
