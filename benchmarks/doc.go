// Package benchmarks measures wicketkey beside the official caching client and
// the plain SDK, in the same run.
//
//	go test ./benchmarks -run NONE -bench Hit  # what a read that hits costs
//	go test ./benchmarks                       # what can be counted, as equalities
//	go run ./benchmarks/report -gate           # cold starts and hits, held to their limits, in two minutes
//	go run ./benchmarks/report                 # everything, written to results as tables and charts
//	go run ./benchmarks/soak                   # ten minutes of rotation, trouble and 64 readers
//
// Four folders do it: virtual is a network, a region and a service in memory, on
// which round trips and fleets take virtual time, over the clients' real code;
// programs are the clients, and a small program of each; lab runs those as
// processes, at a distance if it is told to; report measures and draws. Times are
// ratios of medians of runs that take turns; absolute ones are information, with
// the machine beside them.
//
// Other people's caches are in benchmarks/peers, the comparison with the committed
// baseline in benchmarks/regress, each a module of its own.
package benchmarks
