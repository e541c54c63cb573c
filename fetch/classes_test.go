package fetch

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// Every kind of error is a refusal, trouble or misuse: whoever keeps old values
// must not have to guess. The kinds are taken from the source, so that a new one
// is not forgotten here.
func TestEveryKindIsClassed(t *testing.T) {
	kinds := map[string]error{
		"ErrBadIdentifier": ErrBadIdentifier, "ErrNoRegion": ErrNoRegion, "ErrNoCredentials": ErrNoCredentials, "ErrDenied": ErrDenied,
		"ErrKMSDenied": ErrKMSDenied, "ErrKeyDisabled": ErrKeyDisabled, "ErrNotFound": ErrNotFound, "ErrDeleted": ErrDeleted,
		"ErrNoVersion": ErrNoVersion, "ErrThrottled": ErrThrottled, "ErrUnavailable": ErrUnavailable, "ErrUntrusted": ErrUntrusted,
		"ErrMalformed": ErrMalformed, "ErrInvalid": ErrInvalid, "ErrUnlocked": ErrUnlocked, "ErrClosed": ErrClosed,
	}
	f, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 {
			return true
		}
		if call, ok := spec.Values[0].(*ast.CallExpr); ok {
			if fun, ok := call.Fun.(*ast.SelectorExpr); ok && fun.Sel.Name == "New" && kinds[spec.Names[0].Name] == nil {
				t.Errorf("%s is not in this test", spec.Names[0])
			}
		}
		return true
	})
	for name, kind := range kinds {
		e := &Error{Kind: kind}
		if classOf(kind) == 0 || e.Refused() && e.Unanswered() {
			t.Errorf("%s is not classed", name)
		}
	}
	if e := (&Error{Kind: errors.New("new")}); e.Refused() || e.Unanswered() {
		t.Error("an unknown kind is taken for a known one")
	}
}
