package policy_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock/internal/policy"
)

// As GetResourcePolicy answered after a compact document was put: cloud-custodian/cloud-custodian
// test_secretsmanager_remove_matched, 2023-01-13.
func TestLayout(t *testing.T) {
	const compact = `{"Version": "2012-10-17", "Statement": [` +
		`{"Sid": "SpecificAllow", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:user/Peter"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}, ` +
		`{"Sid": "CrossAccount", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:user/ann"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}`
	const want = `{
  "Version" : "2012-10-17",
  "Statement" : [ {
    "Sid" : "SpecificAllow",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::123456789012:user/Peter"
    },
    "Action" : "secretsmanager:GetSecretValue",
    "Resource" : "*"
  }, {
    "Sid" : "CrossAccount",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::210987654321:user/ann"
    },
    "Action" : "secretsmanager:GetSecretValue",
    "Resource" : "*"
  } ]
}`
	if diff := cmp.Diff(want, policy.Layout(compact)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A layout says the same as the document, and is its own layout.
func FuzzLayout(f *testing.F) {
	f.Add(`{"a":[],"b":{},"c":[1.50,true,null,"<&>\u0000\n"],"d":[["x"],{"y":"z"}]}`)
	f.Add(`{"a":`)
	f.Fuzz(func(t *testing.T, doc string) {
		out := policy.Layout(doc)
		if again := policy.Layout(out); again != out {
			t.Errorf("laid out twice: %q, then %q", out, again)
		}
		var before, after any
		if json.Unmarshal([]byte(doc), &before) != nil {
			return
		}
		if err := json.Unmarshal([]byte(out), &after); err != nil || !cmp.Equal(before, after) {
			t.Errorf("%q became %q: %v", doc, out, err)
		}
	})
}
