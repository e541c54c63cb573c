package awsenv_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/internal/awsenv"
)

// said is one answer of STS.
type said struct {
	status int // 0: the connection breaks
	header string
	body   string
}

func fault(status int, code string) said {
	return said{status: status, body: "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>m</Message></Error><RequestId>r</RequestId></ErrorResponse>"}
}

// granted answers both operations; what stands for their name is %s.
func granted(inner string) said {
	return said{status: 200, body: `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult>` + inner + `</%[1]sResult></%[1]sResponse>`}
}

const (
	grantedUser = `<AssumedRoleUser><Arn>arn:aws:sts::210987654321:assumed-role/r/s</Arn></AssumedRoleUser>`
	grantedKeys = `<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-02T03:04:05Z</Expiration>`
	grantedAll  = grantedUser + `<Credentials>` + grantedKeys + `</Credentials>`
)

func after(ms string, s said) said { s.header = ms; return s }

// stsTalks are what STS, or what stands between, may say to one lookup. The last
// answer is repeated.
var stsTalks = map[string][]said{
	"granted":                     {granted(grantedAll)},
	"IDP unreachable":             {fault(400, "IDPCommunicationError"), granted(grantedAll)},
	"IDP unreachable for long":    {fault(400, "IDPCommunicationError")},
	"IDP rejected":                {fault(403, "IDPRejectedClaim")},
	"token unknown yet":           {fault(400, "InvalidIdentityToken"), granted(grantedAll)},
	"token expired":               {fault(400, "ExpiredTokenException")},
	"denied":                      {fault(403, "AccessDenied")},
	"throttled":                   {fault(400, "Throttling"), granted(grantedAll)},
	"throttled for long":          {fault(400, "ThrottlingException")},
	"429 without a word":          {{status: 429}, granted(grantedAll)},
	"429 with a code":             {fault(429, "Whatever"), granted(grantedAll)},
	"503 of a proxy":              {{status: 503, body: "<html><body>no</body></html>"}, granted(grantedAll)},
	"500, 502, then":              {{status: 500}, {status: 502, body: "x"}, granted(grantedAll)},
	"501":                         {fault(501, "NotImplemented")},
	"403 of a proxy":              {{status: 403, body: "<html>"}},
	"lost":                        {{}, granted(grantedAll)},
	"lost for long":               {{}},
	"after 3 s":                   {after("3000", fault(503, "ServiceUnavailable")), granted(grantedAll)},
	"after an hour":               {after("3600000", fault(503, "ServiceUnavailable")), granted(grantedAll)},
	"after 3 s, twice":            {after("3000", fault(400, "Throttling")), after("4000", fault(503, "X")), granted(grantedAll)},
	"after nonsense":              {after("soon", fault(503, "ServiceUnavailable")), granted(grantedAll)},
	"after, though final":         {after("3000", fault(400, "ValidationError"))},
	"redirect":                    {{status: 302, body: ""}},
	"not XML":                     {{status: 200, body: "{}"}},
	"empty":                       {{status: 200}},
	"cut off":                     {{status: 200, body: "<%[1]sResponse><%[1]sResult>" + grantedUser + "<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s"}},
	"wrong result":                {{status: 200, body: "<AResponse><BResult>" + grantedAll + "</BResult></AResponse>"}},
	"keys elsewhere":              {granted("<Other>" + grantedAll + "</Other>")},
	"keys elsewhere, too":         {granted("<Other><Credentials><AccessKeyId>WRONG</AccessKeyId></Credentials></Other>" + grantedAll)},
	"keys after the result":       {{status: 200, body: "<%[1]sResponse><Other><Credentials><AccessKeyId>WRONG</AccessKeyId></Credentials></Other><%[1]sResult>" + grantedAll + "</%[1]sResult></%[1]sResponse>"}},
	"an element within":           {granted(grantedUser + "<Credentials><Owner><AccessKeyId>WRONG</AccessKeyId></Owner>" + grantedKeys + "</Credentials>")},
	"escapes, comments, CDATA":    {granted(grantedUser + "<Credentials><!-- c --><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>a&amp;b&#60;</SecretAccessKey><SessionToken><![CDATA[<t>]]></SessionToken><Expiration>2030-01-02T03:04:05Z</Expiration></Credentials>")},
	"another order":               {granted("<Credentials><Expiration>2030-01-02T03:04:05Z</Expiration><SessionToken>t</SessionToken><SecretAccessKey>s</SecretAccessKey><AccessKeyId>ASIA</AccessKeyId></Credentials>" + grantedUser)},
	"time with fraction":          {granted(strings.Replace(grantedAll, "05Z", "05.678Z", 1))},
	"time with offset":            {granted(strings.Replace(grantedAll, "05Z", "05+01:00", 1))},
	"time that is none":           {granted(strings.Replace(grantedAll, "2030-01-02T03:04:05Z", "tomorrow", 1))},
	"no user":                     {granted(`<Credentials>` + grantedKeys + `</Credentials>`)},
	"odd user":                    {granted(strings.Replace(grantedAll, "arn:aws:sts::210987654321:assumed-role/r/s", "a:b", 1))},
	"half a key pair":             {granted("<Credentials><AccessKeyId>ASIA</AccessKeyId><Expiration>2030-01-02T03:04:05Z</Expiration></Credentials>")},
	"no credentials":              {granted(grantedUser)},
	"prefixes":                    {{status: 200, body: `<a:%[1]sResponse xmlns:a="u"><a:%[1]sResult><a:AssumedRoleUser><a:Arn>arn:aws:sts::2:x</a:Arn></a:AssumedRoleUser><a:Credentials><a:AccessKeyId>ASIA</a:AccessKeyId><a:SecretAccessKey>s</a:SecretAccessKey><a:SessionToken>t</a:SessionToken><a:Expiration>2030-01-02T03:04:05Z</a:Expiration></a:Credentials></a:%[1]sResult></a:%[1]sResponse>`}},
	"declaration and line breaks": {{status: 200, body: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<%[1]sResponse>\r\n  <%[1]sResult>\n" + grantedUser + "<Credentials>\n" + grantedKeys + "\n</Credentials></%[1]sResult>\n</%[1]sResponse>\n"}},
}

// stsStricter are the answers that we refuse and the SDK takes, with the reason.
var stsStricter = map[string]string{
	"half a key pair": "it would sign nothing; the SDK finds out when it signs",
}

// talked is what a lookup came to.
type talked struct {
	Calls  int
	Failed bool
	Code   string
	Keys   aws.Credentials
	Took   time.Duration // where it is exact
}

func TestSTSIsTheSDKs(t *testing.T) {
	for name, talk := range stsTalks {
		for _, operation := range []string{"AssumeRole", "AssumeRoleWithWebIdentity"} {
			t.Run(name+"/"+operation, func(t *testing.T) {
				want := talkTo(t, talk, operation, sdkSTS)
				got := talkTo(t, talk, operation, ourSTS)
				if why, ok := stsStricter[name]; ok {
					if !got.Failed || want.Failed {
						t.Errorf("no difference any more (%s)", why)
					}
					return
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("SDK -, ours +\n%s", diff)
				}
			})
		}
	}
}

func talkTo(t *testing.T, talk []said, operation string, makeProvider func(*testing.T, *network, string) aws.CredentialsProvider) (out talked) {
	synctest.Test(t, func(t *testing.T) {
		exact := true
		n := newNetwork(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := talk[min(out.Calls, len(talk)-1)]
			out.Calls++
			io.Copy(io.Discard, r.Body)
			if answer.status != 200 && (answer.header == "" || answer.header == "soon" || answer.header == "3600000") {
				exact = false // a random delay comes after it
			}
			if answer.status == 0 {
				panic(http.ErrAbortHandler)
			}
			if answer.header != "" {
				w.Header().Set("X-Amz-Retry-After", answer.header)
			}
			w.WriteHeader(answer.status)
			io.WriteString(w, strings.ReplaceAll(answer.body, "%[1]s", operation))
		}))
		provider := makeProvider(t, n, operation)
		var err error
		out.Took = took(func() { out.Keys, err = provider.Retrieve(t.Context()) })
		if out.Took = out.Took.Truncate(time.Second); !exact {
			out.Took = 0
		}
		if out.Failed = err != nil; out.Failed {
			t.Logf("%v", err)
		}
		if api := (smithy.APIError)(nil); errors.As(err, &api) {
			out.Code = api.ErrorCode()
		}
		out.Keys.Source = ""
	})
	return out
}

func sdkSTS(t *testing.T, n *network, operation string) aws.CredentialsProvider {
	if operation == "AssumeRole" {
		return stscreds.NewAssumeRoleProvider(stsOn(n), role+"x")
	}
	path := filepath.Join(t.TempDir(), "token")
	writeFile(t, path, "jwt")
	return webIdentityOn(n, path)
}

func webIdentityOn(n *network, file string) aws.CredentialsProvider {
	return stscreds.NewWebIdentityRoleProvider(stsOn(n), role+"x", stscreds.IdentityTokenFile(file))
}

// stsOn is the SDK's own client of the STS on the network.
func stsOn(n *network) *sts.Client {
	std := &http.Transport{DialContext: n.dial, DisableKeepAlives: true}
	return sts.New(sts.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String("http://sts.test"),
		Credentials: credentials.NewStaticCredentialsProvider("AKIABASE", "base-secret", "tok"),
		HTTPClient:  &http.Client{Transport: std, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	})
}

func ourSTS(t *testing.T, n *network, operation string) aws.CredentialsProvider {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "token"), "jwt")
	writeFile(t, filepath.Join(dir, "config"), assumeFromKeys+fmt.Sprintf("[profile w]\nrole_arn = %sx\nweb_identity_token_file = %s\n", role, filepath.Join(dir, "token")))
	profile := map[string]string{"AssumeRole": "r", "AssumeRoleWithWebIdentity": "w"}[operation]
	l := load(t, vars(region, env("AWS_ENDPOINT_URL_STS", "http://sts.test", "AWS_CONFIG_FILE", filepath.Join(dir, "config"))),
		awsenv.Options{Profile: profile, DialContext: n.dial})
	t.Cleanup(func() { l.Close() })
	return l.Config.Credentials
}
