// Package cleanenv gives the tests that import it the environment of a machine on
// which nothing is configured: no AWS_ variable and no proxy. Whoever runs them has
// some set, and net/http and the SDK read them once, at their first use.
//
//	import _ "wicketkey.internal/internal/test/cleanenv"
package cleanenv

import (
	"os"
	"strings"
)

// Given marks the environment of what tests start: it is theirs, and stays. What
// inherits that of the test has the mark.
const Given = "WICKETKEY_TEST_ENVIRONMENT"

func init() {
	if os.Getenv(Given) != "" {
		return
	}
	_ = os.Setenv(Given, "1")
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); configures(name) {
			_ = os.Unsetenv(name)
		}
	}
}

// configures reports whether a variable says how AWS is reached.
func configures(name string) bool {
	switch strings.ToUpper(name) { // proxies are spelled either way
	case "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT":
		return true
	}
	return strings.HasPrefix(name, "AWS_")
}
