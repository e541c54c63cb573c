// Package imds stands in for the two places from which a workload on AWS gets
// its credentials: the EC2 instance metadata service, and the container
// credentials endpoint of ECS and EKS.
//
//	issuer := imds.NewIssuer(nil)
//	instance := imds.NewInstance(issuer, &imds.InstanceOptions{Now: clock.Now})
//	defer instance.Close()
//	srv := httptest.NewServer(instance)
//	// AWS_EC2_METADATA_SERVICE_ENDPOINT=srv.URL
//	...
//	credentials, ok := issuer.Lookup(accessKey) // in the service's signature check
//
// Guarantees: version 2 of the metadata service (a token by PUT with a
// lifetime of 1 to 21600 seconds, then GET with it; 401 without, 400 for a bad
// lifetime, 403 for a forwarded PUT), version 1 on request; credentials that
// are renewed before they expire on the caller's clock, and that the issuer
// still knows after they expired, so that a service can say "expired" instead
// of "unknown". Keys and tokens follow from a seed. Trouble on order: an
// answer lost to the hop limit, a black hole, 403, no role, a server error,
// delay, and credentials that are renewed no more.
//
// Limits: of the metadata tree only what clients of credentials and regions
// read. Instance identity has no signature.
package imds
