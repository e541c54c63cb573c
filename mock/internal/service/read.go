package service

import (
	"slices"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/store"
)

type valueOutput struct {
	ARN           string
	CreatedDate   *stamp
	Name          string
	SecretBinary  []byte `json:",omitempty"`
	SecretString  string `json:",omitempty"`
	VersionId     string
	VersionStages []string `json:",omitempty"`
}

// get refuses a scheduled secret outright: whoever still reads it must notice before it is gone.
func (s *Service) get(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.find(c)
	if err != nil {
		return nil, err
	}
	out, err := s.value(c, sec, c.In.Text("VersionId"), c.In.Text("VersionStage"))
	if err != nil {
		return nil, err
	}
	return encode(out), nil
}

// value reads one version of a secret and marks both as accessed.
func (s *Service) value(c *Call, sec *store.Secret, id, stage string) (*valueOutput, *awserr.Error) {
	v, err := pick(sec, id, stage)
	if err != nil {
		return nil, err
	}
	if err := c.decrypt(sec, v); err != nil {
		return nil, err
	}
	sec.Accessed, v.Accessed = c.Now, c.Now
	out := &valueOutput{ARN: sec.ARN, Name: sec.Name, VersionId: v.ID, VersionStages: v.Stages, CreatedDate: at(v.Created)}
	if v.Binary {
		out.SecretBinary = v.Value
	} else {
		out.SecretString = string(v.Value)
	}
	return out, nil
}

// pick chooses the version; id and stage must agree when both are given.
func pick(sec *store.Secret, id, stage string) (*store.Version, *awserr.Error) {
	if id == "" {
		if stage == "" {
			stage = store.Current
		}
		v := sec.Staged(stage)
		if v == nil || v.Empty() {
			return nil, awserr.NoStage(stage)
		}
		return v, nil
	}
	v := sec.Version(id)
	switch {
	case v == nil && slices.Contains(sec.Pruned, id):
		return nil, awserr.Request("You can't perform this operation on secret version %s because it was deleted.", id)
	case v == nil:
		return nil, awserr.NoVersion(id)
	case stage != "" && !slices.Contains(v.Stages, stage):
		return nil, awserr.Request("You provided a VersionStage that is not associated to the provided VersionId.")
	case v.Empty():
		return nil, awserr.NoVersion(id)
	}
	return v, nil
}

// describe answers for scheduled secrets too, because DeletedDate is how a caller learns of the schedule.
func (s *Service) describe(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.findAny(c)
	if err != nil {
		return nil, err
	}
	out := detail(sec)
	out.VersionIdsToStages, out.ReplicationStatus = stagesByVersion(sec), s.replicasOutput(sec)
	return encode(out), nil
}

type versionOutput struct {
	CreatedDate      *stamp
	KmsKeyIds        []string
	LastAccessedDate *stamp `json:",omitempty"`
	VersionId        string
	VersionStages    []string `json:",omitempty"`
}

type versionsOutput struct {
	ARN       string
	Name      string
	NextToken string `json:",omitempty"`
	Versions  []versionOutput
}

// listVersions counts deprecated versions among the positions that tokens hold, whether it shows them or not, so that
// one that loses its last label between pages shifts nothing.
func (s *Service) listVersions(c *Call) ([]byte, *awserr.Error) {
	sec, err := s.find(c)
	if err != nil {
		return nil, err
	}
	deprecated := c.In.Flag("IncludeDeprecated", false)
	from, err := s.pages.position(c, "versions "+sec.ARN)
	if err != nil {
		return nil, err
	}
	out := versionsOutput{Versions: []versionOutput{}, ARN: sec.ARN, Name: sec.Name}
	size := c.In.Number("MaxResults", 100)
	for i := from; i < len(sec.Versions); i++ {
		v := sec.Versions[i]
		if len(v.Stages) == 0 && !deprecated {
			continue
		}
		if len(out.Versions) == size {
			out.NextToken = s.pages.token("versions "+sec.ARN, i)
			break
		}
		out.Versions = append(out.Versions, describeVersion(v))
	}
	return encode(out), nil
}

// describeVersion calls the default key by the name that only this operation has for it.
func describeVersion(v *store.Version) versionOutput {
	out := versionOutput{VersionId: v.ID, VersionStages: v.Stages, CreatedDate: at(v.Created)}
	for _, key := range v.Keys {
		if isDefaultKey(key) {
			key = "DefaultEncryptionKey"
		}
		out.KmsKeyIds = append(out.KmsKeyIds, key)
	}
	if !v.Accessed.IsZero() {
		out.LastAccessedDate = dayOf(v.Accessed)
	}
	return out
}
