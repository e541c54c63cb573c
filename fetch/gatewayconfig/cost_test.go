package gatewayconfig_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"wicketkey.internal/fetch/gatewayconfig"
)

// The decoded bytes and the clientId's are in wipeable memory; what is counted is
// handles, the decoder, its tokens and the names.
const maxAllocs = 40

func TestDecodeAllocations(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("coverage counters change the count")
	}
	text := []byte(base64.StdEncoding.EncodeToString([]byte(sample)))
	got := testing.AllocsPerRun(100, func() {
		cfg, err := gatewayconfig.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Close()
	})
	if got > maxAllocs {
		t.Errorf("%v allocations, want at most %d", got, maxAllocs)
	}
	t.Log(got, "allocations")
}

func BenchmarkDecode(b *testing.B) {
	for _, n := range []int{0, 3 << 10, 40 << 10} {
		text := []byte(base64.StdEncoding.EncodeToString([]byte(edited("BOWNER", strings.Repeat("B", n)+"OWNER"))))
		b.Run(fmt.Sprintf("bytes=%d", len(text)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				cfg, err := gatewayconfig.Decode(text)
				if err != nil {
					b.Fatal(err)
				}
				cfg.Close()
			}
		})
	}
}
