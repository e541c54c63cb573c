package main

import (
	"fmt"
	"strings"
)

// line is a row of a table of figures that differ in the client only.
type line struct{ title, before, after, format string }

func (r *Results) figureTable(b *strings.Builder, clients []string, lines []line) {
	table(b, append([]string{""}, titles(clients)...)...)
	for _, l := range lines {
		cells := []string{l.title}
		for _, client := range clients {
			cells = append(cells, show(r.figure(l.before+client+l.after), l.format))
		}
		row(b, cells...)
	}
}

func (r *Results) troubleTables(b *strings.Builder) {
	section(b, "In trouble", fmt.Sprintf("`go test ./benchmarks -run 'Stampede|Readers|Rotation|Storm|Fleet|Region|Throttled'`; virtual time but for the stampede. The fleet was simulated with %d gateways, fewer where it runs on, and the quotas scaled alike.", r.Fleet))
	r.figureTable(b, []string{"official", "sdk", "fetch", "cache", "fetch+jitter"}, append(troubles, boots...))
	b.WriteString("\nA region fails for half an hour in which the fleet starts; a process without its secret after 90 s is ended, and started again as a kubelet would. *Silent*: it takes requests and answers none.\n\n")
	r.figureTable(b, []string{"official", "sdk", "fetch", "fetch+failover", "fetch+hedge"}, eachOutage("region/start", []line{
		{"half up after, s", "", "/half", "%.1f"}, {"all up after, s", "", "/all", "%.1f"},
		{"processes ended and restarted", "", "/restarts", "%.0f"}, {"calls in the region", "", "/home", "%.0f"}, {"calls in the replica's", "", "/replica", "%.0f"},
	}))
	b.WriteString("\nA region fails for two hours under a process that reads every ten seconds, with a deadline of five.\n\n")
	r.figureTable(b, []string{"official", "cache", "cache+failover"}, eachOutage("region/running", []line{
		{"reads that ended in an error", "", "/errors", "%.0f"}, {"reads that waited", "", "/waits", "%.0f"},
		{"the longest wait, s", "", "/longest", "%.2f"}, {"the oldest value read, s", "", "/oldest", "%.0f"}, {"calls", "", "/calls", "%.0f"},
	}))
	b.WriteString("\nA fleet runs for twenty minutes in an account of which others use up the quota, all but a thousandth or all; half-way the secret is rotated.\n\n")
	var throttled []line
	for _, left := range []string{"0.001", "0"} {
		for _, l := range []line{{"readers given an error", "", "/errors", "%.0f"}, {"the longest wait, s", "", "/longest", "%.2f"}, {"the last has the new version, s after the end", "", "/recovered", "%.0f"}, {"calls", "", "/calls", "%.0f"}} {
			throttled = append(throttled, line{left + " left: " + l.title, "fleet/throttled/left=" + left + "/client=", l.after, l.format})
		}
	}
	r.figureTable(b, []string{"official", "cache"}, throttled)
}

// eachOutage gives the lines for both ways in which a region fails.
func eachOutage(base string, lines []line) (all []line) {
	for _, outage := range []string{"silent", "503"} {
		for _, l := range lines {
			all = append(all, line{outage + ": " + l.title, base + "/outage=" + outage + "/client=", l.after, l.format})
		}
	}
	return all
}

var troubles = []line{
	{"calls of 1,000 callers at once", "stampede/callers=1000/client=", "/calls", "%.0f"},
	{"longest wait for a refresh, service takes 1 s, s", "refresh/service=1s/client=", "/longest", "%.2f"},
	{"rotation unnoticed at TTL 5 min, s", "rotation/ttl=5m0s/client=", "/unnoticed", "%.0f"},
	{"rotation unnoticed at TTL 1 h, s", "rotation/ttl=1h0m0s/client=", "/unnoticed", "%.0f"},
	{"calls of 50 processes, 30 s of throttling", "storm/processes=50/client=", "/calls", "%.0f"},
	{"errors given to them", "storm/processes=50/client=", "/errors", "%.0f"},
	{"the last has its secret after the storm, s", "storm/processes=50/client=", "/recovered", "%.1f"},
}

var boots = []line{
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
}
