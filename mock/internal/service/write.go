package service

import (
	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/model"
	"wicketkey.internal/mock/internal/store"
)

const (
	needToken  = "You must provide a ClientRequestToken value. We recommend a UUID-type value."
	bothValues = "You can't specify both a binary secret value and a string secret value in the same secret."
	noValue    = "You must provide either SecretString or SecretBinary."
)

// payload is the value that a call carries, if any.
type payload struct {
	present, binary bool
	data            []byte
}

func payloadOf(in model.Input) (payload, *awserr.Error) {
	switch text, blob := in.Has("SecretString"), in.Has("SecretBinary"); {
	case text && blob:
		return payload{}, awserr.Parameter(bothValues)
	case text:
		return payload{true, false, []byte(in.Text("SecretString"))}, nil
	case blob:
		return payload{true, true, []byte(in.Text("SecretBinary"))}, nil
	}
	return payload{}, nil
}

type createOutput struct {
	ARN               string
	Name              string
	ReplicationStatus []replicaOutput `json:",omitempty"`
	VersionId         string          `json:",omitempty"`
}

// create puts the secret on its shelf last but for the replicas, which need it there: a key that refuses or a value
// that cannot be stored leaves no empty secret behind.
func (s *Service) create(c *Call) ([]byte, *awserr.Error) {
	name := c.In.Text("Name")
	p, err := checkCreate(c)
	if err != nil {
		return nil, err
	}
	if old := s.store.Find(c.Account, c.Region, name, c.Now); old != nil {
		return s.createAgain(c, old, p)
	}
	sec := s.fresh(c, name)
	if err := c.tryKey(sec); err != nil {
		return nil, err
	}
	if p.present {
		if err := s.addVersion(c, sec, c.In.Text("ClientRequestToken"), p, []string{store.Current}); err != nil {
			return nil, err
		}
	}
	s.store.Add(sec)
	if err := s.addReplicas(c, sec); err != nil {
		s.store.Remove(sec)
		return nil, err
	}
	return s.created(sec, c.In.Text("ClientRequestToken")), nil
}

// checkCreate judges everything that needs no look at the shelves.
func checkCreate(c *Call) (payload, *awserr.Error) {
	if !c.In.Has("ClientRequestToken") {
		return payload{}, awserr.Request(needToken)
	}
	if err := checkTags(c.In.Structs("Tags"), nil); err != nil {
		return payload{}, err
	}
	return payloadOf(c.In)
}

// createAgain answers a name that is taken: with success if this is the same request once more.
func (s *Service) createAgain(c *Call, old *store.Secret, p payload) ([]byte, *awserr.Error) {
	if old.Scheduled() {
		return nil, awserr.Request("You can't create this secret because a secret with this name is already scheduled for deletion.")
	}
	if old.IsReplica() {
		return nil, awserr.OnReplica()
	}
	token := c.In.Text("ClientRequestToken")
	v := old.Version(token)
	switch {
	case v == nil:
		return nil, awserr.Exists(old.Name)
	case p.present && v.Same(p.data, p.binary):
		return s.created(old, token), nil
	}
	return nil, awserr.TokenTaken(token, old.ARN)
}

// created shows a version only if this call, or the first of its like, made one: a secret may begin without value.
func (s *Service) created(sec *store.Secret, token string) []byte {
	out := createOutput{ARN: sec.ARN, Name: sec.Name, ReplicationStatus: s.replicasOutput(sec)}
	if sec.Version(token) != nil {
		out.VersionId = token
	}
	return encode(out)
}

// fresh makes a secret without value from the call's input; it is on no shelf yet.
func (s *Service) fresh(c *Call, name string) *store.Secret {
	sec := &store.Secret{
		Name: name, Account: c.Account, Region: c.Region, Description: c.In.Text("Description"),
		KmsKeyID: c.In.Text("KmsKeyId"), Type: c.In.Text("Type"), Created: c.Now, Changed: c.Now,
		ARN: ARN(c.Account, c.Region, name) + "-" + s.ids.Suffix(),
	}
	for _, t := range c.In.Structs("Tags") {
		sec.SetTag(store.Tag{Key: t.Text("Key"), Value: t.Text("Value")})
	}
	return sec
}

// addVersion makes a version of the value; the first one of a secret always becomes AWSCURRENT.
func (s *Service) addVersion(c *Call, sec *store.Secret, id string, p payload, stages []string) *awserr.Error {
	if err := c.encrypt(sec, id); err != nil {
		return err
	}
	sec.Prune(c.Now)
	if len(sec.Versions) >= maxKept {
		return awserr.New("LimitExceededException", "You have reached the quota of versions for this secret.")
	}
	if !hasValue(sec) {
		stages = withCurrent(stages)
	}
	v := sec.Version(id)
	if v == nil {
		v = &store.Version{ID: id}
		sec.Versions = append(sec.Versions, v)
	}
	v.Value, v.Binary, v.Created, v.Keys = p.data, p.binary, c.Now, []string{sec.KmsKeyID}
	sec.Attach(v, stages)
	return nil
}

// maxKept bounds the versions that pile up within a day, before the service can prune them. The real bound is
// not on record; this one keeps a runaway test from filling the memory.
const maxKept = 10 * store.MaxVersions

// hasValue is not len(Versions): a rotation of a secret without value begins with an empty version.
func hasValue(sec *store.Secret) bool {
	for _, v := range sec.Versions {
		if !v.Empty() {
			return true
		}
	}
	return false
}

// withCurrent makes sure that the first value can be read by default, whatever stages the caller asked for.
func withCurrent(stages []string) []string {
	for _, stage := range stages {
		if stage == store.Current {
			return stages
		}
	}
	return append(stages, store.Current)
}

// writeOf reads what a write carries; the input is judged before the secret is looked for.
func writeOf(c *Call) (payload, string, *awserr.Error) {
	p, err := payloadOf(c.In)
	if err != nil {
		return p, "", err
	}
	token := c.In.Text("ClientRequestToken")
	if token == "" {
		return p, "", awserr.Request(needToken)
	}
	return p, token, nil
}

type putOutput struct {
	ARN           string
	Name          string
	VersionId     string
	VersionStages []string `json:",omitempty"`
}

// put judges token and value before it looks for the secret, as recorded of missing secrets.
func (s *Service) put(c *Call) ([]byte, *awserr.Error) {
	p, token, err := writeOf(c)
	if err != nil {
		return nil, err
	}
	if !p.present {
		return nil, awserr.Request(noValue)
	}
	sec, err := s.findPrimary(c)
	if err != nil {
		return nil, err
	}
	stages := c.In.Texts("VersionStages")
	if stages == nil {
		stages = []string{store.Current}
	}
	if err := s.addOnce(c, sec, token, p, stages); err != nil {
		return nil, err
	}
	return encode(putOutput{sec.ARN, sec.Name, token, sec.Version(token).Stages}), nil
}

// addOnce adds the version, or does nothing if this is the same request once more.
func (s *Service) addOnce(c *Call, sec *store.Secret, token string, p payload, stages []string) *awserr.Error {
	if v := sec.Version(token); v != nil && !v.Empty() {
		if err := c.decrypt(sec, v); err != nil { // to compare it with the new value
			return err
		}
		if v.Same(p.data, p.binary) {
			return nil
		}
		return awserr.TokenTaken(token, sec.ARN)
	}
	if err := s.addVersion(c, sec, token, p, stages); err != nil {
		return err
	}
	s.changed(sec, c.Now)
	return nil
}

// update changes key and value first, which may fail, and the description last, which cannot.
func (s *Service) update(c *Call) ([]byte, *awserr.Error) {
	p, token, err := writeOf(c)
	if err != nil {
		return nil, err
	}
	sec, err := s.findPrimary(c)
	if err != nil {
		return nil, err
	}
	out := createOutput{ARN: sec.ARN, Name: sec.Name}
	if err := s.updateValue(c, sec, token, p); err != nil {
		return nil, err
	}
	if p.present {
		out.VersionId = token
	}
	s.describeAnew(c, sec)
	return encode(out), nil
}

// updateValue changes the secret's key and value, or neither.
func (s *Service) updateValue(c *Call, sec *store.Secret, token string, p payload) *awserr.Error {
	old := sec.KmsKeyID
	if c.In.Has("KmsKeyId") {
		sec.KmsKeyID = c.In.Text("KmsKeyId")
		if err := c.tryKey(sec); err != nil {
			sec.KmsKeyID = old
			return err
		}
	}
	if p.present {
		if err := s.addOnce(c, sec, token, p, []string{store.Current}); err != nil {
			sec.KmsKeyID = old
			return err
		}
	}
	if sec.KmsKeyID != old {
		c.encryptAnew(sec)
	}
	return nil
}

// describeAnew stamps the secret even where nothing differs; whether AWS does is not on record.
func (s *Service) describeAnew(c *Call, sec *store.Secret) {
	if c.In.Has("Description") {
		sec.Description = c.In.Text("Description")
	}
	if c.In.Has("Type") {
		sec.Type = c.In.Text("Type")
	}
	s.changed(sec, c.Now)
}
