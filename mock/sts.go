package mock

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/policy"
)

// STS is served beside Secrets Manager, as far as clients of secrets need it: who one is, and sessions of roles. Every
// role exists, trusts its account's policies and every web identity, and may what Options.Role may.
const (
	stsVersion   = "2011-06-15"
	stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"
	stsForm      = "application/x-www-form-urlencoded"
)

// stsSigned are the operations, and whether they are signed.
var stsSigned = map[string]bool{"GetCallerIdentity": true, "AssumeRole": true, "AssumeRoleWithWebIdentity": false}

// asksSTS reports whether the request is in the protocol of STS, which Secrets Manager's clients never speak.
func asksSTS(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), stsForm) && r.Header.Get("X-Amz-Target") == "" && r.URL.RawQuery == ""
}

func (s *Server) serveSTS(w http.ResponseWriter, r *http.Request) {
	x := &exchange{s: s, r: r, now: s.clock.now(), id: s.ids.UUID()}
	result, err := x.sts(w)
	answer := reply{status: http.StatusOK}
	if err != nil {
		answer = reply{status: err.Status, err: err}
	}
	answer.body = stsDocument(x, result, err)
	s.tell(x, answer)
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("X-Amzn-Requestid", x.id)
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body) // a client that hung up is no trouble of ours
}

// sts decides, in the order of Secrets Manager's doors.
func (x *exchange) sts(w http.ResponseWriter) (*stsResult, *awserr.Error) {
	if err := x.read(w); err != nil {
		return nil, stsError(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", err.Message)
	}
	form, err := url.ParseQuery(string(x.body))
	if err != nil {
		return nil, stsError(http.StatusBadRequest, "MalformedQueryString", "The query string is not valid.")
	}
	signed, known := stsSigned[form.Get("Action")]
	if !known || form.Get("Version") != stsVersion || x.r.Method != http.MethodPost {
		return nil, stsError(http.StatusBadRequest, "InvalidAction",
			"Could not find operation "+kept(form.Get("Action"), longestName)+" for version "+kept(form.Get("Version"), longestName))
	}
	x.op.Name = form.Get("Action")
	if signed {
		if fault := x.verify("sts"); fault != nil {
			return nil, stsRefusal(fault)
		}
	}
	if x.op.Name == "GetCallerIdentity" {
		return &stsResult{ARN: x.caller.arn, UserID: userID(x.caller.arn), Account: x.caller.account}, nil
	}
	return x.assume(form)
}

var (
	roleARN     = regexp.MustCompile(`^(arn:aws[a-z-]*):iam::(\d{12}):role/([\w+=,.@/-]{1,512})$`)
	sessionName = regexp.MustCompile(`^[\w+=,.@-]*$`)
)

// assume makes a session of the role.
func (x *exchange) assume(form url.Values) (*stsResult, *awserr.Error) {
	role := roleARN.FindStringSubmatch(form.Get("RoleArn"))
	switch {
	case role == nil:
		return nil, stsInvalid(kept(form.Get("RoleArn"), longestID) + " is invalid")
	case badSessionName(form.Get("RoleSessionName")) != "":
		return nil, stsInvalid("1 validation error detected: Value '" + kept(form.Get("RoleSessionName"), longestID) +
			"' at 'roleSessionName' failed to satisfy constraint: Member must " + badSessionName(form.Get("RoleSessionName")))
	}
	lifetime, err := sessionLifetime(form.Get("DurationSeconds"))
	if err != nil {
		return nil, err
	}
	result := &stsResult{}
	if x.op.Name == "AssumeRoleWithWebIdentity" {
		result.token, err = readWebToken(form.Get("WebIdentityToken"), x.now)
	} else {
		err = x.mayAssume(form)
	}
	if err != nil {
		return nil, err
	}
	limit, err := sessionPolicy(form.Get("Policy"), form.Has("PolicyArns.member.1.arn"))
	if err != nil {
		return nil, err
	}
	name := role[3][strings.LastIndexByte(role[3], '/')+1:] // a session's ARN has no path
	result.ARN = role[1] + ":sts::" + role[2] + ":assumed-role/" + name + "/" + form.Get("RoleSessionName")
	result.UserID = userID(result.ARN)
	result.session = x.s.startSession(result.ARN, limit, x.now, lifetime)
	return result, nil
}

// badSessionName is what a name must be and is not.
func badSessionName(name string) string {
	switch {
	case len(name) > 64:
		return "have length less than or equal to 64"
	case len(name) < 2:
		return "have length greater than or equal to 2"
	case !sessionName.MatchString(name):
		return `satisfy regular expression pattern: [\w+=,.@-]*`
	}
	return ""
}

// sessionLifetime is what STS takes for one: fifteen minutes to twelve hours.
func sessionLifetime(text string) (time.Duration, *awserr.Error) {
	if text == "" {
		return time.Hour, nil
	}
	seconds, err := strconv.Atoi(text)
	bound := ""
	switch {
	case err != nil:
		return 0, stsError(http.StatusBadRequest, "MalformedInput", "DurationSeconds is not a number")
	case seconds < 900:
		bound = "greater than or equal to 900"
	case seconds > 43200:
		bound = "less than or equal to 43200"
	}
	if bound != "" {
		return 0, stsInvalid("1 validation error detected: Value '" + strconv.Itoa(seconds) +
			"' at 'durationSeconds' failed to satisfy constraint: Member must have value " + bound)
	}
	return time.Duration(seconds) * time.Second, nil
}

// mayAssume asks the caller's policies.
func (x *exchange) mayAssume(form url.Values) *awserr.Error {
	if x.caller.key.unlimited {
		return nil
	}
	r := &policy.Request{
		Principal: policy.Principal{ARN: x.caller.arn}, Action: "sts:AssumeRole", Resource: form.Get("RoleArn"),
		ResourceAccount: x.caller.account, // the role trusts the account, so its own policies decide
		Time:            x.now, Context: map[string][]string{"sts:RoleSessionName": {form.Get("RoleSessionName")}},
	}
	if x.caller.key.policies().Decide(r).Allowed() {
		return nil
	}
	return stsError(http.StatusForbidden, "AccessDenied",
		"User: "+x.caller.arn+" is not authorized to perform: sts:AssumeRole on resource: "+form.Get("RoleArn"))
}

// longestPolicy is what STS takes for a session's.
const longestPolicy = 2048

// sessionPolicy reads the policy that the caller limits the session with; nil is no limit.
func sessionPolicy(text string, managed bool) (*policy.Document, *awserr.Error) {
	switch {
	case managed:
		return nil, stsInvalid("the mock has no managed policies: PolicyArns cannot be used")
	case text == "":
		return nil, nil
	case len(text) > longestPolicy:
		return nil, stsInvalid("1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048")
	}
	limit, err := identityPolicy(text)
	if err != nil {
		return nil, stsError(http.StatusBadRequest, "MalformedPolicyDocument", "This policy contains invalid Json")
	}
	return limit, nil
}
