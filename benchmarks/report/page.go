package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// markdown is the page of tables.
func (r *Results) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Results\n\nWritten by `go run ./benchmarks/report%s`; do not edit. %s.\n\n", map[bool]string{true: " -quick"}[r.Quick], r.origin())
	b.WriteString("Every sample is in `raw.json`, and in `bench.txt` for benchstat; what was counted is in `figures.json`.\n")
	r.roundTripTable(&b)
	r.coldTables(&b)
	r.fallbackTable(&b)
	r.programTable(&b)
	r.hitTable(&b)
	r.copiesTable(&b)
	r.troubleTables(&b)
	fmt.Fprintf(&b, "\n## Memory\n\nResident with 1,000 secrets of 4 KB, medians of 5 (`go run ./benchmarks/programs/hold cache`): official client %.1f MB, wicketkey %.1f MB; the same program with none %.1f MB.\n",
		float64(r.Held["official"])/1e6, float64(r.Held["cache"])/1e6, float64(r.Held["none"])/1e6)
	return b.String()
}

func section(b *strings.Builder, title, text string) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", title, text)
}

func table(b *strings.Builder, head ...string) {
	row(b, head...)
	fmt.Fprintf(b, "|%s\n", strings.Repeat("---|", len(head)))
}

func row(b *strings.Builder, cells ...string) { fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | ")) }

const nothing = "–" // was measured

// show is a value that was measured: there are no negative ones.
func show(v float64, format string) string {
	if v < 0 {
		return nothing
	}
	return fmt.Sprintf(format, v)
}

func (r *Results) roundTripTable(b *strings.Builder) {
	section(b, "Counted: round trips, connections, calls",
		"`go test ./benchmarks -run RoundTrips`, on virtual time: round trips of 20 ms to Secrets Manager, until the secrets are in hand. The metadata service, or the container's agent, is as far away as is said. Each client opens one connection; calls are in brackets.")
	table(b, append([]string{""}, titles(clients)...)...)
	for _, l := range roundTripRows() {
		cells := []string{l.title}
		for _, client := range clients {
			name := l.name + "/client=" + client
			cells = append(cells, show(r.figure(name+"/roundtrips"), "%g")+show(r.figure(name+"/calls"), " (%g)"))
		}
		row(b, cells...)
	}
}

type counted struct{ title, name string }

func roundTripRows() []counted {
	rows := []counted{
		{"static keys", "cold/credentials=static/secrets=1"},
		{"static keys, 20 secrets", "cold/credentials=static/secrets=20"},
		{"static keys, 20 secrets, batches denied", "cold/credentials=static/secrets=20/denied=true"},
	}
	for _, who := range []string{"instance", "container"} {
		for _, n := range []int{1, many} {
			for _, near := range []time.Duration{time.Millisecond, 10 * time.Millisecond} {
				rows = append(rows, counted{fmt.Sprintf("%s, %s, %s", who, away(near), map[int]string{1: "1 secret", many: "20 secrets"}[n]), fmt.Sprintf("cold/credentials=%s/imds=%v/secrets=%d", who, near, n)})
			}
		}
	}
	return rows
}

func (r *Results) hitTable(b *strings.Builder) {
	section(b, "A read that hits", "`go test ./benchmarks -run NONE -bench Hit`; medians, ns. *Copied*: the official client's string made bytes of the caller's own, as Get's are. *Get* closes without looking; memory that *Get, Bytes* has looked at rests until the next garbage collection. *The same of 10,000* is read again and again; *any of 10,000* are all of them, each far from the last, so that a read waits for memory several times, with any client.")
	table(b, append([]string{""}, titles(readers)...)...)
	for _, w := range []hitRow{{1, "one", 100, 0}, {1, "one", 4096, 0}, {1, "one", 65536, 0}, {10000, "one", 100, 0}, {10000, "scattered", 100, 0}} {
		for _, w.goroutines = range []int{1, 2, 8} {
			cells := []string{w.String()}
			for _, client := range readers {
				cells = append(cells, show(r.hit(w, client), "%.0f"))
			}
			if slices.ContainsFunc(cells[1:], func(c string) bool { return c != nothing }) {
				row(b, cells...)
			}
		}
	}
}

func (r *Results) copiesTable(b *strings.Builder) {
	section(b, "Left in memory", "`go test ./benchmarks -run Copies`: a secret of 3 KB and its base64, looked for in the memory of the process: fragments of 16 bytes and more, and their bytes together. *Held*: the client's own copy is one. *Closed*: or dropped, where a client knows no Close. *Collected*: idle connections closed and garbage collected three times.")
	table(b, append([]string{""}, titles(clients)...)...)
	for _, kind := range []string{"text", "binary"} {
		for _, at := range []string{"held", "closed", "collected"} {
			cells := []string{kind + ", " + at}
			for _, client := range clients {
				name := fmt.Sprintf("copies/kind=%s/at=%s/client=%s/", kind, at, client)
				cells = append(cells, show(r.figure(name+"fragments"), "%.0f")+show(r.figure(name+"bytes"), ", %.0f B"))
			}
			row(b, cells...)
		}
	}
}
