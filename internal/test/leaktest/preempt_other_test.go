//go:build !linux

package leaktest_test

func preempt(int) {}
