// Package benchmarks measures wicketkey beside the official caching client and
// the plain SDK, in the same run.
//
//	go test ./benchmarks                    # what can be counted, as equalities; ratios with wide gates
//	go test ./benchmarks -run NONE -bench . # what a read that hits costs
//	go run ./benchmarks/report              # everything, written to results as tables and charts
//	go run ./benchmarks/soak                # ten minutes of rotation, trouble and 64 readers
//
// Round trips, calls and fleets are on virtual time, over the clients' real code.
// Times are ratios of medians of runs that take turns; absolute ones are
// information, with the machine beside them. Other people's caches are in
// benchmarks/peers, the comparison with the committed baseline in
// benchmarks/regress, each a module of its own.
package benchmarks
