package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"wicketkey.internal/fetch"
)

// finding is what a step has to tell.
type finding struct {
	text    string
	warning string // what to do about it; the start does not depend on it
}

type status string

const (
	statusOK      status = "ok"
	statusWarning status = "warn"
	statusFailed  status = "fail"
	statusSkipped status = "skip"
)

// checkStep is one line of the report.
type checkStep struct {
	Name   string `json:"name"`
	Status status `json:"status"`
	Millis int64  `json:"ms"`
	Detail string `json:"detail,omitempty"`
	Remedy string `json:"remedy,omitempty"`
	Code   int    `json:"code,omitempty"` // the exit status that stands for the cause
}

// checkReport is the result, printed step by step to a person and as a whole to
// a machine.
type checkReport struct {
	OK     bool        `json:"ok"`
	Code   int         `json:"code"`
	Steps  []checkStep `json:"steps"`
	Secret *facts      `json:"secret,omitempty"`

	s      *system
	asJSON bool
}

func newCheckReport(s *system, asJSON bool) *checkReport {
	return &checkReport{OK: true, s: s, asJSON: asJSON}
}

// step does and reports one step, and tells whether what follows may build on it.
func (r *checkReport) step(name string, possible bool, do func() (finding, error)) bool {
	if !possible {
		r.add(checkStep{Name: name, Status: statusSkipped, Detail: "not tried after the failure above"})
		return false
	}
	erase := r.progress(name)
	began := time.Now()
	f, err := do()
	erase()
	step := checkStep{Name: name, Status: statusOK, Millis: time.Since(began).Milliseconds(), Detail: f.text, Remedy: f.warning}
	switch {
	case err != nil:
		step.Status, step.Code = statusFailed, exitCode(err)
		step.Detail, step.Remedy = explain(err)
		if r.OK {
			r.OK, r.Code = false, step.Code
		}
	case f.warning != "":
		step.Status = statusWarning
	}
	r.add(step)
	return err == nil
}

// explain takes an error apart into what happened and what to do.
func explain(err error) (cause, remedy string) {
	if exitCode(err) == codeStopped {
		return "told to stop", ""
	}
	if e, ok := errors.AsType[*fetch.Error](err); ok {
		return strings.TrimSuffix(e.Kind.Error()+": "+e.Cause, ": "), e.Remedy
	}
	return err.Error(), ""
}

func (r *checkReport) add(step checkStep) {
	r.Steps = append(r.Steps, step)
	if r.asJSON {
		return
	}
	took := ""
	if step.Status != statusSkipped {
		took = fmt.Sprintf("%d ms", step.Millis)
	}
	fmt.Fprintf(r.s.stdout, "%s  %-11s  %7s  %s\n", r.paint(step.Status), step.Name, took, step.Detail)
	if step.Remedy != "" {
		fmt.Fprintf(r.s.stdout, "      fix: %s\n", step.Remedy)
	}
}

func (r *checkReport) paint(s status) string {
	text := fmt.Sprintf("%-4s", s)
	colour := map[status]string{statusOK: "32", statusWarning: "33", statusFailed: "31"}[s]
	if colour == "" || !r.s.colourful(r.s.stdout) {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// progress shows what is being waited for; what it returns takes that away.
func (r *checkReport) progress(name string) func() {
	if r.asJSON || !r.s.colourful(r.s.stderr) {
		return func() {}
	}
	fmt.Fprintf(r.s.stderr, "      %s ...", name)
	return func() { fmt.Fprint(r.s.stderr, "\r\x1b[K") }
}

// finish prints what is left to print; its error carries only the exit status.
func (r *checkReport) finish() error {
	if r.asJSON {
		if err := printJSON(r.s.stdout, r); err != nil {
			return err
		}
	}
	if r.OK {
		return nil
	}
	return &failure{code: r.Code}
}
