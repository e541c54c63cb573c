package chart_test

import (
	"encoding/xml"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/benchmarks/report/chart"
)

// element is a rectangle or a text of a chart.
type element struct {
	class, text string
	x, y, width float64
}

// drawn are the elements of one name.
func drawn(t *testing.T, svg, name string) (all []element) {
	t.Helper()
	in := false
	for dec := xml.NewDecoder(strings.NewReader(svg)); ; {
		tok, err := dec.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if in = tok.Name.Local == name; !in {
				continue
			}
			var e element
			for _, a := range tok.Attr {
				v, _ := strconv.ParseFloat(a.Value, 64)
				switch a.Name.Local {
				case "class":
					e.class = a.Value
				case "x":
					e.x = v
				case "y":
					e.y = v
				case "width":
					e.width = v
				}
			}
			all = append(all, e)
		case xml.CharData:
			if in {
				all[len(all)-1].text += string(tok)
			}
		case xml.EndElement:
			in = false
		}
	}
}

var example = chart.Chart{
	Title: "a < b", Note: "note", Foot: "foot", Unit: "ms", Axis: "wall time, ms",
	Groups: []chart.Group{
		{"first", []chart.Bar{{"ours", 25, chart.Blue}, {"theirs", 100, chart.Grey}}},
		{"second", []chart.Bar{{"theirs", 50, chart.Grey}}},
	},
}

// TestBars: each bar has its name and its value beside it, all on one scale, and
// one that was not measured has no place.
func TestBars(t *testing.T) {
	svg := example.SVG(chart.Light)
	bars := slices.DeleteFunc(drawn(t, svg, "rect"), func(e element) bool { return e.class == "card" })
	if len(bars) != 3 || bars[0].class != "blue" || bars[0].width*4 != bars[1].width || bars[2].width*2 != bars[1].width {
		t.Errorf("bars of 25, 100 and 50 are %+v", bars)
	}
	beside := map[float64][]string{} // by height
	for _, e := range drawn(t, svg, "text") {
		beside[e.y] = append(beside[e.y], e.text)
	}
	for i, want := range [][]string{{"ours", "25 ms"}, {"theirs", "100 ms"}, {"theirs", "50 ms"}} {
		if diff := cmp.Diff(want, beside[bars[i].y+11]); diff != "" {
			t.Errorf("beside bar %d: %s", i, diff)
		}
	}
}

func TestTexts(t *testing.T) {
	var got []string
	for _, e := range drawn(t, example.SVG(chart.Light), "text") {
		got = append(got, e.text)
	}
	for _, want := range []string{"a < b", "note", "foot", "first", "second", "wall time, ms", "0", "20", "40", "60", "80", "100"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q among %q", want, got)
		}
	}
}

// TestTicks: a handful of round ones, whatever the values.
func TestTicks(t *testing.T) {
	for _, most := range []float64{0, 0.003, 1, 3, 7.5, 9.99, 42, 391.6, 1049, 24584, 82156} {
		c := chart.Chart{Groups: []chart.Group{{"g", []chart.Bar{{"b", most, chart.Grey}}}}}
		var ticks []string
		for _, e := range drawn(t, c.SVG(chart.Light), "text") {
			if e.class == "small" {
				ticks = append(ticks, e.text)
			}
		}
		if n := len(ticks); n > 10 || most > 0 && n < 5 || ticks[0] != "0" {
			t.Errorf("up to %v: ticks at %q", most, ticks)
		}
	}
}

// TestThemes: they differ in colours only, and each has every colour.
func TestThemes(t *testing.T) {
	light, dark := example.SVG(chart.Light), example.SVG(chart.Dark)
	if light == dark || strings.ReplaceAll(light, string(chart.Light), "") != strings.ReplaceAll(dark, string(chart.Dark), "") {
		t.Error("light and dark differ in more than their colours")
	}
	for _, p := range []chart.Paint{chart.Blue, chart.BluePale, chart.Green, chart.GreenPale, chart.Amber, chart.AmberPale, chart.Grey, chart.GreyPale} {
		for _, theme := range []chart.Theme{chart.Light, chart.Dark} {
			if !strings.Contains(string(theme), "."+string(p)+"{fill:") {
				t.Errorf("no %s in %s", p, theme)
			}
		}
	}
}
