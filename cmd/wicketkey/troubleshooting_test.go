package main

import (
	"cmp"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"wicketkey.internal/internal/awsenv"
	"wicketkey.internal/mock"
)

// trouble makes get fail in one way.
type trouble struct {
	failure mock.Failure // what AWS answers
	stored  string       // empty for what is no configuration
	env     []string
	args    []string
}

// troubles leads to each message of the page. One is not made here, because it
// takes two seconds to come.
func troubles() map[string]trouble {
	away := []string{"-endpoint-url", "http://127.0.0.1:1", "-timeout", "2s"}
	return map[string]trouble{
		"no secret named":                        {env: []string{nameVariable + "="}},
		"not a secret's name or ARN":             {args: []string{"-name", "two words"}},
		"no AWS region":                          {env: []string{"AWS_REGION="}},
		"no AWS credentials":                     {env: []string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="}},
		"UnrecognizedClientException":            {env: []string{"AWS_ACCESS_KEY_ID=AKIAXXXXXXXXXXXXXXXX"}},
		"ExpiredTokenException":                  {failure: mock.ExpiredToken},
		"Signature expired":                      {failure: "InvalidSignatureException: Signature expired: 20300101T000000Z is now earlier than 20300102T000000Z"},
		"Signature not yet current":              {failure: "InvalidSignatureException: Signature not yet current: 20300102T000000Z is still later than 20300101T000000Z"},
		"AWS profile unusable":                   {args: []string{"-profile", "nosuch"}},
		"AWS environment variable unusable":      {env: []string{"AWS_MAX_ATTEMPTS=many"}},
		"access denied":                          {failure: mock.AccessDenied},
		"access to the KMS key denied":           {failure: mock.KMSDenied},
		"KMS key cannot be used":                 {failure: mock.DecryptionFailure},
		"secret not found":                       {args: []string{"-name", "nosuch"}},
		"secret scheduled for deletion":          {failure: "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion."},
		"no such version of the secret":          {args: []string{"-stage", "NOSUCH"}},
		"throttled":                              {failure: mock.Throttling, args: []string{"-timeout", "2s"}},
		"service cannot answer":                  {args: away},
		"answer cannot be understood":            {args: []string{"-key", "nosuch"}},
		"gateway configuration":                  {args: []string{"-decode"}},
		"gateway is not bound":                   {args: []string{"-decode"}, stored: strings.Replace(configuration(), `"appKey"`, `"clientKey"`, 1)},
		"server's certificate is not trusted":    {},
		"instance metadata token did not arrive": {},
	}
}

// rows are the page's statuses with the messages that stand beside them.
func rows(t *testing.T) map[string]int {
	t.Helper()
	page, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	messages := map[string]int{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \| (.*?) \|`).FindAllStringSubmatch(string(page), -1) {
		code, _ := strconv.Atoi(row[1])
		for _, message := range regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(row[2], -1) {
			messages[message[1]] = code
		}
	}
	return messages
}

// TestTroubleshooting meets every message of the page, with its status.
func TestTroubleshooting(t *testing.T) {
	made := troubles()
	for message, want := range rows(t) {
		how, ok := made[message]
		if !ok {
			t.Errorf("nothing leads to %q", message)
			continue
		}
		if message == awsenv.ErrIMDSHopLimit.Error() {
			continue
		}
		t.Run(message, func(t *testing.T) {
			code, errs := meet(t, message, how)
			if code != want || !strings.Contains(errs, message) {
				t.Errorf("exit status %d, want %d; %s", code, want, errs)
			}
		})
	}
}

func meet(t *testing.T, message string, how trouble) (code int, stderr string) {
	t.Helper()
	srv := mock.Start(t)
	if strings.Contains(message, "certificate") {
		srv = mock.Start(t, &mock.Options{TLS: true})
	}
	if _, err := srv.Put("gateway", []byte(cmp.Or(how.stored, "no configuration"))); err != nil {
		t.Fatal(err)
	}
	env := slices.Concat(environment(t, srv), []string{nameVariable + "=gateway"}, how.env)
	if how.failure != "" { // for longer than anyone waits
		if err := srv.Inject(mock.Fault{Failure: how.failure, RetryAfter: time.Hour}); err != nil {
			t.Fatal(err)
		}
	}
	code, _, stderr = try(t, env, "", append([]string{"get"}, how.args...)...)
	return code, stderr
}

// TestEveryStatusIsOnThePage, but for those that say what the command did.
func TestEveryStatusIsOnThePage(t *testing.T) {
	var onPage []int
	for _, code := range rows(t) {
		onPage = append(onPage, code)
	}
	for _, c := range causes() {
		if fetching := c.code == codeUsage || c.code >= 10 && c.code <= codePayload; fetching != slices.Contains(onPage, c.code) {
			t.Errorf("status %d: on the page: %t, want %t", c.code, !fetching, fetching)
		}
	}
}
