package schedule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// cron is minutes hours day-of-month month day-of-week year. Secrets Manager wants 0 for the minutes and any
// year.
type cron struct {
	hours, months map[int]bool
	monthDays     map[int]bool // nil: any, unless lastDay or weekday is set
	lastDay       bool         // L in day-of-month
	weekdays      map[int]bool // 1 is Sunday; nil: any
	nth           [2]int       // weekday and its number in the month: 6#2
	lastWeekday   int          // 5L: the last Thursday of the month
}

func parseCron(body string) (*cron, error) {
	fields := strings.Fields(body)
	if len(fields) != 6 {
		return nil, errors.New("cron needs six fields: minutes hours day-of-month month day-of-week year")
	}
	if fields[0] != "0" {
		return nil, errors.New("the minutes must be 0")
	}
	if fields[5] != "*" {
		return nil, errors.New("the year must be *")
	}
	if (fields[2] == "?") == (fields[4] == "?") {
		return nil, errors.New("exactly one of day-of-month and day-of-week must be ?")
	}
	c := &cron{}
	var err error
	if c.hours, err = set(fields[1], 0, 23, nil); err != nil {
		return nil, fmt.Errorf("hours: %w", err)
	}
	if c.months, err = set(fields[3], 1, 12, monthNames()); err != nil {
		return nil, fmt.Errorf("month: %w", err)
	}
	if fields[4] == "?" {
		return c, c.parseMonthDay(fields[2])
	}
	return c, c.parseWeekday(fields[4])
}

func (c *cron) parseMonthDay(field string) (err error) {
	if field == "L" {
		c.lastDay = true
		return nil
	}
	if c.monthDays, err = set(field, 1, 31, nil); err != nil {
		return fmt.Errorf("day-of-month: %w", err)
	}
	return nil
}

func (c *cron) parseWeekday(field string) (err error) {
	if day, nth, ok := strings.Cut(field, "#"); ok {
		if c.nth[0], err = one(day, 1, 7, dayNames()); err == nil {
			c.nth[1], err = one(nth, 1, 5, nil)
		}
	} else if day, ok := strings.CutSuffix(field, "L"); ok && day != "" {
		c.lastWeekday, err = one(day, 1, 7, dayNames())
	} else {
		c.weekdays, err = set(field, 1, 7, dayNames())
	}
	if err != nil {
		return fmt.Errorf("day-of-week: %w", err)
	}
	return nil
}

func monthNames() []string {
	return strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")
}

func dayNames() []string { return strings.Fields("SUN MON TUE WED THU FRI SAT") }

// set reads *, a, a-b, a/n, a-b/n and lists of them; nil means any value.
func set(field string, lo, hi int, names []string) (map[int]bool, error) {
	if field == "*" {
		return nil, nil
	}
	out := make(map[int]bool)
	for _, part := range strings.Split(field, ",") {
		from, to, step, err := span(part, lo, hi, names)
		if err != nil {
			return nil, err
		}
		for n := from; n <= to; n += step {
			out[n] = true
		}
	}
	return out, nil
}

func span(part string, lo, hi int, names []string) (from, to, step int, err error) {
	body, every, stepped := strings.Cut(part, "/")
	step = 1
	if stepped {
		if step, err = one(every, 1, hi, nil); err != nil {
			return
		}
	}
	first, last, ranged := strings.Cut(body, "-")
	switch {
	case body == "*":
		return lo, hi, step, nil
	case ranged:
		if to, err = one(last, lo, hi, names); err != nil {
			return
		}
	}
	if from, err = one(first, lo, hi, names); err != nil {
		return
	}
	switch {
	case stepped && !ranged:
		to = hi
	case !ranged:
		to = from
	}
	return
}

func one(text string, lo, hi int, names []string) (int, error) {
	for i, name := range names {
		if strings.EqualFold(text, name) {
			return lo + i, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < lo || n > hi {
		return 0, fmt.Errorf("%q is not between %d and %d", text, lo, hi)
	}
	return n, nil
}

func in(set map[int]bool, n int) bool { return set == nil || set[n] }

// next looks hour by hour within a day and day by day within eight years, which holds every leap day.
func (c *cron) next(from time.Time) time.Time {
	day := from.Truncate(24 * time.Hour)
	for range 8 * 366 {
		if in(c.months, int(day.Month())) && c.onDay(day) {
			for hour := range 24 {
				at := day.Add(time.Duration(hour) * time.Hour)
				if in(c.hours, hour) && at.After(from) {
					return at
				}
			}
		}
		day = day.AddDate(0, 0, 1)
	}
	return time.Time{}
}

func (c *cron) onDay(day time.Time) bool {
	weekday := int(day.Weekday()) + 1
	leavesMonth := func(days int) bool { return day.AddDate(0, 0, days).Month() != day.Month() }
	switch {
	case c.lastDay:
		return leavesMonth(1)
	case c.lastWeekday > 0:
		return weekday == c.lastWeekday && leavesMonth(7)
	case c.nth[0] > 0:
		return weekday == c.nth[0] && (day.Day()+6)/7 == c.nth[1]
	}
	return in(c.monthDays, day.Day()) && in(c.weekdays, weekday)
}
