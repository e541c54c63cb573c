package cache

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/wipe"
)

// The plaintext of a disk copy is the time, and the answer that AWS would give:
//
//	seconds since 1970 (8) | {"ARN":…,"Name":…,"VersionId":…,…,"SecretBinary":"…"}
//
// So it is read back by the one parser that there is, in package fetch, with all
// that this one checks and wipes.
const timeBytes = 8

// encode writes a secret as the answer that brings it. The caller frees it.
func encode(secret *fetch.Secret, at time.Time) *wipe.Buffer {
	head, _ := json.Marshal(map[string]any{ // strings and a number: it cannot fail
		"ARN": secret.ARN(), "Name": secret.Name(), "VersionId": secret.VersionID(),
		"VersionStages": secret.Stages(), "CreatedDate": float64(secret.Created().UnixMilli()) / 1e3,
	})
	head = append(head[:len(head)-1], `,"SecretBinary":"`...)
	tail := `"}`
	value := secret.Bytes()
	buf := wipe.New(timeBytes + len(head) + base64.StdEncoding.EncodedLen(len(value)) + len(tail))
	p := buf.Bytes()
	var block wipe.SignalBlock
	block.Begin()
	defer block.End()
	binary.BigEndian.PutUint64(p, uint64(at.Unix()))
	n := timeBytes + copy(p[timeBytes:], head)
	base64.StdEncoding.Encode(p[n:], value)
	copy(p[len(p)-len(tail):], tail)
	return buf
}

// writtenAt is the time in an encoded secret.
func writtenAt(plain []byte) (time.Time, error) {
	if len(plain) < timeBytes {
		return time.Time{}, errors.New("the disk copy is empty")
	}
	return time.Unix(int64(binary.BigEndian.Uint64(plain)), 0), nil
}

// A replayer is a fetch client whose Secrets Manager is what is read from disk.
type replayer struct{ client *fetch.Client }

type replayKey struct{}

func newReplayer() (*replayer, error) {
	client, err := fetch.New(context.Background(), &fetch.Options{AWS: &aws.Config{
		Region:       "us-east-1",
		Credentials:  aws.AnonymousCredentials{},
		HTTPClient:   replayTransport{},
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
		BaseEndpoint: aws.String("http://replay.invalid"),
	}})
	return &replayer{client}, err
}

// secret reads an encoded secret, which the caller then closes.
func (r *replayer) secret(ctx context.Context, ref fetch.Ref, plain []byte) (*fetch.Secret, error) {
	var said struct{ ARN, VersionId string }
	if err := json.Unmarshal(plain[timeBytes:], &said); err != nil {
		return nil, errors.New("the disk copy is damaged")
	}
	// Whether it answers ref was looked at when it was written.
	ctx = context.WithValue(ctx, replayKey{}, plain[timeBytes:])
	return r.client.GetRef(ctx, fetch.Ref{ID: said.ARN, VersionID: said.VersionId})
}

func (r *replayer) close() { r.client.Close() }

// replayTransport answers each request with the body in its context.
type replayTransport struct{}

func (replayTransport) Do(req *http.Request) (*http.Response, error) {
	body, ok := req.Context().Value(replayKey{}).([]byte)
	if !ok {
		return nil, errors.New("nothing to replay")
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)), Request: req,
	}, nil
}
