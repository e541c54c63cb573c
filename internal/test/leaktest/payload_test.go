package leaktest_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"

	"wicketkey.internal/internal/test/memscan"
)

const (
	secretName = "keeperRotationGatewayConfig"
	batchNames = "first second third"
)

// payload is a random secret: its value, and the text that it travels as.
type payload struct {
	member string // SecretString or SecretBinary
	value  []byte
	wire   []byte // between the quotes
	inner  []byte // of a value that is encoded itself: what is secret in it
}

// kinds make a payload of n bytes.
var kinds = map[string]func(n int) payload{
	"text":    textPayload,
	"escaped": escapedPayload,
	"binary":  binaryPayload,
	"gateway": gatewayPayload,
}

func textPayload(n int) payload {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	p := payload{member: "SecretString", value: make([]byte, n)}
	for i := range p.value {
		p.value[i] = letters[rand.IntN(len(letters))]
	}
	p.wire = p.value
	return p
}

// escapedPayload writes every character as an escape, so that no fragment of the
// value is one of the text too.
func escapedPayload(n int) payload {
	p := payload{member: "SecretString", value: make([]byte, n)}
	for i := range p.value {
		c := byte(rand.IntN(128))
		p.value[i] = c
		if short := bytes.IndexByte([]byte("\b\f\n\r\t\"\\/"), c); short >= 0 {
			p.wire = append(p.wire, '\\', "bfnrt\"\\/"[short])
		} else {
			p.wire = fmt.Appendf(p.wire, `\u%04x`, c)
		}
	}
	return p
}

func binaryPayload(n int) payload {
	p := payload{member: "SecretBinary", value: make([]byte, n)}
	for i := range p.value {
		p.value[i] = byte(rand.Uint32())
	}
	p.wire = base64.StdEncoding.AppendEncode(nil, p.value)
	return p
}

// gatewayPayload is the configuration of a gateway with a private key of n
// bytes.
func gatewayPayload(n int) payload {
	p := payload{member: "SecretString", inner: textPayload(n).value}
	p.value = base64.StdEncoding.AppendEncode(nil, fmt.Appendf(nil,
		`{"hostname":"example.com","clientId":"%s","privateKey":"%s","serverPublicKeyId":"10","appKey":"YXBwLWtleQ=="}`,
		base64.StdEncoding.EncodeToString(binaryPayload(64).value), p.inner))
	p.wire = p.value
	return p
}

// objectPayload is a JSON object with a key of n random bytes beside another.
func objectPayload(n int) payload {
	p := payload{member: "SecretString", inner: textPayload(n).value}
	p.value = fmt.Appendf(nil, `{"o":"%s","k":"%s"}`, textPayload(n).value, p.inner)
	p.wire = bytes.ReplaceAll(p.value, []byte(`"`), []byte(`\"`))
	return p
}

// damagedPayload has something secret in place of a %s.
func damagedPayload(format string) payload {
	p := payload{member: "SecretString", inner: textPayload(200).value}
	p.value = fmt.Appendf(nil, format, p.inner)
	p.wire = bytes.ReplaceAll(bytes.ReplaceAll(p.value, []byte(`\`), []byte(`\\`)), []byte(`"`), []byte(`\"`))
	return p
}

// entry is the payload as a JSON object of AWS's.
func (p payload) entry(name string, version int) []byte {
	return fmt.Appendf(nil, `{"ARN":"arn:aws:secretsmanager:us-east-1:123456789012:secret:%s-AbCdEf","CreatedDate":1.7e9,"Name":%q,%q:"%s","VersionId":"0123456789abcdef0123456789abcde%x","VersionStages":["AWSCURRENT"]}`,
		name, name, p.member, p.wire, version)
}

// needles are what must not be found. The one named for the value is what a
// holder holds.
func (p payload) needles(name string) []memscan.Needle {
	list := []memscan.Needle{{Name: name, Bytes: p.value}}
	if !bytes.Equal(p.value, p.wire) {
		list = append(list, memscan.Needle{Name: name + " as sent", Bytes: p.wire})
	}
	if p.inner != nil {
		list = append(list, memscan.Needle{Name: name + ", decoded", Bytes: p.inner})
	}
	return list
}
