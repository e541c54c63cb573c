package awsenv

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// environ reads variables and keeps the first value that cannot be used.
type environ struct {
	lookup func(string) (string, bool)
	err    error
}

// get returns a variable, empty if it is not set.
func (e *environ) get(name string) string {
	value, _ := e.lookup(name)
	return value
}

// first returns the first of the named variables that is set and not empty,
// and its name.
func (e *environ) first(names ...string) (value, name string) {
	for _, name := range names {
		if value := e.get(name); value != "" {
			return value, name
		}
	}
	return "", ""
}

func (e *environ) bool(name string) *bool {
	value := e.get(name)
	if value == "" {
		return nil
	}
	on := strings.EqualFold(value, "true")
	if !on && !strings.EqualFold(value, "false") {
		e.fail(name, value, "true or false", nil)
	}
	return &on
}

func (e *environ) int(name string) int {
	value := e.get(name)
	if value == "" {
		return 0
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		e.fail(name, value, "a whole number", nil)
	}
	return n
}

func (e *environ) retryMode(name string) aws.RetryMode {
	value := e.get(name)
	if value == "" {
		return ""
	}
	mode, err := aws.ParseRetryMode(value)
	if err != nil {
		e.fail(name, value, "standard or adaptive", err)
	}
	return mode
}

func (e *environ) defaultsMode(name string) (mode aws.DefaultsMode) {
	if value := e.get(name); value != "" && !mode.SetFromString(value) {
		e.fail(name, value, "auto, cross-region, in-region, legacy, mobile or standard", nil)
	}
	return mode
}

func (e *environ) ipv6(name string) *bool {
	value := e.get(name)
	ipv6, err := readIPv6(value)
	if err != nil {
		e.fail(name, value, "IPv4 or IPv6", nil)
	}
	return ipv6
}

func (e *environ) fail(name, value, want string, err error) {
	if e.err != nil {
		return
	}
	e.err = &Error{
		Kind: ErrEnvironment, Err: err,
		Cause:  fmt.Sprintf("%s is %q", name, value),
		Remedy: "set it to " + want + ", or unset it",
	}
}
