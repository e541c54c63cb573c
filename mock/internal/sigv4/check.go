package sigv4

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// checkSignedSet demands that the signature covers the host and every x-amz-*
// header, for otherwise a request could be replayed elsewhere or with another
// operation in X-Amz-Target.
func (c *claim) checkSignedSet(r *http.Request) *Fault {
	if !c.signs("host") && !c.signs(":authority") {
		return unsigned("'Host' or ':authority'")
	}
	var missing []string
	for name := range r.Header {
		if len(name) >= len(amz) && strings.EqualFold(name[:len(amz)], amz) && !c.signs(name) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return unsigned("'" + missing[0] + "'")
}

// amz begins the names of headers that must be signed.
const amz = "x-amz-"

func (c *claim) signs(name string) bool {
	return slices.ContainsFunc(c.signed, func(s string) bool { return strings.EqualFold(s, name) })
}

func unsigned(what string) *Fault {
	return newFault(WrongSignature, what+" must be a 'SignedHeader' in the AWS Authorization.")
}

// checkClock holds the signature's time against the server's, in whole seconds
// as the wire does.
func (c *claim) checkClock(now time.Time) *Fault {
	now = now.UTC().Truncate(time.Second)
	stamp := func(t time.Time) string { return t.Format(basicISO) }
	if latest := now.Add(window); c.at.After(latest) {
		return newFault(Skewed, "Signature not yet current: "+c.date+" is still later than "+
			stamp(latest)+" ("+stamp(now)+" + 5 min.)")
	}
	if earliest := now.Add(-c.lifetime); c.at.Before(earliest) {
		return newFault(Skewed, "Signature expired: "+c.date+" is now earlier than "+
			stamp(earliest)+" ("+stamp(now)+" - "+span(c.lifetime)+")")
	}
	return nil
}

func span(d time.Duration) string {
	if d%time.Minute == 0 {
		return strconv.Itoa(int(d/time.Minute)) + " min."
	}
	return strconv.Itoa(int(d/time.Second)) + " sec."
}

// checkScope reports everything that is wrong with the credential scope in one
// message. The space that ends it is AWS's.
func (c *claim) checkScope(cfg *Config) *Fault {
	var text strings.Builder
	if c.scope.region != cfg.Region {
		text.WriteString("Credential should be scoped to a valid region, not '" + c.scope.region + "'. ")
	}
	if c.scope.service != cfg.Service {
		text.WriteString("Credential should be scoped to correct service: '" + cfg.Service + "'. ")
	}
	if c.scope.terminator != terminator {
		text.WriteString("Credential should be scoped with a valid terminator: '" + terminator +
			"', not '" + c.scope.terminator + "'. ")
	}
	if day := c.date[:len("20060102")]; c.scope.date != day {
		text.WriteString("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
			c.scope.date + "' != '" + day + "', from '" + c.date + "'. ")
	}
	if text.Len() == 0 {
		return nil
	}
	return newFault(WrongScope, text.String())
}
