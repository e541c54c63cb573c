package awsenv_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// declined are the variables and keys that the pinned SDK knows and we do not
// read, each with its reason.
var declined = map[string]string{
	"AWS_S3_USE_ARN_REGION":                    "S3",
	"AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS": "S3",
	"AWS_S3_DISABLE_EXPRESS_SESSION_AUTH":      "S3",
	"s3_use_arn_region":                        "S3",
	"s3_disable_multiregion_access_points":     "S3",
	"s3_disable_express_session_auth":          "S3",
	"AWS_ENABLE_ENDPOINT_DISCOVERY":            "Secrets Manager has no endpoint discovery",
	"endpoint_discovery_enabled":               "Secrets Manager has no endpoint discovery",
	"AWS_DISABLE_REQUEST_COMPRESSION":          "its requests are not compressed",
	"AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES":   "its requests are not compressed",
	"disable_request_compression":              "its requests are not compressed",
	"request_min_compression_size_bytes":       "its requests are not compressed",
	"AWS_REQUEST_CHECKSUM_CALCULATION":         "its requests carry no checksum",
	"AWS_RESPONSE_CHECKSUM_VALIDATION":         "its answers carry no checksum",
	"request_checksum_calculation":             "its requests carry no checksum",
	"response_checksum_validation":             "its answers carry no checksum",
	"AWS_ACCOUNT_ID_ENDPOINT_MODE":             "its endpoints have no account in them",
	"account_id_endpoint_mode":                 "its endpoints have no account in them",
	"AWS_AUTH_SCHEME_PREFERENCE":               "it knows one way to sign",
	"auth_scheme_preference":                   "it knows one way to sign",
	"AWS_RESTRICT_FILE_PERMISSIONS":            "no file is written: for aws login, which is the full chain's",
	"AWS_LOGIN_CACHE_DIRECTORY":                "aws login is the full chain's",
	"AWS_LAMBDA_FUNCTION_NAME":                 "the SDK's middleware reads it, of the process",
	"AWS_ENABLE_DEFAULT_SOCKET_TIMEOUT_2026":   "the SDK's client reads it, of the process; our transport has timeouts",
}

var (
	variableName = regexp.MustCompile(`^AWS_[A-Z0-9_]+$`)
	profileKey   = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)+$`)
)

// A variable or key that a new version of the SDK brings is read, or declined
// with a reason.
func TestNamesOfTheSDK(t *testing.T) {
	config := goList(t, "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/config")[0]
	dirs := goList(t, "-deps", "-f", `{{if .Module}}{{.Dir}}{{end}}`, "wicketkey.internal/fetch", "github.com/aws/aws-sdk-go-v2/config")
	known := map[string]bool{}
	for _, dir := range dirs {
		if strings.Contains(dir, "aws-sdk-go-v2") {
			maps.Copy(known, literals(t, filepath.Join(dir, "*.go"), variableName))
		}
	}
	maps.Copy(known, literals(t, filepath.Join(config, "shared_config.go"), profileKey))
	if !known["AWS_REGION"] || !known["role_arn"] || len(known) < 80 {
		t.Fatalf("only %d names were found in the SDK", len(known))
	}
	read := literals(t, "*.go", variableName)
	maps.Copy(read, literals(t, "*.go", profileKey))
	for _, name := range slices.Sorted(maps.Keys(known)) {
		reason, ok := declined[name]
		switch {
		case read[name] == ok && ok:
			t.Errorf("%s is read, and declined (%s)", name, reason)
		case read[name] || ok || value[name]:
		case strings.HasPrefix(name, "AWS_ENDPOINT_URL_"):
			// GetServiceBaseEndpoint puts these together.
		default:
			t.Errorf("the SDK knows %s: read it, or decline it with a reason", name)
		}
	}
	for name := range declined {
		if !known[name] {
			t.Errorf("the SDK does not know %s any more", name)
		}
	}
}

// value are literals of shared_config.go that are values, no keys.
var value = map[string]bool{"when_supported": true, "when_required": true}

// goList are the lines that go list prints; a folder may have spaces in its name.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// literals are the string literals of files that are no tests.
func literals(t *testing.T, pattern string, form *regexp.Regexp) map[string]bool {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && form.MatchString(text) {
					found[text] = true
				}
			}
			return true
		})
	}
	return found
}
