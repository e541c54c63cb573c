package diskcopy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

const (
	copySuffix = ".copy"
	markSuffix = ".no"
	tempPrefix = "new-"

	// maxFile bounds what is read back: the largest value in base64, and what
	// surrounds it, is half of it.
	maxFile = 256 << 10
)

// maxMarks bounds the marks of a refusal: one is made for each name that is refused.
const maxMarks = 4096

// directory is files of bounded size in all, each written atomically. Other
// processes may write to it, too.
type directory struct {
	path     string
	maxBytes int64

	mu    sync.Mutex // guards what follows, and writing
	files map[string]fileInfo
	total int64
	marks map[string]fileInfo // those of marks
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
	d := &directory{path: path, maxBytes: maxBytes, files: make(map[string]fileInfo), marks: make(map[string]fileInfo)}
	for _, f := range list {
		if info, err := f.Info(); err == nil && info.Mode().IsRegular() {
			d.meet(info, maxAge)
		}
	}
	return d, nil
}

// meet takes in a file that was there before. What is not named like ours stays.
func (d *directory) meet(info fs.FileInfo, maxAge time.Duration) {
	name, age := info.Name(), time.Since(info.ModTime())
	_, copied := parse(name)
	switch {
	case isTemp(name) && age > time.Hour: // not one of a process still writing
		_ = os.Remove(filepath.Join(d.path, name))
	case !copied && !isMark(name):
	case age > maxAge:
		_ = os.Remove(filepath.Join(d.path, name))
	case !copied:
		d.marks[name] = fileInfo{info.Size(), info.ModTime()}
	default:
		d.note(name, fileInfo{info.Size(), info.ModTime()})
	}
}

// othersWrite reports whether users beside the owner can write to the directory.
func (d *directory) othersWrite() bool {
	info, err := os.Stat(d.path)
	return err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0
}

// list returns the names of the files with a suffix, those of other processes
// included.
func (d *directory) list(suffix string) ([]string, error) {
	list, err := os.ReadDir(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, f := range list {
		if strings.HasSuffix(f.Name(), suffix) {
			names = append(names, f.Name())
		}
	}
	return names, err
}

// note counts a file in place of its predecessor. The caller holds mu, or is
// alone.
func (d *directory) note(name string, f fileInfo) {
	d.total += f.size - d.files[name].size
	d.files[name] = f
}

// time is that of a file's contents, zero for no file.
func (d *directory) time(name string) time.Time {
	info, err := os.Lstat(filepath.Join(d.path, name))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// isLater reports whether there is a file of a later time. One ahead of the clock,
// which was set back, is not.
func (d *directory) isLater(name string, at time.Time) bool {
	t := d.time(name)
	return t.After(at) && !t.After(time.Now())
}

// write replaces a file, unless that is of a later time, durably: after a crash there
// is the old one or the new one, whole.
func (d *directory) write(name string, data []byte, at time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.makeRoom(name, int64(len(data))); err != nil {
		return err
	}
	if err := d.put(name, data, at); err != nil {
		return err
	}
	d.note(name, fileInfo{int64(len(data)), at})
	return d.sync()
}

// mark is write for a small file that counts by itself.
func (d *directory) mark(name string, data []byte, at time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.marks, name)
	for len(d.marks) >= maxMarks {
		leaves := oldest(d.marks, "")
		_ = os.Remove(filepath.Join(d.path, leaves))
		delete(d.marks, leaves)
	}
	d.marks[name] = fileInfo{int64(len(data)), at}
	return d.put(name, data, at)
}

func (d *directory) put(name string, data []byte, at time.Time) error {
	temp, err := os.CreateTemp(d.path, tempPrefix) // mode 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Sync(), temp.Close(), os.Chtimes(temp.Name(), at, at))
	defer lock(d.path)()
	later := d.isLater(name, at)
	if err == nil && !later {
		err = os.Rename(temp.Name(), filepath.Join(d.path, name))
	}
	if err != nil || later {
		_ = os.Remove(temp.Name())
	}
	return err
}

// makeRoom deletes the oldest files until name fits at its new size.
func (d *directory) makeRoom(name string, size int64) error {
	if size > d.maxBytes || size > maxFile {
		return fmt.Errorf("%d bytes are more than Disk.MaxBytes allows", size)
	}
	for d.total-d.files[name].size+size > d.maxBytes {
		if err := d.unlink(oldest(d.files, name)); err != nil {
			return err
		}
	}
	return nil
}

// oldest is the file that leaves first, and not the one to be kept.
func oldest(files map[string]fileInfo, keep string) (name string) {
	for n, f := range files {
		if n != keep && (name == "" || f.at.Before(files[name].at)) {
			name = n
		}
	}
	return name
}

// read returns a file's contents, nil if there is none.
func (d *directory) read(name string) ([]byte, error) {
	f, err := openOwn(filepath.Join(d.path, name))
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

// remove deletes a file, durably, unless it is of a later time; that there is none is no
// error.
func (d *directory) remove(name string, at time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer lock(d.path)()
	if d.isLater(name, at) {
		return nil
	}
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
