package main

import (
	"fmt"
	"strings"
	"time"

	"wicketkey.internal/benchmarks/internal/chart"
	"wicketkey.internal/benchmarks/internal/lab"
)

var titles = map[string]string{
	"official": "official client", "sdk": "plain SDK", "fetch": "wicketkey fetch", "cache": "wicketkey fetch + cache",
	"floor": "raw TLS + SigV4", "map": "map + RWMutex", "view": "wicketkey View", "get": "wicketkey Get",
	"fetch+jitter": "wicketkey, 30 s jitter",
}

func names(keys ...string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = titles[k]
	}
	return out
}

func (r *Results) note() string { return r.Machine + ", " + r.Go + ", " + r.Commit + ", " + r.Date }

func (r *Results) charts() map[string]chart.Chart {
	all := map[string]chart.Chart{"cpu.svg": r.cpuChart(), "warm.svg": r.warmChart(), "fleet.svg": r.fleetChart()}
	if r.NoRTT == "" {
		all["cold.svg"] = r.coldChart()
	}
	return all
}

func (r *Results) coldChart() chart.Chart {
	c := chart.Chart{
		Title: "From exec to the secret in hand, on an instance, by round-trip time (less is better)",
		Note:  "medians; " + r.note(), Unit: "ms", Series: names(lab.Programs[:]...),
	}
	for _, rtt := range rtts {
		g := chart.Group{Label: rtt.String()}
		for _, p := range lab.Programs {
			g.Values = append(g.Values, r.median(p, lab.Setup{Roots: lab.Amazon, Instance: true, RTT: rtt}, wall))
		}
		c.Groups = append(c.Groups, g)
	}
	return c
}

func (r *Results) cpuChart() chart.Chart {
	c := chart.Chart{
		Title: "CPU of the whole process, to its first secret (less is better)",
		Note:  "medians; " + r.note(), Unit: "ms", Series: names(lab.Programs[:]...),
	}
	for _, row := range []struct {
		label string
		setup lab.Setup
	}{
		{"instance role", lab.Setup{Roots: lab.Amazon, Instance: true}},
		{"static keys", lab.Setup{Roots: lab.Amazon}},
		{"AWS_CA_BUNDLE", lab.Setup{Roots: lab.Bundle}},
		{"not Amazon's root", lab.Setup{Roots: lab.Other}},
	} {
		g := chart.Group{Label: row.label}
		for _, p := range lab.Programs {
			g.Values = append(g.Values, r.median(p, row.setup, cpu))
		}
		c.Groups = append(c.Groups, g)
	}
	return c
}

var warmClients = []string{"official", "map", "view", "get"}

func (r *Results) warmChart() chart.Chart {
	c := chart.Chart{
		Title: "A read that hits (less is better)",
		Note:  "medians; " + r.note(), Unit: "ns", Series: names(warmClients...),
	}
	for _, row := range []struct{ secrets, size, goroutines int }{{1, 100, 1}, {1, 100, 2}, {1, 4096, 1}, {10000, 100, 1}} {
		g := chart.Group{Label: fmt.Sprintf("%d × %d B, %d reading", row.secrets, row.size, row.goroutines)}
		for _, client := range warmClients {
			g.Values = append(g.Values, r.hit(row.secrets, row.size, row.goroutines, client))
		}
		c.Groups = append(c.Groups, g)
	}
	return c
}

var fleetClients = []string{"official", "sdk", "fetch", "fetch+jitter"}

func (r *Results) fleetChart() chart.Chart {
	c := chart.Chart{
		Title: "10,000 gateways reboot at once; a tenth of AWS's quota is left to them (less is better)",
		Note:  fmt.Sprintf("simulated with %d over the clients' own retrying; %s", r.Fleet, r.note()), Series: names(fleetClients...),
	}
	for _, row := range []struct{ label, figure string }{
		{"calls", "calls"}, {"refused calls", "refused"}, {"busiest second", "busiest"}, {"processes failed", "restarts"},
	} {
		g := chart.Group{Label: row.label}
		for _, client := range fleetClients {
			g.Values = append(g.Values, r.figure("fleet/quota=0.1/client="+client+"/"+row.figure))
		}
		c.Groups = append(c.Groups, g)
	}
	return c
}

func (r *Results) figure(name string) float64 {
	f, ok := r.Figures.Get(name)
	if !ok {
		return -1
	}
	return f.Value
}

// markdown is the page of tables.
func (r *Results) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Results\n\nWritten by `go run ./benchmarks/report%s`; do not edit. %s.\n\n", map[bool]string{true: " -quick"}[r.Quick], r.note())
	b.WriteString("Every sample is in `raw.json`, and in `bench.txt` for benchstat; what was counted is in `figures.json`.\n\n")
	r.roundTripTable(&b)
	r.coldTables(&b)
	r.warmTable(&b)
	r.troubleTable(&b)
	fmt.Fprintf(&b, "\n## Memory\n\nResident with 1,000 secrets of 4 KB, medians of 5: official client %.1f MB, wicketkey %.1f MB; the same program with none %.1f MB.\n",
		float64(r.Held["official"])/1e6, float64(r.Held["cache"])/1e6, float64(r.Held["none"])/1e6)
	return b.String()
}

func table(b *strings.Builder, head ...string) {
	row(b, head...)
	fmt.Fprintf(b, "|%s\n", strings.Repeat("---|", len(head)))
}

func row(b *strings.Builder, cells ...string) { fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | ")) }

func show(v float64, format string) string {
	if v < 0 {
		return "–"
	}
	return fmt.Sprintf(format, v)
}

func (r *Results) roundTripTable(b *strings.Builder) {
	b.WriteString("## Counted: round trips, connections, calls\n\n`go test ./benchmarks -run RoundTrips`, on virtual time. One round trip is 20 ms.\n\n")
	table(b, "", "round trips", "connections", "calls")
	line := func(title, name string) {
		row(b, title, show(r.figure(name+"/roundtrips"), "%g"), show(r.figure(name+"/dials"), "%g"), show(r.figure(name+"/calls"), "%g"))
	}
	for _, client := range lab.Programs[:4] {
		line("static keys, "+titles[client], "cold/credentials=static/secrets=1/client="+client)
		for _, imds := range []time.Duration{time.Millisecond, 10 * time.Millisecond} {
			line(fmt.Sprintf("instance, metadata %v away, %s", imds, titles[client]), fmt.Sprintf("cold/credentials=instance/imds=%v/secrets=1/client=%s", imds, client))
		}
	}
	for _, client := range []string{"official", "sdk"} {
		line("20 secrets, "+titles[client], "cold/credentials=static/secrets=20/client="+client)
	}
	for _, client := range []string{"fetch", "cache"} {
		line("20 secrets, "+titles[client], "cold/credentials=static/secrets=20/denied=false/client="+client)
		line("20 secrets, batch denied, "+titles[client], "cold/credentials=static/secrets=20/denied=true/client="+client)
	}
}

func (r *Results) coldTables(b *strings.Builder) {
	b.WriteString("\n## Cold start of a process\n\nMedians of runs that take turns, from exec to the secret in hand. *official ÷* is how many times longer the official client takes.\n\n")
	table(b, "RTT, credentials, roots", "client", "wall ms", "official ÷", "CPU ms", "of the SDK's", "allocated kB", "of the SDK's", "peak RSS MB", "connections")
	for _, s := range setups() {
		for _, p := range lab.Programs {
			r.coldRow(b, s, p)
		}
	}
	b.WriteString("\nBinaries, in bytes:")
	for _, p := range lab.Programs {
		fmt.Fprintf(b, " %s %d;", titles[p], r.Binaries[p])
	}
	b.WriteString("\n")
}

func (r *Results) coldRow(b *strings.Builder, s lab.Setup, p string) {
	w := r.median(p, s, wall)
	if w < 0 {
		return
	}
	credentials := "static"
	if s.Instance && p != "floor" {
		credentials = "instance"
	}
	row(b, fmt.Sprintf("%v, %s, %s", s.RTT, credentials, s.Roots), titles[p],
		show(w, "%.1f"), show(r.median("official", s, wall)/w, "%.2f"),
		show(r.median(p, s, cpu), "%.1f"), show(r.median(p, s, cpu)/r.median("sdk", s, cpu), "%.2f"),
		show(r.median(p, s, allocated), "%.0f"), show(r.median(p, s, allocated)/r.median("sdk", s, allocated), "%.2f"),
		show(r.median(p, s, rss), "%.1f"), show(r.median(p, s, dials), "%.0f"))
}

func (r *Results) warmTable(b *strings.Builder) {
	b.WriteString("\n## A read that hits\n\n`go test ./benchmarks -run NONE -bench Warm`; medians, ns.\n\n")
	table(b, "secrets × bytes, goroutines", titles["map"], titles["official"], titles["view"], titles["get"])
	for _, w := range []struct{ secrets, size int }{{1, 100}, {1, 4096}, {1, 65536}, {10000, 100}} {
		for _, g := range []int{1, 2, 8} {
			row(b, fmt.Sprintf("%d × %d, %d", w.secrets, w.size, g), show(r.hit(w.secrets, w.size, g, "map"), "%.0f"),
				show(r.hit(w.secrets, w.size, g, "official"), "%.0f"), show(r.hit(w.secrets, w.size, g, "view"), "%.0f"), show(r.hit(w.secrets, w.size, g, "get"), "%.0f"))
		}
	}
}

func (r *Results) troubleTable(b *strings.Builder) {
	fmt.Fprintf(b, "\n## In trouble\n\n`go test ./benchmarks -run 'Stampede|Readers|Rotation|Storm|Fleet'`; virtual time but for the stampede. The fleet was simulated with %d gateways and the quotas scaled alike.\n\n", r.Fleet)
	table(b, "", "official client", "plain SDK", "wicketkey fetch", "wicketkey fetch + cache", "fetch, 30 s jitter")
	for _, l := range []struct{ title, before, after, format string }{
		{"calls of 1,000 callers at once", "stampede/callers=1000/client=", "/calls", "%.0f"},
		{"longest wait for a refresh, service takes 1 s, s", "refresh/service=1s/client=", "/longest", "%.2f"},
		{"rotation unnoticed at TTL 5 min, s", "rotation/ttl=5m0s/client=", "/unnoticed", "%.0f"},
		{"rotation unnoticed at TTL 1 h, s", "rotation/ttl=1h0m0s/client=", "/unnoticed", "%.0f"},
		{"calls of 50 processes, 30 s of throttling", "storm/processes=50/client=", "/calls", "%.0f"},
		{"errors given to them", "storm/processes=50/client=", "/errors", "%.0f"},
		{"the last has its secret after the storm, s", "storm/processes=50/client=", "/recovered", "%.1f"},
		{"fleet of 10,000, whole quota: all up after, s", "fleet/quota=1/client=", "/all", "%.2f"},
		{"its calls", "fleet/quota=1/client=", "/calls", "%.0f"},
		{"fleet, a tenth of the quota: half up after, s", "fleet/quota=0.1/client=", "/half", "%.1f"},
		{"all up after, s", "fleet/quota=0.1/client=", "/all", "%.1f"},
		{"its calls", "fleet/quota=0.1/client=", "/calls", "%.0f"},
		{"refused of them", "fleet/quota=0.1/client=", "/refused", "%.0f"},
		{"processes that failed and restarted", "fleet/quota=0.1/client=", "/restarts", "%.0f"},
		{"fleet, twenty secrets each, whole quota: half up after, s", "fleet20/client=", "/half", "%.1f"},
		{"all up after, s", "fleet20/client=", "/all", "%.1f"},
		{"processes that failed and restarted", "fleet20/client=", "/restarts", "%.0f"},
	} {
		cells := []string{l.title}
		for _, client := range []string{"official", "sdk", "fetch", "cache", "fetch+jitter"} {
			cells = append(cells, show(r.figure(l.before+client+l.after), l.format))
		}
		row(b, cells...)
	}
}
