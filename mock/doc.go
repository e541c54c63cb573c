// Package mock is an AWS Secrets Manager for tests: a real server that speaks the service's protocol, checks
// signatures as AWS does and answers in AWS's words.
//
//	srv := mock.Start(t)                         // closes with the test
//	srv.Put("db/main", []byte("hunter2"))        // create, or add a version as AWSCURRENT
//	srv.FailNext(2, mock.Throttling)             // trouble on order
//	client := secretsmanager.NewFromConfig(srv.AWSConfig())
//	...
//	if n := srv.Calls("GetSecretValue"); n != 3 { // two throttles, one answer
//		t.Errorf("%d calls", n)
//	}
package mock
