package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// save writes a file that only its owner may read, all of it or nothing: a
// reader, and a crash at any moment, meets the old file or the new one.
func save(path string, value []byte) error { return saveFor(nil, path, value) }

// saveFor gives the file to its owner.
func saveFor(o *owner, path string, value []byte) error {
	f, err := write(path, value, o)
	if err == nil {
		err = f.Close() // Windows renames no open file
	}
	return finish(f, path, err)
}

// keep is saveFor for one who removes the file later: it stays open, so that
// none can be given its number meanwhile and be taken for it. The caller closes it.
func keep(o *owner, path string, value []byte) (*os.File, error) {
	f, err := write(path, value, o)
	if err = finish(f, path, err); err != nil {
		return nil, err
	}
	return f, nil
}

// remove takes a kept file away, unless what is there now is another.
func remove(f *os.File, path string) {
	ours, err := f.Stat()
	if err != nil {
		return
	}
	if there, err := os.Lstat(path); err == nil && os.SameFile(ours, there) {
		_ = os.Remove(path)
	}
}

// write makes the file under another name in the same folder.
func write(path string, value []byte, o *owner) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("what is there is no regular file, and is left alone")
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".wicketkey-*") // made with mode 0600
	if err != nil {
		return nil, err
	}
	if err = o.give(f); err == nil {
		_, err = f.Write(value)
	}
	return f, errors.Join(err, f.Sync())
}

// finish gives what was written its name, or takes it away.
func finish(f *os.File, path string, err error) error {
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		return syncFolder(filepath.Dir(path))
	}
	if f != nil {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	return fmt.Errorf("%s cannot be written: %w", path, err)
}

// fill writes and closes.
func fill(f *os.File, value []byte) error {
	_, err := f.Write(value)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolder makes the new name outlast a crash. Where folders cannot be
// synced, the system has no such promise to give.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}
