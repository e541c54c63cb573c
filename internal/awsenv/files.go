package awsenv

import (
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
	sessionPrefix  = "sso-session "
	servicesPrefix = "services "
)

// sharedFiles holds the merged sections of the config and credentials files,
// profiles under their bare names.
type sharedFiles struct {
	configPath, credentialsPath string
	sections                    map[string]*section
}

// readFiles reads both shared files. One that cannot be read counts as empty,
// as for the SDK: most hosts have neither.
func readFiles(getenv func(string) string) *sharedFiles {
	f := &sharedFiles{
		configPath:      filePath(getenv, "AWS_CONFIG_FILE", "config"),
		credentialsPath: filePath(getenv, "AWS_SHARED_CREDENTIALS_FILE", "credentials"),
	}
	f.sections = configSections(readINI(f.configPath))
	mergeCredentials(f.sections, readINI(f.credentialsPath))
	return f
}

// String names the files for an error.
func (f *sharedFiles) String() string {
	return f.configPath + " and " + f.credentialsPath
}

func filePath(getenv func(string) string, variable, name string) string {
	if path := getenv(variable); path != "" {
		return path
	}
	return filepath.Join(homeDir(getenv), ".aws", name)
}

// homeDir asks the user database where a service manager left HOME unset.
func homeDir(getenv func(string) string) string {
	variable := "HOME"
	if runtime.GOOS == "windows" {
		variable = "USERPROFILE"
	}
	if home := getenv(variable); home != "" {
		return home
	}
	if u, err := user.Current(); err == nil {
		return u.HomeDir
	}
	return ""
}

func readINI(path string) map[string]*section {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	sections := parseINI(string(content), path)
	for _, s := range sections {
		s.partial = s.has(keyAccessKey) != s.has(keySecretKey)
	}
	return sections
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
	return strings.EqualFold(name, defaultProfile) ||
		strings.HasPrefix(name, sessionPrefix) || strings.HasPrefix(name, servicesPrefix)
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
