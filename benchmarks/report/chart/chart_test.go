package chart_test

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"wicketkey.internal/benchmarks/report/chart"
)

// bars are the widths of the rectangles of each class.
func bars(t *testing.T, svg string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for dec := xml.NewDecoder(strings.NewReader(svg)); ; {
		tok, err := dec.Token()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := tok.(xml.StartElement)
		if !ok || e.Name.Local != "rect" {
			continue
		}
		attrs := map[string]string{}
		for _, a := range e.Attr {
			attrs[a.Name.Local] = a.Value
		}
		found[attrs["class"]] = append(found[attrs["class"]], attrs["width"])
	}
}

var example = chart.Chart{
	Title: "a < b", Note: "note", Foot: "foot", Unit: "ms",
	Series: []chart.Series{{"one", chart.Blue}, {"two", chart.Grey}},
	Groups: []chart.Group{{"first", []float64{1.25, 12345}}, {"second", []float64{-1, 1.25}}},
}

func TestSVG(t *testing.T) {
	svg := example.SVG()
	got := bars(t, svg)
	if len(got["blue"]) != 1+1 || len(got["grey"]) != 1+2 {
		t.Errorf("%v, want one of each paint in the legend, and a bar for each value that is not negative", got)
	}
	for _, want := range []string{"a &lt; b", "note", "foot", "1.2 ms", "12,345 ms", "prefers-color-scheme:dark"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in %s", want, svg)
		}
	}
}

// TestOwnScale: the longest bar of each group is as long.
func TestOwnScale(t *testing.T) {
	shared := bars(t, example.SVG())["grey"][1:]
	own := example
	own.OwnScale = true
	each := bars(t, own.SVG())["grey"][1:]
	if shared[0] == shared[1] || each[0] != each[1] {
		t.Errorf("of 12345 and 1.25 the bars are %v on one scale, %v on one for each", shared, each)
	}
}

func TestLegendBreaks(t *testing.T) {
	c := chart.Chart{Groups: []chart.Group{{"g", nil}}}
	for range 8 {
		c.Series = append(c.Series, chart.Series{Name: "a rather long name", Paint: chart.Green})
	}
	svg := c.SVG()
	if strings.Count(svg, `y="72"`) == 8 || !strings.Contains(svg, `y="90"`) {
		t.Errorf("eight long names are in one row: %s", svg)
	}
}
