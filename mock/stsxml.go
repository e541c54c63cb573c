package mock

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"
	"time"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/sigv4"
)

// stsResult is what an operation of STS answers with.
type stsResult struct {
	ARN, UserID, Account string
	session              *AccessKey // nil: the caller's identity was asked for
	token                *webToken  // nil: not by web identity
}

type stsCaller struct {
	XMLName              xml.Name
	Arn, UserId, Account string
}

type stsUser struct{ AssumedRoleId, Arn string }

type stsKeys struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string }

type stsSession struct {
	XMLName                     xml.Name
	AssumedRoleUser             stsUser
	Credentials                 stsKeys
	SubjectFromWebIdentityToken string `xml:",omitempty"`
	Audience                    string `xml:",omitempty"`
	Provider                    string `xml:",omitempty"`
}

type stsMetadata struct{ RequestId string }

// stsDocument is the body of an answer.
func stsDocument(x *exchange, result *stsResult, refused *awserr.Error) []byte {
	var document any
	if refused != nil {
		document = stsFailure(x, refused)
	} else {
		document = struct {
			XMLName          xml.Name
			Result           any
			ResponseMetadata stsMetadata
		}{xml.Name{Space: stsNamespace, Local: x.op.Name + "Response"}, result.document(x.op.Name + "Result"), stsMetadata{x.id}}
	}
	out, err := xml.MarshalIndent(document, "", "  ")
	if err != nil { // texts always encode
		return nil
	}
	return append(out, '\n')
}

func stsFailure(x *exchange, e *awserr.Error) any {
	type failure struct{ Type, Code, Message string }
	return struct {
		XMLName   xml.Name
		Error     failure
		RequestId string
	}{xml.Name{Space: stsNamespace, Local: "ErrorResponse"}, failure{"Sender", e.Code, e.Message}, x.id}
}

func (r *stsResult) document(name string) any {
	if r.session == nil {
		return stsCaller{xml.Name{Local: name}, r.ARN, r.UserID, r.Account}
	}
	k := r.session
	out := stsSession{
		XMLName: xml.Name{Local: name}, AssumedRoleUser: stsUser{r.UserID, r.ARN},
		Credentials: stsKeys{k.ID, k.Secret, k.SessionToken, k.Expires.UTC().Format(time.RFC3339)},
	}
	if r.token != nil {
		out.SubjectFromWebIdentityToken, out.Audience, out.Provider = r.token.Subject, r.token.audience(), r.token.Issuer
	}
	return out
}

// webToken is what is read of a web identity's token. Its signature is not checked: there is nobody to ask for keys.
type webToken struct {
	Subject  string          `json:"sub"`
	Issuer   string          `json:"iss"`
	Audience json.RawMessage `json:"aud"`
	Expires  int64           `json:"exp"`
}

func readWebToken(text string, now time.Time) (*webToken, *awserr.Error) {
	parts := strings.Split(strings.TrimSpace(text), ".")
	var t webToken
	if len(parts) == 3 {
		claims, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err == nil && json.Unmarshal(claims, &t) == nil {
			if t.Expires != 0 && now.Unix() >= t.Expires {
				return nil, stsError(http.StatusBadRequest, "ExpiredTokenException", fmt.Sprintf(
					"Token expired: current date/time %d must be before the expiration date/time %d", now.Unix(), t.Expires))
			}
			return &t, nil
		}
	}
	return nil, stsError(http.StatusBadRequest, "InvalidIdentityToken",
		"The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
}

// audience is the first of what may be one text or a list.
func (t *webToken) audience() string {
	var one string
	var several []string
	if json.Unmarshal(t.Audience, &one) == nil {
		return one
	}
	if json.Unmarshal(t.Audience, &several) == nil && len(several) > 0 {
		return several[0]
	}
	return ""
}

// userID is how STS calls a principal beside its ARN. The ids of users and roles follow from their names.
func userID(principal string) string {
	name, session, assumed := principal, "", strings.Contains(principal, ":assumed-role/")
	if i := strings.LastIndexByte(principal, '/'); assumed && i > 0 {
		name, session = principal[:i], principal[i:]
	}
	h := fnv.New64a()
	h.Write([]byte(name))
	id := strings.ToUpper(fmt.Sprintf("%017x", h.Sum64()))
	if assumed {
		return "AROA" + id + ":" + strings.TrimPrefix(session, "/")
	}
	return "AIDA" + id
}

func stsError(status int, code, message string) *awserr.Error {
	return &awserr.Error{Code: code, Message: message, Status: status}
}

func stsInvalid(message string) *awserr.Error {
	return stsError(http.StatusBadRequest, "ValidationError", message)
}

// stsRefusal is the front end's refusal as the query protocol words it.
func stsRefusal(f *sigv4.Fault) *awserr.Error {
	code := map[sigv4.Reason]string{
		sigv4.MissingToken: "MissingAuthenticationToken", sigv4.Incomplete: "IncompleteSignature",
		sigv4.UnknownKey: "InvalidClientTokenId", sigv4.ExpiredToken: "ExpiredToken",
	}[f.Reason]
	if code == "" {
		code = "SignatureDoesNotMatch"
	}
	status := http.StatusForbidden
	if f.Reason == sigv4.Incomplete {
		status = http.StatusBadRequest
	}
	return stsError(status, code, f.Message)
}
