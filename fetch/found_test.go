package fetch

import (
	"context"
	"net"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/internal/awsenv"
)

// Who waits for keys of what was read first gets those that were read anew
// meanwhile, not the news that the first were given up.
func TestRenewedWhileAnotherWaits(t *testing.T) {
	asked := make(chan struct{})
	load := func(variables map[string]string) *awsenv.Loaded {
		l, err := awsenv.Load(&awsenv.Options{
			LookupEnv: func(name string) (string, bool) { value, ok := variables[name]; return value, ok },
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				close(asked)
				<-ctx.Done()
				return nil, ctx.Err()
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	home := t.TempDir()
	f := &found{
		now: load(map[string]string{"HOME": home, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"}),
		load: func() (*awsenv.Loaded, error) {
			return load(map[string]string{"HOME": home, "AWS_ACCESS_KEY_ID": "AKIANEW", "AWS_SECRET_ACCESS_KEY": "s"}), nil
		},
	}
	defer f.close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if keys, err := f.Retrieve(t.Context()); err != nil || keys.AccessKeyID != "AKIANEW" {
			t.Errorf("got %q, %v", keys.AccessKeyID, err)
		}
	}()
	<-asked
	if !f.renew(t.Context(), aws.Credentials{AccessKeyID: "AKIAOLD"}) {
		t.Error("no other keys")
	}
	<-done
}
