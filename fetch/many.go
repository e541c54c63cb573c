package fetch

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"wicketkey.internal/internal/ident"
	"wicketkey.internal/internal/redact"
	"wicketkey.internal/internal/wipe"
)

// batchSize is AWS's limit for one BatchGetSecretValue.
const batchSize = 20

// wanted is one id of a GetMany and what became of it.
type wanted struct {
	ref    Ref
	id     ident.ID
	region string
	secret *Secret
	err    error
}

// in is the identifier of the secret, or of its replica, in a region.
func (w *wanted) in(region string) string { return w.id.WithRegion(region).String() }

func (w *wanted) open() bool { return w.secret == nil && w.err == nil }

// GetMany fetches several secrets: in one BatchGetSecretValue for each twenty
// where the policy allows that, else one after the other over one connection.
// The result has one element for each id, in order, nil where that one failed;
// err joins an [*Error] for each failure. The caller closes every Secret
// returned, those beside an error as well.
//
// The batch needs secretsmanager:BatchGetSecretValue beside GetSecretValue on
// each secret; a policy without it costs one refused call.
func (c *Client) GetMany(ctx context.Context, ids ...string) ([]*Secret, error) {
	begun := c.begin(ctx) // where not, each id has to fail by itself
	ctx, cancel := context.WithTimeout(ctx, c.opts.Budget)
	defer cancel()
	home := sync.OnceValues(func() (string, error) { // once: it may take seconds to fail
		if begun != nil {
			return "", begun
		}
		return c.region(ctx)
	})
	list := make([]*wanted, len(ids))
	for i, id := range ids {
		list[i] = c.want(ctx, id, home)
	}
	if begun == nil && c.agent == nil {
		for region, group := range batchable(list) {
			c.getBatches(ctx, region, group)
		}
	}
	secrets, errs := make([]*Secret, len(ids)), make([]error, len(ids))
	for i, w := range list {
		if w.open() {
			w.secret, w.err = c.GetRef(ctx, w.ref)
		}
		secrets[i], errs[i] = w.secret, w.err
	}
	return secrets, errors.Join(errs...)
}

func (c *Client) want(ctx context.Context, id string, home func() (string, error)) *wanted {
	w := &wanted{}
	if w.ref, w.err = ParseRef(id); w.err != nil {
		return w
	}
	if w.id, w.err = parseID(w.ref.ID); w.err != nil {
		return w
	}
	if w.region = w.id.Region; w.region == "" && c.agent == nil {
		var err error
		if w.region, err = home(); err != nil {
			w.err = c.unasked(ctx, w.ref, err)
		}
	}
	return w
}

// batchable groups by region what a batch can bring: current versions, and more
// than one of them.
func batchable(list []*wanted) map[string][]*wanted {
	groups := map[string][]*wanted{}
	for _, w := range list {
		if w.open() && w.ref.Stage == "" && w.ref.VersionID == "" {
			groups[w.region] = append(groups[w.region], w)
		}
	}
	for region, group := range groups {
		if len(group) < 2 {
			delete(groups, region)
		}
	}
	return groups
}

// getBatches leaves open what batches did not bring; that is asked for singly. A
// region that cannot answer is left for the next of Options.Failover, for the
// batches that follow as well: single calls would each wait for it.
func (c *Client) getBatches(ctx context.Context, home string, group []*wanted) {
	regions := regionsFrom(home, c.opts.Failover)
	for len(group) > 0 {
		part := group[:min(batchSize, len(group))]
		err := c.getBatch(ctx, len(regions), regions[0], part)
		switch {
		case err == nil:
			group = group[len(part):]
		case errors.Is(err, ErrUnavailable) && len(regions) > 1:
			c.log.Warn("wicketkey: region cannot answer a batch", "region", regions[0], "instead", regions[1], "error", err)
			regions = regions[1:]
		default:
			c.log.Info("wicketkey: no batch, asking one by one", "region", regions[0], "error", err)
			return
		}
	}
}

// getBatch asks one region, for a part of the time that is left.
func (c *Client) getBatch(ctx context.Context, parts int, region string, group []*wanted) error {
	ctx, cancel := share(ctx, parts)
	defer cancel()
	s := c.client(region)
	if s.err != nil {
		return s.err
	}
	c.connectAhead(s.at)
	ctx, tries := withAttempts(ctx)
	ctx, sink := redact.WithSink(ctx)
	defer sink.Discard()
	out, err := s.sm.BatchGetSecretValue(ctx, &secretsmanager.BatchGetSecretValueInput{SecretIdList: distinct(group, region)}, unthrottled)
	if err != nil {
		return explain(ctx, question{region: region, endpoint: named(s.at)}, tries, err)
	}
	entries := pair(out.SecretValues, sink.Take(), region)
	defer func() {
		for _, s := range entries {
			_ = s.Close()
		}
	}()
	for _, s := range entries {
		s.p.meta.Replica = region != group[0].region
	}
	for _, w := range group {
		w.takeFrom(entries, group, region)
	}
	return nil
}

func distinct(group []*wanted, region string) []string {
	var ids []string
	for _, w := range group {
		if id := w.in(region); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// pair puts the values, taken out of the answer in its order, back to what AWS
// said of them.
func pair(entries []types.SecretValueEntry, values []*wipe.Buffer, region string) []*Secret {
	var secrets []*Secret
	for i, e := range entries {
		if i < len(values) && values[i] != nil {
			m := metaOf(e.ARN, e.Name, e.VersionId, e.VersionStages, e.CreatedDate, region)
			secrets = append(secrets, newSecret(values[i], m))
		}
	}
	return secrets
}

// takeFrom finds the entry that an id stands for. Two spellings of one secret
// may both be asked for, so it takes a copy.
//
// A name is one of the caller's own account. What an ARN has brought may be a
// namesake of another account, so that the name is left to a call of its own.
func (w *wanted) takeFrom(entries []*Secret, group []*wanted, region string) {
	for _, s := range entries {
		if !spells(w.in(region), s) {
			continue
		}
		byARN := func(other *wanted) bool { return other.id.Kind != ident.BareName && spells(other.in(region), s) }
		if w.id.Kind == ident.BareName && slices.ContainsFunc(group, byARN) {
			continue
		}
		w.secret = s.Clone()
		if w.ref.Key != "" {
			w.secret, w.err = pick(w.secret, w.ref)
		}
		return
	}
}

// spells reports whether id is the secret's name, its ARN, or its ARN without
// the random suffix.
func spells(id string, s *Secret) bool {
	partial, ok := ident.TrimSuffix(s.ARN(), s.Name())
	return id == s.Name() || id == s.ARN() || (ok && id == partial)
}
