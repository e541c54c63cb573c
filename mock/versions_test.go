package mock_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock"
)

// TestHundredVersions has old versions without labels go once there are more than a hundred, but none that is
// younger than a day.
func TestHundredVersions(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		count := func() int {
			n := 0
			pages := secretsmanager.NewListSecretVersionIdsPaginator(c, &secretsmanager.ListSecretVersionIdsInput{SecretId: aws.String("a"), IncludeDeprecated: aws.Bool(true), MaxResults: aws.Int32(40)})
			for pages.HasMorePages() {
				out, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				n += len(out.Versions)
			}
			return n
		}
		for i := range 150 {
			srv.Put("a", fmt.Append(nil, i))
		}
		if got := count(); got != 150 {
			t.Errorf("%d versions on the first day, want 150", got)
		}
		time.Sleep(25 * time.Hour)
		srv.Put("a", []byte("x"))
		if got := count(); got != 101 {
			t.Errorf("%d versions on the second day, want 100 and the new one", got)
		}
	})
}

// TestVersionQuota has a runaway writer stopped.
func TestVersionQuota(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		for i := range 1000 {
			srv.Put("a", fmt.Append(nil, i))
		}
		_, err := c.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String("a"), SecretString: aws.String("x")}, once)
		if codeOf(err) != "LimitExceededException" {
			t.Errorf("got %v", err)
		}
	})
}

// TestFilters follows the rules that moto's tests have verified against AWS.
func TestFilters(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		ctx := t.Context()
		for _, s := range []struct{ name, description, key, value string }{
			{"foo", "", "1", "bar"},
			{"bar", "my first DESCRIPTION", "2", "foo"},
			{"baz/MyWord", "two-words", "keyOne", "One"},
			{"multi/sep-arated", "", "other", "MixedCase"},
		} {
			in := &secretsmanager.CreateSecretInput{Name: &s.name, SecretString: aws.String("x"), Tags: []types.Tag{{Key: &s.key, Value: &s.value}}}
			if s.description != "" {
				in.Description = &s.description
			}
			if _, err := c.CreateSecret(ctx, in); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		filter := func(key string, values ...string) types.Filter {
			return types.Filter{Key: types.FilterNameStringType(key), Values: values}
		}
		for name, tc := range map[string]struct {
			filters []types.Filter
			want    []string
		}{
			"name is a prefix":             {[]types.Filter{filter("name", "ba")}, []string{"bar", "baz/MyWord"}},
			"name minds case":              {[]types.Filter{filter("name", "Foo")}, nil},
			"values are or":                {[]types.Filter{filter("name", "foo", "bar")}, []string{"foo", "bar"}},
			"filters are and":              {[]types.Filter{filter("name", "ba"), filter("tag-key", "2")}, []string{"bar"}},
			"negated":                      {[]types.Filter{filter("name", "!ba")}, []string{"foo", "multi/sep-arated"}},
			"all, any attribute":           {[]types.Filter{filter("all", "foo")}, []string{"foo", "bar"}},
			"all ignores case":             {[]types.Filter{filter("all", "DESC")}, []string{"bar"}},
			"all, every word":              {[]types.Filter{filter("all", "first my")}, []string{"bar"}},
			"all, a word inside a name":    {[]types.Filter{filter("all", "word")}, []string{"baz/MyWord"}},
			"all, a capital begins a word": {[]types.Filter{filter("all", "case")}, []string{"multi/sep-arated"}},
			"all, two separators stay one": {[]types.Filter{filter("all", "arated")}, nil},
			"all, a separator alone":       {[]types.Filter{filter("all", "/")}, nil},
			"description by words":         {[]types.Filter{filter("description", "words")}, []string{"baz/MyWord"}},
			"tag-value is a prefix":        {[]types.Filter{filter("tag-value", "Mixed")}, []string{"multi/sep-arated"}},
		} {
			out, err := c.ListSecrets(ctx, &secretsmanager.ListSecretsInput{Filters: tc.filters})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range out.SecretList {
				got = append(got, *s.Name)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestAssertions(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		arn, _ := srv.Put("a", []byte("hush"))
		srv.Put("b", []byte("hush"))
		if _, err := c.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: &arn, SecretString: aws.String("hush")}); err != nil {
			t.Fatal(err)
		}
		if _, err := get(t.Context(), c, "a"); err != nil {
			t.Fatal(err)
		}
		srv.AssertCalls(t, "PutSecretValue", "GetSecretValue")
		srv.AssertUntouched(t, "b")
		var failed complaints
		srv.AssertCalls(&failed, "GetSecretValue")
		srv.AssertUntouched(&failed, "a")
		want := complaints{
			"mock: the calls were [PutSecretValue GetSecretValue], want [GetSecretValue]",
			"mock: PutSecretValue asked for a", "mock: GetSecretValue asked for a",
		}
		if diff := cmp.Diff(want, failed); diff != "" {
			t.Errorf("complaints (-want +got):\n%s", diff)
		}
		for _, call := range srv.Requests() {
			if call.Principal != "arn:aws:iam::123456789012:user/admin" || call.Status != 200 || call.Region != "us-east-1" {
				t.Errorf("got %+v", call)
			}
			if text := fmt.Sprintf("%+v", call); strings.Contains(text, "hush") {
				t.Errorf("a value is on record: %s", text)
			}
		}
	})
}

func TestStageMistakes(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		if _, err := c.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("a"), SecretString: aws.String("1"), ClientRequestToken: aws.String(token1)}); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct{ stage, from, to, want string }{
			{"X", "", token2, "Not a valid version: " + token2},
			{"X", token1, "", "Version stage X not found in version " + token1},
			{"AWSCURRENT", token1, "", "It can’t be completely removed."},
			{"X", "", "", "RemoveFromVersionId, MoveToVersionId"},
		} {
			in := &secretsmanager.UpdateSecretVersionStageInput{SecretId: aws.String("a"), VersionStage: &tc.stage}
			if tc.from != "" {
				in.RemoveFromVersionId = &tc.from
			}
			if tc.to != "" {
				in.MoveToVersionId = &tc.to
			}
			if _, err := c.UpdateSecretVersionStage(t.Context(), in); codeOf(err) != "InvalidParameterException" || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%+v: %v", tc, err)
			}
		}
	})
}

// TestBatchPages reads by filter, page by page, with one failure on the way.
func TestBatchPages(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		for i := range 5 {
			srv.Put(fmt.Sprintf("s%d", i), fmt.Append(nil, i))
		}
		if err := srv.BreakKey("s3", mock.KMSDenied); err != nil {
			t.Fatal(err)
		}
		pages := secretsmanager.NewBatchGetSecretValuePaginator(c, &secretsmanager.BatchGetSecretValueInput{
			Filters: []types.Filter{{Key: types.FilterNameStringTypeName, Values: []string{"s"}}}, MaxResults: aws.Int32(2),
		})
		var got []string
		for pages.HasMorePages() {
			out, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range out.SecretValues {
				got = append(got, *v.SecretString)
			}
			for _, e := range out.Errors {
				got = append(got, *e.ErrorCode)
			}
			got = append(got, "|")
		}
		if diff := cmp.Diff([]string{"0", "1", "|", "2", "AccessDeniedException", "|", "4", "|"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
