package cache_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"wicketkey.internal/cache"
	"wicketkey.internal/internal/test/emulator"
)

const crashDir = "WICKETKEY_TEST_CRASH_DIR"

// TestKilledAtAnyMoment has a child write copies until it is killed, in the midst
// of whatever it is doing, and looks for the last version but one at the least.
func TestKilledAtAnyMoment(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		writeCopies(t, dir)
		return
	}
	for round := range 3 {
		dir := t.TempDir()
		child := emulator.Self(t.Context(), "-test.run=^TestKilledAtAnyMoment$")
		child.Env = append(os.Environ(), crashDir+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		var written int
		lines := bufio.NewScanner(out)
		for lines.Scan() && written < 20+7*round {
			fmt.Sscanf(lines.Text(), "written %d", &written)
		}
		child.Process.Kill()
		child.Wait()
		if written == 0 {
			t.Fatal("the child wrote nothing")
		}
		w := newWorld(t)
		w.faults(unreachable)
		got, err := value(t.Context(), w.store(&cache.Options{Disk: diskIn(dir)}), "db")
		var n int
		if _, scan := fmt.Sscanf(got, "version %d", &n); err != nil || scan != nil || n < written || n > written+50 {
			t.Errorf("after version %d was written: got %.20q, %v", written, got, err)
		}
	}
}

func writeCopies(t *testing.T, dir string) {
	w := newWorld(t)
	s := w.store(&cache.Options{Disk: diskIn(dir)})
	for i := 1; ; i++ {
		w.put("db", fmt.Sprintf("version %d %s", i, strings.Repeat("x", 30_000)))
		if err := s.Refresh(t.Context(), "db"); err != nil {
			t.Fatal(err)
		}
		fmt.Println("written", i)
	}
}
