// Package otelwicketkey shows a [cache.Store] to OpenTelemetry: what the store
// has done, and how old the secrets are that the caller picks.
//
//	registration, err := otelwicketkey.Register(provider.Meter("wicketkey"), store,
//		otelwicketkey.Secret{ID: "keeperRotationGatewayConfig", Label: "gateway"})
//	if err != nil {
//		return err
//	}
//	defer registration.Unregister()
//
// It is a module of its own, so that programs without OpenTelemetry need not
// download it.
//
// The module has no public home yet. From a project beside the clone:
//
//	go mod edit -require=wicketkey.internal@v0.0.0 -replace=wicketkey.internal=../wicketkey
//	go mod edit -require=wicketkey.internal/cache/otelwicketkey@v0.0.0 -replace=wicketkey.internal/cache/otelwicketkey=../wicketkey/cache/otelwicketkey
//	go mod tidy
//
// # Metrics
//
// Counters, since the store was made:
//
//	wicketkey.cache.hits       {read}     reads answered by a value at hand, stale ones among them
//	wicketkey.cache.misses     {read}     reads that had to wait, or got a held error
//	wicketkey.cache.held_back  {call}     reads, refreshes and prefetches given the last error without asking AWS
//	wicketkey.cache.fetches    {call}     questions put to AWS, without retries
//	wicketkey.cache.failures   {call}     questions without a value for answer, refusals among them
//	wicketkey.cache.refusals   {call}     clear refusals
//	wicketkey.cache.changes    {version}  versions taken into use
//	wicketkey.cache.evictions  {secret}   values dropped to stay within bounds
//	wicketkey.cache.restored   {secret}   values taken from the disk copy
//
// Up-down counters, at present, which add up over a fleet:
//
//	wicketkey.cache.secret.count   {secret}      values kept
//	wicketkey.cache.size           By            the sum of their lengths
//	wicketkey.cache.failing.count  {identifier}  identifiers remembered without a value
//
// Gauges, for each [Secret] given to [Register] and no other:
//
//	wicketkey.cache.secret.served     {secret}  1 while there is a value to serve, else 0
//	wicketkey.cache.secret.age        s         since AWS was last asked for the value and gave it
//	wicketkey.cache.secret.staleness  s         since the value ceased to count as fresh; 0 while it does
//
// The gauges alone have an attribute, [LabelKey]. Where there is no value to
// serve, served is 0 and the other two are not reported: alert on all three.
//
// # Guarantees
//
// No metric has a value, an ARN, a version or a name, unless the caller makes the
// name a label. A collection asks nothing of AWS, counts as no read, keeps no
// secret in the cache, and starts nothing in the background.
//
// # Limits
//
// A collection looks at every value that is kept, under the store's lock, which
// hits do not take: once every few seconds is harmless. One meter is for one store;
// the metrics of two would be mixed up. Tell their meters apart by
// [metric.WithInstrumentationAttributes].
package otelwicketkey
