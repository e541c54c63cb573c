package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"wicketkey.internal/internal/limits"
	"wicketkey.internal/internal/printable"
	"wicketkey.internal/internal/redact"
)

// request is what was asked, for the remedy's sake.
type request struct {
	ref      Ref
	region   string
	endpoint string
}

// diagnosis is what an error comes to.
type diagnosis struct {
	kind          error
	cause, remedy string
}

// explain makes an Error of whatever ended a call.
func explain(ctx context.Context, q request, a *attempts, err error) *Error {
	e := &Error{ID: q.ref.ID, Err: err}
	said := err
	if ctx.Err() != nil && a.last != nil {
		said = a.last // the deadline ended the wait; this is what was being waited out
	}
	e.RetryAfter = retryAfter(said)
	var d diagnosis
	var api smithy.APIError
	var creds *credentialsError
	switch {
	case errors.As(said, &creds): // first: what its source said is no word of Secrets Manager's
		d = creds.explain()
	case errors.As(said, &api) && api.ErrorCode() != "" && api.ErrorCode() != unnamed:
		d = fromService(q, api, status(said))
	default:
		d = fromBelow(q, said)
	}
	e.Kind, e.Cause, e.Remedy = d.kind, printable.Line(d.cause), limits.Remedy(said, d.remedy)
	if ended := ctx.Err(); ended != nil {
		e.Cause = gaveUp(e.Cause, a.n, ended)
		e.Err = errors.Join(ended, said)
	}
	return e
}

// unnamed is the SDK's code for an error answer that carried none.
const unnamed = "UnknownError"

func gaveUp(cause string, attempts int, ended error) string {
	count := "1 attempt"
	if attempts != 1 {
		count = strconv.Itoa(attempts) + " attempts"
	}
	return fmt.Sprintf("%s; gave up after %s: %v", cause, count, ended)
}

func status(err error) int {
	var resp interface{ HTTPStatusCode() int }
	if errors.As(err, &resp) {
		return resp.HTTPStatusCode()
	}
	return 0
}

// maxRetryAfter bounds what a peer may silence a client for.
const maxRetryAfter = time.Hour

// retryAfter reads the header in which AWS tells milliseconds.
func retryAfter(err error) time.Duration {
	var resp *smithyhttp.ResponseError
	if !errors.As(err, &resp) || resp.Response == nil {
		return 0
	}
	ms, err := strconv.Atoi(resp.Response.Header.Get("X-Amz-Retry-After"))
	if err != nil || ms < 0 {
		return 0
	}
	return time.Duration(min(ms, int(maxRetryAfter/time.Millisecond))) * time.Millisecond
}

// fromService names what Secrets Manager said. Codes decide; the text only
// where AWS gives one code to different things.
func fromService(q request, api smithy.APIError, status int) diagnosis {
	code, text := api.ErrorCode(), api.ErrorMessage()
	cause := code
	if text != "" {
		cause += ": " + text
	}
	if _, ok := retry.DefaultThrottleErrorCodes[code]; ok {
		return diagnosis{ErrThrottled, cause, "wait and try again; if it lasts, spread the start of the fleet or raise the account's quota"}
	}
	switch code {
	case "AccessDeniedException", "AccessDenied":
		return denied(q, cause, text)
	case "ResourceNotFoundException":
		return notFound(q, cause, text)
	case "InvalidRequestException":
		return badState(q, cause, text)
	case "DecryptionFailure":
		return undecrypted(cause, text)
	case "InvalidParameterException", "ValidationException":
		return diagnosis{ErrBadIdentifier, cause, "give the secret's name or ARN, and a version id of 32 to 64 characters"}
	}
	if remedy, ok := credentialCodes[code]; ok {
		if strings.Contains(text, "scoped to a valid region") {
			return diagnosis{ErrNoRegion, cause, "AWS knows no region " + strconv.Quote(q.region) + ": correct it; " + remedyRegion}
		}
		if strings.HasPrefix(text, "Signature expired") || strings.HasPrefix(text, "Signature not yet current") {
			remedy = remedyClock
		}
		return diagnosis{ErrNoCredentials, cause, remedy}
	}
	_, passing := retry.DefaultRetryableErrorCodes[code]
	if passing || status >= 500 || code == "InternalServiceError" {
		return diagnosis{ErrUnavailable, cause, "try again; see the service's health in region " + q.region}
	}
	return diagnosis{ErrMalformed, cause, "is " + q.endpoint + " really AWS Secrets Manager?"}
}

const remedyUnsigned = "the request came unsigned: has Options.AWS no Credentials, or does something on the way strip its Authorization header?"

const remedyClock = "set this machine's clock (NTP); AWS allows it to be 5 minutes off"

// credentialCodes are the front end's ways to refuse who is asking.
var credentialCodes = map[string]string{
	"UnrecognizedClientException":         "the access key does not exist or the session token does not belong to it: check which credentials are found first",
	"InvalidClientTokenId":                "the access key does not exist: check which credentials are found first",
	"ExpiredTokenException":               "the session has expired: log in again, or let the instance role renew it",
	"ExpiredToken":                        "the session has expired: log in again, or let the instance role renew it",
	"InvalidSignatureException":           "the secret key does not belong to the access key, or something on the way changes the request",
	"SignatureDoesNotMatch":               "the secret key does not belong to the access key, or something on the way changes the request",
	"RequestTimeTooSkewed":                remedyClock,
	"RequestExpired":                      remedyClock,
	"IncompleteSignatureException":        "something on the way strips the request's Authorization header",
	"MissingAuthenticationTokenException": remedyUnsigned,
	"MissingAuthenticationToken":          remedyUnsigned,
}

// undecrypted tells a key that cannot be used from one that is cut off for a
// while. AWS KMS's Decrypt calls three of its errors passing (API reference:
// KeyUnavailableException, DependencyTimeoutException, KMSInternalException: "the
// request can be retried"), and a key in an external or CloudHSM key store fails
// so while that store is out of reach (developer guide, key states: Unavailable).
// Disabled, pending deletion, pending import and another key's ciphertext are not
// called so. Secrets Manager gives DecryptionFailure for all of them; where its
// text names no passing cause, it counts as a refusal, which is the side to err on.
func undecrypted(cause, text string) diagnosis {
	lower := strings.ToLower(text)
	for _, passing := range []string{"keyunavailable", "dependencytimeout", "kmsinternal", "unavailable", "timed out", "key store", "can be retried"} {
		if strings.Contains(lower, passing) {
			return diagnosis{ErrUnavailable, cause, "see the key store behind the KMS key that encrypts the secret; try again"}
		}
	}
	return diagnosis{ErrKeyDisabled, cause, "enable the KMS key that encrypts the secret, or cancel its deletion"}
}

func notFound(q request, cause, text string) diagnosis {
	if strings.Contains(text, "secret value") {
		return diagnosis{ErrNoVersion, cause, "store a value first, or ask for a stage or version that exists"}
	}
	return diagnosis{ErrNotFound, cause, "is it spelled as in the console, without its six random characters, and in region " + q.region + "?"}
}

func badState(q request, cause, text string) diagnosis {
	switch {
	case strings.Contains(text, "marked for deletion") || strings.Contains(text, "marked deleted"):
		return diagnosis{ErrDeleted, cause, "aws secretsmanager restore-secret --secret-id " + q.ref.ID}
	case strings.Contains(text, "VersionStage"):
		return diagnosis{ErrNoVersion, cause, "ask for the version id or the stage, not for both"}
	case strings.Contains(text, "KMS"):
		return diagnosis{ErrKMSDenied, cause, "encrypt the secret with a customer-managed key and share that with this account"}
	}
	return diagnosis{ErrNotFound, cause, "look at the secret's state with aws secretsmanager describe-secret"}
}

// fromBelow names what went wrong before the service said anything.
func fromBelow(q request, err error) diagnosis {
	var (
		untrusted *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		dns       *net.DNSError
	)
	switch {
	case errors.Is(err, notReadyError{}):
		return diagnosis{ErrUnavailable, err.Error(), "wait until the agent has started: it answers only then"}
	case errors.Is(err, redact.ErrMalformed):
		return diagnosis{ErrMalformed, deepest(err, redact.ErrMalformed), "is " + q.endpoint + " really AWS Secrets Manager? A proxy or a captive portal may be answering"}
	case errors.As(err, &untrusted):
		return diagnosis{ErrUntrusted, untrusted.Err.Error(), trustRemedy(untrusted.Err)}
	case errors.As(err, &record):
		return diagnosis{ErrUnavailable, record.Error(), "the endpoint does not speak TLS: is it http:// rather than https://?"}
	case errors.As(err, &dns):
		return diagnosis{ErrUnavailable, dns.Error(), "is the region " + strconv.Quote(q.region) + " right, and can this host resolve names?"}
	}
	if code := status(err); code > 0 {
		return fromStatus(q, code)
	}
	return diagnosis{ErrUnavailable, root(err), "is " + q.endpoint + " reachable from here (route, security group, VPC endpoint, proxy)?"}
}

// fromStatus is for an answer that carries no error of AWS's.
func fromStatus(q request, code int) diagnosis {
	cause := fmt.Sprintf("HTTP status %d from %s, without an error that AWS would give", code, q.endpoint)
	switch {
	case code >= 500:
		return diagnosis{ErrUnavailable, cause, "try again; see the service's health in region " + q.region}
	case code == http.StatusRequestTimeout:
		return diagnosis{ErrUnavailable, cause, "try again: it did not wait for the request"}
	case code == http.StatusForbidden || code == http.StatusUnauthorized:
		return diagnosis{ErrNoCredentials, cause, "give the agent's token (Options.Agent.Token), or see what between here and AWS refuses"}
	case code == http.StatusTooManyRequests:
		return diagnosis{ErrThrottled, cause, "wait and try again"}
	}
	return diagnosis{ErrMalformed, cause, "is it really AWS Secrets Manager? A proxy or a captive portal may be answering"}
}

func trustRemedy(err error) string {
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &name):
		return "the server is not the one asked for: check the endpoint, DNS, and any proxy between"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "set this machine's clock, or have the server's certificate renewed"
	}
	return "install the root certificates (package ca-certificates), or name the proxy's root in AWS_CA_BUNDLE"
}

// deepest gives the text from the error that wraps mark downwards, without the
// SDK's preamble.
func deepest(err, mark error) string {
	text := err.Error()
	if i := strings.Index(text, mark.Error()); i >= 0 {
		return text[i:]
	}
	return text
}

// root is the innermost text that still says what was being done.
func root(err error) string {
	var send *smithyhttp.RequestSendError
	var left *smithy.CanceledError
	switch {
	case errors.As(err, &send):
		return send.Err.Error()
	case errors.As(err, &left):
		return "no answer yet" // the SDK tells of a status 0
	}
	return err.Error()
}
