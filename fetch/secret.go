package fetch

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/internal/opaque"
	"wicketkey.internal/internal/wipe"
)

// silent promotes the methods that print "[secret]" without exporting a field.
type silent = opaque.Value

// Secret is one version of a secret, held in wipeable memory until Close. It
// prints as "[secret]" everywhere.
//
// The bytes belong to the Secret. All methods are safe for concurrent use;
// reading the slice that Bytes lent while another goroutine calls Close is not.
// A Secret that is lost without Close is wiped when the garbage collector finds
// it.
type Secret struct {
	silent
	p *payload // behind a pointer: reflection printers look through fields
}

type payload struct {
	buf  *wipe.Buffer
	meta *Metadata // shared by all copies; does not change once it is handed out
}

// Metadata is what AWS says beside a value.
type Metadata struct {
	ARN       string // full, its random suffix included
	Name      string
	VersionID string
	Stages    []string // staging labels at the time of the call
	Created   time.Time
	Region    string // the AWS region that answered
	Replica   bool   // a region of [Options.Failover] answered in place of the one meant
}

// metaOf takes what the SDK's two answers, single and batch, say in one shape.
func metaOf(arn, name, versionID *string, stages []string, created *time.Time, region string) Metadata {
	return Metadata{ARN: aws.ToString(arn), Name: aws.ToString(name), VersionID: aws.ToString(versionID),
		Stages: stages, Created: aws.ToTime(created), Region: region}
}

func newSecret(buf *wipe.Buffer, m Metadata) *Secret {
	return &Secret{p: &payload{buf: buf, meta: &m}}
}

// NewSecret makes a Secret of a value that did not come from AWS in this call: a
// test's, or one that a caller keeps elsewhere. It copies value into wipeable
// memory of its own; the caller wipes value, and closes the Secret.
func NewSecret(value []byte, m Metadata) *Secret {
	m.Stages = slices.Clone(m.Stages)
	buf := wipe.New(len(value))
	wipe.Copy(buf.Bytes(), value)
	return newSecret(buf, m)
}

// Bytes lends the value: SecretString's text or SecretBinary's decoded bytes.
// The slice is valid until Close and reads zeroes afterwards. Do not write to
// it, and do not make a string of it: a string cannot be wiped.
func (s *Secret) Bytes() []byte { return s.p.buf.Bytes() }

// ARN is the secret's full ARN as AWS gave it, its random suffix included.
func (s *Secret) ARN() string { return s.p.meta.ARN }

// Name is the secret's name as AWS gave it.
func (s *Secret) Name() string { return s.p.meta.Name }

// VersionID is the version's unique identifier.
func (s *Secret) VersionID() string { return s.p.meta.VersionID }

// Stages are the version's staging labels at the time of the call, in a slice
// of the caller's own.
func (s *Secret) Stages() []string { return slices.Clone(s.p.meta.Stages) }

// Created is when the version was created.
func (s *Secret) Created() time.Time { return s.p.meta.Created }

// Region is the AWS region that answered.
func (s *Secret) Region() string { return s.p.meta.Region }

// Replica reports whether a region of [Options.Failover] answered in place of the
// one that was meant: ARN is then that of the replica there.
func (s *Secret) Replica() bool { return s.p.meta.Replica }

// Locked reports whether the value's memory is page-locked and kept out of
// core dumps.
func (s *Secret) Locked() bool { return s.p.buf.Locked() }

// Clone gives a private copy in wipeable memory of its own, to be closed by
// the caller. A copy of a closed Secret holds zeroes.
func (s *Secret) Clone() *Secret {
	c := new(clone)
	s.p.buf.CopyTo(&c.buf)
	c.payload = payload{buf: &c.buf, meta: s.p.meta}
	c.secret.p = &c.payload
	return &c.secret
}

// clone is a Secret and all that belongs to it but the value, in one allocation:
// a copy is what the reader of a cache makes on each call.
type clone struct {
	secret  Secret
	payload payload
	buf     wipe.Buffer
}

// Close wipes the value. It may be called more than once, and on nil, which is
// what GetMany gives where an id failed.
func (s *Secret) Close() error {
	if s != nil {
		s.p.buf.Free()
	}
	return nil
}
