// Package tell is what each cold-start program says when it has its secret: what
// the process has cost so far, in binary, since encoding it otherwise would be measured too.
package tell

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"strconv"
)

// Report is what is said, little-endian. Sizes are in bytes, CPU is user and system time of the
// whole process in nanoseconds, since it was started, Faults are its page faults that needed no
// disk. Length is that of all secrets together.
type Report struct {
	CPU, Faults, Allocated, Mallocs, PeakRSS, Length int64
}

// SecretsEnv says how many secrets a program wants, Most how many there are.
const (
	SecretsEnv = "COLD_SECRETS"
	Most       = 20
)

// ID names the first of the secrets.
const ID = "keeperRotationGatewayConfig"

// Named are the names of the first n secrets.
func Named(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = ID
		if i > 0 {
			ids[i] += "/" + strconv.Itoa(i)
		}
	}
	return ids
}

// IDs are the names of the secrets that this process wants.
func IDs() []string {
	n, err := strconv.Atoi(os.Getenv(SecretsEnv))
	if err != nil {
		n = 1
	}
	return Named(n)
}

// Secrets reports that secrets of that length together are in hand, or that err
// came instead, and ends the process.
func Secrets(length int, err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cpu, faults := usage() // before the looking itself costs anything
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r := Report{CPU: cpu, Faults: faults, Allocated: int64(m.TotalAlloc), Mallocs: int64(m.Mallocs), PeakRSS: peakRSS(), Length: int64(length)}
	if err := binary.Write(os.Stdout, binary.LittleEndian, r); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// peakRSS reads the high-water mark from /proc: what getrusage says includes the
// parent's memory at the time of the fork. Zero where there is no /proc.
func peakRSS() int64 { return status("VmHWM:") }

// RSS is the process's resident memory in bytes, zero where there is no /proc.
func RSS() int64 { return status("VmRSS:") }

func status(name string) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	return field(string(text), name) << 10
}

func field(status, name string) int64 {
	for i := 0; i+len(name) < len(status); i++ {
		if status[i:i+len(name)] != name {
			continue
		}
		rest := status[i+len(name):]
		for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
			rest = rest[1:]
		}
		end := 0
		for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
			end++
		}
		n, _ := strconv.ParseInt(rest[:end], 10, 64)
		return n
	}
	return 0
}
