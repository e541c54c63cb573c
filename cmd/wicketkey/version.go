package main

import (
	"context"
	"flag"
	"runtime"
	"runtime/debug"
)

func versionCommand() command {
	return command{
		name:     "version",
		summary:  "print the version, the commit and the Go release",
		details:  "Prints what the program was built from.",
		examples: []string{"wicketkey version", "wicketkey version -json"},
		setup: func(fs *flag.FlagSet) action {
			asJSON := fs.Bool("json", false, "print as JSON")
			return func(_ context.Context, s *system, args []string) error {
				if err := noArgs(args); err != nil {
					return err
				}
				b := readBuild()
				if *asJSON {
					return printJSON(s, b)
				}
				return s.say("", "wicketkey %s %s %s %s", b.Version, b.Commit, b.Go, b.Platform)
			}
		},
	}
}

type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func readBuild() build {
	b := build{Version: "(devel)", Commit: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
