package main

import (
	"context"
	"crypto/sha256"
	"os"
	"runtime"

	"wicketkey.internal/internal/test/emulator"
)

// busyEnv makes a process of this program one that only keeps a processor busy.
const busyEnv = "WICKETKEY_BUSY"

// beBusy never returns. It goes through more memory than a processor's caches
// hold, as other work does. Its parent's end is its own: it reads what never comes.
func beBusy() {
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}()
	for memory := make([]byte, 64<<20); ; {
		sum := sha256.Sum256(memory)
		copy(memory, sum[:])
	}
}

// load keeps every processor busy until it is ended.
func load(ctx context.Context) (end func(), err error) {
	var ends []func()
	end = func() {
		for _, e := range ends {
			e()
		}
	}
	for range runtime.NumCPU() {
		cmd := emulator.Self(ctx)
		cmd.Env = append(os.Environ(), busyEnv+"=1", "GOMAXPROCS=1")
		in, err := cmd.StdinPipe()
		if err != nil {
			end()
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			end()
			return nil, err
		}
		ends = append(ends, func() {
			_ = in.Close()
			_ = cmd.Wait()
		})
	}
	return end, nil
}
