package printable_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"wicketkey.internal/internal/printable"
)

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "",
		"plain, 雪 and é":               "plain, 雪 and é",
		"two\r\nlines\tand a tab":      "two  lines and a tab",
		"\x1b[31mred\x1b[0m\a":         " [31mred [0m ",
		"\u009b31m c1 \u0085 \u009d0;": " 31m c1    0;",
		"raw \x9b31m":                  "raw \ufffd31m",
		"\u202egnp.exe \u2066 \u200b":  " gnp.exe    ",
		"line\u2028and\u2029paragraph": "line and paragraph",
	} {
		if got := printable.Line(in); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzPrintable holds both to what they promise, JSON to meaning the same by the
// standard library's reading.
func FuzzPrintable(f *testing.F) {
	for _, seed := range []string{"", "a\u0085b", "\x9b", "\u202e", "\U000e0001", `"\`, "\n\t", "雪"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		line := printable.Line(text)
		if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("Line gave %q", line)
		}
		if printable.Line(line) != line {
			t.Errorf("Line changes %q again", line)
		}
		encoded, err := json.MarshalIndent(map[string]string{text: text}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		shown := printable.JSON(encoded)
		if strings.ContainsFunc(string(shown), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Errorf("JSON gave %q", shown)
		}
		var got, want map[string]string
		if err := json.Unmarshal(encoded, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(shown, &got); err != nil {
			t.Fatalf("%v in %q", err, shown)
		}
		for key, value := range want {
			if got[key] != value {
				t.Errorf("%q became %q", want, got)
			}
		}
	})
}
