package main

import (
	"errors"
	"time"
)

// span is a flag's duration where none at all makes no sense.
type span time.Duration

func (d *span) String() string { return time.Duration(*d).String() }

func (d *span) Set(text string) error {
	v, err := time.ParseDuration(text)
	if err != nil || v <= 0 {
		return errors.New("it takes a time, such as 10s or 5m")
	}
	*d = span(v)
	return nil
}
