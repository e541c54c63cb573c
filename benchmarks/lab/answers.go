package lab

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"wicketkey.internal/benchmarks/programs/tell"
)

// answers are those of Secrets Manager to all that the programs ask, by size,
// operation and secret.
type answers struct {
	size    atomic.Int64
	noBatch atomic.Bool
	ready   map[question][]byte
}

type question struct {
	size      int
	operation string
	id        string // "" for a batch, which asks for all of them
}

const (
	version = "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE"
	created = 1.5e9
	denied  = `{"__type":"AccessDeniedException","Message":"User is not authorized to perform: secretsmanager:BatchGetSecretValue"}`
)

type entry struct {
	ARN, Name     string
	CreatedDate   float64
	SecretString  string   `json:",omitempty"`
	VersionId     string   `json:",omitempty"`
	VersionStages []string `json:",omitempty"`

	VersionIdsToStages map[string][]string `json:",omitempty"`
}

func newAnswers() (*answers, error) {
	a := &answers{ready: map[question][]byte{}}
	stages := []string{"AWSCURRENT"}
	for _, size := range Sizes {
		var batch struct{ SecretValues []entry }
		for _, id := range tell.Named(tell.Most) {
			e := entry{ARN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:" + id + "-a1b2c3", Name: id, CreatedDate: created}
			described, got := e, e
			described.VersionIdsToStages = map[string][]string{version: stages}
			got.SecretString, got.VersionId, got.VersionStages = strings.Repeat("x", size), version, stages
			batch.SecretValues = append(batch.SecretValues, got)
			if err := a.put(question{size, "DescribeSecret", id}, described); err != nil {
				return nil, err
			}
			if err := a.put(question{size, "GetSecretValue", id}, got); err != nil {
				return nil, err
			}
		}
		if err := a.put(question{size, "BatchGetSecretValue", ""}, batch); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *answers) put(q question, answer any) (err error) {
	a.ready[q], err = json.Marshal(answer)
	return err
}

// set decides what is answered from now on.
func (a *answers) set(s Setup) {
	a.size.Store(int64(s.Size))
	a.noBatch.Store(s.NoBatch)
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var in struct{ SecretId string }
	_ = json.Unmarshal(body, &in)
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	answer, ok := a.ready[question{int(a.size.Load()), operation, in.SecretId}]
	if a.noBatch.Load() && operation == "BatchGetSecretValue" {
		answer, ok = []byte(denied), false
	}
	if !ok {
		w.WriteHeader(http.StatusBadRequest)
	}
	_, _ = io.Copy(w, bytes.NewReader(answer))
}
