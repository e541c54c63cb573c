package fetch_test

import (
	"io"
	"log"
	"os"
	"testing"
)

// FuzzHostilePeer plays one round against a peer whose script are the fuzzer's
// bytes, with the oracle of [TestHostilePeer]. Bytes that run out are zeroes,
// which make honest answers.
func FuzzHostilePeer(f *testing.F) {
	f.Add([]byte{0}, byte(0))
	for seed := range byte(8) { // what the model draws
		pick := seeded(uint64(seed))(0)
		script := make([]byte, 200)
		for i := range script {
			script[i] = byte(pick(256))
		}
		f.Add(script, seed)
	}
	log.SetOutput(io.Discard) // net/http's, of what came out of turn
	f.Cleanup(func() { log.SetOutput(os.Stderr) })
	f.Fuzz(func(t *testing.T, script []byte, mode byte) {
		version := []uint16{0, tls12, 0, tls13}[mode%4]
		new(rounds).play(t, version, false, 1, min(len(script)/8+1, 6), func(int) choose { return scripted(script) })
	})
}

// scripted chooses by the bytes of a script.
func scripted(script []byte) choose {
	return func(n int) int {
		if len(script) == 0 {
			return 0
		}
		b := script[0]
		script = script[1:]
		return int(b) % n
	}
}
