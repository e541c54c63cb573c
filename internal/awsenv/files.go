package awsenv

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

const (
	defaultProfile = "default"

	profilePrefix  = "profile "
	servicesPrefix = "services "
	sessionPrefix  = "sso-session "
)

// sharedFiles holds the merged sections of the config and credentials files,
// profiles under their bare names.
type sharedFiles struct {
	configPath, credentialsPath string
	sections                    map[string]*section
}

// readFiles reads both shared files. One that does not exist counts as empty, as
// for the SDK: most hosts have neither. One that is named by a variable and
// cannot be read is an error; the SDK would go on with other keys.
func readFiles(env *environ) (*sharedFiles, error) {
	f := &sharedFiles{}
	var config, credentials map[string]*section
	for _, file := range []struct {
		variable, name string
		path           *string
		into           *map[string]*section
	}{
		{"AWS_CONFIG_FILE", "config", &f.configPath, &config},
		{"AWS_SHARED_CREDENTIALS_FILE", "credentials", &f.credentialsPath, &credentials},
	} {
		path, named := filePath(env, file.variable, file.name)
		sections, err := readINI(path)
		if err != nil && (named || errors.Is(err, errEncoding)) {
			return nil, &Error{Kind: ErrEnvironment, Err: err, Cause: fmt.Sprintf("the shared file %s (%s)", path, file.variable),
				Remedy: "name a readable file of UTF-8 without a byte-order mark"}
		}
		*file.path, *file.into = path, sections
	}
	f.sections = configSections(config)
	mergeCredentials(f.sections, credentials)
	return f, nil
}

// String names the files for an error.
func (f *sharedFiles) String() string {
	return f.configPath + " and " + f.credentialsPath
}

// filePath is empty where there is neither a variable nor a home: a file of the
// current directory may be anybody's, and name a process to run.
func filePath(env *environ, variable, name string) (path string, named bool) {
	if path := env.get(variable); path != "" {
		return path, true
	}
	home := homeDir(env)
	if !filepath.IsAbs(home) {
		return "", false
	}
	return filepath.Join(home, ".aws", name), false
}

// homeDir asks the user database where a service manager left HOME unset.
func homeDir(env *environ) string {
	variable := "HOME"
	if runtime.GOOS == "windows" {
		variable = "USERPROFILE"
	}
	if home := env.get(variable); home != "" {
		return home
	}
	if u, err := user.Current(); err == nil {
		return u.HomeDir
	}
	return ""
}

var errEncoding = errors.New("it begins with a byte-order mark, which hides its first section")

func readINI(path string) (map[string]*section, error) {
	if path == "" {
		return nil, nil
	}
	content, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	for _, mark := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(content, []byte(mark)) {
			return nil, errEncoding
		}
	}
	sections := parseINI(string(content), path)
	for _, s := range sections {
		s.partial = s.has(keyAccessKey) != s.has(keySecretKey)
	}
	return sections, nil
}

// configSections keeps what belongs into a config file. "[profile x]" becomes
// "x", and wins over a bare "[default]".
func configSections(sections map[string]*section) map[string]*section {
	kept := map[string]*section{}
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		bare, isProfile := strings.CutPrefix(name, profilePrefix)
		if isProfile || kept[name] == nil && isPlainSection(name) {
			kept[bare] = sections[name]
		}
	}
	return kept
}

func isPlainSection(name string) bool {
	return strings.EqualFold(name, defaultProfile) || strings.HasPrefix(name, servicesPrefix) || strings.HasPrefix(name, sessionPrefix)
}

// mergeCredentials lays the credentials file over the config file. Only the
// keys in credentialKeys may come from there once a profile stands in both.
func mergeCredentials(sections, credentials map[string]*section) {
	for name, from := range credentials {
		if strings.HasPrefix(name, profilePrefix) {
			continue
		}
		into, both := sections[name]
		if !both {
			sections[name] = from
			continue
		}
		into.merge(from)
	}
}

func (s *section) merge(from *section) {
	s.partial = from.partial
	keys := credentialKeys
	if from.has(keyAccessKey) && from.has(keySecretKey) {
		keys = slices.Concat(keys, []string{keyAccessKey, keySecretKey, keySessionToken})
	}
	for _, key := range keys {
		if from.has(key) {
			s.set(key, from.text[key], from.keyFile)
		}
	}
}
