package imds

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

func answer(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	io.WriteString(w, body) // a client that left does not matter
}

// indented returns v's JSON as the real endpoints lay it out. v is one of this
// package's own structs, which always encode.
func indented[T any](v T) string {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}
