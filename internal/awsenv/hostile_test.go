package awsenv_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"wicketkey.internal/internal/awsenv"
)

// sources are the configurations of one source each that is asked over the
// network, at plain HTTP.
func sources(t *testing.T) map[string]map[string]string {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "token"), "jwt")
	return map[string]map[string]string{
		"container": env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:8080/keys", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "tok"),
		"instance":  {},
		"STS": env("AWS_ENDPOINT_URL_STS", "http://sts.test", "AWS_REGION", "eu-west-1",
			"AWS_WEB_IDENTITY_TOKEN_FILE", filepath.Join(dir, "token"), "AWS_ROLE_ARN", role+"web"),
	}
}

// No answer moves a token to another host.
func TestRedirectsAreRefused(t *testing.T) {
	for name, variables := range sources(t) {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(fmt.Sprint(name, status), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := newNetwork(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.Host == "evil.example" {
							t.Errorf("%s %v arrived at %s", r.Method, r.Header, r.Host)
						}
						http.Redirect(w, r, "http://evil.example/", status)
					}))
					l := load(t, variables, awsenv.Options{DialContext: n.dial})
					if _, err := l.Config.Credentials.Retrieve(t.Context()); err == nil || !strings.Contains(err.Error(), "redirect") {
						t.Errorf("got %v, want an error that names the redirect", err)
					}
					if _, err := l.InstanceRegion(t.Context()); name == "instance" && err == nil {
						t.Error("a region out of a redirect")
					}
					if slices.Contains(n.addrs, "evil.example:80") {
						t.Errorf("dialled %v", n.addrs)
					}
				})
			})
		}
	}
}

// An answer without end is read up to a limit, though the deadline be far.
func TestAnswersAreBounded(t *testing.T) {
	const limit = 256 << 10
	for name, variables := range sources(t) {
		for _, status := range []int{200, 400} {
			t.Run(fmt.Sprint(name, status), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					most := 0
					n := newNetwork(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.Method == http.MethodPut {
							w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")
						}
						w.WriteHeader(status)
						for sent := 0; ; {
							n, err := w.Write([]byte(strings.Repeat(" ", 1<<10)))
							if sent += n; err != nil {
								most = max(most, sent)
								return
							}
						}
					}))
					l := load(t, variables, awsenv.Options{DialContext: n.dial})
					_, err := l.Config.Credentials.Retrieve(t.Context())
					synctest.Wait()
					if err == nil || most > limit+64<<10 {
						t.Errorf("%d bytes were taken: %v", most, err)
					}
				})
			})
		}
	}
}

// A region that is none makes no host. It may come from the environment, a
// profile, or the instance.
func TestNoTokenGoesToAHostMadeUp(t *testing.T) {
	for _, region := range []string{"evil.example#", "evil.example/", "x@evil.example", "evil.example:443/", "evil.example?", "evil.example\\", "evil example"} {
		for from, variables := range map[string]map[string]string{"environment": env("AWS_REGION", region), "instance": {}} {
			t.Run(from+" "+region, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := newNetwork(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						switch {
						case r.Host != "169.254.169.254":
							t.Errorf("%s arrived at %s", r.URL, r.Host)
						case r.Method == http.MethodPut:
							w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")
							io.WriteString(w, "tok")
						default:
							writeJSON(w, map[string]any{"region": region})
						}
					}))
					dir := t.TempDir()
					writeFile(t, filepath.Join(dir, "token"), "jwt")
					l := load(t, vars(variables, env("AWS_WEB_IDENTITY_TOKEN_FILE", filepath.Join(dir, "token"), "AWS_ROLE_ARN", role+"web")), awsenv.Options{DialContext: n.dial})
					if _, err := l.Config.Credentials.Retrieve(t.Context()); err == nil {
						t.Error("credentials")
					}
					for _, address := range n.addrs {
						if address != "169.254.169.254:80" {
							t.Errorf("dialled %s", address)
						}
					}
				})
			})
		}
	}
}

// Close leaves neither connection nor goroutine, though lookups are under way:
// synctest fails a bubble in which one is left.
func TestClose(t *testing.T) {
	for name, variables := range sources(t) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				mux := http.NewServeMux()
				mux.Handle("/latest/", &instance{})
				mux.HandleFunc("/keys", serveContainer)
				mux.HandleFunc("/", serveSTS)
				n := newNetwork(t, mux)
				l := load(t, variables, awsenv.Options{DialContext: n.dial})
				keys, err := l.Config.Credentials.Retrieve(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if err := l.Close(); err != nil {
					t.Error(err)
				}
				if again, err := l.Config.Credentials.Retrieve(t.Context()); err != nil || again != keys && again.AccessKeyID != keys.AccessKeyID {
					t.Errorf("what was found is gone: %v", err)
				}
				if _, err := l.InstanceRegion(t.Context()); !errors.Is(err, awsenv.ErrClosed) {
					t.Errorf("got %v, want %v", err, awsenv.ErrClosed)
				}
			})
		})
		t.Run(name+" under way", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					io.Copy(io.Discard, r.Body)
					<-r.Context().Done()
				}))
				l := load(t, variables, awsenv.Options{DialContext: n.dial})
				done := make(chan error)
				go func() {
					_, err := l.Config.Credentials.Retrieve(t.Context())
					done <- err
				}()
				synctest.Wait()
				if spent := took(func() { l.Close() }); spent != 0 {
					t.Errorf("Close took %v", spent)
				}
				if err := <-done; err == nil {
					t.Error("credentials out of a lookup that was ended")
				}
			})
		})
	}
}
