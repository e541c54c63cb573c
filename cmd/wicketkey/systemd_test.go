package main

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func unitPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/systemd.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// TestUnitStopsTryingWhereThatIsInVain: what heals with time is tried again,
// such as an instance whose metadata is not there yet.
func TestUnitStopsTryingWhereThatIsInVain(t *testing.T) {
	page := unitPage(t)
	m := regexp.MustCompile(`(?m)^RestartPreventExitStatus=(.*)$`).FindStringSubmatch(page)
	if m == nil {
		t.Fatal("the unit tries for ever")
	}
	heals := []int{codeOK, codeFailed, 11, 12, 30, 31, 32, 33, codePolicy, codeNoExec, codeNotFound, codeSignal, codeStopped}
	listed := strings.Fields(m[1])
	for _, c := range causes() {
		if got, want := slices.Contains(listed, strconv.Itoa(c.code)), !slices.Contains(heals, c.code); got != want {
			t.Errorf("status %d (%s) ends the trying: %t, want %t", c.code, c.meaning, got, want)
		}
	}
	// systemd looks only at the main process's status, so that the check before
	// it, if it could fail the start, would be tried for ever.
	if !strings.Contains(page, "\nExecStartPre=-/") {
		t.Error("a failing check keeps exec from telling systemd the status")
	}
}

// TestTimesFitIntoAStart holds the page's figures to the flags.
func TestTimesFitIntoAStart(t *testing.T) {
	if !strings.Contains(unitPage(t), "`check` gives up after 10 s and `exec` after 60 s") {
		t.Error("the page says something else")
	}
	for command, want := range map[string]string{"check": "10s", "exec": "1m0s"} {
		c, _ := find(command)
		for _, f := range flagsOf(c) {
			if f.Name == "timeout" && f.DefValue != want {
				t.Errorf("%s -timeout is %s, want %s", command, f.DefValue, want)
			}
		}
	}
}

// TestIntervalIsTheOneDocumented in rotation.md, which counts its cost.
func TestIntervalIsTheOneDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/rotation.md")
	if err != nil {
		t.Fatal(err)
	}
	c, _ := find("exec")
	i := slices.IndexFunc(flagsOf(c), func(f *flag.Flag) bool { return f.Name == "interval" })
	if got := flagsOf(c)[i].DefValue; got != "5m0s" || !strings.Contains(string(page), "`-interval` (5 minutes;") {
		t.Errorf("-interval is %s", got)
	}
}
