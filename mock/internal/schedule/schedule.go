// Package schedule reads the rotation schedules of Secrets Manager: so many days, rate(10 days), rate(4 hours) and
// AWS's six-field cron, always in UTC.
//
// A schedule gives windows, not moments: the service rotates at some time inside one, and shows its end as the date of
// the next rotation. A window of a schedule in days is the whole day, of one in hours the hour, unless the rules give
// a duration.
package schedule

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// Plan is a parsed schedule.
type Plan struct {
	every time.Duration // of a rate; zero for cron
	hours bool          // whether the rate is in hours
	cron  *cron
}

// Window is when one rotation may run. Closes is its last second. The zero Window never comes.
type Window struct{ Opens, Closes time.Time }

// Days is the plan of a rotation every n days.
func Days(n int) Plan { return Plan{every: time.Duration(n) * day} }

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
		return Days(n), nil
	case "hour", "hours":
		if n < 4 {
			return Plan{}, errors.New("a rate has at least 4 hours")
		}
		return Plan{every: time.Duration(min(n, 999*24)) * time.Hour, hours: true}, nil
	}
	return Plan{}, errors.New("a rate is in hours or days")
}

// Next returns the window after a rotation at from. Days are counted from day to day and hours from hour to hour, not
// from the minute of the last rotation. duration is the rules' own; zero means the window's default.
func (p Plan) Next(from time.Time, duration time.Duration) Window {
	opens := p.opens(from.UTC())
	switch {
	case opens.IsZero():
		return Window{}
	case duration > 0:
	case p.hourly():
		duration = time.Hour
	default:
		duration = opens.Truncate(day).Add(day).Sub(opens)
	}
	return Window{opens, opens.Add(duration - time.Second)}
}

func (p Plan) opens(from time.Time) time.Time {
	switch {
	case p.cron != nil:
		return p.cron.next(from)
	case p.hourly():
		return from.Truncate(time.Hour).Add(p.every)
	}
	return from.Truncate(day).Add(p.every)
}

// hourly reports whether the schedule counts in hours: a rate of hours, or a cron that comes several times a day.
func (p Plan) hourly() bool {
	if p.cron != nil {
		return len(p.cron.hours) != 1
	}
	return p.hours
}

// Every returns how many days lie between a rotation and the next window, at least one: what the service shows as
// AutomaticallyAfterDays of a schedule expression.
func (w Window) Every(from time.Time) int {
	return max(1, int(w.Opens.Truncate(day).Sub(from.UTC().Truncate(day))/day))
}
