// Package chart draws horizontal bars as SVG. Each bar carries its name and its
// value, so that no key is needed; a chart has one unit, and one axis for all of
// its groups.
//
// A chart is drawn twice, light and dark: the page says which it wants, and not the
// reader's system, which may differ from it:
//
//	<picture><source media="(prefers-color-scheme: dark)" srcset="cold-dark.svg"><img src="cold.svg" alt="…"></picture>
package chart

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// Chart is groups of bars.
type Chart struct {
	Title string
	Note  string // what is measured and how, in small print under the title
	Foot  string // where and when, in small print at the bottom
	Unit  string // behind each value, such as ms
	Axis  string // what the axis tells, such as "wall time, ms: less is better"

	Groups []Group
}

// Group is a heading and bars under it.
type Group struct {
	Label string
	Bars  []Bar
}

// Bar is one that was measured; what was not is left out.
type Bar struct {
	Name  string
	Value float64 // not negative
	Paint Paint
}

// Paint is a colour. A client keeps its own in every chart. Blue and green are for
// those that a chart is about, whose names are printed strongly as well; the
// others are for what these are compared with.
type Paint string

const (
	Blue      Paint = "blue"
	BluePale  Paint = "blue-pale"
	Green     Paint = "green"
	GreenPale Paint = "green-pale"
	Amber     Paint = "amber"
	AmberPale Paint = "amber-pale"
	Grey      Paint = "grey"
	GreyPale  Paint = "grey-pale"
)

func (p Paint) class() string {
	if p == Blue || p == BluePale || p == Green || p == GreenPale {
		return "strong"
	}
	return "plain"
}

// Theme is what a chart is drawn on.
type Theme string

// The themes of a page.
const (
	Light Theme = `text{fill:#1f2328}.small{fill:#59636e}.card{fill:#fff;stroke:#d1d9e0}.axis{stroke:#818b98}.grid{stroke:#e4e8ec}
.blue{fill:#0969da}.blue-pale{fill:#80ccff}.green{fill:#1a7f37}.green-pale{fill:#6fdd8b}
.amber{fill:#bc6c00}.amber-pale{fill:#eac54f}.grey{fill:#818b98}.grey-pale{fill:#c8d1da}`
	Dark Theme = `text{fill:#f0f6fc}.small{fill:#9198a1}.card{fill:#0d1117;stroke:#3d444d}.axis{stroke:#656c76}.grid{stroke:#21262d}
.blue{fill:#4493f8}.blue-pale{fill:#1f5fae}.green{fill:#3fb950}.green-pale{fill:#1f7a36}
.amber{fill:#db8c26}.amber-pale{fill:#8a5a10}.grey{fill:#9198a1}.grey-pale{fill:#59626d}`
)

const font = `text{font:13px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}.title{font-size:17px;font-weight:600}.group,.strong{font-weight:600}.small{font-size:12px}`

const (
	width  = 820
	margin = 20
	value  = 84 // room for the value behind the longest bar
	row    = 19 // a bar with the gap to the next
	head   = 28 // a group's label
	top    = 62 // title and note
	bottom = 66 // axis and foot
)

// SVG draws it.
func (c Chart) SVG(theme Theme) string {
	height := top + bottom
	for _, g := range c.Groups {
		height += head + row*len(g.Bars)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`+"\n",
		width, height, width, height, html.EscapeString(c.Title))
	fmt.Fprintf(&b, "<style>%s\n%s</style>\n", font, theme)
	fmt.Fprintf(&b, `<rect class="card" x="0.5" y="0.5" width="%d" height="%d" rx="6"/>`+"\n", width-1, height-1)
	text(&b, margin, 28, "title", "start", c.Title)
	text(&b, margin, 48, "small", "start", c.Note)
	s := c.scale()
	c.axis(&b, s, height-bottom)
	y := top
	for _, g := range c.Groups {
		text(&b, margin, y+19, "group", "start", g.Label)
		y += head
		s.lines(&b, y, y+row*len(g.Bars))
		for _, bar := range g.Bars {
			text(&b, s.left-8, y+13, bar.Paint.class(), "end", bar.Name)
			fmt.Fprintf(&b, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="1"/>`+"\n", bar.Paint, s.left, y+2, s.length(bar.Value), row-5)
			text(&b, s.left+6+int(s.length(bar.Value)), y+13, bar.Paint.class(), "start", strings.TrimSpace(number(bar.Value)+" "+c.Unit))
			y += row
		}
	}
	text(&b, margin, height-12, "small", "start", c.Foot)
	b.WriteString("</svg>\n")
	return b.String()
}

// scale says where the axis begins, and how long a bar is.
type scale struct {
	left       int
	most, step float64
}

func (c Chart) scale() scale {
	s := scale{left: margin}
	for _, g := range c.Groups {
		for _, bar := range g.Bars {
			s.left = max(s.left, margin+8+textWidth(bar.Name))
			s.most = max(s.most, bar.Value)
		}
	}
	s.step = step(s.most)
	return s
}

func (s scale) length(v float64) float64 {
	return v / max(s.most, 1e-9) * float64(width-margin-value-s.left)
}

// step is a round number that goes four to nine times into most.
func step(most float64) float64 {
	if most <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(most)))
	for _, part := range []float64{0.2, 0.25, 0.5, 1, 2} {
		if n := most / (part * power); n >= 4 && n < 9 {
			return part * power
		}
	}
	return power
}

// ticks are the places and values that are marked on the axis.
func (s scale) ticks(mark func(x, v float64)) {
	for v := 0.0; v <= s.most*1.0001; v += s.step {
		mark(float64(s.left)+s.length(v), v)
	}
}

// lines draws the ticks through a group.
func (s scale) lines(b *strings.Builder, from, to int) {
	s.ticks(func(x, v float64) {
		class := "grid"
		if v == 0 {
			class = "axis"
		}
		fmt.Fprintf(b, `<line class="%s" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`+"\n", class, x, from, x, to)
	})
}

// axis says what the ticks are, and what they tell.
func (c Chart) axis(b *strings.Builder, s scale, y int) {
	s.ticks(func(x, v float64) { text(b, int(x), y+20, "small", "middle", number(v)) })
	text(b, width-margin, y+36, "small", "end", c.Axis)
}

// textWidth is about how wide a text is in a bold font that is rather wide.
func textWidth(s string) (w int) {
	for _, r := range s {
		switch {
		case strings.ContainsRune("fijlrtI.,:' ", r):
			w += 5
		case strings.ContainsRune("mwMW+×", r):
			w += 12
		default:
			w += 9
		}
	}
	return w
}

// number shows three digits or more, as much as there is to tell.
func number(v float64) string {
	switch {
	case v >= 1000:
		n := strconv.FormatFloat(v, 'f', 0, 64)
		for i := len(n) - 3; i > 0; i -= 3 {
			n = n[:i] + "," + n[i:]
		}
		return n
	case v >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2g", v)
}

func text(b *strings.Builder, x, y int, class, anchor, s string) {
	if s == "" {
		return
	}
	fmt.Fprintf(b, `<text class="%s" x="%d" y="%d" text-anchor="%s">%s</text>`+"\n", class, x, y, anchor, html.EscapeString(s))
}
