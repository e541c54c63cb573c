//go:build amd64 && !race

#include "textflag.h"

// func move8(to, from *byte, n int)
TEXT ·move8(SB), NOSPLIT, $0-24
	MOVQ to+0(FP), DI
	MOVQ from+8(FP), SI
	MOVQ n+16(FP), CX
	CLD
	REP; MOVSB
	RET
