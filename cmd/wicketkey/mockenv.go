package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	"wicketkey.internal/mock"
)

// variables are what leads a client to the mock, and what must not be there because it leads elsewhere.
type variables struct {
	set   map[string]string
	unset []string
}

// leftovers lead SDKs to other endpoints, other credentials or another region, and so perhaps to a real account.
var leftovers = []string{
	"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_ACCOUNT_ID", "AWS_CA_BUNDLE", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	"AWS_CREDENTIAL_EXPIRATION", "AWS_DEFAULT_PROFILE", "AWS_DEFAULT_REGION", "AWS_EC2_METADATA_DISABLED",
	"AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "AWS_ENDPOINT_URL_SECRETS_MANAGER",
	"AWS_ENDPOINT_URL_STS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_PROFILE", "AWS_REGION", "AWS_ROLE_ARN",
	"AWS_ROLE_SESSION_NAME", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN",
	"AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT", "AWS_WEB_IDENTITY_TOKEN_FILE",
}

// environment is what leads a client to the server.
func (m *standIn) environment(ctx context.Context, s *system, srv *mock.Server) (variables, func(), error) {
	set := map[string]string{"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull}
	if m.proxy {
		set["HTTPS_PROXY"], set["https_proxy"] = srv.URL(), srv.URL()
	} else {
		set["AWS_ENDPOINT_URL_SECRETS_MANAGER"], set["AWS_ENDPOINT_URL_STS"] = srv.URL(), srv.URL()
	}
	region := srv.AWSConfig().Region
	switch {
	case m.imds: // which tells the region as well
		maps.Copy(set, srv.InstanceEnv())
	case m.container:
		maps.Copy(set, srv.ContainerEnv())
		set["AWS_REGION"], set["AWS_DEFAULT_REGION"] = region, region
	default:
		key, err := srv.AWSConfig().Credentials.Retrieve(ctx)
		if err != nil {
			return variables{}, nil, err
		}
		set["AWS_ACCESS_KEY_ID"], set["AWS_SECRET_ACCESS_KEY"] = key.AccessKeyID, key.SecretAccessKey
		set["AWS_REGION"], set["AWS_DEFAULT_REGION"] = region, region // the AWS CLI reads only the latter
		set["AWS_EC2_METADATA_DISABLED"] = "true"
	}
	cleanUp, err := m.trust(s, srv, set)
	if err != nil {
		return variables{}, nil, err
	}
	return variables{set, m.unset(s, srv.URL(), set)}, cleanUp, nil
}

// unset lists what must go. A proxy that is in force already would be asked for the mock by some clients.
func (m *standIn) unset(s *system, mockURL string, set map[string]string) []string {
	gone := slices.Clone(leftovers)
	if m.proxy {
		gone = append(gone, "AWS_ENDPOINT_URL", "NO_PROXY", "no_proxy") // which lead past the proxy
	} else if slices.ContainsFunc([]string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"},
		func(name string) bool { return s.getenv(name) != "" }) {
		hosts := []string{s.getenv("NO_PROXY"), s.getenv("no_proxy"), "127.0.0.1", "localhost", "[::1]"}
		if u, err := url.Parse(mockURL); err == nil && !slices.Contains(hosts, u.Hostname()) {
			hosts = append(hosts, u.Hostname())
		}
		direct := strings.Join(slices.DeleteFunc(hosts, func(h string) bool { return h == "" }), ",")
		set["NO_PROXY"], set["no_proxy"] = direct, direct
	}
	return slices.DeleteFunc(gone, func(name string) bool {
		_, has := set[name]
		return has
	})
}

// trust makes clients of all languages believe the mock's certificate: those that add an authority to their own get it
// alone, and those that replace their own get it beside the system's.
func (m *standIn) trust(s *system, srv *mock.Server, set map[string]string) (cleanUp func(), err error) {
	if srv.CA() == nil {
		return func() {}, nil
	}
	alone, removeAlone, err := caFile(m.caFile, srv.CA())
	if err != nil {
		return nil, err
	}
	all, removeAll, err := caFile("", slices.Concat(systemRoots(s), srv.CA()))
	if err != nil {
		removeAlone()
		return nil, err
	}
	set["AWS_CA_BUNDLE"], set["NODE_EXTRA_CA_CERTS"] = alone, alone
	for _, name := range []string{"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"} {
		set[name] = all
	}
	return func() { removeAlone(); removeAll() }, nil
}

// caFile writes certificates to the file, or to a temporary one that cleanUp removes.
func caFile(path string, pem []byte) (written string, cleanUp func(), err error) {
	if path != "" {
		return path, func() {}, save(path, pem)
	}
	f, err := os.CreateTemp("", "wicketkey-mock-*.pem")
	if err != nil {
		return "", nil, err
	}
	cleanUp = func() { _ = os.Remove(f.Name()) }
	if err := fill(f, pem); err != nil {
		cleanUp()
		return "", nil, err
	}
	return f.Name(), cleanUp, nil
}

// systemRoots are the authorities that the system trusts, where they are kept in one file.
func systemRoots(s *system) []byte {
	for _, path := range []string{
		s.getenv("SSL_CERT_FILE"),
		"/etc/ssl/certs/ca-certificates.crt",                // Debian, Alpine, Arch
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, Amazon Linux
		"/etc/ssl/ca-bundle.pem",                            // SUSE
		"/etc/ssl/cert.pem",                                 // macOS, BSD
	} {
		if path == "" {
			continue
		}
		if pem, err := os.ReadFile(path); err == nil {
			return append(pem, '\n')
		}
	}
	return nil
}

// applied is the environment with the variables in it.
func (v variables) applied(env []string) []string {
	out := slices.DeleteFunc(slices.Clone(env), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		_, replaced := v.set[name]
		return replaced || slices.Contains(v.unset, name)
	})
	for _, name := range v.names() {
		out = append(out, name+"="+v.set[name])
	}
	return out
}

// names are in order, the endpoint first.
func (v variables) names() []string {
	rank := func(name string) string {
		if strings.HasPrefix(name, "AWS_ENDPOINT") {
			return ""
		}
		return name
	}
	return slices.SortedStableFunc(maps.Keys(v.set), func(a, b string) int {
		return cmp.Or(strings.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
}

// formats are the ways to print variables. An empty line ends each.
func formats() map[string]func(page, variables) {
	return map[string]func(page, variables){
		"sh": func(w page, v variables) {
			fmt.Fprintf(w, "unset %s\n", strings.Join(v.unset, " "))
			v.each(w, func(name, value string) string { return "export " + name + "=" + quoted(value) })
		},
		"powershell": func(w page, v variables) {
			fmt.Fprintf(w, "Remove-Item -ErrorAction SilentlyContinue Env:%s\n", strings.Join(v.unset, ",Env:"))
			v.each(w, func(name, value string) string {
				return "$env:" + name + " = '" + strings.ReplaceAll(value, "'", "''") + "'"
			})
		},
		"dotenv": func(w page, v variables) { // which can unset nothing
			fmt.Fprintf(w, "# not to be set beside these: %s\n", strings.Join(v.unset, " "))
			v.each(w, func(name, value string) string { return name + "=" + value })
		},
		"json": func(w page, v variables) {
			enc := json.NewEncoder(w)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			_ = enc.Encode(struct { // into memory, and texts always encode
				Set   map[string]string `json:"set"`
				Unset []string          `json:"unset"`
			}{v.set, v.unset})
			fmt.Fprintln(w)
		},
	}
}

func (v variables) each(w page, line func(name, value string) string) {
	for _, name := range v.names() {
		fmt.Fprintln(w, line(name, v.set[name]))
	}
	fmt.Fprintln(w)
}

// quoted writes a word for a shell.
func quoted(s string) string {
	plain := func(r rune) bool {
		return r < 0x80 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("_-./:=+@,", r))
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
