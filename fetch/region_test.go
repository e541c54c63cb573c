package fetch_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// A configuration made by hand often lacks a region. The environment has it.
func TestRegionOfTheEnvironmentForAConfigurationWithout(t *testing.T) {
	srv := mock.Start(t)
	_, _ = srv.Put(name, []byte("hunter2"))
	environment(t, nil)
	cfg := srv.AWSConfig()
	cfg.Region = ""
	s := get(t, defaultClient(t, &fetch.Options{AWS: &cfg}), name)
	if s.Region() != "us-east-1" {
		t.Errorf("asked in %q", s.Region())
	}
}

// Whoever leaves a lookup that several wait for spoils nothing for the others.
func TestRegionLookupGoesOnForThoseWhoStay(t *testing.T) {
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	imds := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			arrived <- struct{}{}
			<-release
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	defer imds.Close()
	environment(t, map[string]string{"AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_EC2_METADATA_DISABLED": "",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT": imds.URL})
	client := defaultClient(t, nil)
	<-arrived // New's
	results := make(chan error, 10)
	for range cap(results) {
		go func() {
			_, err := client.Get(t.Context(), name)
			results <- err
		}()
	}
	left, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Get(left, name); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever left: got %v", err)
	}
	close(release)
	for range cap(results) {
		if err := <-results; !errors.Is(err, fetch.ErrNoRegion) || errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, fetch.ErrNoRegion)
		}
	}
}
