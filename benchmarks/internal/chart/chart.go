// Package chart draws horizontal bars as SVG, legible on light pages and on dark
// ones.
package chart

import (
	"fmt"
	"html"
	"strings"
)

// Chart is groups of bars, one bar for each series in each group.
type Chart struct {
	Title, Note string
	Unit        string
	Series      []string // the first four get colours of their own
	Groups      []Group
}

// Group is a label and a value for each series; a negative value leaves the bar
// out.
type Group struct {
	Label  string
	Values []float64
}

const (
	width    = 760
	left     = 150 // labels of groups
	right    = 100 // values behind bars
	bar      = 14
	gap      = 16
	top      = 74
	fontSize = 12
)

const style = `<style>
text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328}
.title{font-size:15px;font-weight:600}.note{fill:#59636e}
.s0{fill:#9a6700}.s1{fill:#6e7781}.s2{fill:#0969da}.s3{fill:#1a7f37}.s4{fill:#afb8c1}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.note{fill:#9198a1}
.s0{fill:#d29922}.s1{fill:#8b949e}.s2{fill:#58a6ff}.s3{fill:#3fb950}.s4{fill:#484f58}}
</style>
`

// SVG draws it.
func (c Chart) SVG() string {
	var b strings.Builder
	height := top + len(c.Groups)*(len(c.Series)*bar+gap) + 8
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`+"\n",
		width, height, width, height, html.EscapeString(c.Title))
	b.WriteString(style)
	text(&b, 8, 20, "title", "start", c.Title)
	text(&b, 8, 38, "note", "start", c.Note)
	c.legend(&b)
	most := c.most()
	y := top
	for _, g := range c.Groups {
		text(&b, left-10, y+len(c.Series)*bar/2+fontSize/3, "", "end", g.Label)
		for i, v := range g.Values {
			if v >= 0 {
				c.bar(&b, y+i*bar, i, v, most)
			}
		}
		y += len(c.Series)*bar + gap
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (c Chart) legend(b *strings.Builder) {
	x := 8
	for i, name := range c.Series {
		fmt.Fprintf(b, `<rect class="s%d" x="%d" y="50" width="10" height="10"/>`+"\n", i, x)
		text(b, x+15, 59, "", "start", name)
		x += 34 + 7*len(name)
	}
}

func (c Chart) bar(b *strings.Builder, y, series int, value, most float64) {
	w := max(1, value/most*(width-left-right))
	fmt.Fprintf(b, `<rect class="s%d" x="%d" y="%d" width="%.1f" height="%d"/>`+"\n", series, left, y, w, bar-2)
	text(b, left+int(w)+6, y+bar-4, "", "start", number(value)+" "+c.Unit)
}

func (c Chart) most() float64 {
	most := 0.0
	for _, g := range c.Groups {
		for _, v := range g.Values {
			most = max(most, v)
		}
	}
	return max(most, 1e-9)
}

func number(v float64) string {
	switch {
	case v >= 10000:
		return fmt.Sprintf("%d,%03d", int(v)/1000, int(v)%1000)
	case v >= 100 || v == float64(int(v)):
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2g", v)
}

func text(b *strings.Builder, x, y int, class, anchor, s string) {
	fmt.Fprintf(b, `<text class="%s" x="%d" y="%d" text-anchor="%s">%s</text>`+"\n", class, x, y, anchor, html.EscapeString(s))
}
