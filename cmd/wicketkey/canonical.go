package main

import (
	"bytes"
	"encoding/base64"

	"wicketkey.internal/fetch/gatewayconfig"
	"wicketkey.internal/internal/wipe"
)

// spelling is how a configuration is written down: gatewayconfig reads more than
// a gateway's own reader, in another language, may.
type spelling struct {
	plain bool     // JSON as it is, not in base64
	odd   []string // what only a tolerant reader takes
}

// spellingOf looks at a value that has been decoded.
func spellingOf(value []byte, cfg *gatewayconfig.Config) spelling {
	var sp spelling
	note := func(seen bool, what string) {
		if seen {
			sp.odd = append(sp.odd, what)
		}
	}
	text, marked := bytes.CutPrefix(bytes.TrimSpace(value), []byte("\ufeff"))
	text = bytes.TrimSpace(text)
	quoted := len(text) > 1 && (text[0] == '"' || text[0] == '\'')
	if quoted {
		text = bytes.TrimSpace(text[1 : len(text)-1])
	}
	sp.plain = len(text) > 0 && text[0] == '{'
	note(marked, "a byte order mark")
	note(quoted, "quotes around it")
	if sp.plain { // around which JSON allows white space
		return sp
	}
	letters, urlSafe, padded := 0, false, false
	for _, c := range text {
		switch {
		case c == '-' || c == '_':
			urlSafe = true
			letters++
		case c == '=':
			padded = true
		case c > ' ':
			letters++
		}
	}
	note(bytes.ContainsFunc(value, blank), "line breaks or spaces")
	note(urlSafe, "the URL-safe alphabet")
	note(letters%4 != 0 && !padded, "no padding")
	note(letters*3/4 != len(cfg.JSON()), "white space or a byte order mark inside the base64")
	return sp
}

func blank(r rune) bool { return r <= ' ' }

// canonical gives the configuration as every reader takes it. The caller frees it.
func (sp spelling) canonical(cfg *gatewayconfig.Config) *wipe.Buffer {
	if sp.plain {
		return copied(cfg.JSON())
	}
	b := wipe.New(base64.StdEncoding.EncodedLen(len(cfg.JSON())))
	base64.StdEncoding.Encode(b.Bytes(), cfg.JSON())
	return b
}
