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
func save(path string, value []byte) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is there and is no regular file; it is left alone", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".wicketkey-*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	if err = fill(f, value); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

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
