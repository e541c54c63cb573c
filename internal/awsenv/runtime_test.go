package awsenv_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	sdkimds "github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/internal/awsenv"
)

// issuer hands out keys, by all the ways that are asked over the network. It
// counts and remembers.
type issuer struct {
	mu     sync.Mutex // guards what follows
	calls  int        // for keys; not for session tokens and role names
	tokens []string   // the caller's, as they came
	down   int        // a status: what every answer is, or the next ones
	downs  int        // how many; below zero: for good
	slow   time.Duration
	valid  time.Duration
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.slow > 0 {
		i.mu.Unlock()
		select {
		case <-time.After(i.slow):
		case <-r.Context().Done():
		}
		i.mu.Lock()
	}
	asksForKeys := r.Method != http.MethodPut && !strings.HasSuffix(r.URL.Path, "/security-credentials/")
	if asksForKeys {
		i.calls++
		i.tokens = append(i.tokens, r.Header.Get("Authorization")+tokenOf(string(body)))
	}
	if i.downs != 0 && (asksForKeys || i.downs < 0) {
		i.downs--
		w.WriteHeader(i.down)
		return
	}
	until := time.Now().Add(i.valid).UTC().Format(time.RFC3339)
	switch {
	case r.Method == http.MethodPut:
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")
		io.WriteString(w, "tok")
	case !asksForKeys:
		io.WriteString(w, "role")
	case r.Method == http.MethodPost:
		fmt.Fprintf(w, strings.ReplaceAll(granted("<Credentials><AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials>").body,
			"%[1]s", "AssumeRoleWithWebIdentity"), i.calls, until)
	default:
		writeJSON(w, map[string]any{"Code": "Success", "AccessKeyId": fmt.Sprint("ASIA", i.calls), "SecretAccessKey": "s", "Token": "t", "Expiration": until})
	}
}

func tokenOf(form string) string {
	_, token, _ := strings.Cut(form, "WebIdentityToken=")
	return token
}

// sides make the same source twice: as config.LoadDefaultConfig puts it
// together, and ours. Both read a token from the file.
var sides = map[string]struct {
	sdk  func(t *testing.T, n *network, file string) aws.CredentialsProvider
	ours func(file string) map[string]string
}{
	"container": {
		func(t *testing.T, n *network, file string) aws.CredentialsProvider {
			provider := endpointcreds.New("http://127.0.0.1:8080/keys", func(o *endpointcreds.Options) {
				o.HTTPClient = clientOn(t, n)
				o.AuthorizationTokenProvider = endpointcreds.TokenProviderFunc(func() (string, error) {
					token, err := os.ReadFile(file)
					return string(token), err
				})
			})
			return aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = 5 * time.Minute })
		},
		func(file string) map[string]string {
			return env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:8080/keys", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file)
		},
	},
	"instance": {
		func(t *testing.T, n *network, _ string) aws.CredentialsProvider {
			return aws.NewCredentialsCache(ec2rolecreds.New(func(o *ec2rolecreds.Options) {
				o.Client = sdkimds.New(sdkimds.Options{HTTPClient: clientOn(t, n)})
			}))
		},
		func(string) map[string]string { return nil },
	},
	"STS": {
		func(t *testing.T, n *network, file string) aws.CredentialsProvider {
			return aws.NewCredentialsCache(webIdentityOn(n, file))
		},
		func(file string) map[string]string {
			return env("AWS_REGION", "eu-west-1", "AWS_ENDPOINT_URL_STS", "http://sts.test", "AWS_ROLE_ARN", role+"x", "AWS_WEB_IDENTITY_TOKEN_FILE", file)
		},
	},
}

func clientOn(t *testing.T, n *network) *http.Client {
	std := &http.Transport{DialContext: n.dial}
	t.Cleanup(std.CloseIdleConnections)
	return &http.Client{Transport: std}
}

// scenes are what a source lives through. Each tells what happened.
var scenes = map[string]func(t *testing.T, p aws.CredentialsProvider, i *issuer, file string) []string{
	"renewed in time": func(t *testing.T, p aws.CredentialsProvider, i *issuer, _ string) (told []string) {
		last := ""
		for minute := range 3 * 60 {
			if keys, err := p.Retrieve(t.Context()); err != nil || keys.AccessKeyID != last {
				told = append(told, fmt.Sprint(minute, " min: ", keys.AccessKeyID, " ", err != nil))
				last = keys.AccessKeyID
			}
			time.Sleep(time.Minute)
		}
		return told
	},
	"an outage of an hour": func(t *testing.T, p aws.CredentialsProvider, i *issuer, _ string) (told []string) {
		_, _ = p.Retrieve(t.Context())
		i.set(func() { i.down, i.downs = 503, -1 })
		failed := false
		for minute := range 60 {
			if _, err := p.Retrieve(t.Context()); failed != (err != nil) {
				failed = !failed
				told = append(told, fmt.Sprint(minute, " min: failing ", failed))
			}
			time.Sleep(time.Minute)
		}
		i.set(func() { i.downs = 0 })
		time.Sleep(15 * time.Minute) // as long as an instance's keys are extended
		keys, err := p.Retrieve(t.Context())
		return append(told, fmt.Sprint("then ", keys.HasKeys(), err != nil))
	},
	"50 callers": func(t *testing.T, p aws.CredentialsProvider, i *issuer, _ string) []string {
		i.set(func() { i.slow = 100 * time.Millisecond })
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if keys, err := p.Retrieve(t.Context()); err != nil || keys.AccessKeyID != "ASIA1" {
					t.Errorf("got %q, %v", keys.AccessKeyID, err)
				}
			})
		}
		all.Wait()
		return []string{fmt.Sprint(i.calls, " call")}
	},
	"a caller that leaves": func(t *testing.T, p aws.CredentialsProvider, i *issuer, _ string) []string {
		i.set(func() { i.slow = 100 * time.Millisecond })
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := p.Retrieve(ctx); err == nil {
				t.Error("keys before they can be there")
			}
		})
		all.Go(func() {
			time.Sleep(20 * time.Millisecond)
			if _, err := p.Retrieve(t.Context()); err != nil {
				t.Errorf("who stays: %v", err)
			}
		})
		all.Wait()
		return []string{fmt.Sprint(i.calls, " call")}
	},
	"a token that changes": func(t *testing.T, p aws.CredentialsProvider, i *issuer, file string) []string {
		for _, token := range []string{"first", "second"} {
			writeFile(t, file, token)
			if _, err := p.Retrieve(t.Context()); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Hour)
		}
		return i.tokens
	},
	"throttled twice": func(t *testing.T, p aws.CredentialsProvider, i *issuer, _ string) []string {
		i.set(func() { i.down, i.downs = 429, 2 })
		_, err := p.Retrieve(t.Context())
		return []string{fmt.Sprint(i.calls, " calls, failed ", err != nil)}
	},
	"throttled for long": func(t *testing.T, p aws.CredentialsProvider, i *issuer, _ string) []string {
		i.set(func() { i.down, i.downs = 429, 1000 })
		_, err := p.Retrieve(t.Context())
		return []string{fmt.Sprint(i.calls, " calls, failed ", err != nil)}
	},
	"refused": func(t *testing.T, p aws.CredentialsProvider, i *issuer, _ string) []string {
		i.set(func() { i.down, i.downs = 403, 1000 })
		_, err := p.Retrieve(t.Context())
		return []string{fmt.Sprint(i.calls, " calls, failed ", err != nil)}
	},
	"broken": func(t *testing.T, p aws.CredentialsProvider, i *issuer, _ string) []string {
		i.set(func() { i.down, i.downs = 500, 1000 })
		_, err := p.Retrieve(t.Context())
		return []string{fmt.Sprint(i.calls, " calls, failed ", err != nil)}
	},
}

func (i *issuer) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

// What a source lives through must end as it does for the SDK's.
func TestSourcesLiveAsTheSDKs(t *testing.T) {
	for source, side := range sides {
		for scene, play := range scenes {
			t.Run(source+"/"+scene, func(t *testing.T) {
				told := map[string][]string{}
				for _, who := range []string{"SDK", "ours"} {
					synctest.Test(t, func(t *testing.T) {
						file := filepath.Join(t.TempDir(), "token")
						writeFile(t, file, "jwt")
						i := &issuer{valid: 30 * time.Minute}
						n := newNetwork(t, i)
						var p aws.CredentialsProvider
						if who == "SDK" {
							p = side.sdk(t, n, file)
						} else {
							l := load(t, side.ours(file), awsenv.Options{DialContext: n.dial})
							t.Cleanup(func() { l.Close() })
							p = l.Config.Credentials
						}
						told[who] = play(t, p, i, file)
					})
				}
				if diff := cmp.Diff(told["SDK"], told["ours"]); diff != "" {
					t.Errorf("SDK -, ours +\n%s", diff)
				}
			})
		}
	}
}
