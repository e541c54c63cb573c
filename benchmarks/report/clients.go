package main

import "wicketkey.internal/benchmarks/report/chart"

// client is how one that is measured appears in tables and charts: ours strongly,
// the official one in a colour of its own, the rest in greys.
type client struct {
	title string
	paint chart.Paint
}

var known = map[string]client{
	"official":       {"official client", chart.Amber},
	"official+copy":  {"official client, copied", chart.AmberPale},
	"sdk":            {"plain SDK", chart.Grey},
	"floor":          {"raw TLS + SigV4", chart.GreyPale},
	"map":            {"map + RWMutex", chart.GreyPale},
	"fetch":          {"wicketkey fetch", chart.Blue},
	"fetch+jitter":   {"wicketkey, 30 s jitter", chart.BluePale},
	"fetch+failover": {"fetch, a replica named", chart.BluePale},
	"fetch+hedge":    {"fetch, hedged after 0.5 s", chart.BluePale},
	"cache":          {"wicketkey fetch + cache", chart.Green},
	"cache+failover": {"cache, a replica named", chart.GreenPale},
	"view":           {"wicketkey View", chart.Green},
	"get":            {"wicketkey Get", chart.Blue},
	"get+bytes":      {"wicketkey Get, Bytes", chart.BluePale},
}

func title(key string) string { return known[key].title }

func titles(keys []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = title(k)
	}
	return out
}

func painted(keys []string) []chart.Series {
	out := make([]chart.Series, len(keys))
	for i, k := range keys {
		out[i] = chart.Series{Name: title(k), Paint: known[k].paint}
	}
	return out
}
