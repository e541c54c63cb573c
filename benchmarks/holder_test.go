package benchmarks_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"runtime"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/benchmarks/programs/clients"
	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// holderEnv names the client of a process that holds a secret, and stands still
// while another looks for copies of it. The others tell it where the secret is.
const (
	holderEnv   = "WICKETKEY_HOLDER"
	endpointEnv = "WICKETKEY_HOLDER_ENDPOINT"
	caEnv       = "WICKETKEY_HOLDER_CA"
	keyEnv      = "WICKETKEY_HOLDER_KEY"
	binaryEnv   = "WICKETKEY_HOLDER_BINARY" // set where it is a SecretBinary
)

// Checkpoints, in order.
const (
	held      = "held"
	closed    = "closed"    // the client, or dropped where it knows no Close
	collected = "collected" // and its idle connections closed, and garbage collected three times
)

// holder is that process. It copies nothing of its own accord.
type holder struct {
	in   *bufio.Reader
	cfg  aws.Config
	http *http.Client
}

func hold(client string) error {
	h := &holder{in: bufio.NewReaderSize(os.Stdin, 16)}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(os.Getenv(caEnv)))
	h.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}}}
	id, secret := os.Getenv(keyEnv), os.Getenv(keyEnv+"_SECRET")
	h.cfg = aws.Config{
		Region:       "us-east-1",
		Credentials:  aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(id, secret, "")),
		BaseEndpoint: aws.String(os.Getenv(endpointEnv)),
		HTTPClient:   h.http,
		// The SDK may lose a connection that the next call was to use.
		RetryMaxAttempts: 10,
	}
	run := map[string]func(context.Context, *holder) error{
		clients.Official: holdOfficial, clients.SDK: holdSDK, clients.Fetch: holdFetch, clients.Cache: holdCache,
	}[client]
	return run(context.Background(), h)
}

// at stands still.
func (h *holder) at(checkpoint string, length int) {
	fmt.Printf("%s %d\n", checkpoint, length)
	_, _ = h.in.ReadSlice('\n')
}

// end is what comes once a client is closed.
func (h *holder) end() {
	h.at(closed, 0)
	h.http.CloseIdleConnections()
	for range 3 {
		runtime.GC()
	}
	h.at(collected, 0)
}

func holdSDK(ctx context.Context, h *holder) error {
	sm := secretsmanager.NewFromConfig(h.cfg)
	out, err := sm.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(name)})
	if err != nil {
		return err
	}
	h.at(held, len(aws.ToString(out.SecretString))+len(out.SecretBinary))
	out = nil
	h.end()
	runtime.KeepAlive(sm)
	return nil
}

func holdOfficial(ctx context.Context, h *holder) error {
	c, err := secretcache.New(func(c *secretcache.Cache) { c.Client = secretsmanager.NewFromConfig(h.cfg) })
	if err != nil {
		return err
	}
	var text string
	var bytes []byte
	if os.Getenv(binaryEnv) != "" {
		bytes, err = c.GetSecretBinaryWithContext(ctx, name)
	} else {
		text, err = c.GetSecretStringWithContext(ctx, name)
	}
	if err != nil {
		return err
	}
	h.at(held, len(text)+len(bytes))
	text, bytes = "", nil
	h.end()
	runtime.KeepAlive(c)
	return nil
}

func holdFetch(ctx context.Context, h *holder) error {
	client, err := fetch.New(ctx, &fetch.Options{AWS: &h.cfg})
	if err != nil {
		return err
	}
	s, err := client.Get(ctx, name)
	if err != nil {
		return err
	}
	h.at(held, len(s.Bytes()))
	_, _ = s.Close(), client.Close()
	h.end()
	return nil
}

func holdCache(ctx context.Context, h *holder) error {
	client, err := fetch.New(ctx, &fetch.Options{AWS: &h.cfg})
	if err != nil {
		return err
	}
	store, err := cache.New(client, nil)
	if err != nil {
		return err
	}
	err = store.View(ctx, name, func(value []byte) error {
		h.at(held, len(value))
		return nil
	})
	if err != nil {
		return err
	}
	_, _ = store.Close(), client.Close()
	h.end()
	return nil
}
