package fetch

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"wicketkey.internal/internal/ident"
	"wicketkey.internal/internal/wipe"
)

// batchSize is AWS's limit for one BatchGetSecretValue.
const batchSize = 20

// batchItem is one id of a GetMany and what became of it.
type batchItem struct {
	ref     Ref
	id      ident.ID
	sources []source
	secret  *Secret
	err     error
}

// in is the question for the secret, or for its replica, in a region.
func (w *batchItem) in(region string) Ref {
	ref := w.ref
	ref.ID = w.id.WithRegion(region).String()
	return ref
}

func (w *batchItem) open() bool { return w.secret == nil && w.err == nil }

// GetMany fetches several secrets: in one BatchGetSecretValue for each twenty
// where the policy allows that, else one after the other over one connection.
// The result has one element for each id, in order, nil where that one failed;
// err joins an [*Error] for each failure. The caller closes every Secret
// returned, those beside an error as well.
//
// The batch needs secretsmanager:BatchGetSecretValue beside GetSecretValue on
// each secret; a policy without it costs one refused call.
func (c *Client) GetMany(ctx context.Context, ids ...string) ([]*Secret, error) {
	leave, begun := c.enter(ctx) // where not, each id has to fail by itself
	if begun == nil {
		defer leave()
	}
	ctx, cancel := context.WithTimeout(ctx, c.opts.Budget)
	defer cancel()
	home := sync.OnceValues(func() ([]source, error) { return c.sources(ctx, ident.ID{}) }) // once: it may take seconds to fail
	find := func(id ident.ID) ([]source, error) {
		switch {
		case begun != nil:
			return nil, begun
		case id.Region == "":
			return home()
		}
		return c.sources(ctx, id)
	}
	list := make([]*batchItem, len(ids))
	for i, id := range ids {
		list[i] = newBatchItem(ctx, id, find)
	}
	for _, group := range batchable(list) {
		c.getBatches(ctx, group)
	}
	secrets, errs := make([]*Secret, len(ids)), make([]error, len(ids))
	for i, w := range list {
		if w.open() {
			w.secret, w.err = c.getRef(ctx, w.ref, false)
		}
		secrets[i], errs[i] = w.secret, w.err
	}
	return secrets, errors.Join(errs...)
}

func newBatchItem(ctx context.Context, id string, find func(ident.ID) ([]source, error)) *batchItem {
	w := &batchItem{}
	if w.ref, w.err = ParseRef(id); w.err != nil {
		return w
	}
	if w.id, w.err = parseID(w.ref.ID); w.err != nil {
		return w
	}
	var err error
	if w.sources, err = find(w.id); err != nil {
		w.err = withID(ctx, w.ref, err)
	}
	return w
}

// batchable groups by region what a batch can bring: current versions, and more
// than one of them, of a source that knows batches.
func batchable(list []*batchItem) map[string][]*batchItem {
	groups := map[string][]*batchItem{}
	for _, w := range list {
		if !w.open() || w.ref.Stage != "" || w.ref.VersionID != "" {
			continue
		}
		if s, ok := w.sources[0].(*service); ok {
			groups[s.region] = append(groups[s.region], w)
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
func (c *Client) getBatches(ctx context.Context, group []*batchItem) {
	sources := group[0].sources
	for len(group) > 0 {
		part := group[:min(batchSize, len(group))]
		err := c.getBatch(ctx, len(sources), sources[0].(*service), part)
		switch {
		case err == nil:
			group = group[len(part):]
		case errors.Is(err, ErrUnavailable) && len(sources) > 1:
			c.log.Warn("wicketkey: region cannot answer a batch", "region", sources[0].place(), "instead", sources[1].place(), "error", err)
			sources = sources[1:]
		default:
			c.log.Info("wicketkey: no batch, asking one by one", "region", sources[0].place(), "error", err)
			return
		}
	}
}

// getBatch asks one region, for a part of the time that is left.
func (c *Client) getBatch(ctx context.Context, parts int, s *service, group []*batchItem) error {
	ctx, cancel := share(ctx, parts)
	defer cancel()
	in := &secretsmanager.BatchGetSecretValueInput{SecretIdList: distinct(group, s.region)}
	out, values, err := call(ctx, s, Ref{}, func(ctx context.Context) (*secretsmanager.BatchGetSecretValueOutput, error) {
		return s.sm.BatchGetSecretValue(ctx, in, unthrottled)
	})
	if err != nil {
		return err
	}
	entries := pair(out.SecretValues, values, s.region)
	defer func() {
		for _, e := range entries {
			_ = e.Close()
		}
	}()
	for _, e := range entries {
		e.p.meta.Replica = s != group[0].sources[0]
	}
	return c.deliver(entries, group, s)
}

// deliver gives each id its entry. A batch with an entry that answers nothing in
// it is another's.
func (c *Client) deliver(entries []*Secret, group []*batchItem, s *service) error {
	asked := make([]ident.Ref, len(group))
	for i, w := range group {
		asked[i] = question(w.ref, w.id.WithRegion(s.region), s.region)
	}
	found := make([][]*Secret, len(group)) // the entries that answer each id
	byARN := map[*Secret]bool{}
	for _, e := range entries {
		answers, got := 0, ident.Read(answerOf(e))
		for i, w := range group {
			if got.Answers(asked[i]) != nil {
				continue
			}
			answers++
			found[i] = append(found[i], e)
			byARN[e] = byARN[e] || w.id.Kind != ident.BareName
		}
		if answers == 0 {
			s.renew()
			last := group[len(group)-1]
			return admit(e, last.in(s.region), last.id.WithRegion(s.region), s.region)
		}
		c.full.add(e.ARN())
	}
	for i, w := range group {
		w.take(found[i], byARN)
	}
	return nil
}

// take copies the one entry that answers an id: two spellings of one secret may
// both be asked for.
//
// A name is one of the caller's own account. What an ARN has brought may be a
// namesake of another account, so that the name is left to a call of its own; and
// so is an ARN that a namesake may answer, and an id that two entries answer.
func (w *batchItem) take(entries []*Secret, byARN map[*Secret]bool) {
	entries = slices.DeleteFunc(entries, func(e *Secret) bool {
		return w.id.Kind == ident.BareName && byARN[e] || namesake(e, w.id)
	})
	if len(entries) != 1 {
		return
	}
	if w.secret = entries[0].Clone(); w.ref.Key != "" {
		w.secret, w.err = pick(w.secret, w.ref)
	}
}

func distinct(group []*batchItem, region string) []string {
	var ids []string
	for _, w := range group {
		if id := w.in(region).ID; !slices.Contains(ids, id) {
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
