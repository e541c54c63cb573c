package fetch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// accounts plays Secrets Manager for a caller of account 111111111111 who may
// read what 222222222222 shares, from values by ARN.
func accounts(t *testing.T, values map[string]string) aws.Config {
	t.Helper()
	entry := func(id string) string {
		for arn, value := range values {
			full := arn[strings.LastIndex(arn, ":")+1:]
			name := full[:len(full)-7]
			if id == arn || id == name && strings.Contains(arn, ":111111111111:") {
				return fmt.Sprintf(`{"ARN":%q,"Name":%q,"VersionId":"v","SecretString":%q,"VersionStages":["AWSCURRENT"]}`, arn, name, value)
			}
		}
		return ""
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			SecretId     string
			SecretIdList []string
		}
		_ = json.NewDecoder(r.Body).Decode(&in)
		if in.SecretId != "" {
			if answer := entry(in.SecretId); answer != "" {
				fmt.Fprint(w, answer)
				return
			}
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}`)
			return
		}
		var found []string
		for _, id := range in.SecretIdList {
			found = append(found, entry(id))
		}
		found = slices.DeleteFunc(found, func(s string) bool { return s == "" })
		fmt.Fprintf(w, `{"SecretValues":[%s]}`, strings.Join(found, ","))
	}))
	t.Cleanup(srv.Close)
	return aws.Config{Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, BaseEndpoint: aws.String(srv.URL)}
}

// A name means the caller's own account. What a batch brings from another, for
// an ARN, may have the same name.
func TestGetManyKeepsAccountsApart(t *testing.T) {
	const own, shared = "arn:aws:secretsmanager:us-east-1:111111111111:secret:db-AbCdEf", "arn:aws:secretsmanager:us-east-1:222222222222:secret:db-GhIjKl"
	for _, tt := range []struct {
		values map[string]string
		ids    []string
		want   []string // empty: not found
	}{
		{map[string]string{own: "own", shared: "shared"}, []string{shared, "db"}, []string{"shared", "own"}},
		{map[string]string{own: "own", shared: "shared"}, []string{"db", shared}, []string{"own", "shared"}},
		{map[string]string{shared: "shared"}, []string{shared, "db"}, []string{"shared", ""}},
		{map[string]string{own: "own"}, []string{own, "db"}, []string{"own", "own"}},
	} {
		cfg := accounts(t, tt.values)
		client := defaultClient(t, &fetch.Options{AWS: &cfg})
		secrets, err := client.GetMany(t.Context(), tt.ids...)
		var got []string
		for _, s := range secrets {
			if s == nil {
				got = append(got, "")
				continue
			}
			got = append(got, string(s.Bytes()))
			_ = s.Close()
		}
		if !slices.Equal(got, tt.want) || (err != nil) != slices.Contains(tt.want, "") {
			t.Errorf("%v of %v: got %q, %v, want %q", tt.ids, tt.values, got, err, tt.want)
		}
	}
}

// The instance is asked for its region once for all names.
func TestGetManyAsksForTheRegionOnce(t *testing.T) {
	var asked atomic.Int32
	imds := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusForbidden)
	}))
	defer imds.Close()
	environment(t, map[string]string{"AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_EC2_METADATA_DISABLED": "",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT": imds.URL})
	client := defaultClient(t, nil)
	if _, err := client.Get(t.Context(), "a"); !errors.Is(err, fetch.ErrNoRegion) {
		t.Fatalf("got %v, want %v", err, fetch.ErrNoRegion)
	}
	one := asked.Swap(0)
	secrets, err := client.GetMany(t.Context(), "a", "b", "c", "d", "e", "f")
	if !errors.Is(err, fetch.ErrNoRegion) || len(secrets) != 6 {
		t.Errorf("got %v", err)
	}
	if got := asked.Load(); got > one {
		t.Errorf("asked %d times for six names, %d times for one", got, one)
	}
}

// There is an error for each id also where nothing was asked.
func TestGetManyHasAnErrorForEachID(t *testing.T) {
	srv := mock.Start(t)
	closed := newClient(t, srv, nil)
	_ = closed.Close()
	late, leave := context.WithCancel(t.Context())
	leave()
	for _, tt := range []struct {
		client *fetch.Client
		ctx    context.Context
		want   error
	}{
		{closed, t.Context(), fetch.ErrClosed},
		{newClient(t, srv, &fetch.Options{StartJitter: time.Hour}), late, context.Canceled},
		{newClient(t, srv, nil), late, context.Canceled},
	} {
		secrets, err := tt.client.GetMany(tt.ctx, "a", "b", "c")
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok || len(joined.Unwrap()) != 3 || len(secrets) != 3 {
			t.Errorf("got %v, want three errors", err)
			continue
		}
		for i, err := range joined.Unwrap() {
			var e *fetch.Error
			if !errors.Is(err, tt.want) || !errors.As(err, &e) || e.ID != string(rune('a'+i)) {
				t.Errorf("%d: got %v, want %v", i, err, tt.want)
			}
		}
	}
}

// The result has nil where an id failed; to close them all is the natural way.
func TestCloseOfNothing(t *testing.T) {
	srv := mock.Start(t)
	_, _ = srv.Put("a", []byte("1"))
	secrets, err := newClient(t, srv, nil).GetMany(t.Context(), "a", "missing")
	if !errors.Is(err, fetch.ErrNotFound) || len(secrets) != 2 {
		t.Fatal(err)
	}
	for _, s := range secrets {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
