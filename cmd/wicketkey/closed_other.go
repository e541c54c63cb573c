//go:build !unix

package main

import "os"

// closed tells a standard stream that we were started without.
func closed(f *os.File) bool {
	_, err := f.Stat()
	return err != nil
}
