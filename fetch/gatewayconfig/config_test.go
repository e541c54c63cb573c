package gatewayconfig_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
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

// A refusal is a text that Decode refuses, and how.
type refusal struct {
	text string
	kind error
	key  string
}

// refusals covers every error.
func refusals() map[string]refusal {
	std := base64.StdEncoding.EncodeToString([]byte(sample))
	raw := strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(edited("BOWNER", "BOWNER1"))), "=")
	return map[string]refusal{
		"nil":                     {"", gatewayconfig.ErrEmpty, ""},
		"white space":             {" \r\n\t", gatewayconfig.ErrEmpty, ""},
		"quotes alone":            {`""`, gatewayconfig.ErrEmpty, ""},
		"65,537 bytes":            {strings.Repeat("A", 65537), gatewayconfig.ErrTooLong, ""},
		"HTML":                    {"<html><body>502</body></html>", gatewayconfig.ErrBase64, ""},
		"one quote":               {`"` + std, gatewayconfig.ErrBase64, ""},
		"illegal character":       {std[:40] + "*" + std[41:], gatewayconfig.ErrBase64, ""},
		"text after padding":      {std[:8] + "=" + std[8:], gatewayconfig.ErrBase64, ""},
		"too much padding":        {raw + "====", gatewayconfig.ErrBase64, ""},
		"padding, none due":       {std[:8] + "=", gatewayconfig.ErrBase64, ""},
		"padding alone":           {"====", gatewayconfig.ErrBase64, ""},
		"one character left":      {std[:41], gatewayconfig.ErrBase64, ""},
		"bits beyond the end":     {std[:40] + "AB", gatewayconfig.ErrBase64, ""},
		"base64 of text":          {base64.StdEncoding.EncodeToString([]byte("hello")), gatewayconfig.ErrJSON, ""},
		"base64 of nothing":       {base64.StdEncoding.EncodeToString([]byte("  ")), gatewayconfig.ErrJSON, ""},
		"base64 twice":            {base64.StdEncoding.EncodeToString([]byte(std)), gatewayconfig.ErrJSON, ""},
		"base64 cut at a group":   {std[:80], gatewayconfig.ErrJSON, ""},
		"JSON cut short":          {sample[:len(sample)/2], gatewayconfig.ErrJSON, ""},
		"JSON cut in a key":       {`{"host`, gatewayconfig.ErrJSON, ""},
		"JSON, only a brace":      {`{`, gatewayconfig.ErrJSON, ""},
		"JSON, two objects":       {sample + sample, gatewayconfig.ErrJSON, ""},
		"JSON, trailing comma":    {`{"hostname":"h",}`, gatewayconfig.ErrJSON, ""},
		"JSON, bare name":         {`{hostname:"h"}`, gatewayconfig.ErrJSON, ""},
		"JSON, number for a name": {`{1:"h"}`, gatewayconfig.ErrJSON, ""},
		"JSON, not UTF-8":         {`{"hostname":"` + "\xff" + `"}`, gatewayconfig.ErrJSON, ""},
		"JSON, half a surrogate":  {`{"hostname":"\ud800"}`, gatewayconfig.ErrJSON, ""},
		"array in base64":         {base64.StdEncoding.EncodeToString([]byte(`["hostname"]`)), gatewayconfig.ErrJSON, ""},
		"empty object":            {`{}`, gatewayconfig.ErrMissing, "hostname"},
		"key/value pair":          {`{"value":"` + std + `"}`, gatewayconfig.ErrMissing, "hostname"},
		"number":                  {edited(`"10"`, "10"), gatewayconfig.ErrValue, "serverPublicKeyId"},
		"null":                    {edited(`"10"`, "null"), gatewayconfig.ErrValue, "serverPublicKeyId"},
		"object":                  {edited(`"10"`, `{"a":"b"}`), gatewayconfig.ErrValue, "serverPublicKeyId"},
		"number, unknown key":     {edited(`{`, `{"unknown":1,`), gatewayconfig.ErrValue, ""},
		"damage in the depth":     {`{"unknown-key":{"unknown-too":[tru]}}`, gatewayconfig.ErrJSON, ""},
		"duplicate":               {edited(`{`, `{"appKey":"x",`), gatewayconfig.ErrDuplicate, "appKey"},
		"duplicate, escaped":      {edited(`{`, `{"app\u004bey":"x",`), gatewayconfig.ErrDuplicate, "appKey"},
		"duplicate, unknown":      {edited(`{`, `{"unknown-key":"x","unknown-key":"y",`), gatewayconfig.ErrDuplicate, ""},
		"no hostname":             {edited(`"hostname"`, `"h"`), gatewayconfig.ErrMissing, "hostname"},
		"no clientId":             {edited(`"clientId"`, `"c"`), gatewayconfig.ErrMissing, "clientId"},
		"no privateKey":           {edited(`"privateKey"`, `"p"`), gatewayconfig.ErrMissing, "privateKey"},
		"no serverPublicKeyId":    {edited(`"serverPublicKeyId"`, `"s"`), gatewayconfig.ErrMissing, "serverPublicKeyId"},
		"no appKey":               {edited(`"appKey"`, `"a"`), gatewayconfig.ErrMissing, "appKey"},
		"empty hostname":          {edited("keepersecurity.com", ""), gatewayconfig.ErrValue, "hostname"},
		"clientId of 48 bytes":    {edited(clientID, clientID[:64]), gatewayconfig.ErrValue, "clientId"},
		"clientId not base64":     {edited(clientID, strings.Repeat("*", 88)), gatewayconfig.ErrValue, "clientId"},
		"not bound": {
			edited(`"appKey":"YXBwLWtleQ=="`, `"clientKey":"made-up"`), gatewayconfig.ErrUnbound, "appKey",
		},
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range refusals() {
		t.Run(name, func(t *testing.T) {
			cfg, err := gatewayconfig.Decode([]byte(c.text))
			var e *gatewayconfig.Error
			if !errors.As(err, &e) || !errors.Is(err, c.kind) || cfg != nil {
				t.Fatalf("got %v, %v; want %v", cfg, err, c.kind)
			}
			if e.Key != c.key || !strings.Contains(err.Error(), c.key) {
				t.Errorf("key %q in %q, want %q", e.Key, err, c.key)
			}
			if e.Cause == "" || e.Remedy == "" || strings.Contains(err.Error(), "unknown") {
				t.Errorf("got %q", err)
			}
			for _, run := range quoted(c.text, err) {
				t.Errorf("the error quotes %q: %s", run, err)
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

func FuzzDecode(f *testing.F) {
	std := base64.StdEncoding.EncodeToString([]byte(sample))
	for _, s := range []string{
		sample, std, wrapped(std, 20, "\n"), "\ufeff\"" + std + `"`, std[:41], `{"hostname":"h","hostname":"i"}`,
		`{"a":{"b":[1,null]}}`, `{"a":"\ud83d\ude00"}`, "{", "====", edited(`{`, `{"x\n":"\"\\",`),
	} {
		f.Add([]byte(s))
	}
	// The words of errors themselves, which a fuzzer learns to write.
	var own string
	for _, c := range refusals() {
		_, err := gatewayconfig.Decode([]byte(c.text))
		own += fmt.Sprintf("%v\n", err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := slices.Clone(text)
		cfg, err := gatewayconfig.Decode(text)
		if !bytes.Equal(text, before) {
			t.Error("Decode wrote to its input")
		}
		if err != nil {
			var e *gatewayconfig.Error
			if !errors.As(err, &e) || cfg != nil {
				t.Fatalf("%v, %T", cfg, err)
			}
			for _, run := range quoted(string(text), err) {
				if !strings.Contains(own, run) {
					t.Errorf("the error quotes %q: %s", run, err)
				}
			}
			return
		}
		again, err := gatewayconfig.Decode(cfg.JSON())
		if err != nil || !bytes.Equal(again.JSON(), cfg.JSON()) {
			t.Errorf("again: %v", err)
		}
		again.Close()
		for _, key := range cfg.Keys() {
			if err := cfg.View(key, func([]byte) error { return nil }); err != nil {
				t.Errorf("%q: %v", key, err)
			}
		}
		cfg.Close()
	})
}

// quoted returns the runs of six bytes of text, or of what it encodes, that the
// error shows; the names of known keys do not count, nor do digits, which are
// positions.
func quoted(text string, err error) (runs []string) {
	shown := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return '#'
		}
		return r
	}, fmt.Sprintf("%v %+v %q", err, err, errors.Unwrap(err)))
	decoded, _ := base64.StdEncoding.DecodeString(text)
	rest := text + "\n" + string(decoded)
	for _, key := range []string{
		"hostname", "clientId", "privateKey", "serverPublicKeyId", "appKey", "appOwnerPublicKey", "clientKey", "publicKey", "url",
	} {
		rest = strings.ReplaceAll(rest, key, "\n")
	}
	for i := 0; i+6 <= len(rest); i++ {
		if run := rest[i : i+6]; strings.Contains(shown, run) {
			runs = append(runs, run)
		}
	}
	return runs
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

// The decoded bytes and the clientId's are in wipeable memory; what is counted is
// handles, the decoder, its tokens and the names.
const maxAllocs = 40

func TestDecodeAllocations(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("coverage counters change the count")
	}
	text := []byte(base64.StdEncoding.EncodeToString([]byte(sample)))
	got := testing.AllocsPerRun(100, func() {
		cfg, err := gatewayconfig.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Close()
	})
	if got > maxAllocs {
		t.Errorf("%v allocations, want at most %d", got, maxAllocs)
	}
	t.Log(got, "allocations")
}

func BenchmarkDecode(b *testing.B) {
	for _, n := range []int{0, 3 << 10, 40 << 10} {
		text := []byte(base64.StdEncoding.EncodeToString([]byte(edited("BOWNER", strings.Repeat("B", n)+"OWNER"))))
		b.Run(fmt.Sprintf("bytes=%d", len(text)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				cfg, err := gatewayconfig.Decode(text)
				if err != nil {
					b.Fatal(err)
				}
				cfg.Close()
			}
		})
	}
}
