package fetch_test

import (
	"errors"
	"strings"
	"testing"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// TestRemedyOfADenial: what to allow follows from what was asked for, and from
// what AWS says decided.
func TestRemedyOfADenial(t *testing.T) {
	const (
		arn    = "arn:aws:secretsmanager:us-east-1:123456789012:secret:gateway"
		user   = "AccessDeniedException: User: arn:aws:sts::210987654321:assumed-role/role/i-1 is not authorized to perform: secretsmanager:GetSecretValue on resource: "
		action = " allows the secretsmanager:GetSecretValue action"
	)
	for name, tt := range map[string]struct {
		id, said string
		want     string
		never    string
	}{
		"name":             {"gateway", "AccessDeniedException", "on arn:aws:secretsmanager:us-east-1:*:secret:gateway-?????? (-?????? for", "or on"},
		"caller's account": {"gateway", user + "gateway because no identity-based policy" + action, "us-east-1:210987654321:secret:gateway-??????", "too"},
		"full ARN":         {arn + "-Vwt7zX", "AccessDeniedException", "on " + arn + "-Vwt7zX (the Resource, six random", "??????"},
		"partial ARN":      {arn, "AccessDeniedException", "on " + arn + "-?????? (", "gateway (the Resource"},
		"pasted suffix":    {"gateway-Vwt7zX", "AccessDeniedException", ":secret:gateway-Vwt7zX, if its last six characters are those", ""},
		"AWS tells it":     {"gateway", user + arn + "-Vwt7zX because no identity-based policy" + action, "on " + arn + "-Vwt7zX (the Resource", "??????"},
		"boundary":         {"gateway", user + "gateway because no permissions boundary" + action, ", in the permissions boundary too", "Deny"},
		"other account":    {"gateway", user + "gateway because no resource-based policy" + action, ", in the resource-based policy too", "Deny"},
		"VPC endpoint":     {"gateway", user + "gateway because no VPC endpoint policy" + action, ", in the VPC endpoint policy too", "Deny"},
		"explicit":         {"gateway", user + "gateway with an explicit deny in a service control policy", "a Deny in the service control policy wins", "allow secretsmanager"},
		"explicit, named":  {arn + "-Vwt7zX", user + arn + "-Vwt7zX with an explicit deny in an identity-based policy", "a Deny in the identity-based policy wins", "??????"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := mock.Start(t)
			_ = srv.Inject(mock.Fault{Failure: mock.Failure(tt.said)})
			_, err := newClient(t, srv, &fetch.Options{MaxAttempts: 1}).Get(t.Context(), tt.id)
			e, ok := errors.AsType[*fetch.Error](err)
			if !ok || e.Kind != fetch.ErrDenied {
				t.Fatal(err)
			}
			if !strings.Contains(e.Remedy, tt.want) || tt.never != "" && strings.Contains(e.Remedy, tt.never) {
				t.Errorf("got %q, want %q and not %q", e.Remedy, tt.want, tt.never)
			}
			if strings.Count(e.Remedy, "-??????-") > 0 || strings.Contains(e.Remedy, "Vwt7zX-??????") && name != "pasted suffix" {
				t.Errorf("a suffix twice: %q", e.Remedy)
			}
		})
	}
}
