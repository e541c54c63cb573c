package cache

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	copySuffix = ".copy"
	tempPrefix = "new-"

	// maxFile bounds what is read back: the largest value in base64, and what
	// surrounds it, is half of it.
	maxFile = 256 << 10
)

// directory is files of bounded size in all, each written atomically.
type directory struct {
	path     string
	maxBytes int64

	mu    sync.Mutex // guards files, and writing
	files map[string]fileInfo
	total int64
}

type fileInfo struct {
	size int64
	at   time.Time
}

// openDirectory makes the directory if need be, and removes what is too old and
// what a killed process has left half written.
func openDirectory(path string, maxBytes int64, maxAge time.Duration) (*directory, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	list, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	d := &directory{path: path, maxBytes: maxBytes, files: make(map[string]fileInfo)}
	for _, f := range list {
		info, err := f.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		age := time.Since(info.ModTime())
		switch {
		case strings.HasPrefix(f.Name(), tempPrefix) && age > time.Minute: // not one of a process still writing
			_ = os.Remove(filepath.Join(path, f.Name()))
		case !strings.HasSuffix(f.Name(), copySuffix):
		case age > maxAge:
			_ = os.Remove(filepath.Join(path, f.Name()))
		default:
			d.note(f.Name(), fileInfo{info.Size(), info.ModTime()})
		}
	}
	return d, nil
}

// note counts a file in place of its predecessor. The caller holds mu, or is
// alone.
func (d *directory) note(name string, f fileInfo) {
	d.total += f.size - d.files[name].size
	d.files[name] = f
}

func (d *directory) has(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.files[name]
	return ok
}

func (d *directory) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.files)
}

// write replaces a file, durably: after a crash there is the old one or the new
// one, whole.
func (d *directory) write(name string, data []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.makeRoom(name, int64(len(data))); err != nil {
		return err
	}
	temp, err := os.CreateTemp(d.path, tempPrefix) // mode 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), filepath.Join(d.path, name))
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return err
	}
	d.note(name, fileInfo{int64(len(data)), time.Now()})
	return d.sync()
}

// makeRoom deletes the oldest files until name fits at its new size.
func (d *directory) makeRoom(name string, size int64) error {
	if size > d.maxBytes || size > maxFile {
		return fmt.Errorf("%d bytes are more than Disk.MaxBytes allows", size)
	}
	for d.total-d.files[name].size+size > d.maxBytes {
		oldest := ""
		for n, f := range d.files {
			if n != name && (oldest == "" || f.at.Before(d.files[oldest].at)) {
				oldest = n
			}
		}
		if err := d.unlink(oldest); err != nil {
			return err
		}
	}
	return nil
}

// read returns a file's contents, nil if there is none.
func (d *directory) read(name string) ([]byte, error) {
	f, err := os.Open(filepath.Join(d.path, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errors.New("the disk copy is too long to be one")
	}
	return data, err
}

// remove deletes a file, durably; that there is none is no error.
func (d *directory) remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.unlink(name); err != nil {
		return err
	}
	return d.sync()
}

func (d *directory) unlink(name string) error {
	if err := os.Remove(filepath.Join(d.path, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	d.total -= d.files[name].size
	delete(d.files, name)
	return nil
}

// sync makes renames and removals durable where the system can.
func (d *directory) sync() error {
	f, err := os.Open(d.path)
	if err != nil {
		return err
	}
	defer f.Close()
	_ = f.Sync() // not every system lets a directory be synced; the files are
	return nil
}
