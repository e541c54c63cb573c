// Package lab measures cold starts of whole processes: it builds one small
// program for each client, plays Secrets Manager and the instance metadata
// service for them, and runs them one by one.
package lab

import (
	"bytes"
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

	"wicketkey.internal/benchmarks/internal/authority"
	"wicketkey.internal/benchmarks/internal/cold/tell"
	"wicketkey.internal/benchmarks/internal/distance"
	"wicketkey.internal/benchmarks/internal/imds"
)

// Programs are the names of the programs, the floor last.
var Programs = [...]string{"official", "sdk", "fetch", "cache", "floor"}

const path = "wicketkey.internal/benchmarks/internal/cold/"

// Roots are the ways in which a process comes to trust Secrets Manager.
type Roots string

const (
	// Amazon: a root named as Amazon's are, among all of the distribution's.
	Amazon Roots = "amazon"
	// Other: a root of another name among them, as behind an inspecting proxy.
	Other Roots = "other"
	// Bundle: AWS_CA_BUNDLE names a file with the one root.
	Bundle Roots = "bundle"
)

// Setup is what a process finds when it starts.
type Setup struct {
	RTT      time.Duration // to Secrets Manager; the metadata service is on this machine
	Instance bool          // credentials from the metadata service, else from the environment
	Roots    Roots
}

// Sample is what one process cost, from its start to the secret in hand.
type Sample struct {
	Wall, CPU                   time.Duration
	Allocated, Mallocs, PeakRSS int64
	Dials                       int64
}

// Lab is the machine room. One process is measured at a time.
type Lab struct {
	dir     string
	servers map[Roots]*server
	meta    net.Listener
	link    *distance.Link // nil: no distance can be had
	linkErr error
}

// Open builds the programs and starts the servers. The caller closes it.
func Open(value string) (*Lab, error) {
	dir, err := os.MkdirTemp("", "wicketkey-lab-")
	if err != nil {
		return nil, err
	}
	l := &Lab{dir: dir, servers: map[Roots]*server{}}
	if err := errors.Join(l.build(), l.serve(value)); err != nil {
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
	if l.meta != nil {
		_ = l.meta.Close()
	}
	if l.link != nil {
		_ = l.link.Close()
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

func (l *Lab) serve(value string) error {
	hosts, address := []string{"127.0.0.1"}, "127.0.0.1:0"
	if l.link, l.linkErr = distance.Open(); l.linkErr == nil {
		hosts, address = append(hosts, distance.Far), "0.0.0.0:0"
	}
	system, err := distribution()
	if err != nil {
		return err
	}
	for roots, name := range map[Roots]string{Amazon: "Amazon Root CA for measuring", Other: "Corporate Root", Bundle: "Private Root"} {
		ca, err := authority.New(name)
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
		if l.servers[roots], err = startServer(address, ca, hosts, value); err != nil {
			return err
		}
	}
	if l.meta, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	go func() { _ = http.Serve(l.meta, imds.Handler("ASIAEXAMPLE", "secret")) }()
	return nil
}

func (l *Lab) file(r Roots) string { return filepath.Join(l.dir, string(r)+".pem") }

// Run runs one program once.
func (l *Lab) Run(program string, s Setup) (Sample, error) {
	srv := l.servers[s.Roots]
	host := "127.0.0.1"
	if s.RTT > 0 {
		if l.link == nil {
			return Sample{}, l.linkErr
		}
		l.link.Set(s.RTT)
		host = distance.Far
	}
	cmd := exec.Command(filepath.Join(l.dir, program))
	cmd.Env = l.environment(s, "https://"+net.JoinHostPort(host, srv.port()))
	var out, trouble bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &trouble
	before := srv.dials.Load()
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	var r tell.Report
	if err == nil {
		err = binary.Read(&out, binary.LittleEndian, &r)
	}
	if err != nil {
		return Sample{}, fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(trouble.String()))
	}
	return Sample{wall, time.Duration(r.CPU), r.Allocated, r.Mallocs, r.PeakRSS, srv.dials.Load() - before}, nil
}

func (l *Lab) environment(s Setup, endpoint string) []string {
	env := []string{
		"HOME=" + l.dir, "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL_SECRETS_MANAGER=" + endpoint,
		"FLOOR_ROOT=" + l.file(s.Roots) + ".root",
	}
	if s.Roots == Bundle {
		env = append(env, "AWS_CA_BUNDLE="+l.file(s.Roots))
	} else {
		env = append(env, "SSL_CERT_FILE="+l.file(s.Roots))
	}
	if s.Instance {
		return append(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://"+l.meta.Addr().String())
	}
	return append(env, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
}
