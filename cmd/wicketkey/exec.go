package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"wicketkey.internal/internal/wipe"
)

// placeholder stands for the configuration's path in the command.
const placeholder = "{}"

func execCommand() command {
	return command{
		name: "exec", args: "[SECRET]", runs: "COMMAND [ARGUMENT...]",
		summary: "fetch the configuration, hand it over, and become the gateway",
		details: `Fetches the secret, checks it, and becomes COMMAND. {} in its arguments stands for
the path of the configuration, decoded to JSON (-raw: as it is stored). COMMAND
inherits what is open, and which of SIGHUP and SIGINT are ignored; other signals
act as they do by default.

-as fd, the default, puts it into memory: on Linux a sealed memory file that the
command opens as often as it likes under /proc/self/fd; on other Unix systems a
pipe under /dev/fd that can be read once. Nothing is on disk, nothing in the
environment. What the command starts in turn sees the path only if it inherits
the open file. The memory is not locked: encrypt swap, or have none. A command
that is started as root and changes to another user cannot open it: say with
-user which, and the file is that user's.

-as file:PATH writes a file that only its owner may read (-user: whose it is). It
stays behind when the command ends, unless -watch is given; put it on a tmpfs,
such as systemd's RuntimeDirectory. What is there and is no regular file is left
alone. -as env:NAME sets a variable, which /proc shows to everybody
with the same user id, and to the children of the command.

With -watch, wicketkey stays as the parent: it forwards signals, passes on the
exit status (128+n after signal n), reaps orphans as PID 1, and looks for another
version every -interval. A terminal that it reads from goes to the command, where
Ctrl-Z does nothing. "restart" ends the command with SIGTERM, after -grace
with SIGKILL, and starts it with the new version. "signal:HUP" replaces the file
of -as file:PATH and sends that signal. A new version that is no valid
configuration is reported and not used. When the command ends by itself,
wicketkey ends with it.`,
		examples: []string{
			"wicketkey exec -name keeperRotationGatewayConfig -- gateway start --service --config-file {}",
			"wicketkey exec -name keeperRotationGatewayConfig -watch restart -- gateway start --service --config-file {}",
			"wicketkey exec -name keeperRotationGatewayConfig -raw -as env:GATEWAY_CONFIG -- gateway start --service",
			"wicketkey exec -name app/tls -any -as file:/run/app/key.pem -watch signal:HUP -- app -key {}",
		},
		setup: func(fs *flag.FlagSet) action {
			e := &become{}
			e.declare(fs, 60*time.Second)
			fs.StringVar(&e.as, "as", "fd", "hand it over as `fd`, file:PATH or env:NAME")
			fs.StringVar(&e.user, "user", "", "`user` (or user:group, by name or number) that the command changes to: the owner of what is handed over")
			fs.BoolVar(&e.raw, "raw", false, "hand over the configuration as it is stored, usually base64; it is checked all the same")
			fs.BoolVar(&e.any, "any", false, anyUsage)
			fs.StringVar(&e.watch, "watch", "", "what to do when the secret has changed: `restart` or signal:NAME")
			e.interval = 5 * time.Minute
			fs.Var((*span)(&e.interval), "interval", "with -watch, the `duration` for which a change may go unnoticed")
			fs.DurationVar(&e.grace, "grace", 10*time.Second, "with -watch restart, time between SIGTERM and SIGKILL")
			return e.run
		},
	}
}

type become struct {
	target
	form
	as, user, watch string
	interval, grace time.Duration
}

func (e *become) run(ctx context.Context, s *system, args []string) error {
	way, err := parseWay(e.as)
	if err != nil {
		return err
	}
	secret, command, found := cutDashes(args)
	if !found || len(command) == 0 {
		return usage("no command given: write it behind --, as in wicketkey exec NAME -- gateway start --config-file {}")
	}
	if err := e.accept(secret); err != nil {
		return err
	}
	plan, err := e.plan(s, way, command)
	if err != nil {
		return err
	}
	if s.getenv("GATEWAY_CONFIG") != "" && way.value != "GATEWAY_CONFIG" {
		s.note("GATEWAY_CONFIG is set too; which of the two a gateway prefers is its own affair, so unset it")
	}
	if e.watch != "" {
		return e.supervise(ctx, s, plan)
	}
	value, err := e.value(ctx, s)
	if err != nil {
		return err
	}
	return plan.become(s, value)
}

// value fetches and checks what is handed over. The caller frees it.
func (e *become) value(ctx context.Context, s *system) (*wipe.Buffer, error) {
	ref, err := e.refer(s)
	if err != nil {
		return nil, err
	}
	secret, err := e.read(ctx, s, ref)
	if err != nil {
		return nil, err
	}
	defer secret.Close()
	return e.take(secret.Bytes())
}

// way is how the configuration reaches the command.
type way struct{ kind, value string }

const (
	wayFD   = "fd"
	wayFile = "file"
	wayEnv  = "env"
)

func parseWay(text string) (way, error) {
	kind, value, _ := strings.Cut(text, ":")
	switch {
	case text == wayFD:
		return way{kind: wayFD}, nil
	case kind == wayFile && value != "":
		return way{wayFile, value}, nil
	case kind == wayEnv && value != "" && !strings.ContainsAny(value, "=\x00"):
		return way{wayEnv, value}, nil
	}
	return way{}, usage("-as takes fd, file:PATH or env:NAME")
}

// plan is what will run, and how.
type plan struct {
	way  way
	path string   // of the program
	args []string // its name first; may hold placeholders
	env  []string

	owner *owner
	watch bool     // the file that is handed over is removed at the end
	kept  *os.File // that file; nil before the first
}

func (e *become) plan(s *system, w way, args []string) (*plan, error) {
	path, err := exec.LookPath(args[0])
	if err != nil {
		return nil, unrunnable(err)
	}
	used := slices.ContainsFunc(args[1:], func(a string) bool { return strings.Contains(a, placeholder) })
	if w.kind == wayFD && !used {
		return nil, usage("nothing in the command stands for the configuration: write {} where its path belongs, or use -as file:PATH or -as env:NAME")
	}
	if w.kind == wayEnv {
		s.note("/proc shows %s to every process of this user, and the command's children inherit it; -as fd keeps it to the command", w.value)
	}
	p := &plan{way: w, path: path, args: args, env: s.env, watch: e.watch != ""}
	if e.user == "" {
		return p, nil
	}
	if w.kind == wayEnv {
		return nil, usage("-user: a variable has no owner; leave it out, or use -as fd or -as file:PATH")
	}
	p.owner, err = parseOwner(e.user)
	return p, err
}

// unrunnable gives the status that shells give.
func unrunnable(err error) error {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return &failure{codeNotFound, err}
	}
	return &failure{codeNoExec, err}
}

// handed is a configuration on its way to one run of the command.
type handed struct {
	args, env []string
	file      *memoryFile // to be inherited; nil unless the way is fd
}

// hand delivers the value and frees it. at is the number that the memory file
// will have in the command; zero: the one it has here.
func (p *plan) hand(value *wipe.Buffer, at int) (*handed, error) {
	defer value.Free()
	h := &handed{args: p.args, env: p.env}
	switch p.way.kind {
	case wayFile:
		h.args = p.filled(p.way.value)
		return h, p.save(value.Bytes())
	case wayEnv:
		if slices.Contains(value.Bytes(), 0) {
			return nil, usage("the value holds a zero byte, which no environment variable can: use -as fd")
		}
		h.env = p.withVariable(string(value.Bytes()))
		return h, nil
	}
	file, err := newMemoryFile(value.Bytes(), p.owner)
	if err != nil {
		return nil, fmt.Errorf("no memory file: %w", err)
	}
	h.file, h.args = file, p.filled(file.path(at))
	return h, nil
}

// save writes the file, and keeps hold of one that is to be removed.
func (p *plan) save(value []byte) error {
	if !p.watch {
		return saveFor(p.owner, p.way.value, value)
	}
	f, err := keep(p.owner, p.way.value, value)
	if err != nil {
		return err
	}
	if p.kept != nil {
		_ = p.kept.Close()
	}
	p.kept = f
	return nil
}

// cleanUp removes the file, if it is still the one that save wrote.
func (p *plan) cleanUp() {
	if p.kept == nil {
		return
	}
	remove(p.kept, p.way.value)
	_ = p.kept.Close()
}

func (h *handed) close() {
	if h.file != nil {
		h.file.close()
	}
}

// filled gives the arguments with the path in place of the placeholder.
func (p *plan) filled(path string) []string {
	args := slices.Clone(p.args)
	for i := range args[1:] {
		args[i+1] = strings.ReplaceAll(args[i+1], placeholder, path)
	}
	return args
}

func (p *plan) withVariable(value string) []string {
	env := slices.DeleteFunc(slices.Clone(p.env), func(v string) bool { return strings.HasPrefix(v, p.way.value+"=") })
	return append(env, p.way.value+"="+value)
}
