package diskcopy

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"wicketkey.internal/fetch"
)

// A secret was deleted and created anew. Who still asks by the ARN of the first is
// refused; the copy of the second, which has another ARN, stays and is written anew.
func TestARefusedARNLeavesItsNamesake(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	old := arn + "db-a1b2c3"
	anew := fetch.NewSecret([]byte("anew"), fetch.Metadata{ARN: arn + "db-ZZZZZZ", Name: "db", VersionID: "anew"})
	byName, byARN := open(t, dir), open(t, dir)
	for _, asked := range []time.Time{now.Add(-time.Minute), now.Add(-2 * time.Second)} {
		if err := byName.Save(t.Context(), ref("db"), anew, asked); err != nil {
			t.Fatal(err)
		}
		if err := byARN.Drop(Refusal{Ref: ref(old), ARN: old, Name: "db", Whole: true, At: now.Add(-time.Second)}); err != nil {
			t.Fatal(err)
		}
		if got := load(t, open(t, dir), "db"); got != "anew" {
			t.Errorf("asked %v ago: got %q", now.Sub(asked), got)
		}
	}
}

// A process was killed after it had written the copy of a secret created anew, and
// before it deleted that of the first.
func TestOfNamesakesTheLaterIsFound(t *testing.T) {
	for _, suffixes := range [][]string{{"-a1b2c3", "-ZZZZZZ"}, {"-ZZZZZZ", "-a1b2c3"}} {
		dir, now := t.TempDir(), time.Now()
		for i, suffix := range suffixes {
			secret := fetch.NewSecret([]byte(suffix), fetch.Metadata{ARN: arn + "db" + suffix, Name: "db", VersionID: suffix})
			alone := t.TempDir()
			if err := open(t, alone).Save(t.Context(), ref("db"), secret, now.Add(time.Duration(i-2)*time.Second)); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(only(t, alone), filepath.Join(dir, filepath.Base(only(t, alone)))); err != nil {
				t.Fatal(err)
			}
		}
		c := open(t, dir)
		for id, want := range map[string]string{"db": suffixes[1], arn + "db" + suffixes[0]: suffixes[0]} {
			if got := load(t, c, id); got != want {
				t.Errorf("%s: got %q, want %q", id, got, want)
			}
		}
	}
}

// only is the path of the only file in a directory.
func only(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	return files[0]
}

// Between a look for later copies and the deletion of namesakes another process may
// write a later one.
func TestALaterNamesakeStays(t *testing.T) {
	c, now := open(t, t.TempDir()), time.Now()
	old := secretOf("db", "old")
	l, _ := c.labelled(ref("db"), old.ARN(), old.Name(), false)
	anew := fetch.NewSecret([]byte("anew"), fetch.Metadata{ARN: arn + "db-ZZZZZZ", Name: "db", VersionID: "anew"})
	if err := c.Save(t.Context(), ref("db"), anew, now.Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	namesakes, err := c.kept(l.isNamesake)
	if err != nil || len(namesakes) != 1 {
		t.Fatalf("%v, %v", namesakes, err)
	}
	if err := c.drop(namesakes, now.Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	if got := load(t, c, "db"); got != "anew" {
		t.Errorf("got %q", got)
	}
}

// A copy that comes too late takes no later one of its own secret with it, though it is
// earlier than that of a namesake, too.
func TestALateCopyLeavesTheLatest(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	for i, suffix := range []string{"-ZZZZZZ", "-a1b2c3"} { // as two processes write them at one instant
		alone := t.TempDir()
		secret := fetch.NewSecret([]byte("v"), fetch.Metadata{ARN: arn + "db" + suffix, Name: "db", VersionID: suffix})
		if err := open(t, alone).Save(t.Context(), ref("db"), secret, now.Add(time.Duration(i-2)*time.Second)); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(only(t, alone), filepath.Join(dir, filepath.Base(only(t, alone)))); err != nil {
			t.Fatal(err)
		}
	}
	c := open(t, dir)
	late := fetch.NewSecret([]byte("late"), fetch.Metadata{ARN: arn + "db-a1b2c3", Name: "db", VersionID: "late"})
	if err := c.Save(t.Context(), ref("db"), late, now.Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	if got := load(t, c, arn+"db-a1b2c3"); got != "v" {
		t.Errorf("got %q", got)
	}
}

// A refusal of which the disk hears late leaves what AWS has given since.
func TestALateRefusalLeavesALaterCopy(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	c := open(t, dir)
	for _, asked := range []time.Time{now.Add(-2 * time.Second), now.Add(-time.Millisecond)} {
		if err := c.Save(t.Context(), ref("db"), secretOf("db", "v"), asked); err != nil {
			t.Fatal(err)
		}
		if err := open(t, dir).Drop(Refusal{Ref: ref("db"), Whole: true, At: now.Add(-time.Second)}); err != nil {
			t.Fatal(err)
		}
		want := map[bool]string{true: "v"}[asked.After(now.Add(-time.Second))]
		if got := load(t, c, "db"); got != want {
			t.Errorf("asked %v ago: got %q, want %q", now.Sub(asked), got, want)
		}
	}
}
