package diskcopy

import (
	"encoding/hex"
	"strings"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/ident"
)

// A copy's file is named by three labels,
//
//	ARN - account, region and name - stage and version
//
// so that it is found by whichever spelling asks for it, and that a refusal, which has
// one spelling, finds all that is of the secret, whoever wrote it and when.
type labels struct{ arn, name, pick string }

func (l labels) file() string { return l.arn + "-" + l.name + "-" + l.pick + copySuffix }

// parse reads a copy's file name.
func parse(file string) (labels, bool) {
	base, ok := strings.CutSuffix(file, copySuffix)
	parts := strings.Split(base, "-")
	if !ok || len(parts) != 3 || !isLabel(parts[0]) || !isLabel(parts[1]) || !isLabel(parts[2]) {
		return labels{}, false
	}
	return labels{parts[0], parts[1], parts[2]}, true
}

// isMark reports whether a file's name is that of a mark.
func isMark(file string) bool {
	base, ok := strings.CutSuffix(file, markSuffix)
	label, pick, _ := strings.Cut(base, "-")
	return ok && isLabel(label) && (pick == all || isLabel(pick))
}

// isTemp reports whether a file's name is that of one that is being written.
func isTemp(file string) bool {
	random, ok := strings.CutPrefix(file, tempPrefix)
	return ok && random != "" && strings.Trim(random, "0123456789") == ""
}

// isLabel reports whether the sealer makes such labels.
func isLabel(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == labelBytes
}

// of gives the labels that an identifier may have: of a name, and of an ARN
// without its suffix, arn is empty. An ARN that ends like a full one may lack its
// suffix, so that it has both.
func (c *Copies) of(id ident.ID) labels {
	var l labels
	if id.Kind == ident.BareName {
		id.Region, id.Account = c.opts.Region, c.opts.Account
	}
	if id.Kind == ident.FullARN {
		l.arn = c.seal.label("arn", id.String())
	}
	l.name = c.seal.label("name", id.Region, id.Account, id.Resource)
	return l
}

// labelled gives the labels of what AWS has answered to ref, and false where it
// does not say whose it is. What a replica gave is filed under the secret meant.
func (c *Copies) labelled(ref fetch.Ref, arn, name string, replica bool) (labels, bool) {
	id, err := ident.ParseID(arn)
	if err != nil || id.Kind == ident.BareName || name == "" {
		return labels{}, false
	}
	if replica {
		home := c.opts.Region
		if asked, err := ident.ParseID(ref.ID); err == nil && asked.Region != "" {
			home = asked.Region
		}
		id = id.WithRegion(home)
	}
	return labels{
		arn: c.seal.label("arn", id.String()), name: c.seal.label("name", id.Region, id.Account, name), pick: c.pick(ref),
	}, true
}

// pick is the label of a stage or version.
func (c *Copies) pick(ref fetch.Ref) string { return c.seal.label("pick", ref.Stage, ref.VersionID) }

// means reports whether a copy with labels l is one that asked looks for, which
// may lack a label.
func (asked labels) means(l labels) bool {
	return asked.arn != "" && asked.arn == l.arn || asked.name != "" && asked.name == l.name
}

// isNamesake reports whether a copy is of another secret of the same name.
func (l labels) isNamesake(other labels) bool { return l.name == other.name && l.arn != other.arn }
