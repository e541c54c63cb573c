package awsenv

import (
	"encoding/xml"
	"errors"
	"net/http"
	"time"

	smithytime "github.com/aws/smithy-go/time"
)

// session is what STS grants.
type session struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string

	expires time.Time
	arn     string
}

// sessionFrom reads an answer by path: from its root through the operation's
// result to the credentials. An error quotes nothing of it.
func sessionFrom(body []byte, result string) (*session, error) {
	var answer struct {
		Results []struct {
			XMLName     xml.Name
			Credentials *session
			User        struct{ Arn string } `xml:"AssumedRoleUser"`
		} `xml:",any"`
	}
	if xml.Unmarshal(body, &answer) != nil {
		return nil, errors.New("the answer is not the XML that STS sends")
	}
	for _, r := range answer.Results {
		if r.XMLName.Local != result || r.Credentials == nil {
			continue
		}
		s := r.Credentials
		var err error
		if s.expires, err = smithytime.ParseDateTime(s.Expiration); err != nil {
			return nil, errors.New("the Expiration in the answer is no time")
		}
		if s.AccessKeyID == "" || s.SecretAccessKey == "" {
			break
		}
		s.arn = r.User.Arn
		return s, nil
	}
	return nil, errors.New("the answer holds no credentials")
}

func refusedBySTS(answer *http.Response, body []byte) error {
	var said struct {
		Error struct{ Code, Message string }
	}
	_ = xml.Unmarshal(body, &said) // not XML: the status alone has to do
	return refused(answer, said.Error.Code, said.Error.Message)
}
