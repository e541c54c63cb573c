// Package mock is an AWS Secrets Manager for tests: a real server that speaks the service's protocol, checks
// signatures, decides by policy, and answers in AWS's own words.
//
//	srv := mock.Start(t)                          // closes with the test
//	srv.Put("db/main", []byte("hunter2"))         // create, or add a version as AWSCURRENT
//	srv.FailNext(2, mock.Throttling)              // faults on order
//	client := secretsmanager.NewFromConfig(srv.AWSConfig())
//	...
//	srv.AssertCalls(t, "GetSecretValue", "GetSecretValue", "GetSecretValue")
//
// # I want to ...
//
//	start     a server for a test                 [Start]; without a test [New], [Server.Close]; choices: [Options]
//	          a client for it                     [Server.AWSConfig], [Server.URL], [Server.CA], [Server.Dial]
//	secrets   put one there, or a new version     [Server.Put], [Server.Rotate]
//	          save them all, and bring them back  [Server.Snapshot], [Server.Restore], [Server.Reset]
//	          run a rotation function             [Server.HandleRotation], [PostRotation], [Server.Wait]
//	callers   limit what the client may           [Server.SetKey] with an [AccessKey]
//	          have it find its credentials        [Server.InstanceEnv], [Server.ContainerEnv], [Role]; STS is at the URL
//	faults    fail the next calls                 [Server.FailNext] with a [Failure]
//	          fail some, delay, cut, drip         [Server.Inject] with a [Fault], [Quotas], [Server.ClearFaults]
//	          lose the key, or the credentials    [Server.BreakKey], [Server.TroubleInstance]
//	time      let it pass                         [Server.Advance], [Server.Now]; all of it made up: [Options.InProcess]
//	seeing    how often, what, by whom            [Server.Calls], [Server.Requests]
//	          assert it                           [Server.AssertCalls], [Server.AssertUntouched]
//	          a line a request                    [Options.Log]
//
// Tests in other languages: the command wicketkey mock, and docs/languages.
//
// The default caller is an administrator. [Server.SetKey] with an [AccessKey] that names no ID makes it anyone else:
//
//	srv.SetKey(mock.AccessKey{Policies: []string{gatewayPolicy}})
//
// A request that the mock refuses gets AWS's own answer, which often says little: [Server.Requests] tells what was
// asked by whom and how it ended, and [Options.Log] why a KMS key was denied.
//
// # Guarantees
//
// Operations are atomic and sequentially consistent: a call sees everything that was answered before it was made.
// Servers share nothing. The same [Options.Seed] and the same requests in the same order give the same ARNs,
// version ids, request ids, passwords and dice. No request makes the server panic, or answer 500 without being told
// to. Beside the secrets the server keeps 64 MiB of records at most, 1000 faults and a few other things of fixed size.
// Records and logs hold no value of a secret. No web page is answered: requests with an Origin, or a Sec-Fetch-Site
// that is not none, are refused, and so are foreign host names where no signature is asked for.
//
// # Supported
//
//   - All 23 operations with every constraint of the service's model, pagination, filters, idempotency tokens,
//     staging labels, deprecated versions, scheduled deletion, tags, resource policies, replicas and promotion,
//     batches with errors of their own, rotation in four steps by a function in Go ([Server.HandleRotation]) or
//     behind a URL ([PostRotation]), and its schedule.
//   - Signature Version 4 in the header or the query, session tokens, expiry, and the window of five minutes.
//   - Identity policies, permissions boundaries and resource policies, within an account and across.
//   - KMS, as far as secrets need it: under a customer's key a read needs kms:Decrypt, a new version
//     kms:GenerateDataKey, and a key given to a secret both; kms:Encrypt decides whether a change of key encrypts the
//     versions in use anew. Policies may look at kms:ViaService, kms:EncryptionContext:SecretARN and
//     :SecretVersionId, kms:EncryptionContextKeys, kms:ResourceAliases and kms:CallerAccount. The answer says no more
//     than AWS's "Access to KMS is not allowed"; [Options.Log] says why. A key that fails for everybody is
//     [Server.BreakKey].
//   - Several accounts: a secret belongs to the account of the key that created it. Several regions: a request is
//     for the region that its signature is scoped to, so one URL stands for all endpoints; limit them with
//     [Options.Regions].
//   - Credentials from an EC2 instance (IMDSv2) or a container: [Server.InstanceEnv], [Server.ContainerEnv],
//     [Server.TroubleInstance]. STS at the same URL: GetCallerIdentity, AssumeRole and AssumeRoleWithWebIdentity, where
//     every role is there, trusts its account and every web identity, and may what [Options.Role] may. No fault strikes it.
//   - Trouble: [Server.Inject] until [Server.ClearFaults], [Server.BreakKey]. Time: [Server.Advance]; everything
//     runs inside testing/synctest with [Options.InProcess].
//   - For tests in other languages, without a signature: health, requests, state, faults, clock and reset below
//     /_mock/; GET /_mock/ lists them. Beyond loopback they want [Standalone.ControlToken].
//
// # Not supported
//
// KMS itself: there are no keys but names. Every customer's key has the policy that AWS gives to new ones, which
// leaves the decision to identity policies, and the key behind alias/x has the id x; replication asks no key. IAM
// beyond policies: principals in a resource policy need not exist, and a policy may lock its author out. Managed
// rotation and managed external secrets are stored, not run. ListSecrets lags for new secrets only. The signature of a
// web identity's token, PolicyArns and session tags. Endpoints other than those of Secrets Manager, STS and the instance.
//
// # State documents
//
// [Server.Snapshot] writes and [Server.Restore] reads a JSON document:
//
//	{"secrets": [{
//	  "name": "db/main",               required
//	  "value": "hunter2",              or "valueBase64", or "versions"
//	  "versions": [{"id": "...", "stages": ["AWSCURRENT"], "value": "...", "valueBase64": "...",
//	                "kmsKeyId": "...", "formerKmsKeyIds": ["..."], "created": "2026-01-31T12:00:00Z", "accessed": "..."}],
//	  "suffix": "AbCd12",              of the ARN; default by the seed
//	  "account": "...", "region": "...", default the server's
//	  "description": "...", "kmsKeyId": "...", "type": "...", "owningService": "...",
//	  "key": "denied" or "disabled",   what its KMS key suffers from
//	  "tags": {"team": "gate"},
//	  "policy": {"Version": "2012-10-17", "Statement": [...]},
//	  "created": "...", "changed": "...", "accessed": "...",
//	  "deleted": "...", "gone": "...", when DeleteSecret was called, and the window's end: 30 days later by default
//	  "prunedVersionIds": ["..."],     of versions that were cleaned up
//	  "rotation": {"enabled": true, "function": "...", "afterDays": 30, "schedule": "cron(...)", "duration": "3h",
//	               "roleArn": "...", "metadata": {}, "last": "...",
//	               "opens": "...", "next": "..."},  the next window: the rotation begins when it opens
//	  "primary": "us-east-1", "replicas": [{"region": "...", "kmsKeyId": "...", "status": "...", "message": "..."}]
//	}]}
//
// Tags come back in order of their keys. A mistake is refused with line and field; nothing of the document's values
// is shown.
//
// # Not on record
//
// Where AWS's answer is not publicly on record the mock chooses, mostly as moto does:
//
//   - Request order: operation, signature, syntax, ordered trouble, permission, service.
//   - Broken JSON, an empty body and values of a wrong type: SerializationException as it is on record of another
//     service behind the same front end; a null in a list and bad base64 in words of our own.
//   - Unknown operations, paths other than / and methods other than POST: UnknownOperationException, 400, without a
//     message. Bodies over 1 MiB: RequestEntityTooLargeException, 413.
//   - Errors of the front end spell their member "message", those of the service, AccessDeniedException and
//     SerializationException "Message".
//   - A made-up NextToken: InvalidNextTokenException, "The NextToken value is invalid."; so is one from another
//     listing.
//   - Every constraint of the model is a ValidationException in Coral's words, also a token's length and a number of
//     days, for which moto has texts of its own. Of writes the input is judged before the secret is looked for.
//   - Put without a value, a recovery window beside a forced deletion, an unknown version in
//     UpdateSecretVersionStage, batch parameters that exclude each other: moto's codes and texts.
//   - Removing AWSCURRENT from a secret, StopReplicationToReplica on no replica, repeated tag keys, more than 50 tags,
//     a schedule that is none: texts of our own or as remembered from the service. RotateSecret while a rotation is
//     unfinished starts that one again, at once.
//   - Deleting a scheduled secret again without force is refused; restoring one that is not scheduled succeeds.
//   - Versions: without labels and over a day old they go once there are more than 100, when the next one is
//     made; the ids of the last 1000 are known as deleted. A secret holds at most 1000, and then
//     LimitExceededException.
//   - A pending version without a value reads as an unknown one.
//   - RotateImmediately false removes its pending copy after testSecret and answers without a VersionId. A failed
//     rotation is tried again by the schedule or by RotateSecret, not by itself.
//   - A rotation window opens, and the rotation begins, at the start of the day or hour; a rate of hours counts from
//     the hour of the last rotation. A secret that was deleted and restored does not rotate until RotateSecret.
//   - RotateSecret of a secret with an owningService needs no function and stores its rules.
//   - CreateSecret refuses the exclamation mark, which is for managed secrets; BatchGetSecretValue reads a name that
//     none can be as a missing one. While a forced deletion lingers RestoreSecret works.
//   - The ids of KMS keys are UUIDs or mrk- and 32 digits; whether there is such a key nobody asks.
//   - Tags that were never set are absent; replicas show tags once there are some.
//   - Why a replica failed is told in moto's words, or in those that CreateSecret has for a KMS key.
//   - After a change of key KmsKeyIds lists the new one first. CreateSecret, sent again with its token, compares the
//     values without kms:Decrypt.
//   - PublicPolicyException's text, and the check's name in ValidateResourcePolicy.
//   - STS: sessions of twelve hours for every role, and the texts of its refusals but for an expired token
//     (aws/aws-sdk-java-v2#5709), a session's name that is too long (getmoto/moto#9218) and AccessDenied. The ids of
//     users and roles follow from their names.
//   - The default caller is arn:aws:iam::ACCOUNT:user/admin, who may do everything.
//   - Policies see a missing secret as its ARN without suffix. aws:SourceIp is absent in process.
//   - Throttling by [Quotas] has a burst of one second.
package mock
