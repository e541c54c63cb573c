package e2e_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRehearsalIsShutIn: whatever a user's start-up files do to PATH, a rehearsal
// runs no real program in the place of a stand-in.
func TestRehearsalIsShutIn(t *testing.T) {
	home := t.TempDir()
	real := []string{"aws", "docker", "gateway", "sudo", "systemctl"}
	for _, name := range real {
		write(t, filepath.Join(home, name), "#!/bin/sh\necho real\n", 0o700)
	}
	write(t, filepath.Join(home, ".bashrc"), "PATH="+home+":$PATH\n", 0o600)
	rehearsal, err := filepath.Abs(filepath.Join(root, "examples", "rehearsal"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(bin, "wicketkey"), "mock", "--", filepath.Join(rehearsal, "shell"),
		"-i", "-c", "command -v "+strings.Join(real, " "))
	cmd.Env = append(cmd.Environ(), "HOME="+home)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range real {
		if want := filepath.Join(rehearsal, name) + "\n"; !strings.Contains(string(out), want) {
			t.Errorf("%s is not the stand-in:\n%s", name, out)
		}
	}
	if err := exec.Command(filepath.Join(rehearsal, "shell"), "-c", "true").Run(); err == nil {
		t.Error("a rehearsal without a mock")
	}
}
