// Package fetch asks AWS Secrets Manager for a secret, once.
//
//	client, err := fetch.New(ctx, nil) // region and credentials as the SDK finds them
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	secret, err := client.Get(ctx, "keeperRotationGatewayConfig")
//	if err != nil {
//		return err // says what to do about it
//	}
//	defer secret.Close() // wipes it
//	use(secret.Bytes())
//
// Package cache keeps what this one brings fresh.
//
// # Which call
//
//   - One secret, at start-up: [Client.Get], by name or ARN.
//   - One key, stage or version of it: [Client.GetRef], or Get with the form
//     that Amazon ECS has for it.
//   - Several secrets: [Client.GetMany], one call for each twenty.
//   - Several keys of one JSON secret: [Secret.Key] of what Get returned.
//   - The same secret again and again, or its rotations: package cache.
//   - A Secret for a test, out of bytes: [NewSecret].
//
// # Guarantees
//
// One call. A Get is one GetSecretValue and needs no other permission; the
// connection is opened while credentials are fetched. A second call is made
// only after AWS did not know the identifier and it could have been meant
// otherwise (a name with the ARN's random suffix pasted to it, an ARN without
// it), and that is logged.
//
// Identity. Name, full ARN and ARN without its suffix go to AWS as they are
// given. An ARN is asked in its own region; for a name the region is that of
// the options, else of the environment or profile, else of the instance.
//
// Retries in one layer, the SDK's: throttling is waited out within
// [Options.Budget], other trouble is tried three times unless configured.
// x-amz-retry-after is honoured. Every attempt has a deadline.
//
// Memory. A value lives in wipeable memory from the moment it leaves the TLS
// connection until [Secret.Close], in one copy; the SDK sees "[secret]" in its
// place. Where a caller's own HTTP client carries the exchange, that client's
// read buffers are out of reach: the log and [Attempt.Wiping] say so.
//
// Errors are [*Error]: cause, remedy, a sentinel for errors.Is, and what lies
// under it. They never carry a byte of a secret, nor a text that is no
// identifier, which may be one.
//
// # Credentials
//
// Without [Options.AWS] the SDK's order of sources is followed without linking
// its config module, which would add 1.9 MB: environment, web identity, shared
// files with their profiles (keys, roles, processes), container, instance. The
// instance metadata service costs at most 2 s where it does not answer. SSO, "aws
// login" and MFA codes are what a person has: package fullchain brings them.
//
// # Limits
//
// No HTTP/2: its buffers cannot be wiped. Copies that a caller makes are out of
// reach.
package fetch
