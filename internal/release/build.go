package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// origin is the commit that is released.
type origin struct {
	commit string
	time   time.Time
}

// originOf refuses what is no commit's content: nobody could build it again.
func originOf(source string) (origin, error) {
	changes, err := git(source, "status", "--porcelain")
	if err != nil {
		return origin{}, err
	}
	if changes != "" {
		return origin{}, errors.New("there are changes that are not committed; commit them, or release another clone (-source)")
	}
	text, err := git(source, "log", "-1", "--format=%H %ct")
	if err != nil {
		return origin{}, err
	}
	commit, seconds, _ := strings.Cut(text, " ")
	at, err := strconv.ParseInt(seconds, 10, 64)
	return origin{commit, time.Unix(at, 0).UTC()}, err
}

func git(dir string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := output(cmd)
	return strings.TrimSpace(string(out)), err
}

// output is what a command prints, or an error with what it says of itself.
func output(cmd *exec.Cmd) ([]byte, error) {
	out, err := cmd.Output()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, fmt.Errorf("%s %s: %w: %s", filepath.Base(cmd.Args[0]), cmd.Args[1], err, strings.TrimSpace(string(ended.Stderr)))
	}
	return out, err
}

// binary is the command for one platform.
type binary struct {
	path, os, arch string
	info           *buildinfo.BuildInfo
}

// build makes a static binary that tells its commit, and nothing of where and
// when it was built.
func build(source, out, platform string) (binary, error) {
	goos, arch, ok := strings.Cut(platform, "/")
	if !ok {
		return binary{}, errors.New("a platform is written like linux/amd64")
	}
	b := binary{os: goos, arch: arch}
	b.path = filepath.Join(out, "wicketkey-"+goos+"-"+arch)
	if goos == "windows" {
		b.path += ".exe"
	}
	absolute, err := filepath.Abs(b.path)
	if err != nil {
		return b, err
	}
	if err := goTool(source, []string{"GOOS=" + goos, "GOARCH=" + arch}, "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w", "-o", absolute, "./cmd/wicketkey"); err != nil {
		return b, err
	}
	b.info, err = buildinfo.ReadFile(b.path)
	return b, err
}

// goTool runs go with what would change its output out of the way.
func goTool(dir string, env []string, args ...string) error {
	_, err := goOutput(dir, env, args...)
	return err
}

func goOutput(dir string, env []string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	fixed := []string{"CGO_ENABLED=0", "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=-mod=readonly", "GOEXPERIMENT=", "GOFIPS140=off", "GODEBUG=", "GOWORK=off", "GOTOOLCHAIN=local"}
	cmd.Env = append(append(os.Environ(), fixed...), env...)
	return output(cmd)
}

// writePages has the command print its own manual and completions.
func writePages(source, out string) error {
	dir, err := os.MkdirTemp("", "wicketkey-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	host := filepath.Join(dir, "wicketkey.exe")
	if err := goTool(source, nil, "build", "-trimpath", "-o", host, "./cmd/wicketkey"); err != nil {
		return err
	}
	for name, args := range map[string][]string{
		"wicketkey.1": {"man"}, "wicketkey.bash": {"completion", "bash"}, "_wicketkey": {"completion", "zsh"}, "wicketkey.fish": {"completion", "fish"},
	} {
		text, err := output(exec.Command(host, args...))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
