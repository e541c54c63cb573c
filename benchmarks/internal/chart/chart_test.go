package chart_test

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"wicketkey.internal/benchmarks/internal/chart"
)

func TestSVG(t *testing.T) {
	svg := chart.Chart{
		Title: "a < b", Note: "note", Unit: "ms", Series: []string{"one", "two"},
		Groups: []chart.Group{{"first", []float64{1.25, 12345}}, {"second", []float64{-1, 0}}},
	}.SVG()
	dec := xml.NewDecoder(strings.NewReader(svg))
	bars := 0
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "rect" {
			bars++
		}
	}
	if bars != 2+3 {
		t.Errorf("%d rectangles, want two in the legend and three bars", bars)
	}
	for _, want := range []string{"a &lt; b", "1.2 ms", "12,345 ms", "prefers-color-scheme:dark"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in %s", want, svg)
		}
	}
}
