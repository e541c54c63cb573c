package fetch_test

import (
	"bytes"
	"testing"

	"wicketkey.internal/fetch"
)

func TestNewSecretCopies(t *testing.T) {
	value, stages := []byte("hunter2"), []string{"AWSCURRENT"}
	secret := fetch.NewSecret(value, fetch.Metadata{Name: "db/main", VersionID: "v1", Stages: stages, Region: "us-east-1"})
	clear(value)
	stages[0] = "changed"
	if got := secret.Bytes(); string(got) != "hunter2" {
		t.Errorf("got %d bytes, which are not the value", len(got))
	}
	if secret.Name() != "db/main" || secret.VersionID() != "v1" || secret.Stages()[0] != "AWSCURRENT" || secret.Region() != "us-east-1" {
		t.Error("the metadata are not those given")
	}
	lent := secret.Bytes()
	secret.Close()
	if !bytes.Equal(lent, make([]byte, len(lent))) {
		t.Error("Close left the value")
	}
}
