package leaktest_test

import (
	"fmt"
	"os"
	"testing"
)

// clientEnv carries a client's orders; its presence makes this binary a client.
const clientEnv = "WICKETKEY_PROOF_CLIENT"

func TestMain(m *testing.M) {
	if orders := os.Getenv(clientEnv); orders != "" {
		if err := runClient(orders); err != nil {
			fmt.Fprintln(os.Stderr, "client:", err)
			os.Exit(1)
		}
		return
	}
	m.Run()
}
