package awsenv

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// FuzzAnswers holds that whatever a source answers gives a whole key pair or an
// error, and that no error quotes the answer.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`{"Version":1,"Code":"Success","AccessKeyId":"hush-id","SecretAccessKey":"hush","Token":"hush-t","Expiration":"2030-01-02T03:04:05Z"}`,
		`{"AccessKeyId":"hush","SecretAccessKey":1}`, `{"SecretAccessKey":"hush","Expiration":"hush"}`, `hush`, `"hush"`, `[{}]`, `null`,
		`<R><AssumeRoleResult><Credentials><AccessKeyId>hush-id</AccessKeyId><SecretAccessKey>hush</SecretAccessKey><Expiration>2030-01-02T03:04:05Z</Expiration></Credentials></AssumeRoleResult></R>`,
		`<R><AssumeRoleResult><Credentials><AccessKeyId>hush</AccessKeyId><Expiration>hush</Expiration>`, `<hush`, `<R>&hush;</R>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		check := func(what string, keys aws.Credentials, err error) {
			if err == nil && !keys.HasKeys() {
				t.Errorf("%s: half a key pair passes", what)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("%s: %q gives the answer away", what, err)
			}
		}
		var keys aws.Credentials
		var said answeredKeys
		err := decodeAnswer(answer, &said)
		if err == nil {
			keys, err = said.with("", "", "fuzz")
		}
		check("JSON", keys, err)
		for _, into := range []any{&keysOfContainer{}, &keysOfInstance{}, &keysOfProcess{}} {
			if err := decodeAnswer(answer, into); err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("%T: %q gives the answer away", into, err)
			}
		}
		p := &stsProvider{result: "AssumeRoleResult"}
		keys, err = p.decode(&http.Response{StatusCode: http.StatusOK}, answer)
		check("XML", keys, err)
		if refusedBySTS(&http.Response{StatusCode: http.StatusForbidden}, answer).Error() == "" || refusedByContainer(&http.Response{StatusCode: http.StatusForbidden}, answer).Error() == "" {
			t.Error("a refusal without a word")
		}
	})
}
