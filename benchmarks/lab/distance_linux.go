package lab

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// far is the address to connect to, 198.18.0.1 the one to listen on. They are of
// the range that RFC 2544 sets aside for measuring.
const far = "198.18.0.2"

const device = "wicketkey0"

// link puts a round-trip time between two addresses of this machine, for every
// packet: the SYN as well, which a relay between two sockets cannot delay, since
// the kernel answers it by itself.
//
// It is a TUN device whose far end is played by this process. A packet to the far
// address comes out of the device, waits, and goes back in with its two addresses
// exchanged, which leaves every checksum as it was; so a connection to the far
// address arrives, later, at a listener on the near one.
//
// It needs the right to make network devices: root, or a network namespace of
// one's own.
type link struct {
	tun    *os.File
	oneWay atomic.Int64
	queue  chan packet
}

type packet struct {
	at   time.Time
	data []byte
}

// openLink makes the device, with no distance at first.
func openLink() (*link, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("distance: /dev/net/tun: %w", err)
	}
	if err := configure(fd); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("distance: %w", err)
	}
	l := &link{tun: os.NewFile(uintptr(fd), device), queue: make(chan packet, 4096)}
	go l.receive()
	go l.send()
	return l, nil
}

func configure(tun int) error {
	ifr, err := unix.NewIfreq(device)
	if err != nil {
		return err
	}
	ifr.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(tun, unix.TUNSETIFF, ifr); err != nil {
		return err
	}
	sock, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(sock)
	for _, set := range []struct {
		request uint
		value   func(*unix.Ifreq) error
	}{
		{unix.SIOCSIFADDR, func(i *unix.Ifreq) error { return i.SetInet4Addr([]byte{198, 18, 0, 1}) }},
		{unix.SIOCSIFNETMASK, func(i *unix.Ifreq) error { return i.SetInet4Addr([]byte{255, 255, 255, 0}) }},
		{unix.SIOCSIFFLAGS, func(i *unix.Ifreq) error { i.SetUint16(unix.IFF_UP | unix.IFF_RUNNING); return nil }},
	} {
		ifr, _ := unix.NewIfreq(device)
		if err := set.value(ifr); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(sock, set.request, ifr); err != nil {
			return err
		}
	}
	return nil
}

// set changes the round-trip time, for packets from now on.
func (l *link) set(rtt time.Duration) { l.oneWay.Store(int64(rtt / 2)) }

// close removes the device.
func (l *link) close() error { return l.tun.Close() }

func (l *link) receive() {
	defer close(l.queue)
	buf := make([]byte, 64<<10)
	for {
		n, err := l.tun.Read(buf)
		if err != nil {
			return
		}
		if p := buf[:n]; n >= 20 && p[0]>>4 == 4 {
			l.queue <- packet{time.Now().Add(time.Duration(l.oneWay.Load())), exchanged(p)}
		}
	}
}

// exchanged copies an IPv4 packet with source and destination exchanged.
func exchanged(p []byte) []byte {
	out := append([]byte(nil), p...)
	copy(out[12:16], p[16:20])
	copy(out[16:20], p[12:16])
	return out
}

func (l *link) send() {
	for p := range l.queue {
		time.Sleep(time.Until(p.at))
		if _, err := l.tun.Write(p.data); err != nil {
			return
		}
	}
}
