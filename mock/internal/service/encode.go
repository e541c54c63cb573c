package service

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"wicketkey.internal/mock/internal/store"
)

// stamp is a time on the wire: seconds since 1970 with a fraction, the way the service's JSON writer prints
// them, such as 1.523477145713E9.
type stamp struct{ time.Time }

// at makes a date that never was absent from the answer: the service has no zero dates.
func at(t time.Time) *stamp {
	if t.IsZero() {
		return nil
	}
	return &stamp{t}
}

// dayOf is at with the precision of a day, as the service keeps dates of access.
func dayOf(t time.Time) *stamp { return at(t.UTC().Truncate(day)) }

func (s stamp) MarshalJSON() ([]byte, error) {
	text := strconv.FormatFloat(float64(s.UnixMilli())/1000, 'E', -1, 64)
	mantissa, exponent, _ := strings.Cut(text, "E+0")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	return []byte(mantissa + "E" + exponent), nil
}

// marshal is json.Marshal without escaping for HTML: the service writes < and & as they are.
func marshal[T any](v T) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

type tagOutput struct{ Key, Value string }

// tagsOutput is nil until a secret has had a tag, and an empty list when the last was taken off.
func tagsOutput(sec *store.Secret) *[]tagOutput {
	if !sec.Tagged {
		return nil
	}
	out := make([]tagOutput, 0, len(sec.Tags))
	for _, t := range sec.Tags {
		out = append(out, tagOutput(t))
	}
	return &out
}

type rulesOutput struct {
	AutomaticallyAfterDays int    `json:",omitempty"`
	Duration               string `json:",omitempty"`
	ScheduleExpression     string `json:",omitempty"`
}

type replicaOutput struct {
	KmsKeyId         string `json:",omitempty"`
	LastAccessedDate *stamp `json:",omitempty"`
	Region           string
	Status           string
	StatusMessage    string `json:",omitempty"`
}

// replicasOutput names the default key as replicas themselves do, and asks each copy when it was read, since regions
// keep their own dates of access.
func (s *Service) replicasOutput(sec *store.Secret) []replicaOutput {
	var out []replicaOutput
	for _, r := range sec.Replicas {
		o := replicaOutput{Region: r.Region, KmsKeyId: r.KmsKeyID, Status: r.Status, StatusMessage: r.Message}
		if o.KmsKeyId == "" {
			o.KmsKeyId = DefaultKey
		}
		if c := s.store.ReplicaOf(sec, r); c != nil && !c.Accessed.IsZero() {
			o.LastAccessedDate = dayOf(c.Accessed)
		}
		out = append(out, o)
	}
	return out
}

// details is what DescribeSecret and ListSecrets tell of a secret, each with members of its own. Members stand in
// order of their names, here and in every output, as the service writes them.
type details struct {
	ARN                            string
	CreatedDate                    *stamp      `json:",omitempty"`
	DeletedDate                    *stamp      `json:",omitempty"`
	Description                    string      `json:",omitempty"`
	ExternalSecretRotationMetadata []tagOutput `json:",omitempty"`
	ExternalSecretRotationRoleArn  string      `json:",omitempty"`
	KmsKeyId                       string      `json:",omitempty"`
	LastAccessedDate               *stamp      `json:",omitempty"`
	LastChangedDate                *stamp      `json:",omitempty"`
	LastRotatedDate                *stamp      `json:",omitempty"`
	Name                           string
	NextRotationDate               *stamp              `json:",omitempty"`
	OwningService                  string              `json:",omitempty"`
	PrimaryRegion                  string              `json:",omitempty"`
	ReplicationStatus              []replicaOutput     `json:",omitempty"` // DescribeSecret
	RotationEnabled                *bool               `json:",omitempty"`
	RotationLambdaARN              string              `json:",omitempty"`
	RotationRules                  *rulesOutput        `json:",omitempty"`
	SecretVersionsToStages         map[string][]string `json:",omitempty"` // ListSecrets
	Tags                           *[]tagOutput        `json:",omitempty"`
	Type                           string              `json:",omitempty"`
	VersionIdsToStages             map[string][]string `json:",omitempty"` // DescribeSecret
}

func detail(sec *store.Secret) details {
	d := details{
		ARN: sec.ARN, Name: sec.Name, Type: sec.Type, Description: sec.Description, KmsKeyId: sec.KmsKeyID,
		LastChangedDate: at(sec.Changed), DeletedDate: at(sec.Deleted), Tags: tagsOutput(sec),
		OwningService: sec.OwningService, CreatedDate: at(sec.Created), PrimaryRegion: sec.Primary,
	}
	if !sec.Accessed.IsZero() {
		d.LastAccessedDate = dayOf(sec.Accessed)
	}
	if sec.Rotation.Configured {
		d.rotation(&sec.Rotation)
	}
	return d
}

// rotation shows a configuration that was switched off, but no date: nothing will happen then.
func (d *details) rotation(r *store.Rotation) {
	enabled := r.Enabled
	d.RotationEnabled, d.RotationLambdaARN = &enabled, r.Function
	if r.AfterDays > 0 || r.Schedule != "" || r.Duration != "" {
		d.RotationRules = &rulesOutput{r.AfterDays, r.Duration, r.Schedule}
	}
	for _, m := range r.Metadata {
		d.ExternalSecretRotationMetadata = append(d.ExternalSecretRotationMetadata, tagOutput(m))
	}
	d.ExternalSecretRotationRoleArn = r.RoleARN
	d.LastRotatedDate = at(r.Last)
	if r.Enabled {
		d.NextRotationDate = at(r.Next)
	}
}

// stagesByVersion leaves deprecated versions out, and is nil for a secret without value.
func stagesByVersion(sec *store.Secret) map[string][]string {
	var out map[string][]string
	for _, v := range sec.Versions {
		if len(v.Stages) == 0 {
			continue
		}
		if out == nil {
			out = make(map[string][]string)
		}
		out[v.ID] = v.Stages
	}
	return out
}
