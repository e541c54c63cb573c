package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// part is a module that is in some of the binaries.
type part struct{ path, version, sum string }

// parts are what the binaries are made of, as they tell themselves.
type parts struct {
	version string // of wicketkey
	goes    string // the Go release
	modules []part
}

func partsOf(binaries []binary) (parts, error) {
	var all parts
	for _, b := range binaries {
		main := b.info.Main
		if all.version != "" && (all.version != main.Version || all.goes != b.info.GoVersion) {
			return all, fmt.Errorf("%s is of another version than the rest", b.path)
		}
		all.version, all.goes = main.Version, b.info.GoVersion
		for _, dep := range b.info.Deps {
			if m := moduleOf(dep); !slices.Contains(all.modules, m) {
				all.modules = append(all.modules, m)
			}
		}
	}
	slices.SortFunc(all.modules, func(a, b part) int { return strings.Compare(a.path, b.path) })
	return all, nil
}

func moduleOf(m *debug.Module) part {
	for m.Replace != nil {
		m = m.Replace
	}
	return part{m.Path, m.Version, m.Sum}
}

// licencesOf collects the texts under which all of it may be passed on.
func licencesOf(source string, p parts) ([]byte, error) {
	var text bytes.Buffer
	add := func(title, dir string) error {
		files, err := licenceFiles(dir)
		if err != nil {
			return err
		}
		for _, file := range files {
			content, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				return err
			}
			fmt.Fprintf(&text, "==== %s: %s ====\n\n%s\n\n", title, file, bytes.TrimSpace(content))
		}
		return nil
	}
	if err := add("wicketkey", source); err != nil {
		return nil, err
	}
	root, err := goOutput(source, nil, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	if err := add(p.goes, strings.TrimSpace(string(root))); err != nil {
		return nil, err
	}
	for _, m := range p.modules {
		dir, err := folderOf(source, m)
		if err != nil {
			return nil, err
		}
		if err := add(m.path+" "+m.version, dir); err != nil {
			return nil, err
		}
	}
	text.WriteString(rootsLicence)
	return text.Bytes(), nil
}

func folderOf(source string, m part) (string, error) {
	out, err := goOutput(source, nil, "mod", "download", "-json", m.path+"@"+m.version)
	if err != nil {
		return "", err
	}
	var found struct{ Dir string }
	err = json.Unmarshal(out, &found)
	return found.Dir, err
}

// licenceFiles are the licences and notices in a folder; there must be one.
func licenceFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if !e.IsDir() && (strings.HasPrefix(name, "LICENSE") || strings.HasPrefix(name, "LICENCE") || strings.HasPrefix(name, "NOTICE") || strings.HasPrefix(name, "PATENTS")) {
			files = append(files, e.Name())
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no licence", dir)
	}
	return files, nil
}
