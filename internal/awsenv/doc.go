// Package awsenv finds an [aws.Config] the way config.LoadDefaultConfig does,
// without linking it: that package brings clients for STS, SSO and sign-in
// along, which a program that only reads a secret pays for in size and in
// start-up time.
//
//	loaded, err := awsenv.Load(nil)
//	if err != nil {
//		return err // names the variable, file or profile at fault
//	}
//	if loaded.Config.Region == "" {
//		loaded.Config.Region, err = loaded.InstanceRegion(ctx)
//	}
//	client := secretsmanager.NewFromConfig(loaded.Config)
//
// # Guarantees
//
// Load reads the environment and the two shared files and nothing else: it
// never waits for the network. Sources are tried in the SDK's order, and the
// tests run LoadDefaultConfig beside Load to prove it. Credentials are fetched
// at their first use, cached, and fetched again before they expire.
//
// Every call made for credentials is bounded in time and size, follows no
// redirect, and goes to a host that was checked (hosts.go). Instance metadata
// that does not answer costs at most two seconds, where the SDK's own defaults
// take five to eight. [Loaded.Close] ends whatever is under way.
//
// # Limits
//
// What a person has, and no server (SSO, "aws login", a role that demands an MFA
// code), is left to fetch/fullchain: see [Options.FullChain]. Settings that
// Secrets Manager does not use (S3, request compression, checksums) are not
// read. DefaultsMode "auto" is passed on, but the instance is not asked for its
// region to resolve it.
package awsenv
