package awsenv_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wicketkey.internal/internal/awsenv"
	"wicketkey.internal/mock"
)

// mockKeys are the pair that every mock accepts.
const mockKeys = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"

// readers are one host for each source of credentials, before the mock that
// they read a secret from.
func readers(srv *mock.Server) map[string]host {
	endpoint := env("AWS_ENDPOINT_URL_SECRETS_MANAGER", srv.URL())
	base := vars(region, endpoint)
	process := `{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}`
	toSTS := vars(base, env("AWS_ENDPOINT_URL_STS", srv.URL()))
	return map[string]host{
		"role": {env: toSTS, credentials: "[keys]\n" + mockKeys, config: "[default]\nrole_arn = " + role + "gateway\nsource_profile = keys\nrole_session_name = session\n"},
		"web identity": {env: vars(toSTS, env("AWS_WEB_IDENTITY_TOKEN_FILE", "$DIR/token", "AWS_ROLE_ARN", role+"gateway", "AWS_ROLE_SESSION_NAME", "session")),
			files: map[string]string{"token": "e30.eyJzdWIiOiJnYXRld2F5In0.e30"}},
		"environment": {env: vars(base, env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))},
		"profile":     {env: base, credentials: "[default]\n" + mockKeys},
		"process":     {env: base, files: map[string]string{"keys.json": process}, config: "[default]\ncredential_process = cat '$DIR/keys.json'\n"},
		"instance":    {env: vars(srv.InstanceEnv(), base)},
		"container":   {env: vars(srv.ContainerEnv(), base)},
	}
}

// With every source both read the secret, and the service sees the same call.
func TestBothReadASecret(t *testing.T) {
	srv := mock.Start(t, &mock.Options{Region: "eu-west-1", Role: mock.Role{Name: "gateway"}})
	if _, err := srv.Put("db/main", []byte("hunter2")); err != nil {
		t.Fatal(err)
	}
	for name, h := range readers(srv) {
		t.Run(name, func(t *testing.T) {
			h.dir = t.TempDir()
			calls := map[string][]mock.Call{}
			for _, who := range []string{"SDK", "ours"} {
				h.on(t, "")
				srv.Reset()
				if _, err := srv.Put("db/main", []byte("hunter2")); err != nil {
					t.Fatal(err)
				}
				read(t, loadedBy(t, who))
				calls[who] = srv.Requests()
			}
			if diff := cmp.Diff(calls["SDK"], calls["ours"], cmpopts.IgnoreFields(mock.Call{}, "Time", "RequestID", "AccessKey"), cmpopts.IgnoreUnexported(mock.Call{})); diff != "" {
				t.Errorf("SDK -, ours +\n%s", diff)
			}
		})
	}
}

func loadedBy(t *testing.T, who string) aws.Config {
	if who == "SDK" {
		cfg, err := config.LoadDefaultConfig(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	l, err := awsenv.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Config
}

func read(t *testing.T, cfg aws.Config) {
	t.Helper()
	out, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("db/main")})
	if err != nil || aws.ToString(out.SecretString) != "hunter2" && string(out.SecretBinary) != "hunter2" {
		t.Errorf("%v", err)
	}
}
