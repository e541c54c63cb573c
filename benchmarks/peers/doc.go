// Package peers compares wicketkey with what else people use to read a secret
// again and again. It is a module of its own, so that none of it is a dependency
// of wicketkey:
//
//	cd benchmarks/peers && go test -bench Hit
package peers
