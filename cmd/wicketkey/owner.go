package main

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
)

// owner is whom a handed file is given to; nil: whoever we are.
type owner struct{ uid, gid int }

// parseOwner reads USER or USER:GROUP, each a name or a number. A user's group
// is its own unless another is named.
func parseOwner(text string) (*owner, error) {
	name, group, grouped := strings.Cut(text, ":")
	var o owner
	var err error
	if o.uid, o.gid, err = findUser(name); err != nil {
		return nil, err
	}
	if grouped {
		o.gid, err = findGroup(group)
	}
	return &o, err
}

func findUser(name string) (uid, gid int, err error) {
	if uid, ok := number(name); ok {
		return uid, -1, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, usage("-user: there is no such user here; its number will do as well")
	}
	uid, known := number(u.Uid)
	gid, grouped := number(u.Gid)
	if !known || !grouped {
		return 0, 0, usage("-user: users have no numbers here")
	}
	return uid, gid, nil
}

func findGroup(name string) (int, error) {
	if gid, ok := number(name); ok {
		return gid, nil
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, usage("-user: there is no such group here; its number will do as well")
	}
	gid, _ := number(g.Gid)
	return gid, nil
}

// number reads a user's or a group's.
func number(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err == nil
}

// give makes the file its owner's.
func (o *owner) give(f *os.File) error {
	if o == nil {
		return nil
	}
	if err := f.Chown(o.uid, o.gid); err != nil {
		return fmt.Errorf("it cannot be given to the user of -user, which takes root: %w", err)
	}
	return nil
}
