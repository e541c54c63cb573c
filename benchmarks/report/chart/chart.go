// Package chart draws horizontal bars as SVG. Each chart is a card of its own,
// light or dark as the reader's system is, and so legible on any page: a page
// that is dark on a light system shows a light card, not dark text on dark.
package chart

import (
	"fmt"
	"html"
	"strings"
)

// Chart is groups of bars, one bar for each series in each group.
type Chart struct {
	Title string
	Note  string // what is measured and how, in small print under the title
	Foot  string // where and when, in small print at the bottom
	Unit  string // behind each value
	// OwnScale gives each group a scale of its own, for groups that are of
	// different kinds or sizes.
	OwnScale bool
	Series   []Series
	Groups   []Group
}

// Series is one bar of each group.
type Series struct {
	Name  string
	Paint Paint
}

// class is that of the text that belongs to the series.
func (s Series) class() string {
	if s.Paint.strong() {
		return "strong"
	}
	return "plain"
}

// Group is a label and a value for each series; a negative value leaves the bar
// out.
type Group struct {
	Label  string
	Values []float64
}

// Paint is a colour. A client keeps its own in every chart. Blue and green are for
// those that a chart is about, whose values are printed strongly as well; the
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

func (p Paint) strong() bool {
	return p == Blue || p == BluePale || p == Green || p == GreenPale
}

const (
	width  = 820
	margin = 20
	value  = 92 // room for values behind bars
	bar    = 16 // with the gap to the next
	gap    = 14 // between groups
	line   = 18 // of the legend
)

const style = `<style>
text{font:13px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;fill:#1f2328}
.title{font-size:17px;font-weight:600}.group,.strong{font-weight:600}.small{font-size:12px;fill:#59636e}
.card{fill:#fff;stroke:#d1d9e0}.axis{stroke:#818b98}
.blue{fill:#0969da}.blue-pale{fill:#80ccff}.green{fill:#1a7f37}.green-pale{fill:#6fdd8b}
.amber{fill:#bc6c00}.amber-pale{fill:#eac54f}.grey{fill:#818b98}.grey-pale{fill:#c8d1da}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.small{fill:#9198a1}
.card{fill:#0d1117;stroke:#3d444d}.axis{stroke:#656c76}
.blue{fill:#4493f8}.blue-pale{fill:#1f5fae}.green{fill:#3fb950}.green-pale{fill:#1f7a36}
.amber{fill:#db8c26}.amber-pale{fill:#8a5a10}.grey{fill:#9198a1}.grey-pale{fill:#59626d}}
</style>
`

// SVG draws it.
func (c Chart) SVG() string {
	rows := c.legend()
	top := 62 + line*len(rows)
	height := top + len(c.Groups)*(len(c.Series)*bar+gap) + 44
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`+"\n",
		width, height, width, height, html.EscapeString(c.Title))
	b.WriteString(style)
	fmt.Fprintf(&b, `<rect class="card" x="0.5" y="0.5" width="%d" height="%d" rx="6"/>`+"\n", width-1, height-1)
	text(&b, margin, 28, "title", "start", c.Title)
	text(&b, margin, 48, "small", "start", c.Note)
	for i, row := range rows {
		for _, k := range row {
			y := 72 + i*line
			fmt.Fprintf(&b, `<rect class="%s" x="%d" y="%d" width="12" height="12" rx="2"/>`+"\n", k.Paint, k.x, y-10)
			text(&b, k.x+17, y, k.class(), "start", k.Name)
		}
	}
	c.bars(&b, top+18)
	text(&b, margin, height-12, "small", "start", c.Foot)
	b.WriteString("</svg>\n")
	return b.String()
}

func (c Chart) bars(b *strings.Builder, y int) {
	left := margin + 14
	for _, g := range c.Groups {
		left = max(left, margin+14+textWidth(g.Label))
	}
	for _, g := range c.Groups {
		text(b, left-12, y+len(c.Series)*bar/2+4, "group", "end", g.Label)
		fmt.Fprintf(b, `<line class="axis" x1="%d" y1="%d" x2="%d" y2="%d"/>`+"\n", left, y-2, left, y+len(c.Series)*bar)
		for i, v := range g.Values {
			if v < 0 {
				continue
			}
			w := v / c.most(g) * float64(width-left-margin-value)
			fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="1"/>`+"\n", c.Series[i].Paint, left+1, y+i*bar, max(1, w), bar-3)
			text(b, left+8+int(w), y+i*bar+bar-5, c.Series[i].class(), "start", strings.TrimSpace(number(v)+" "+c.Unit))
		}
		y += len(c.Series)*bar + gap
	}
}

// most is the value of the longest bar that g is to be compared with.
func (c Chart) most(g Group) float64 {
	groups := c.Groups
	if c.OwnScale {
		groups = []Group{g}
	}
	most := 1e-9
	for _, g := range groups {
		for _, v := range g.Values {
			most = max(most, v)
		}
	}
	return most
}

// key is an entry of the legend.
type key struct {
	Series
	x int
}

// legend breaks the series into rows.
func (c Chart) legend() (rows [][]key) {
	x := width
	for _, s := range c.Series {
		w := 17 + textWidth(s.Name) + 22
		if x+w > width {
			rows, x = append(rows, nil), margin
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], key{s, x})
		x += w
	}
	return rows
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

func number(v float64) string {
	switch {
	case v >= 1000:
		return fmt.Sprintf("%d,%03d", int(v)/1000, int(v)%1000)
	case v >= 100 || v == float64(int(v)):
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
