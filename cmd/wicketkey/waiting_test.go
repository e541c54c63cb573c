package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLongWaitsAreExplained, and short ones are not.
func TestLongWaitsAreExplained(t *testing.T) {
	for wait, said := range map[time.Duration]bool{patience - 1: false, patience + 1: true, time.Hour: true} {
		synctest.Test(t, func(t *testing.T) {
			var errs strings.Builder
			s := &system{stderr: &errs}
			arrived := s.waiting("%s", "Godot")
			time.Sleep(wait)
			arrived()
			time.Sleep(time.Hour)
			if got := errs.String(); (got == "wicketkey: still waiting for Godot\n") != said || !said && got != "" {
				t.Errorf("after %v: %q", wait, got)
			}
		})
	}
}

// TestPutSaysThatItWaits for whoever feeds it.
func TestPutSaysThatItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		endless, feeder := io.Pipe()
		defer feeder.Close()
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, stop)
		var out, errs strings.Builder
		code := run(ctx, []string{"put", "gateway"}, nil, endless, &out, &errs)
		if code != codeStopped || strings.Count(errs.String(), "still waiting for the end of what is to be stored") != 1 {
			t.Errorf("exit status %d, %s", code, errs.String())
		}
	})
}
