package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"wicketkey.internal/benchmarks/report/figures"
)

// held measures the memory of processes that hold a thousand secrets of 4 KB.
func held(dir string, r *Results) error {
	tmp, err := os.MkdirTemp("", "wicketkey-held-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	binary := filepath.Join(tmp, "hold")
	if err := execute(dir, nil, "go", "build", "-o", binary, "./programs/hold"); err != nil {
		return err
	}
	r.Held = map[string]int64{}
	for _, client := range []string{"none", "official", "cache"} {
		var runs []int64
		for range 5 {
			out, err := exec.Command(binary, client).Output()
			if err != nil {
				return fmt.Errorf("hold %s: %w", client, err)
			}
			n, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
			if err != nil {
				return err
			}
			runs = append(runs, n)
		}
		r.Held[client] = figures.Median(runs)
	}
	return nil
}
