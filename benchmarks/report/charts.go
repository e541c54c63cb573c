package main

import (
	"fmt"

	"wicketkey.internal/benchmarks/lab"
	"wicketkey.internal/benchmarks/report/chart"
)

func (r *Results) origin() string {
	return r.Machine + " · " + r.Go + " · " + r.Commit + " · " + r.Date
}

// charts are all of them, by name. One of which nothing was measured is left out.
func (r *Results) charts() map[string]chart.Chart {
	all := map[string]chart.Chart{
		"cold": r.coldChart(), "cpu": r.cpuChart(), "secrets": r.secretsChart(),
		"hit": r.hitChart(), "copy": r.copyChart(),
		"fleet": r.fleetChart(), "fleetcalls": r.fleetCallsChart(), "copies": r.copiesChart(),
	}
	for name, c := range all {
		if len(c.Groups) == 0 {
			delete(all, name)
		}
	}
	return all
}

// grouped adds a group, if it has bars.
func grouped(groups []chart.Group, label string, bars []chart.Bar) []chart.Group {
	if len(bars) == 0 {
		return groups
	}
	return append(groups, chart.Group{Label: label, Bars: bars})
}

// setupRow is a group of a chart of cold starts.
type setupRow struct {
	label string
	setup lab.Setup
}

func (r *Results) coldStarts(programs []string, of cost, rows []setupRow) (groups []chart.Group) {
	for _, row := range rows {
		groups = grouped(groups, row.label, bars(programs, func(p string) float64 { return r.median(p, row.setup, of) }))
	}
	return groups
}

func (r *Results) coldChart() chart.Chart {
	var rows []setupRow
	for _, rtt := range rtts {
		rows = append(rows, setupRow{fmt.Sprintf("%d ms", rtt.Milliseconds()) + " to Secrets Manager and back", lab.Setup{Credentials: lab.Instance, RTT: rtt}})
	}
	rows[0].label = "no distance"
	return chart.Chart{
		Title: "From exec to the secret in hand", Note: "whole processes on an instance, by round-trip time; medians of runs that take turns",
		Foot: r.origin(), Unit: "ms", Axis: "wall time in milliseconds: less is better",
		Groups: r.coldStarts(everybody, wall, rows),
	}
}

func (r *Results) cpuChart() chart.Chart {
	return chart.Chart{
		Title: "CPU of a whole process, to its first secret", Note: "user and system time, without distance; medians of runs that take turns",
		Foot: r.origin(), Unit: "ms", Axis: "CPU time in milliseconds: less is better",
		Groups: r.coldStarts(everybody, cpu, []setupRow{
			{"keys in the environment", lab.Setup{}},
			{"an instance's role", lab.Setup{Credentials: lab.Instance}},
			{"a container's role", lab.Setup{Credentials: lab.Container}},
			{"an instance's role, a secret of 64 KB", lab.Setup{Credentials: lab.Instance, Size: 64 << 10}},
			{"an instance's role, 20 secrets", lab.Setup{Credentials: lab.Instance, Secrets: many}},
		}),
	}
}

func (r *Results) secretsChart() chart.Chart {
	return chart.Chart{
		Title: "From exec to twenty secrets in hand", Note: "whole processes on an instance; medians of runs that take turns",
		Foot: r.origin(), Unit: "ms", Axis: "wall time in milliseconds: less is better",
		Groups: r.coldStarts(clients, wall, []setupRow{
			{"no distance", lab.Setup{Credentials: lab.Instance, Secrets: many}},
			{"20 ms to Secrets Manager and back", lab.Setup{Credentials: lab.Instance, Secrets: many, RTT: far}},
		}),
	}
}

var readers = []string{"map", "official", "official+copy", "view", "get", "get+bytes"}

// hitChart is of reads that copy nothing that anybody looks at.
func (r *Results) hitChart() chart.Chart {
	return chart.Chart{
		Title: "A read that hits", Note: "one secret of 4 KB; medians. With two goroutines: the time divided by the reads of both",
		Foot: r.origin(), Unit: "ns", Axis: "nanoseconds a read: less is better",
		Groups: r.hitGroups([]string{"map", "official", "view", "get"}, hitRow{1, "one", 4096, 1}, hitRow{1, "one", 4096, 2}),
	}
}

// copyChart is of reads after which the caller has bytes of its own.
func (r *Results) copyChart() chart.Chart {
	return chart.Chart{
		Title: "A read that hits, and a private copy of the value", Note: "one secret, one goroutine; medians. The official client's string is copied, View's bytes are lent",
		Foot: r.origin(), Unit: "ns", Axis: "nanoseconds a read: less is better",
		Groups: r.hitGroups([]string{"official+copy", "get+bytes", "view"}, hitRow{1, "one", 100, 1}, hitRow{1, "one", 4096, 1}),
	}
}

func (r *Results) hitGroups(clients []string, rows ...hitRow) (groups []chart.Group) {
	for _, row := range rows {
		groups = grouped(groups, row.String(), bars(clients, func(c string) float64 { return r.hit(row, c) }))
	}
	return groups
}

var fleetClients = []string{"official", "sdk", "fetch", "fetch+jitter"}

func (r *Results) fleetChart() chart.Chart {
	return r.reboot("time", "s", "seconds after the reboot: less is better",
		figureRow{"half are up after", "fleet/quota=0.1/client=%s/half"},
		figureRow{"all are up after", "fleet/quota=0.1/client=%s/all"})
}

func (r *Results) fleetCallsChart() chart.Chart {
	return r.reboot("calls", "", "calls until all are up: less is better",
		figureRow{"all calls", "fleet/quota=0.1/client=%s/calls"},
		figureRow{"of them refused", "fleet/quota=0.1/client=%s/refused"})
}

// reboot is a chart of what is counted when a fleet starts together.
func (r *Results) reboot(counted, unit, axis string, rows ...figureRow) chart.Chart {
	return chart.Chart{
		Title: "10,000 gateways reboot at once; a tenth of AWS's quota is left to them: " + counted,
		Note:  fmt.Sprintf("simulated with %d on virtual time, over the clients' own retrying", r.Fleet),
		Foot:  r.origin(), Unit: unit, Axis: axis,
		Groups: r.figureGroups(fleetClients, rows...),
	}
}

func (r *Results) copiesChart() chart.Chart {
	return chart.Chart{
		Title: "What is left of a secret of 3 KB in the process's memory",
		Note:  "bytes in fragments of 16 and more, of the value and of its base64",
		Foot:  r.origin(), Unit: "B", Axis: "bytes: less is better",
		Groups: r.figureGroups(clients,
			figureRow{"text, while it is held", "copies/kind=text/at=held/client=%s/bytes"},
			figureRow{"text, closed or dropped", "copies/kind=text/at=closed/client=%s/bytes"},
			figureRow{"text, garbage collected three times", "copies/kind=text/at=collected/client=%s/bytes"},
			figureRow{"binary, while it is held", "copies/kind=binary/at=held/client=%s/bytes"},
			figureRow{"binary, closed or dropped", "copies/kind=binary/at=closed/client=%s/bytes"},
			figureRow{"binary, garbage collected three times", "copies/kind=binary/at=collected/client=%s/bytes"}),
	}
}

// figureRow is a group of figures, in whose name %s stands for the client.
type figureRow struct{ title, name string }

func (r *Results) figureGroups(clients []string, rows ...figureRow) (groups []chart.Group) {
	for _, row := range rows {
		groups = grouped(groups, row.title, bars(clients, func(c string) float64 { return r.figure(fmt.Sprintf(row.name, c)) }))
	}
	return groups
}

// figure is one that was counted, negative where it was not.
func (r *Results) figure(name string) float64 {
	f, ok := r.Figures.Get(name)
	if !ok {
		return -1
	}
	return f.Value
}
