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

	s       *system
	asJSON  bool
	skipped []string // not shown yet
	lost    error    // why something that was said did not arrive
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
	switch {
	case r.asJSON:
	case step.Status == statusSkipped:
		r.skipped = append(r.skipped, step.Name)
	default:
		r.showSkipped()
		r.show(step.Status, fmt.Sprintf("%-11s  %7s  ", step.Name, fmt.Sprintf("%d ms", step.Millis)), step.Detail)
		if step.Remedy != "" {
			r.keep(line(r.s.stdout, fix, len(fix), step.Remedy))
		}
	}
}

const fix = "      fix: "

// showSkipped tells of all steps in a row that were not tried.
func (r *checkReport) showSkipped() {
	if len(r.skipped) > 0 {
		r.show(statusSkipped, "", strings.Join(r.skipped, ", ")+": not tried after the failure above")
	}
	r.skipped = nil
}

func (r *checkReport) show(st status, head, text string) {
	mark := fmt.Sprintf("%-4s  ", st)
	r.keep(line(r.s.stdout, r.paint(st, mark)+head, len(mark)+len(head), text))
}

func (r *checkReport) keep(err error) {
	if r.lost == nil {
		r.lost = err
	}
}

func (r *checkReport) paint(s status, text string) string {
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

// finish prints what is left to print. Its error carries the exit status, and a
// text only where a report was lost.
func (r *checkReport) finish() error {
	r.showSkipped()
	if r.asJSON {
		r.keep(printJSON(r.s, r))
	}
	switch {
	case !r.OK:
		return &failure{r.Code, r.lost}
	case r.lost != nil:
		return fmt.Errorf("writing the report: %w", r.lost)
	}
	return nil
}
