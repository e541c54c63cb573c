package awsenv

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzLeaves holds that what encoding/xml can read, we read alike.
func FuzzLeaves(f *testing.F) {
	f.Add(`<?xml version="1.0"?><r xmlns="u"><!-- c --><a k="<" l='>"'>x &amp; &#38;&#x26; <![CDATA[<y>]]></a><b/><c:d>e</c:d ></r>`)
	f.Add("<a>\r\n<b>1</b>\r<b>2</b></a>")
	f.Add("<a><b></a></b>")
	f.Add("<a")
	f.Add("</a>")
	f.Add("<a>&no;</a>")
	f.Add("<!DOCTYPE a><a/>")
	f.Fuzz(func(t *testing.T, body string) {
		got, ok := leaves(body)
		want, err := standardLeaves(body)
		if err != nil || strings.Contains(body, "<!") && !ok {
			return // we may be laxer, and refuse document types
		}
		if !ok {
			t.Fatalf("%q is refused", body)
		}
		for _, m := range []map[string]string{got, want} {
			for name, text := range m {
				if text == "" {
					delete(m, name)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: encoding/xml -, ours +\n%s", body, diff)
		}
	})
}

func standardLeaves(body string) (map[string]string, error) {
	found := map[string]string{}
	path := []string{"", ""}
	decoder := xml.NewDecoder(strings.NewReader(body))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			path = append(path, t.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			found[path[len(path)-2]+"/"+path[len(path)-1]] += string(t)
		}
	}
}
