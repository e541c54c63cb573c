// Package lab measures cold starts of whole processes: it builds one small
// program for each client, plays Secrets Manager and the services that hand out
// credentials for them, and runs them one by one.
package lab

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"wicketkey.internal/benchmarks/programs/tell"
	"wicketkey.internal/benchmarks/virtual"
)

// Programs are the names of the programs, the floor last. The floor has its keys
// at hand whatever the setup, goes straight to its peer and wants one secret.
var Programs = [...]string{"official", "sdk", "fetch", "cache", "floor"}

const path = "wicketkey.internal/benchmarks/programs/"

// Sample is what one process cost, from its start to its secrets in hand.
type Sample struct {
	Wall, CPU                   time.Duration
	Faults                      int64 // page faults that needed no disk
	Allocated, Mallocs, PeakRSS int64
	Dials                       int64
}

// Lab is the machine room. One process is measured at a time.
type Lab struct {
	dir     string
	answers *answers
	servers map[place]*server
	proxy   *proxy
	meta    net.Listener
	link    *link // nil: no distance can be had
	linkErr error
}

// place is where a server stands: under which root, and whether it speaks no
// TLS newer than 1.2.
type place struct {
	roots Roots
	old   bool
}

// Open builds the programs and starts the servers. The caller closes it.
func Open() (*Lab, error) {
	dir, err := os.MkdirTemp("", "wicketkey-lab-")
	if err != nil {
		return nil, err
	}
	l := &Lab{dir: dir, servers: map[place]*server{}}
	if err := errors.Join(l.build(), l.serve()); err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

// Close stops the servers and removes the programs.
func (l *Lab) Close() error {
	for _, s := range l.servers {
		_ = s.http.Close()
	}
	if l.proxy != nil {
		_ = l.proxy.http.Close()
	}
	if l.meta != nil {
		_ = l.meta.Close()
	}
	if l.link != nil {
		_ = l.link.close()
	}
	return os.RemoveAll(l.dir)
}

// Distance says why there can be no round-trip time, nil if there can.
func (l *Lab) Distance() error { return l.linkErr }

func (l *Lab) build() error {
	args := []string{"build", "-trimpath", "-o", l.dir + string(filepath.Separator)}
	for _, p := range Programs {
		args = append(args, path+p)
	}
	// Without cgo, as for an image with nothing else in it: the dynamic linker
	// would add the same few milliseconds to each.
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the programs: %w\n%s", err, out)
	}
	return nil
}

// Size returns the size of a program's binary.
func (l *Lab) Size(program string) (int64, error) {
	info, err := os.Stat(filepath.Join(l.dir, program))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (l *Lab) serve() (err error) {
	if l.answers, err = newAnswers(); err != nil {
		return err
	}
	if err := l.secretsManagers(); err != nil {
		return err
	}
	if l.proxy, err = startProxy(); err != nil {
		return err
	}
	if l.meta, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	go func() { _ = http.Serve(l.meta, virtual.MetadataHandler("ASIAEXAMPLE", "secret")) }()
	profile := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", accessKey, secretKey)
	return errors.Join(os.WriteFile(l.profileFile(), []byte(profile), 0o600), os.WriteFile(l.tokenFile(), []byte(virtual.ContainerToken), 0o600))
}

func (l *Lab) secretsManagers() error {
	hosts, address := []string{"127.0.0.1", name}, "127.0.0.1:0"
	if l.link, l.linkErr = openLink(); l.linkErr == nil {
		hosts, address = append(hosts, far), "0.0.0.0:0"
	}
	system, err := distribution()
	if err != nil {
		return err
	}
	for roots, common := range map[Roots]string{Amazon: "Amazon Root CA for measuring", Other: "Corporate Root", Bundle: "Private Root"} {
		ca, err := virtual.NewAuthority(common)
		if err != nil {
			return err
		}
		file := ca.PEM()
		if roots != Bundle {
			file = bytes.Join([][]byte{system, ca.PEM()}, []byte("\n"))
		}
		err = errors.Join(os.WriteFile(l.file(roots), file, 0o600), os.WriteFile(l.file(roots)+".root", ca.PEM(), 0o600))
		if err != nil {
			return err
		}
		for old, version := range map[bool]uint16{false: tls.VersionTLS13, true: tls.VersionTLS12} {
			if l.servers[place{roots, old}], err = startServer(address, ca, hosts, version, l.answers); err != nil {
				return err
			}
		}
	}
	return nil
}

// Run runs one program once.
func (l *Lab) Run(program string, s Setup) (Sample, error) {
	s = s.complete()
	srv := l.servers[place{s.Roots, s.Way == TLS12}]
	host := "127.0.0.1"
	if s.RTT > 0 {
		if l.link == nil {
			return Sample{}, l.linkErr
		}
		l.link.set(s.RTT)
		host = far
	}
	l.answers.set(s)
	l.proxy.to.Store(host)
	before := srv.dials.Load()
	r, wall, err := l.exec(program, l.environment(s, host, srv.port()))
	if err == nil && int(r.Length) != s.Secrets*s.Size {
		err = fmt.Errorf("it has %d bytes of secrets, want %d of %d", r.Length, s.Secrets, s.Size)
	}
	if err != nil {
		return Sample{}, fmt.Errorf("%s in %v: %w", program, s, err)
	}
	return Sample{wall, time.Duration(r.CPU), r.Faults, r.Allocated, r.Mallocs, r.PeakRSS, srv.dials.Load() - before}, nil
}

func (l *Lab) exec(program string, env []string) (r tell.Report, wall time.Duration, err error) {
	cmd := exec.Command(filepath.Join(l.dir, program))
	cmd.Env = env
	var out, trouble bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &trouble
	start := time.Now()
	err = cmd.Run()
	wall = time.Since(start)
	if err = cmp.Or(err, binary.Read(&out, binary.LittleEndian, &r)); err != nil {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(trouble.String()))
	}
	return r, wall, err
}
