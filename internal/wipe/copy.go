package wipe

// Copy copies as the built-in does, but never through the vector registers, so
// that a signal finds no more of the secret than an ordinary register holds. The
// slices must not overlap.
func Copy(to, from []byte) int {
	n := min(len(to), len(from))
	if n > 0 {
		move8(&to[0], &from[0], n)
	}
	return n
}
