package fetch

// Ref says which bytes are wanted: of which secret, which version, which key.
// It holds nothing secret and prints safely.
type Ref struct {
	ID        string // name, full ARN or partial ARN; goes to AWS as it is
	Key       string // one key of a value that is a JSON object; empty: the whole value
	Stage     string // staging label; empty: AWSCURRENT, or whatever stage VersionID has
	VersionID string // one version; empty: the version that has Stage
}
