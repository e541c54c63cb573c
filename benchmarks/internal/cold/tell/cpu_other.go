//go:build !unix

package tell

func cpuTime() int64 { return 0 }
