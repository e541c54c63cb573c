package fetch

import (
	"context"
	"slices"
	"strings"

	"wicketkey.internal/internal/ident"
)

// source is whom a question is put to: Secrets Manager in one region, or an agent
// on the same host.
type source interface {
	// get puts one question, tried again as the retryer says; once leaves out
	// what is throttled. The answer is not checked against the question.
	get(ctx context.Context, ref Ref, once bool) (*Secret, error)
	// renew has what is asked from now on go out on new connections.
	renew()
	// place is the region asked; empty where the source alone knows.
	place() string
}

// sources gives whom to ask for an identifier, in this order: in its own region,
// or the default one, and then in those of Options.Failover.
func (c *Client) sources(ctx context.Context, id ident.ID) ([]source, error) {
	if c.agent != nil {
		return []source{c.agent}, nil
	}
	home := id.Region
	if home == "" {
		var err error
		if home, err = c.region(ctx); err != nil {
			return nil, err
		}
	}
	list := []source{c.service(home)}
	for _, region := range c.opts.Failover {
		if !slices.ContainsFunc(list, func(s source) bool { return s.place() == region }) {
			list = append(list, c.service(region))
		}
	}
	return list, nil
}

// ask puts a question to one source and lets out only what answers it. An answer
// to something else shows that its connection is out of step, one answer late;
// so the question is put once more, on a new one.
func (c *Client) ask(ctx context.Context, s source, ref Ref, id ident.ID, once bool) (secret *Secret, err error) {
	for again := false; ; again = true {
		if secret, err = s.get(ctx, ref, once); err != nil {
			return nil, err
		}
		wrong := admit(secret, ref, id, s.place())
		if wrong == nil && (again || !namesake(secret, id)) {
			c.full.add(secret.ARN())
			return secret, nil
		}
		_ = secret.Close()
		s.renew()
		if again {
			return nil, wrong
		}
		c.log.Warn("wicketkey: an answer that may be about something else; asking again on a new connection", "id", ref.ID, "error", wrong)
	}
}

// namesake reports whether an ARN that ends like a full one was answered as the
// partial ARN of a secret whose name ends so. That can be right; it is so seldom
// that it has to be said twice, on two connections.
func namesake(s *Secret, id ident.ID) bool {
	return id.Kind == ident.FullARN && !strings.HasSuffix(s.ARN(), ":secret:"+id.Resource)
}

// question is ref, whose identifier is id, as an answer is held against it. For a
// name the region is part of the question, where it is known.
func question(ref Ref, id ident.ID, region string) ident.Ref {
	if id.Region == "" {
		id.Region = region
	}
	return ident.Ref{ID: id, Stage: ref.Stage, VersionID: ref.VersionID}
}

func answerOf(s *Secret) ident.Answer {
	return ident.Answer{ARN: s.ARN(), Name: s.Name(), VersionID: s.VersionID(), Stages: s.p.meta.Stages}
}

// admit is the gate through which every Secret leaves, single or out of a batch:
// it has to answer the question ref, whose identifier is id. A batch holds each of
// its entries against every id, by the same rule.
func admit(s *Secret, ref Ref, id ident.ID, region string) error {
	err := ident.Answers(question(ref, id, region), answerOf(s))
	if err == nil {
		return nil
	}
	return &Error{ID: ref.ID, Kind: ErrMalformed, Cause: err.Error(), Err: err,
		Remedy: "see what stands between here and AWS Secrets Manager: a proxy, a load balancer or a stand-in mixes answers up"}
}
