package awsenv_test

import (
	"strings"
	"testing"
)

// The package exists to keep these out of a binary, and speaks for itself with
// those who hand out credentials.
func TestLinksNoConfigAndNoServiceButSecretsManager(t *testing.T) {
	const sdk = "github.com/aws/aws-sdk-go-v2/"
	deps := goList(t, "-deps", ".")
	if len(deps) < 50 {
		t.Fatalf("go list named only %d packages", len(deps))
	}
	for _, dep := range deps {
		name, ours := strings.CutPrefix(dep, sdk)
		service, isService := strings.CutPrefix(name, "service/")
		isService = isService && !strings.HasPrefix(service, "secretsmanager") && !strings.HasPrefix(service, "internal/")
		if ours && (name == "feature/ec2/imds" || strings.HasPrefix(name, "credentials/") || name == "config" || strings.HasPrefix(name, "config/") || isService) || dep == "testing" {
			t.Errorf("links %s", dep)
		}
	}
}
