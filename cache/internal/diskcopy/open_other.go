//go:build !unix

package diskcopy

import (
	"errors"
	"os"
)

// openOwn opens a regular file, and no link to one.
func openOwn(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("what lies in place of a disk copy is not a file")
	}
	return os.Open(path)
}
