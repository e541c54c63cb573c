package gatewayconfig_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/fetch/gatewayconfig"
)

// clientID is base64 of 64 bytes.
var clientID = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("0123456789abcdef"), 4))

// sample is a bound configuration; every value is made up.
var sample = `{"hostname":"keepersecurity.com","clientId":"` + clientID +
	`","privateKey":"MIGHAgEAMBMG~made+up","serverPublicKeyId":"10","appKey":"YXBwLWtleQ==","appOwnerPublicKey":"BOWNER"}`

// edited returns sample with one text in it replaced.
func edited(old, new string) string {
	if !strings.Contains(sample, old) {
		panic(old + " is not in the sample")
	}
	return strings.Replace(sample, old, new, 1)
}

func TestDecodeForms(t *testing.T) {
	std := base64.StdEncoding.EncodeToString([]byte(sample))
	// Characters for which the alphabets differ.
	odd := edited("keepersecurity.com", "ÿÿÿ>>>???")
	// All remainders of the length by three.
	longer := []string{edited("BOWNER", "BOWNER1"), edited("BOWNER", "BOWNER12"), edited("BOWNER", "BOWNER123")}
	cases := map[string]struct{ text, want string }{
		"standard":             {std, sample},
		"URL-safe":             {base64.URLEncoding.EncodeToString([]byte(odd)), odd},
		"standard, odd":        {base64.StdEncoding.EncodeToString([]byte(odd)), odd},
		"lines":                {wrapped(std, 76, "\r\n"), sample},
		"terminal":             {wrapped(std, 80, "\n    "), sample},
		"tabs and spaces":      {"\t " + wrapped(std, 5, " ") + " \n", sample},
		"double quotes":        {`"` + std + "\"\n", sample},
		"single quotes":        {" '" + std + "'", sample},
		"byte order mark":      {"\ufeff" + std, sample},
		"mark and quotes":      {"\ufeff \"" + std + `"`, sample},
		"mark inside":          {base64.StdEncoding.EncodeToString([]byte("\ufeff" + sample + "\n")), sample},
		"JSON":                 {sample, sample},
		"JSON, space around":   {"\ufeff\n " + sample + "\n", sample},
		"JSON, quotes":         {"'" + sample + "'", sample},
		"padding on own line":  {strings.Replace(std, "=", "\n=", 1), sample},
		"longer by 1":          {base64.RawStdEncoding.EncodeToString([]byte(longer[0])), longer[0]},
		"longer by 2":          {base64.RawURLEncoding.EncodeToString([]byte(longer[1])), longer[1]},
		"longer by 3":          {base64.RawStdEncoding.EncodeToString([]byte(longer[2])), longer[2]},
		"longer by 1, padded":  {base64.URLEncoding.EncodeToString([]byte(longer[0])), longer[0]},
		"longer by 2, padded":  {base64.StdEncoding.EncodeToString([]byte(longer[1])), longer[1]},
		"as long as AWS takes": {strings.Repeat(" ", 65536-len(sample)) + sample, sample},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg, err := gatewayconfig.Decode([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			defer cfg.Close()
			if got := string(cfg.JSON()); got != c.want {
				t.Errorf("JSON %q, want %q", got, c.want)
			}
		})
	}
}

func TestOnceBoundAClientKeyDoesNoHarm(t *testing.T) {
	cfg, err := gatewayconfig.Decode([]byte(edited(`{`, `{"clientKey":"made-up",`)))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Close()
}

func TestClientIDForms(t *testing.T) {
	id := bytes.Repeat([]byte{0xfb, 0xff}, 32)
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		cfg, err := gatewayconfig.Decode([]byte(edited(clientID, strings.ReplaceAll(e.EncodeToString(id), "/", `\/`))))
		if err != nil {
			t.Error(err)
		}
		cfg.Close()
	}
}

func TestKeysAndValues(t *testing.T) {
	cfg, err := gatewayconfig.Decode([]byte(edited(`{`, `{ "n\u006fte" : "a\n\"\u00e9\ud83d\ude00\/" , "empty":"",`)))
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{"note", "empty", "hostname", "clientId", "privateKey", "serverPublicKeyId", "appKey", "appOwnerPublicKey"}
	if diff := cmp.Diff(keys, cfg.Keys()); diff != "" || cfg.Len() != len(keys) {
		t.Errorf("Len %d, keys (-want +got):\n%s", cfg.Len(), diff)
	}
	cfg.Keys()[0] = "overwritten"
	for key, want := range map[string]string{
		"note": "a\n\"é😀/", "empty": "", "hostname": "keepersecurity.com", "appOwnerPublicKey": "BOWNER", "clientId": clientID,
	} {
		called := false
		err := cfg.View(key, func(value []byte) error {
			called = true
			if string(value) != want || cap(value) != len(value) {
				t.Errorf("%s: %q, capacity %d, want %q", key, value, cap(value), want)
			}
			return nil
		})
		if err != nil || !called {
			t.Errorf("%s: %v, called %v", key, err, called)
		}
	}
	errOurs := errors.New("ours")
	if err := cfg.View("note", func([]byte) error { return errOurs }); err != errOurs {
		t.Errorf("got %v, want the callback's error", err)
	}
	never := func([]byte) error { t.Error("called"); return nil }
	if err := cfg.View("absent", never); !errors.Is(err, gatewayconfig.ErrMissing) || strings.Contains(err.Error(), "absent") {
		t.Errorf("got %v", err)
	}
	cfg.Close()
	if err := cfg.View("hostname", never); !errors.Is(err, gatewayconfig.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestNilAndZeroConfigsAreClosed(t *testing.T) {
	for _, cfg := range []*gatewayconfig.Config{nil, {}} {
		err := cfg.View("hostname", func([]byte) error { return nil })
		if cfg.JSON() != nil || len(cfg.Keys()) != 0 || cfg.Len() != 0 || cfg.Locked() || err == nil || cfg.Close() != nil {
			t.Error("not like a closed one")
		}
	}
}

func ExampleDecode() {
	// As it comes from Secrets Manager: base64, here with a line break.
	text := []byte(wrapped(base64.StdEncoding.EncodeToString([]byte(sample)), 76, "\n"))

	cfg, err := gatewayconfig.Decode(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cfg.Close()
	fmt.Println(cfg.Keys())
	fmt.Println(len(cfg.JSON()), "bytes of JSON")
	fmt.Println(cfg)
	// Output:
	// [hostname clientId privateKey serverPublicKeyId appKey appOwnerPublicKey]
	// 249 bytes of JSON
	// [secret]
}

func ExampleConfig_View() {
	cfg, err := gatewayconfig.Decode([]byte(sample))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cfg.Close()
	err = cfg.View("hostname", func(value []byte) error {
		fmt.Printf("%s\n", value)
		return nil
	})
	fmt.Println(err)
	// Output:
	// keepersecurity.com
	// <nil>
}

func ExampleError() {
	_, err := gatewayconfig.Decode([]byte(`{"hostname":"keepersecurity.com","clientId":"c2hvcnQ=","privateKey":"p","serverPublicKeyId":"10","appKey":"k"}`))
	fmt.Println(err)
	var e *gatewayconfig.Error
	fmt.Println(errors.As(err, &e), e.Key, errors.Is(err, gatewayconfig.ErrValue))
	// Output:
	// gatewayconfig: bad value in gateway configuration: clientId: the value is not base64 of 64 bytes (fix: store the text that gateway ott-init printed, whole, as Plaintext)
	// true clientId true
}

// wrapped breaks text into lines.
func wrapped(text string, n int, end string) string {
	var b strings.Builder
	for len(text) > n {
		b.WriteString(text[:n] + end)
		text = text[n:]
	}
	return b.String() + text
}
