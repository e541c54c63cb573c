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

// bars are those of the clients for which there is a value.
func bars(keys []string, of func(key string) float64) (all []chart.Bar) {
	for _, k := range keys {
		if v := of(k); v >= 0 {
			all = append(all, chart.Bar{Name: title(k), Value: v, Paint: known[k].paint})
		}
	}
	return all
}
