package policy_test

import (
	"fmt"

	"wicketkey.internal/mock/internal/policy"
)

func ExamplePolicies_Decide() {
	doc, err := policy.Parse(gatewayPolicy)
	if err != nil {
		fmt.Println(err)
		return
	}
	policies := policy.Policies{Identity: []*policy.Document{doc}}
	request := &policy.Request{
		Principal: policy.Principal{ARN: "arn:aws:sts::123456789012:assumed-role/Gateway/i-0abc"},
		Action:    "secretsmanager:ListSecrets",
	}
	fmt.Println(policies.Decide(request).Message(request, ""))
	// Output: User: arn:aws:sts::123456789012:assumed-role/Gateway/i-0abc is not authorized to perform: secretsmanager:ListSecrets because no identity-based policy allows the secretsmanager:ListSecrets action
}
