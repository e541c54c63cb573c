package main

import (
	"context"
	"log/slog"
	"strings"
)

// logger passes on what the libraries found worth a warning, as notes.
func (s *system) logger() *slog.Logger { return slog.New(noteHandler{s: s}) }

// noteHandler writes warnings in the form of all our notes. Nothing that the
// libraries log is secret.
type noteHandler struct {
	s     *system
	attrs []slog.Attr
}

func (h noteHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn
}

func (h noteHandler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(strings.TrimPrefix(r.Message, "wicketkey: "))
	for _, a := range h.attrs {
		b.WriteString(" " + a.String())
	}
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(" " + a.String())
		return true
	})
	h.s.note("%s", b.String())
	return nil
}

func (h noteHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return noteHandler{h.s, append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

func (h noteHandler) WithGroup(string) slog.Handler { return h }
