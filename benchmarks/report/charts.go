package main

import (
	"fmt"

	"wicketkey.internal/benchmarks/lab"
	"wicketkey.internal/benchmarks/report/chart"
)

func (r *Results) origin() string {
	return r.Machine + " · " + r.Go + " · " + r.Commit + " · " + r.Date
}

func (r *Results) charts() map[string]chart.Chart {
	all := map[string]chart.Chart{
		"cpu.svg": r.cpuChart(), "warm.svg": r.warmChart(), "fleet.svg": r.fleetChart(),
		"secrets.svg": r.secretsChart(), "copies.svg": r.copiesChart(),
	}
	if r.NoRTT == "" {
		all["cold.svg"] = r.coldChart()
	}
	return all
}

// setupRow is a group of a chart of cold starts.
type setupRow struct {
	label string
	setup lab.Setup
}

func (r *Results) coldStarts(title, note string, programs []string, of cost, rows []setupRow) chart.Chart {
	c := chart.Chart{Title: title, Note: note, Foot: r.origin(), Unit: "ms", Series: painted(programs)}
	for _, row := range rows {
		g := chart.Group{Label: row.label}
		for _, p := range programs {
			g.Values = append(g.Values, r.median(p, row.setup, of))
		}
		c.Groups = append(c.Groups, g)
	}
	return c
}

func (r *Results) coldChart() chart.Chart {
	var rows []setupRow
	for _, rtt := range rtts {
		rows = append(rows, setupRow{away(rtt), lab.Setup{Credentials: lab.Instance, RTT: rtt}})
	}
	rows[0].label = "no distance"
	return r.coldStarts("From exec to the secret in hand", "an instance, by round-trip time to Secrets Manager; medians, less is better", everybody, wall, rows)
}

func (r *Results) cpuChart() chart.Chart {
	return r.coldStarts("CPU of a whole process, to its first secret", "medians, less is better", everybody, cpu, []setupRow{
		{"static keys", lab.Setup{}},
		{"instance role", lab.Setup{Credentials: lab.Instance}},
		{"container role", lab.Setup{Credentials: lab.Container}},
		{"64 KB secret", lab.Setup{Credentials: lab.Instance, Size: 64 << 10}},
		{"20 secrets", lab.Setup{Credentials: lab.Instance, Secrets: many}},
	})
}

func (r *Results) secretsChart() chart.Chart {
	c := r.coldStarts("From exec to one secret in hand, and to twenty", "an instance; medians, each group on its own scale, less is better", clients, wall, []setupRow{
		{"1, no distance", lab.Setup{Credentials: lab.Instance}},
		{"20, no distance", lab.Setup{Credentials: lab.Instance, Secrets: many}},
		{"1, 20 ms away", lab.Setup{Credentials: lab.Instance, RTT: far}},
		{"20, 20 ms away", lab.Setup{Credentials: lab.Instance, Secrets: many, RTT: far}},
	})
	c.OwnScale = true
	if r.NoRTT != "" {
		c.Groups = c.Groups[:2]
	}
	return c
}

var readers = []string{"map", "official", "official+copy", "view", "get", "get+bytes"}

func (r *Results) warmChart() chart.Chart {
	c := chart.Chart{
		Title: "A read that hits", Note: "secrets × bytes, goroutines reading; medians, each group on its own scale, less is better", Foot: r.origin(),
		Unit: "ns", OwnScale: true, Series: painted(readers),
	}
	for _, row := range []hitRow{{1, "one", 100, 1}, {1, "one", 100, 2}, {1, "one", 4096, 1}, {10000, "scattered", 100, 1}} {
		g := chart.Group{Label: row.String()}
		for _, client := range readers {
			g.Values = append(g.Values, r.hit(row, client))
		}
		c.Groups = append(c.Groups, g)
	}
	return c
}

var fleetClients = []string{"official", "sdk", "fetch", "fetch+jitter"}

func (r *Results) fleetChart() chart.Chart {
	c := chart.Chart{
		Title:    "10,000 gateways reboot at once; a tenth of AWS's quota is left to them",
		Note:     fmt.Sprintf("simulated with %d over the clients' own retrying; each group on its own scale, less is better", r.Fleet),
		Foot:     r.origin(),
		OwnScale: true, Series: painted(fleetClients),
	}
	for _, row := range []struct{ label, figure string }{
		{"calls", "calls"}, {"calls refused", "refused"}, {"calls in the busiest second", "busiest"}, {"processes failed", "restarts"}, {"seconds until all are up", "all"},
	} {
		g := chart.Group{Label: row.label}
		for _, client := range fleetClients {
			g.Values = append(g.Values, r.figure("fleet/quota=0.1/client="+client+"/"+row.figure))
		}
		c.Groups = append(c.Groups, g)
	}
	return c
}

func (r *Results) copiesChart() chart.Chart {
	c := chart.Chart{
		Title: "What is left of a secret of 3 KB in the process's memory",
		Note:  "bytes in fragments of 16 and more, of the value and of its base64; less is better", Foot: r.origin(),
		Unit: "B", Series: painted(clients),
	}
	for _, row := range []struct{ label, at string }{
		{"text, while held", "kind=text/at=held"}, {"text, closed", "kind=text/at=closed"}, {"text, collected", "kind=text/at=collected"},
		{"binary, while held", "kind=binary/at=held"}, {"binary, closed", "kind=binary/at=closed"}, {"binary, collected", "kind=binary/at=collected"},
	} {
		g := chart.Group{Label: row.label}
		for _, client := range clients {
			g.Values = append(g.Values, r.figure("copies/"+row.at+"/client="+client+"/bytes"))
		}
		c.Groups = append(c.Groups, g)
	}
	return c
}

// figure is one that was counted, negative where it was not.
func (r *Results) figure(name string) float64 {
	f, ok := r.Figures.Get(name)
	if !ok {
		return -1
	}
	return f.Value
}
