// Package cache keeps secrets fresh: a [Store] fetches each secret once, serves
// it from wipeable memory, refreshes it before it grows old, and carries a
// gateway through an outage of AWS.
//
//	client, err := fetch.New(ctx, nil)
//	store, err := cache.New(client, nil)
//	defer store.Close()
//
//	err = store.View(ctx, "keeperRotationGatewayConfig", func(value []byte) error {
//		return use(value) // no copy; not to be kept after the call
//	})
//	secret, err := store.Get(ctx, "keeperRotationGatewayConfig") // a private copy
//	defer secret.Close()
//
// It stands on the official caching client
// (github.com/aws/aws-secretsmanager-caching-go/v2/secretcache), which decides
// on versions and holds tickets in place of values. A secret costs one
// GetSecretValue, and no other permission.
//
// # Which call
//
//   - Use a value now: [Store.View], without a copy.
//   - Keep or pass on a value: [Store.Get], a copy of your own to close.
//   - Log in with it, where a rotation may be under way: [Store.Do], which asks
//     again when the credential was rejected.
//   - Have it ready before the first reader: [Store.Prefetch], several in a batch.
//   - Act on each new version: [Store.Watch].
//   - Know of a rotation and not wait for the TTL: [Store.Refresh].
//   - Tell a load balancer whether to send traffic: [Store.Readiness].
//   - Tell an operator how old a value is, and what went wrong: [Store.State].
//   - Measure: [Store.Stats], or package otelwicketkey.
//
// # Guarantees
//
// Reading. A hit takes no lock and no look at the clock, and [Store.View]
// allocates nothing. A reader keeps the version that it was given: a version
// that was replaced, evicted or closed is wiped when its last reader leaves.
//
// Identity. The ARN and Name of AWS's answer say which spellings are one secret:
// name, full ARN and ARN without its suffix share one entry, names within one
// account and region. The JSON keys of a secret (name:key) are picked from one
// answer, so that they are of one version and cost one call.
//
// Freshness. A value is renewed in the background before its TTL ends, so that
// readers never wait for a refresh. One call is under way per secret and stage,
// however many callers wait; a caller who leaves harms nobody. A reader who has
// seen a version is not given an older answer afterwards.
//
// Trouble. While AWS cannot answer (throttled, 5xx, network, KMS or credentials
// out of order) the last value is served, up to [Options.MaxStale] after its
// TTL. What fails is asked ever more rarely, whoever asks; retrying within one
// call is left to package fetch. With [Options.Disk] a restart in the midst of an
// outage finds the last values, too.
//
// Refusals. A value that AWS refuses is wiped, and not served again until AWS says
// yes. A refusal ends the secret under every spelling and JSON key; one of a key
// that the value lacks, that key alone. Deleted, not found and key disabled end
// every stage and version. Denied, by IAM or KMS, ends what was asked; other
// stages are asked at once and withheld until AWS has said yes, or could not be
// asked for 15 seconds, in which the machine was awake. An answer that set out
// before a refusal is never taken, late as it may come. The copies on disk follow
// the same rule.
//
// Age. A value's age counts from when the question that AWS answered with it set
// out, in a batch as well: AWS may have made the answer as early as that. TTL and
// MaxStale, the next refresh, [State] and the copies on disk go by it. Two clocks
// measure it: the one on the wall, and one that is never set but stands still while
// a machine is suspended. What is too old by either is not served. After waking up
// it takes a sixtieth of TTL, five seconds at most, until that is noticed. An answer
// that was on its way meanwhile is asked for again. One that took longer than a
// value is kept is handed to those who waited for it, and to nobody else.
//
// Bounds. At most [Options.MaxSecrets] values and [Options.MaxBytes] are kept;
// the least recently used leaves first. As many names that gave an error are
// remembered, and these displace no value. Nothing runs in the background while
// nothing is cached, and [Store.Close] leaves no goroutine behind but that of a
// Logger's handler which has not returned.
//
// # States
//
// What is kept of one stage or version of a secret is in one of six states, which
// [State].Phase and the log name. A diagram is in docs/states.md.
//
//	state     value     | value  refusal  trouble    another stage denied  time
//	empty     none      | fresh  refused  failing    -                     -
//	fresh     served    | fresh  refused  fresh      withheld              stale, after TTL
//	stale     served    | fresh  refused  stale      withheld              failing or empty, after MaxStale
//	withheld  kept      | fresh  refused  withheld   -                     fresh or stale, after 15 s
//	failing   none      | fresh  refused  failing¹   -                     forgotten
//	refused   none      | fresh  refused  failing    -                     forgotten
//
// ¹ or fresh or stale, where the disk has a copy that is young enough.
//
// Background questions have one of three reasons, in [State].Why: refresh, before a
// value grows old; retry, after a question in vain; verify, of what is withheld.
//
// # Limits
//
// "Least recently used" is exact between two misses, not between two hits. Between
// waking up and the next look at the clocks a value may be served beyond its age.
// Moving AWSCURRENT back to an older version is followed like any other change, so
// an answer of AWS itself that lags behind an earlier one is, too.
package cache
