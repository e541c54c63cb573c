package gatewayconfig

// Package encoding/base64 wants to know alphabet and padding in advance, skips
// line breaks only, and says in its error what it read. To normalise for it
// would take another copy of the text.

// A flaw is what makes text not base64.
type flaw struct {
	at    int // in bytes from the beginning of the text
	cause string
}

// decodedLen returns how many bytes n characters of base64 decode to at most.
func decodedLen(n int) int { return n/4*3 + 3 }

// decodeBase64 decodes text of either alphabet, padded or not, with white space
// anywhere, into dst, which has room for decodedLen(len(text)) bytes.
func decodeBase64(dst, text []byte) (n int, bad *flaw) {
	var bits uint32 // the characters of the present group of four, six bits each
	chars, padding := 0, 0
	for at, c := range text {
		v, ok := sextet(c)
		switch {
		case isSpace(c):
		case c == '=':
			padding++
		case !ok:
			return 0, &flaw{at, "a character that is not base64"}
		case padding > 0:
			return 0, &flaw{at, "more text behind base64's padding"}
		default:
			bits = bits<<6 | v
			if chars++; chars%4 == 0 {
				n += put(dst[n:], bits, 3)
			}
		}
	}
	// Two characters that are left over hold one byte, three hold two. The bits
	// beyond are zero unless the text was cut or damaged.
	left := chars % 4
	if left == 0 && padding == 0 {
		return n, nil
	}
	spare := 2 * (4 - left)
	if left < 2 || padding > 0 && padding != 4-left || bits&(1<<spare-1) != 0 {
		return 0, &flaw{len(text), "base64 that is cut short or damaged"}
	}
	return n + put(dst[n:], bits<<(3*spare), left-1), nil
}

// put writes the first n of the three low bytes of bits.
func put(dst []byte, bits uint32, n int) int {
	for i := range n {
		dst[i] = byte(bits >> (16 - 8*i))
	}
	return n
}

// sextet returns what a character of either alphabet stands for.
func sextet(c byte) (uint32, bool) {
	switch {
	case 'A' <= c && c <= 'Z':
		return uint32(c - 'A'), true
	case 'a' <= c && c <= 'z':
		return uint32(c-'a') + 26, true
	case '0' <= c && c <= '9':
		return uint32(c-'0') + 52, true
	case c == '+' || c == '-':
		return 62, true
	case c == '/' || c == '_':
		return 63, true
	}
	return 0, false
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
