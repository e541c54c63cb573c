// Package memscan looks for the remains of known bytes in the memory of another
// process, in core dumps and in logs. It is for tests and benchmarks.
//
//	finder := memscan.NewFinder(
//		memscan.Needle{Name: "value", Bytes: secret},
//		memscan.Needle{Name: "base64", Bytes: encoded})
//	found, err := finder.Process(child.Pid, nil)
//	if errors.Is(err, memscan.ErrUnsupported) {
//		t.Skip(err)
//	}
//	fmt.Println(found) // value: 1 whole, 1 fragment, 3072 bytes
//
// # Guarantees
//
// Every fragment of [MinFragment] bytes or more is found, wherever it begins in
// memory or in the needle, and given with its full length.
//
// # Limits
//
// The process should stand still: what moves while it is read may be missed or
// seen twice. Memory that no other process may read (memfd_secret) is counted in
// [Found.Unread], not searched. Needles should be random: a fragment that occurs
// twice, in one needle or in two, is reported once, as the longest match, and as
// a whole needle rather than a part of one.
package memscan

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
)

// MinFragment is the length in bytes from which a match counts. Shorter ones
// come about by chance in the code and constants of any program.
const MinFragment = 16

// word is what is looked up. A fragment of 15 bytes already covers an aligned
// word wholly, so it is enough to look at every eighth address.
const word = 8

// A Needle is what is looked for.
type Needle struct {
	Name  string
	Bytes []byte
}

// A Hit is one fragment of a needle.
type Hit struct {
	Needle string
	At     uint64 // address in the process, or offset in the stream
	Offset int    // where the fragment begins in the needle
	Len    int    // its length in bytes
	Whole  bool   // the fragment is the whole needle
	Region string // the mapping that it lies in, as /proc/PID/maps names it
}

// Found is the outcome of a search.
type Found struct {
	Hits   []Hit
	Read   int64 // bytes searched
	Unread int64 // bytes that the system would not show
}

// Whole returns how many complete copies of a needle were found.
func (f Found) Whole(needle string) int {
	n := 0
	for _, h := range f.Hits {
		if h.Needle == needle && h.Whole {
			n++
		}
	}
	return n
}

// Fragments returns how many fragments of a needle were found, whole copies
// included; of all needles for "".
func (f Found) Fragments(needle string) int {
	n := 0
	for _, h := range f.Hits {
		if needle == "" || h.Needle == needle {
			n++
		}
	}
	return n
}

// Bytes returns how many bytes the fragments have together.
func (f Found) Bytes() int {
	n := 0
	for _, h := range f.Hits {
		n += h.Len
	}
	return n
}

// String tells what was found, needle by needle, without a byte of it.
func (f Found) String() string {
	if len(f.Hits) == 0 {
		return "nothing"
	}
	var b strings.Builder
	for i, h := range f.Hits {
		if i == maxListed {
			fmt.Fprintf(&b, "; and %d more", len(f.Hits)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s[%d:+%d] at %#x %s", h.Needle, h.Offset, h.Len, h.At, h.Region)
	}
	return b.String()
}

// maxListed keeps a failure readable.
const maxListed = 12

// A Finder looks for a set of needles. It is immutable and safe for concurrent
// use.
type Finder struct {
	needles []Needle
	at      map[uint64][]place // by the word that stands there
	filter  []uint64           // a bit for each word's hash: most memory is ruled out by it
	shift   int
}

// place is a position in a needle.
type place struct{ needle, offset int }

// NewFinder prepares a search. The needles must not be changed afterwards; one
// shorter than [MinFragment] is never found.
func NewFinder(needles ...Needle) *Finder {
	f := &Finder{needles: needles, at: map[uint64][]place{}}
	total := 0
	for i, n := range needles {
		for o := 0; o+word <= len(n.Bytes); o++ {
			w := binary.LittleEndian.Uint64(n.Bytes[o:])
			f.at[w] = append(f.at[w], place{i, o})
			total++
		}
	}
	order := bits.Len(uint(total*16 | 1<<9))
	f.filter, f.shift = make([]uint64, 1<<(order-6)), 64-order
	for w := range f.at {
		h := hash(w) >> f.shift
		f.filter[h/64] |= 1 << (h % 64)
	}
	return f
}

// hash spreads a word over 64 bits, the upper ones best.
func hash(w uint64) uint64 { return w * 0x9e3779b97f4a7c15 }

// search gives the hits in mem, which begins at address base, a multiple of
// eight.
func (f *Finder) search(mem []byte, base uint64, region string) []Hit {
	var hits []Hit
	for i := 0; i+word <= len(mem); i += word {
		w := binary.LittleEndian.Uint64(mem[i:])
		h := hash(w) >> f.shift
		if f.filter[h/64]&(1<<(h%64)) == 0 {
			continue
		}
		hit, end := f.longest(mem, i, f.at[w])
		if hit.Len < MinFragment {
			continue
		}
		hit.At += base
		hit.Region = region
		hits = append(hits, hit)
		i = (end+word-1)/word*word - word // the loop adds one
	}
	return hits
}

// longest extends a word that matches at mem[i:] both ways, for each place in
// which it stands in a needle.
func (f *Finder) longest(mem []byte, i int, places []place) (best Hit, end int) {
	for _, p := range places {
		n := f.needles[p.needle]
		back := 0
		for back < i && back < p.offset && mem[i-back-1] == n.Bytes[p.offset-back-1] {
			back++
		}
		ahead := word
		for i+ahead < len(mem) && p.offset+ahead < len(n.Bytes) && mem[i+ahead] == n.Bytes[p.offset+ahead] {
			ahead++
		}
		length := back + ahead
		whole := length == len(n.Bytes)
		if length > best.Len || length == best.Len && whole {
			best = Hit{Needle: n.Name, At: uint64(i - back), Offset: p.offset - back, Len: length, Whole: whole}
			end = i + ahead
		}
	}
	return best, end
}
