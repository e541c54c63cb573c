package main

import (
	"fmt"
	"strings"
	"time"

	"wicketkey.internal/benchmarks/lab"
)

// column is a setup in a table of cold starts.
type column struct {
	title string
	setup lab.Setup
}

func (r *Results) coldTables(b *strings.Builder) {
	section(b, "Cold start of a process", "Whole processes that take turns, from exec to the secrets in hand; medians. The secret is of 3,000 bytes where nothing else is said, the credentials are an instance's, the root is one named as Amazon's are among all of the distribution's. Times are wall time in ms, and in brackets how many times wicketkey's fetch.")
	var distances []column
	for _, rtt := range rtts {
		distances = append(distances, column{away(rtt), lab.Setup{Credentials: lab.Instance, RTT: rtt}})
	}
	r.wallTable(b, everybody, distances)
	r.wallTable(b, clients, atEnds(
		column{"static", lab.Setup{}},
		column{"instance", lab.Setup{Credentials: lab.Instance}},
		column{"container", lab.Setup{Credentials: lab.Container}},
	))
	r.wallTable(b, everybody, atEnds(
		column{"100 B", lab.Setup{Credentials: lab.Instance, Size: 100}},
		column{"4 KB", lab.Setup{Credentials: lab.Instance, Size: 4 << 10}},
		column{"64 KB", lab.Setup{Credentials: lab.Instance, Size: 64 << 10}},
	))
	r.wallTable(b, clients, atEnds(
		column{"1 secret", lab.Setup{Credentials: lab.Instance}},
		column{"20 secrets", lab.Setup{Credentials: lab.Instance, Secrets: many}},
	))
	r.costTable(b)
}

func away(rtt time.Duration) string { return fmt.Sprintf("%d ms away", rtt.Milliseconds()) }

// atEnds puts the columns at both distances.
func atEnds(columns ...column) (all []column) {
	for _, rtt := range ends {
		for _, c := range columns {
			c.setup.RTT = rtt
			c.title += ", " + away(rtt)
			all = append(all, c)
		}
	}
	return all
}

func (r *Results) wallTable(b *strings.Builder, programs []string, columns []column) {
	head := []string{"wall, ms"}
	for _, c := range columns {
		head = append(head, c.title)
	}
	b.WriteString("\n")
	table(b, head...)
	for _, p := range programs {
		cells := []string{title(p)}
		for _, c := range columns {
			cell := show(r.median(p, c.setup, wall), "%.1f")
			if ours := r.median("fetch", c.setup, wall); ours > 0 {
				cell += show(r.median(p, c.setup, wall)/ours, " (%.2f)")
			}
			cells = append(cells, cell)
		}
		row(b, cells...)
	}
}

// costTable is what does not depend on the distance.
func (r *Results) costTable(b *strings.Builder) {
	b.WriteString("\nWithout distance, medians:\n\n")
	table(b, "", "client", "CPU ms", "of the SDK's", "page faults", "of the SDK's", "allocated kB", "of the SDK's", "allocations", "peak RSS MB", "connections")
	for _, c := range []column{
		{"static", lab.Setup{}},
		{"instance", lab.Setup{Credentials: lab.Instance}},
		{"container", lab.Setup{Credentials: lab.Container}},
		{"64 KB", lab.Setup{Credentials: lab.Instance, Size: 64 << 10}},
		{"20 secrets", lab.Setup{Credentials: lab.Instance, Secrets: many}},
	} {
		for _, p := range everybody {
			if r.median(p, c.setup, cpu) >= 0 {
				r.costRow(b, c, p)
			}
		}
	}
}

func (r *Results) costRow(b *strings.Builder, c column, p string) {
	of := func(what cost) float64 { return r.median(p, c.setup, what) }
	share := func(what cost) float64 { return of(what) / r.median("sdk", c.setup, what) }
	row(b, c.title, title(p), show(of(cpu), "%.1f"), show(share(cpu), "%.2f"),
		some(of(faults), "%.0f"), some(share(faults), "%.2f"),
		show(of(allocated), "%.0f"), show(share(allocated), "%.2f"), show(of(mallocs), "%.0f"), show(of(rss), "%.1f"), show(of(dials), "%.0f"))
}

// some is a count that is never nought where it was counted.
func some(v float64, format string) string {
	if !(v > 0) {
		return nothing
	}
	return fmt.Sprintf(format, v)
}

// fallbackTable holds the promise that no path is slower than the plain SDK by
// more than 5 %.
func (r *Results) fallbackTable(b *strings.Builder) {
	section(b, "Where there is no short way", "What wicketkey takes in the plain SDK's time, turn by turn: the median, and the quartiles in brackets. Keys are at hand.")
	table(b, "", "", "plain SDK, wall ms", "fetch ÷ SDK, wall", "fetch ÷ SDK, CPU", "cache ÷ SDK, wall", "turns")
	for _, d := range append([]fallback{{"none of these", lab.Setup{}}}, detours...) {
		for _, rtt := range ends {
			r.fallbackRow(b, d, rtt)
		}
	}
}

func (r *Results) fallbackRow(b *strings.Builder, d fallback, rtt time.Duration) {
	d.setup.RTT = rtt
	sdk := r.median("sdk", d.setup, wall)
	if sdk < 0 {
		return
	}
	ratio := func(program string, of cost) string {
		low, middle, high := r.compared(program, "sdk", d.setup, of)
		return fmt.Sprintf("%.2f (%.2f–%.2f)", middle, low, high)
	}
	row(b, d.title, away(rtt), show(sdk, "%.1f"), ratio("fetch", wall), ratio("fetch", cpu), ratio("cache", wall),
		fmt.Sprint(len(r.samples("sdk", d.setup))))
}

// programTable is what the programs are before they begin.
func (r *Results) programTable(b *strings.Builder) {
	section(b, "Programs", "Binaries without cgo (built by package lab), and what their packages do before main begins (`GODEBUG=inittrace=1`, medians).")
	table(b, "", "binary, bytes", "packages", "initialisation, ms", "allocated, kB", "allocations")
	for _, p := range everybody {
		i := r.Inits[p]
		row(b, title(p), fmt.Sprint(r.Binaries[p]), show(r.figure("binary/client="+p+"/packages"), "%.0f"),
			fmt.Sprintf("%.2f", i.Clock.Seconds()*1e3), fmt.Sprintf("%.0f", float64(i.Bytes)/1e3), fmt.Sprint(i.Allocs))
	}
}
