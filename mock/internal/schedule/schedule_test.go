package schedule_test

import (
	"testing"
	"time"

	"wicketkey.internal/mock/internal/schedule"
)

func TestNext(t *testing.T) {
	const form = "2006-01-02 15:04"
	for _, c := range []struct{ expression, from, want string }{
		{"rate(10 days)", "2026-01-01 12:30", "2026-01-11 00:00"},
		{"rate(4 hours)", "2026-01-01 22:10", "2026-01-02 02:00"},
		{"cron(0 8 1 * ? *)", "2026-01-01 08:00", "2026-02-01 08:00"},
		{"cron(0 8 1 * ? *)", "2026-01-01 07:59", "2026-01-01 08:00"},
		{"cron(0 0/8 * * ? *)", "2026-01-01 09:00", "2026-01-01 16:00"},
		{"cron(0 10,22 ? * MON-FRI *)", "2026-01-02 22:00", "2026-01-05 10:00"}, // a Friday evening
		{"cron(0 0 L * ? *)", "2028-02-10 00:00", "2028-02-29 00:00"},
		{"cron(0 1 ? * SUN#1 *)", "2026-03-02 00:00", "2026-04-05 01:00"},
		{"cron(0 1 ? * 6L *)", "2026-01-31 00:00", "2026-02-27 01:00"}, // the last Friday
		{"cron(0 0 29 2 ? *)", "2026-01-01 00:00", "2028-02-29 00:00"},
		{"cron(0 0 1 1/3 ? *)", "2026-02-01 00:00", "2026-04-01 00:00"},
	} {
		from, err := time.Parse(form, c.from)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := schedule.Parse(c.expression)
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		if got := plan.Next(from, 0).Opens.Format(form); got != c.want {
			t.Errorf("%s after %s is %s, want %s", c.expression, c.from, got, c.want)
		}
	}
}

// What DescribeSecret showed after a rotation: LastRotatedDate, NextRotationDate and the AutomaticallyAfterDays that
// the service makes of an expression.
func TestRecordedWindows(t *testing.T) {
	for _, c := range []struct {
		source, expression string
		duration           time.Duration
		last, next         string
		every              int
	}{
		{"cloud-custodian/cloud-custodian test_secrets_manager_version_age, 2025-11-20", "rate(4 hours)", 0, "2025-11-20T04:04:59Z", "2025-11-20T08:59:59Z", 1},
		{"a list-secrets in a published walkthrough, 2023-10-16", "cron(0 0 ? * 2 *)", 0, "2023-10-16T07:18:02Z", "2023-10-23T23:59:59Z", 7},
		{"a describe-secret in a published log, 2026-01-22", "rate(30 days)", 0, "2026-01-22T06:42:22Z", "2026-02-21T23:59:59Z", 30},
		{"a describe-secret of a published test, 2024-02-22", "rate(30 days)", 0, "2024-02-22T07:16:15Z", "2024-03-23T23:59:59Z", 30},
		{"AWS's own example of DescribeSecret: end of window and days", "cron(0 16 1,15 * ? *)", 2 * time.Hour, "2022-10-01T16:10:00Z", "2022-10-15T17:59:59Z", 14},
		{"no record: a rate of hours stays one, whatever their number", "rate(48 hours)", 0, "2026-01-01T10:30:00Z", "2026-01-03T10:59:59Z", 2},
	} {
		last, _ := time.Parse(time.RFC3339, c.last)
		plan, err := schedule.Parse(c.expression)
		if err != nil {
			t.Fatal(err)
		}
		w := plan.Next(last, c.duration)
		if got := w.Closes.Format(time.RFC3339); got != c.next || w.Every(last) != c.every {
			t.Errorf("%s: %s after %s closes %s and counts %d days, want %s and %d", c.source, c.expression, c.last, got, w.Every(last), c.next, c.every)
		}
	}
}

func TestImpossible(t *testing.T) {
	plan, err := schedule.Parse("cron(0 0 31 2 ? *)")
	if err != nil {
		t.Fatal(err)
	}
	if got := plan.Next(time.Unix(0, 0), 0); got != (schedule.Window{}) {
		t.Errorf("the 31st of February is %v", got)
	}
}

func TestMistakes(t *testing.T) {
	for _, expression := range []string{
		"", "rate()", "rate(0 days)", "rate(3 hours)", "rate(1000 days)", "rate(2 weeks)", "rate(x days)", "daily",
		"cron()", "cron(0 8 1 * ?)", "cron(5 8 1 * ? *)", "cron(0 8 1 * * *)", "cron(0 8 ? * ? *)", "cron(0 24 1 * ? *)",
		"cron(0 8 0 * ? *)", "cron(0 8 1 13 ? *)", "cron(0 8 1 * ? 2030)", "cron(0 8 ? * 8 *)", "cron(0 8 ? * 2#6 *)", "cron(0 8 1-x * ? *)",
	} {
		if _, err := schedule.Parse(expression); err == nil {
			t.Errorf("%q was accepted", expression)
		}
	}
}
