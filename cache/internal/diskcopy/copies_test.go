package diskcopy

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wicketkey.internal/fetch"
)

const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"

func open(t testing.TB, dir string, change ...func(*Options)) *Copies {
	t.Helper()
	o := Options{Dir: dir, Key: make([]byte, KeyBytes), Account: "123456789012", Region: "us-east-1", MaxAge: time.Hour, MaxBytes: 1 << 20}
	for _, f := range change {
		f(&o)
	}
	c, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func secretOf(name, value string) *fetch.Secret {
	return fetch.NewSecret([]byte(value), fetch.Metadata{ARN: arn + name + "-a1b2c3", Name: name, VersionID: value, Region: "us-east-1"})
}

func ref(id string) fetch.Ref { return fetch.Ref{ID: id, Stage: "AWSCURRENT"} }

func save(t *testing.T, c *Copies, id, name, value string, asked time.Time) {
	t.Helper()
	if err := c.Save(t.Context(), ref(id), secretOf(name, value), asked); err != nil {
		t.Fatal(err)
	}
}

// load gives the value of a copy, empty for none.
func load(t *testing.T, c *Copies, id string) string {
	secret, _, err := c.Load(t.Context(), ref(id))
	if err != nil {
		t.Logf("%s: %v", id, err)
	}
	if secret == nil {
		return ""
	}
	defer secret.Close()
	return string(secret.Bytes())
}

// A copy is found by every spelling of its secret and by none of another.
func TestFoundByItsSpellings(t *testing.T) {
	c := open(t, t.TempDir())
	save(t, c, "db", "db", "v", time.Now())
	save(t, c, "db-config", "db-config", "w", time.Now())
	for id, want := range map[string]string{
		"db": "v", arn + "db-a1b2c3": "v", arn + "db": "v", "db-config": "w", arn + "db-config": "w", arn + "db-config-a1b2c3": "w",
		"other": "", arn + "db-zzzzzz": "", "arn:aws:secretsmanager:us-east-1:210987654321:secret:db": "",
		"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db": "", "arn:aws-cn:secretsmanager:us-east-1:123456789012:secret:db": "",
	} {
		if got := load(t, c, id); got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
}

// A secret that was created anew takes the place of what bore its name before.
func TestNamesakesAreDropped(t *testing.T) {
	c := open(t, t.TempDir())
	save(t, c, "db", "db", "old", time.Now())
	anew := fetch.NewSecret([]byte("new"), fetch.Metadata{ARN: arn + "db-ZZZZZZ", Name: "db", VersionID: "new"})
	if err := c.Save(t.Context(), ref("db"), anew, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := load(t, c, "db"); got != "new" {
		t.Errorf("got %q", got)
	}
	if got := load(t, c, arn+"db-a1b2c3"); got != "" {
		t.Errorf("the old ARN gives %q", got)
	}
}

// No order of a save and a drop, by two processes on one directory, leaves a copy
// whose question set out before the refusal; one that set out later is kept.
func TestARefusalWinsOverALateSave(t *testing.T) {
	now := time.Now().Add(-time.Minute)
	for _, asked := range []time.Time{now.Add(-time.Second), now, now.Add(time.Second)} {
		for _, no := range []Refusal{
			{Ref: ref("db"), At: now, Whole: true},
			{Ref: ref("db"), At: now},
			{Ref: ref(arn + "db-a1b2c3"), ARN: arn + "db-a1b2c3", Name: "db", At: now, Whole: true},
			{Ref: fetch.Ref{ID: arn + "db-a1b2c3", Stage: "AWSPREVIOUS"}, ARN: arn + "db-a1b2c3", Name: "db", At: now, Whole: true},
		} {
			for _, first := range []string{"save", "drop"} {
				dir := t.TempDir()
				one, two := open(t, dir), open(t, dir)
				drop := func() {
					if err := two.Drop(no); err != nil {
						t.Error(err)
					}
				}
				if first == "drop" {
					drop()
				}
				save(t, one, "db", "db", "v", asked)
				if first == "save" {
					drop()
				}
				want := ""
				if asked.After(now) {
					want = "v"
				}
				if got := load(t, open(t, dir), "db"); got != want {
					t.Errorf("asked %v after the no, %s first, %+v: got %q, want %q", asked.Sub(now), first, no, got, want)
				}
			}
		}
	}
}

// A refusal that cannot be written down is held to by the process that heard it.
func TestANoOnAReadOnlyDirectory(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root writes everywhere")
	}
	dir := t.TempDir()
	c := open(t, dir)
	save(t, c, "db", "db", "v", time.Now())
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700)
	if err := c.Drop(Refusal{Ref: ref("db"), At: time.Now(), Whole: true}); err == nil {
		t.Error("no error")
	}
	if got := load(t, c, "db"); got != "" {
		t.Errorf("got %q after a no", got)
	}
}

// What lies there and what is remembered of it stay in bounds.
func TestBounds(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, func(o *Options) { o.MaxBytes = 10_000 })
	for i := range 100 {
		save(t, c, fmt.Sprint("good", i), fmt.Sprint("good", i), "v", time.Now())
	}
	for i := range maxMarks {
		c.dir.marks[fmt.Sprint(i)] = fileInfo{at: time.Unix(int64(i), 0)}
	}
	for i := range 20 {
		if err := c.Drop(Refusal{Ref: ref(fmt.Sprint("bad", i)), At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.dir.marks) > maxMarks || c.dir.total > 10_000 || len(c.saved) > maxSaved {
		t.Errorf("%d marks, %d bytes, %d remembered", len(c.dir.marks), c.dir.total, len(c.saved))
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*"+copySuffix)); len(files) == 0 || len(files) > 10_000/200 {
		t.Errorf("%d copies", len(files))
	}
}

func FuzzOpen(f *testing.F) {
	s := newSealer(&Options{Key: make([]byte, KeyBytes)})
	bound := bind("a", "b")
	sealed, err := s.seal(f.Context(), bound, []byte("plain"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add(sealed[:len(sealed)-1])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		plain, err := s.open(t.Context(), bound, data)
		// Each process that fuzzes seals a copy of its own, and may be given another's.
		if err == nil && string(plain.Bytes()) != "plain" {
			t.Error("a forged copy was opened")
		}
		plain.Free()
	})
}

func FuzzDecode(f *testing.F) {
	plain := encode(secretOf("db", "v"), time.Unix(1, 2))
	f.Add(plain.Bytes())
	f.Add([]byte("01234567\x00\x00\x00\x02{}value"))
	f.Add([]byte("01234567\xff\xff\xff\xff{}value"))
	f.Fuzz(func(t *testing.T, plain []byte) {
		secret, asked, err := decode(plain)
		if err != nil {
			return
		}
		again := encode(secret, asked)
		defer again.Free()
		same, at, err := decode(again.Bytes())
		if err != nil || !at.Equal(asked) || string(same.Bytes()) != string(secret.Bytes()) || same.ARN() != secret.ARN() {
			t.Errorf("%v: %q is not read back", err, plain)
		}
	})
}

// A copy that was written while the clock ran ahead cannot be read once the clock is
// right, so it is written anew then.
func TestCopyAheadOfTheClockIsReplaced(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	save(t, c, "db", "db", "v", time.Now().AddDate(1, 0, 0))
	save(t, c, "db", "db", "v", time.Now())
	if got := load(t, open(t, dir), "db"); got != "v" {
		t.Errorf("got %q", got)
	}
}

// No order of saves, by two processes on one directory, leaves a copy that is older
// than another, whether of a new version or of a secret created anew.
func TestTheLatestCopyStays(t *testing.T) {
	now := time.Now()
	anew := fetch.NewSecret([]byte("anew"), fetch.Metadata{ARN: arn + "db-ZZZZZZ", Name: "db", VersionID: "anew"})
	for _, later := range []*fetch.Secret{secretOf("db", "new"), anew} {
		all := []struct {
			of    *fetch.Secret
			asked time.Time
		}{{secretOf("db", "old"), now.Add(-time.Minute)}, {later, now.Add(-time.Second)}}
		for _, first := range []int{0, 1} {
			dir := t.TempDir()
			both := []*Copies{open(t, dir), open(t, dir)}
			for _, i := range []int{first, 1 - first} {
				if err := both[i].Save(t.Context(), ref("db"), all[i].of, all[i].asked); err != nil {
					t.Error(err)
				}
			}
			if got, want := load(t, open(t, dir), "db"), later.VersionID(); got != want {
				t.Errorf("number %d first: got %q, want %q", first, got, want)
			}
			if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) != 1 {
				t.Errorf("number %d first: there are %q", first, files)
			}
			// What was not written is no reason to leave out the next.
			old := all[0].of
			if err := both[0].Save(t.Context(), ref("db"), old, now); err != nil {
				t.Error(err)
			}
			if got := load(t, open(t, dir), "db"); got != old.VersionID() {
				t.Errorf("number %d first, and the old one again: got %q", first, got)
			}
		}
	}
}

// Of two noes the later one counts, whichever is written down first.
func TestTheLatestNoStays(t *testing.T) {
	now := time.Now()
	for _, times := range [][]time.Time{{now, now.Add(-time.Minute)}, {now.Add(-time.Minute), now}} {
		dir := t.TempDir()
		for _, at := range times {
			if err := open(t, dir).Drop(Refusal{Ref: ref("db"), At: at, Whole: true}); err != nil {
				t.Error(err)
			}
		}
		save(t, open(t, dir), "db", "db", "v", now.Add(-time.Second))
		if got := load(t, open(t, dir), "db"); got != "" {
			t.Errorf("got %q, which was asked for before a no", got)
		}
	}
}
