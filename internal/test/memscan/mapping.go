package memscan

// mapping is a range of addresses.
type mapping struct {
	start, end uint64
	readable   bool
	dontDump   bool // kept out of core dumps at the process's wish
	name       string
}
