// Package sigv4 verifies AWS Signature Version 4 the way AWS's JSON front end
// does, with a canonicaliser of its own: it shares no code with the signers
// that it judges.
//
//	caller, fault := sigv4.Verify(r, body, &sigv4.Config{
//		Region:  "us-east-1",
//		Service: "secretsmanager",
//		Now:     clock.Now(),
//		Lookup:  keys.Lookup,
//	})
//	if fault != nil {
//		w.WriteHeader(fault.Status)
//		w.Write(fault.Body())
//		return
//	}
//
// Guarantees: header and query (presigned) signatures over any signed set that
// holds host and every x-amz-* header of the request; session tokens; a window
// of five minutes on the caller's clock; the credential scope; the body's
// hash. Secrets and signatures are compared in constant time. No input makes
// it panic, and nothing of a secret key or token appears in a [Fault].
//
// Limits: AWS4-HMAC-SHA256 only (neither SigV4A nor chunked uploads), and
// UNSIGNED-PAYLOAD is refused, as every service but S3 does.
//
// Not on record: the order in which AWS reports several mistakes in one
// request, the message for an unsigned x-amz-* header (formed like the one for
// Host), and the tail of the "Signature expired" message of a presigned
// request whose lifetime is not in whole minutes.
package sigv4
