// Command hold fetches a thousand secrets of 4 KB with the client that its
// argument names, holds them, and prints how much memory the process then has,
// in bytes. "none" holds nothing: what the program itself takes.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"wicketkey.internal/benchmarks/programs/clients"
	"wicketkey.internal/benchmarks/programs/tell"
	"wicketkey.internal/benchmarks/virtual"
)

const secrets, size = 1000, 4 << 10

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(name string) error {
	svc := &virtual.Service{Value: func(id string) (string, string) {
		return strings.Repeat(id, size/len(id)), "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE"
	}}
	n := secrets
	if name == "none" {
		name, n = clients.Cache, 0
	}
	s, err := clients.Named(name)
	if err != nil {
		return err
	}
	client, err := s.Open(svc.Config())
	if err != nil {
		return err
	}
	for i := range n {
		if _, err := client.Get(context.Background(), fmt.Sprintf("gateway/%08d", i)); err != nil {
			return err
		}
	}
	debug.FreeOSMemory()
	fmt.Println(tell.RSS())
	return client.Close()
}
