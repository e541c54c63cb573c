package awsenv_test

import (
	"crypto/x509"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wicketkey.internal/internal/test/cleanenv"
	"wicketkey.internal/internal/test/emulator"
)

var (
	judgeCases = flag.Int("judge.cases", 300, "random configurations that the SDK judges")
	judgeSeed  = flag.Uint64("judge.seed", 1, "where they begin")
)

const (
	judgeChild = "WICKETKEY_TEST_JUDGE" // the URL of the AWS in the parent process
	judgeProxy = "HTTPS_PROXY"
)

// TestJudge has config.LoadDefaultConfig judge what Load makes of random
// environments and files: settings, source, keys (which spell the request that
// they answer), where a request for a role went, or that there is nothing. What
// may differ stands in the table of differences, with its reason.
//
// It runs in a process of its own, whose proxy for HTTPS sees what would leave
// this machine: net/http reads that variable once. More of it:
//
//	go test ./internal/awsenv -run TestJudge -judge.cases 20000 -judge.seed 7
func TestJudge(t *testing.T) {
	if url := os.Getenv(judgeChild); url != "" {
		judge(t, url)
		return
	}
	proxy := httptest.NewServer(&refusingProxy{})
	defer proxy.Close()
	cmd := emulator.Self(t.Context(), "-test.run=^TestJudge$", "-test.timeout=1h",
		fmt.Sprintf("-judge.cases=%d", *judgeCases), fmt.Sprintf("-judge.seed=%d", *judgeSeed))
	cmd.Env = []string{judgeChild + "=" + startAWS(t), judgeProxy + "=" + proxy.URL, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), cleanenv.Given + "=1"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// refusingProxy lets nobody through, and tells whom it did not let through: the
// next question is answered with the hosts since the last.
type refusingProxy struct {
	mu    sync.Mutex
	hosts []string // mu guards it
}

func (p *refusingProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Method == http.MethodConnect {
		p.hosts = append(p.hosts, r.Host)
		w.WriteHeader(http.StatusForbidden)
		return
	}
	fmt.Fprint(w, strings.Join(p.hosts, " "))
	p.hosts = nil
}

func judge(t *testing.T, url string) {
	ca := certificate(t)
	dir := t.TempDir()
	seen := map[string]int{}
	for i := range *judgeCases {
		random := rand.New(rand.NewPCG(*judgeSeed, uint64(i)))
		c := randomCase(random)
		verdict := c.judged(t, url, dir, ca, seen)
		if verdict == "" {
			continue
		}
		c = c.shrunk(func(smaller judgeCase) bool { return smaller.judged(t, url, dir, ca, map[string]int{}) != "" })
		t.Fatalf("case %d of seed %d\n%s\n%s", i, *judgeSeed, c, c.judged(t, url, dir, ca, map[string]int{}))
	}
	behindProxy(t, url, dir, ca)
	if *judgeCases < 3000 {
		return // too few to meet all
	}
	for _, d := range differences {
		if seen[d.name] == 0 {
			t.Errorf("the wanted difference %q was not met in %d cases: is it still one?", d.name, *judgeCases)
		}
	}
	t.Logf("%d cases, wanted differences %v", *judgeCases, seen)
}

// behindProxy holds that a proxy in the way is named.
func behindProxy(t *testing.T, url, dir, ca string) {
	c := judgeCase{env: []string{"AWS_REGION=eu-west-1", "AWS_WEB_IDENTITY_TOKEN_FILE=$DIR/token", "AWS_ROLE_ARN=" + role + "web"}}
	c.apply(t, url, dir, ca)
	_, err := ourOutcomeErr(quiet{t}, host{})
	if proxy := strings.TrimPrefix(os.Getenv(judgeProxy), "http://"); err == nil || !strings.Contains(err.Error(), "sts.eu-west-1.amazonaws.com through proxy "+proxy) {
		t.Errorf("got %v, want the proxy %s named", err, proxy)
	}
}

// judged returns in what both differ, unless that is wanted.
func (c judgeCase) judged(t *testing.T, url, dir, ca string, seen map[string]int) string {
	c.apply(t, url, dir, ca)
	h := host{profile: c.profile, region: c.region}
	want := judgedOutcome{sdkOutcome(quiet{t}, h), refusedHosts(t)}
	c.apply(t, url, dir, ca)
	ours, err := ourOutcomeErr(quiet{t}, h)
	got := judgedOutcome{ours, refusedHosts(t)}
	diff := cmp.Diff(want, got, cmpopts.IgnoreFields(secretsmanager.EndpointResolverOptions{}, "LogDeprecated"),
		cmpopts.IgnoreUnexported(secretsmanager.EndpointResolverOptions{}), cmpopts.EquateApproxTime(0), cmpopts.EquateEmpty(),
		cmp.Comparer(func(a, b *x509.CertPool) bool { return a.Equal(b) }))
	if diff == "" {
		return ""
	}
	for _, d := range differences {
		if d.wanted(c, want, got, err) {
			seen[d.name]++
			return ""
		}
	}
	return fmt.Sprintf("SDK -, ours + (our error: %v)\n%s", err, diff)
}

// judgedOutcome is an outcome and the hosts that it was sought at.
type judgedOutcome struct {
	Outcome outcome
	Asked   []string
}

func refusedHosts(t *testing.T) []string {
	answer, err := http.Get(os.Getenv(judgeProxy))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var all strings.Builder
	if _, err := fmt.Fprint(&all, readAll(t, answer.Body)); err != nil {
		t.Fatal(err)
	}
	return slices.Compact(strings.Fields(all.String())) // a retry counts once
}

// apply makes the environment and the files those of the case.
func (c judgeCase) apply(t *testing.T, url, dir, ca string) {
	keep := []string{judgeChild, judgeProxy, "PATH", "TMPDIR"}
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); !slices.Contains(keep, name) {
			os.Unsetenv(name)
		}
	}
	fill := strings.NewReplacer("$URL", url, "$DIR", dir)
	for name, value := range map[string]string{"HOME": dir, "AWS_CONFIG_FILE": dir + "/config", "AWS_SHARED_CREDENTIALS_FILE": dir + "/credentials",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "AWS_MAX_ATTEMPTS": "1"} {
		os.Setenv(name, value)
	}
	for _, pair := range c.env {
		name, value, _ := strings.Cut(pair, "=")
		os.Setenv(name, fill.Replace(value))
	}
	for name, content := range map[string]string{"config": strings.Join(c.config, ""), "credentials": strings.Join(c.credentials, ""),
		"token": "jwt", "auth": "Bearer file", "ca.pem": ca} {
		writeFile(t, filepath.Join(dir, name), fill.Replace(content))
	}
}

// shrunk leaves out of a case whatever it fails without.
func (c judgeCase) shrunk(fails func(judgeCase) bool) judgeCase {
	for smaller := true; smaller; {
		smaller = false
		for _, part := range []func(*judgeCase) *[]string{
			func(c *judgeCase) *[]string { return &c.env },
			func(c *judgeCase) *[]string { return &c.config },
			func(c *judgeCase) *[]string { return &c.credentials },
		} {
			for i := len(*part(&c)) - 1; i >= 0; i-- {
				try := c
				*part(&try) = slices.Delete(slices.Clone(*part(&c)), i, i+1)
				if fails(try) {
					c, smaller = try, true
				}
			}
		}
		for _, clear := range []func(*judgeCase){func(c *judgeCase) { c.profile = "" }, func(c *judgeCase) { c.region = "" }} {
			try := c
			if clear(&try); (try.profile != c.profile || try.region != c.region) && fails(try) {
				c, smaller = try, true
			}
		}
	}
	return c
}

func TestShrinking(t *testing.T) {
	c := judgeCase{env: []string{"a", "b", "c"}, config: []string{"d", "e"}, profile: "p", region: "r"}
	c = c.shrunk(func(c judgeCase) bool { return slices.Contains(c.env, "b") && slices.Contains(c.config, "d") })
	want := judgeCase{env: []string{"b"}, config: []string{"d"}}
	if diff := cmp.Diff(want, c, cmp.AllowUnexported(judgeCase{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}
