package gatewayconfig_test

import (
	"bytes"
	"testing"

	"wicketkey.internal/internal/test/unwind"
)

// A callback of View may end the call: the copy that it was lent of a value with
// escapes is wiped, and the Config serves on.
func TestCallbackThatEndsTheCall(t *testing.T) {
	unwind.Each(t, func(t *testing.T, end func()) {
		cfg := mustDecode(t, edited("MIGHAgEAMBMG~made+up", `MIGHAgEAMBMG\u007emade+up`))
		var lent []byte
		defer func() {
			if !bytes.Equal(lent, make([]byte, len(lent))) {
				t.Errorf("the copy still reads %q", lent)
			}
			if err := cfg.View("privateKey", func(value []byte) error {
				if string(value) != "MIGHAgEAMBMG~made+up" {
					t.Errorf("got %q", value)
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
			whole := cfg.JSON()
			cfg.Close()
			if !bytes.Equal(whole, make([]byte, len(whole))) {
				t.Error("Close wiped nothing")
			}
		}()
		_ = cfg.View("privateKey", func(value []byte) error {
			lent = value
			end()
			return nil
		})
	})
}
