package fetch

import "wicketkey.internal/internal/wipe"

// lockable tries whether memory can be locked, where that is required.
func (o *Options) lockable() error {
	if !o.RequireLocked {
		return nil
	}
	trial := wipe.New(1)
	defer trial.Free()
	if trial.Locked() {
		return nil
	}
	e := &Error{Kind: ErrUnlocked, Remedy: "raise RLIMIT_MEMLOCK (systemd: LimitMEMLOCK=8M; Docker: --ulimit memlock=8388608), or do without RequireLocked"}
	if e.Err = wipe.Stats().Err; e.Err != nil {
		e.Cause = e.Err.Error()
	}
	return e
}
