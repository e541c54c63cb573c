// Package schedule reads the rotation schedules of Secrets Manager: rate(10 days), rate(4 hours) and AWS's
// six-field cron, always in UTC.
package schedule

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Plan is a parsed schedule.
type Plan struct {
	every time.Duration // of a rate; zero for cron
	cron  *cron
}

// Parse reads an expression.
func Parse(expression string) (Plan, error) {
	inner, ok := strings.CutSuffix(expression, ")")
	if body, found := strings.CutPrefix(inner, "rate("); ok && found {
		return parseRate(body)
	}
	if body, found := strings.CutPrefix(inner, "cron("); ok && found {
		c, err := parseCron(body)
		return Plan{cron: c}, err
	}
	return Plan{}, errors.New("it must be rate(...) or cron(...)")
}

func parseRate(body string) (Plan, error) {
	count, unit, _ := strings.Cut(strings.TrimSpace(body), " ")
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 {
		return Plan{}, errors.New("a rate needs a positive whole number")
	}
	switch strings.TrimSpace(unit) {
	case "day", "days":
		if n > 999 {
			return Plan{}, errors.New("a rate has at most 999 days")
		}
		return Plan{every: time.Duration(n) * 24 * time.Hour}, nil
	case "hour", "hours":
		if n < 4 {
			return Plan{}, errors.New("a rate has at least 4 hours")
		}
		return Plan{every: time.Duration(min(n, 999*24)) * time.Hour}, nil
	}
	return Plan{}, errors.New("a rate is in hours or days")
}

// Next returns the first time after from, or zero if there is none.
func (p Plan) Next(from time.Time) time.Time {
	if p.cron == nil {
		return from.Add(p.every)
	}
	return p.cron.next(from.UTC())
}
