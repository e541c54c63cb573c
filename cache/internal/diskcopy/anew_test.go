package diskcopy

import (
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
