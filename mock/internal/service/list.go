package service

import (
	"strings"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/store"
)

type listOutput struct {
	NextToken  string `json:",omitempty"`
	SecretList []details
}

// list answers with an empty list rather than none, which clients range over.
func (s *Service) list(c *Call) ([]byte, *awserr.Error) {
	out := listOutput{SecretList: []details{}}
	next, err := s.walk(c, c.In.Number("MaxResults", 100), func(sec *store.Secret) {
		entry := detail(sec)
		entry.SecretVersionsToStages = stagesByVersion(sec)
		out.SecretList = append(out.SecretList, entry)
	})
	if err != nil {
		return nil, err
	}
	out.NextToken = next
	return encode(out), nil
}

// walk visits one page of the secrets that the call's filters let through and returns the token for the next.
//
// By date of creation a token holds the order number of the next secret, so that secrets that come or go between
// pages neither repeat nor hide another; in the other orders it holds a position.
func (s *Service) walk(c *Call, size int, visit func(*store.Secret)) (string, *awserr.Error) {
	if err := checkFilters(filtersOf(c.In)); err != nil {
		return "", err
	}
	listing := listingOf(c)
	from, err := s.pages.position(c, listing)
	if err != nil {
		return "", err
	}
	by := c.In.Text("SortBy")
	if by == "" {
		by = "created-date"
	}
	secrets := s.store.Sorted(c.Account, c.Region, by, c.Now)
	descending := c.In.Text("SortOrder") == "desc"
	filters, planned := filtersOf(c.In), c.In.Flag("IncludePlannedDeletion", false)
	n := len(secrets)
	seen := 0
	for i := s.start(secrets, by, descending, from); i < n; i++ {
		sec := secrets[i]
		if descending {
			sec = secrets[n-1-i]
		}
		hidden := sec.Scheduled() && !planned || c.Now.Sub(sec.Created) < s.ListLag
		if hidden || !keep(sec, filters) {
			continue
		}
		if seen == size {
			return s.pages.token(listing, mark(sec, by, i)), nil
		}
		seen++
		visit(sec)
	}
	return "", nil
}

// checkFilters demands what the model leaves open.
func checkFilters(filters []filter) *awserr.Error {
	for _, f := range filters {
		switch {
		case f.key == "":
			return awserr.Parameter("Invalid filter key")
		case f.values == nil:
			return awserr.Parameter("Invalid filter values for key: %s", f.key)
		}
	}
	return nil
}

// mark is the order number where the order is that of creation; elsewhere secrets move while a caller pages, and a
// position is as good as anything.
func mark(sec *store.Secret, by string, i int) int {
	if by == "created-date" {
		return sec.Seq()
	}
	return i
}

// start finds the place that a token's mark stands for.
func (s *Service) start(secrets []*store.Secret, by string, descending bool, from int) int {
	if by != "created-date" || from == 0 {
		return from
	}
	lo, hi, n := 0, len(secrets), len(secrets)
	for lo < hi {
		mid := (lo + hi) / 2
		passed := secrets[mid].Seq() < from
		if descending {
			passed = secrets[n-1-mid].Seq() > from
		}
		if passed {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// listingOf names what a NextToken belongs to: the same call with the same filters.
func listingOf(c *Call) string {
	var b strings.Builder
	b.WriteString(c.Account + " " + c.Region + " " + c.In.Text("SortBy") + " " + c.In.Text("SortOrder"))
	for _, f := range filtersOf(c.In) {
		b.WriteString("|" + f.key + "=" + strings.Join(f.values, ","))
	}
	return b.String()
}

type batchError struct{ ErrorCode, Message, SecretId string }

type batchOutput struct {
	Errors       []batchError
	NextToken    string `json:",omitempty"`
	SecretValues []*valueOutput
}

// batchGet refuses combinations before it reads anything: a batch is judged as a whole, its secrets one by one.
func (s *Service) batchGet(c *Call) ([]byte, *awserr.Error) {
	ids, filters := c.In.Has("SecretIdList"), len(c.In.Structs("Filters")) > 0
	switch {
	case ids && filters:
		return nil, awserr.Parameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
	case !ids && !filters:
		return nil, awserr.Parameter("Either 'SecretIdList' or 'Filters' must be provided.")
	case ids && c.In.Has("MaxResults"):
		return nil, awserr.Parameter("'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.")
	}
	out := &batchOutput{SecretValues: []*valueOutput{}, Errors: []batchError{}}
	if ids {
		for _, id := range c.In.Texts("SecretIdList") {
			s.batchOne(c, out, id)
		}
		return encode(out), nil
	}
	next, err := s.walk(c, c.In.Number("MaxResults", 20), func(sec *store.Secret) { s.batchOne(c, out, sec.ARN) })
	if err != nil {
		return nil, err
	}
	out.NextToken = next
	return encode(out), nil
}

// batchOne reads one secret of a batch; its failure is its own.
func (s *Service) batchOne(c *Call, out *batchOutput, id string) {
	v, err := s.batchValue(c, id)
	if err != nil {
		out.Errors = append(out.Errors, batchError{err.Code, err.Message, id})
		return
	}
	out.SecretValues = append(out.SecretValues, v)
}

// batchValue asks for GetSecretValue on each secret, as the service does: BatchGetSecretValue itself is about none. A
// denial comes before the answer that there is no such secret, so that a batch does not tell who exists.
func (s *Service) batchValue(c *Call, id string) (*valueOutput, *awserr.Error) {
	if c.May != nil {
		if err := c.May("secretsmanager:GetSecretValue", s.target(c, id)); err != nil {
			return nil, err
		}
	}
	sec := s.store.Find(c.Account, c.Region, id, c.Now)
	switch {
	case sec == nil:
		return nil, awserr.NotFound()
	case sec.Scheduled():
		return nil, awserr.MarkedForDeletion()
	}
	return s.value(c, sec, "", "")
}
