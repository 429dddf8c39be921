package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/taxresolve/tax"
)

// Exit codes; docs/command.md lists them.
const (
	exitDone        = 0
	exitFound       = 1 // what was looked for was found: differences, broken laws, advice
	exitUsage       = 2 // flags or arguments
	exitNoAnswer    = 3 // the data have no answer to the question
	exitInput       = 4 // a file or standard input
	exitStore       = 5 // a store
	exitInterrupted = 130
)

// usageError is about flags and arguments.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// readingError is about a document or a file that was to be read.
type readingError struct{ error }

func (e *readingError) Unwrap() error { return e.error }

// storeError is about opening a store.
type storeError struct{ error }

func (e *storeError) Unwrap() error { return e.error }

// codedError is an error with a code of its own.
type codedError struct {
	error
	code string
}

// Code returns the code.
func (e *codedError) Code() string { return e.code }

// reportedError is an error that was printed already.
type reportedError struct{ error }

func (e *reportedError) Unwrap() error { return e.error }

// errFound ends a command that has found what it looked for and printed it.
var errFound = errors.New("found")

// fault is an error as --json has it.
type fault struct {
	Code       string      `json:"code"`
	Message    string      `json:"message"`
	Field      string      `json:"field,omitempty"`
	Suggestion string      `json:"suggestion,omitempty"`
	Advice     string      `json:"advice,omitempty"`
	Faults     []tax.Fault `json:"faults,omitempty"`
}

// report prints an error and returns the exit code.
func (s *session) report(err error) int {
	code := exitCode(err)
	var reported *reportedError
	if code == exitDone || errors.Is(err, errFound) || errors.As(err, &reported) {
		return code
	}
	f := faultOf(err)
	if code == exitUsage && s.usage != "" {
		f.Advice = "usage: " + s.usage
	}
	if s.json {
		e := json.NewEncoder(s.problems)
		e.SetEscapeHTML(false)
		_ = e.Encode(map[string]fault{"error": f}) // there is nowhere else to say that it failed
		return code
	}
	fmt.Fprintln(s.problems, "tax:", f.Message)
	for _, other := range f.Faults[min(1, len(f.Faults)):] {
		fmt.Fprintln(s.problems, "     "+other.String())
	}
	if f.Advice != "" {
		fmt.Fprintln(s.problems, "     "+f.Advice)
	}
	fmt.Fprintln(s.problems, "     code: "+f.Code)
	return code
}

func exitCode(err error) int {
	var usage *usageError
	var reading *readingError
	var opening *storeError
	var lookup *tax.LookupError
	var stored *tax.StoreError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errFound):
		return exitFound
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &reading):
		return exitInput
	case errors.As(err, &opening), errors.Is(err, tax.ErrUnavailable):
		return exitStore
	case errors.As(err, &lookup), errors.As(err, &stored):
		return exitNoAnswer
	}
	return exitInput
}

// faultOf returns what an error says.
func faultOf(err error) fault {
	f := fault{Code: "error", Message: message(err)}
	if errors.Is(err, context.Canceled) {
		f.Code = "interrupted"
		return f
	}
	var usage *usageError
	if errors.As(err, &usage) {
		f.Code, f.Advice = "usage", "tax help lists the commands, and tax help COMMAND its flags"
	}
	var opening *storeError
	if errors.As(err, &opening) {
		f.Code = "store"
	}
	var coded interface {
		error
		Code() string
	}
	if errors.As(err, &coded) {
		f.Code = coded.Code()
	}
	var lookup *tax.LookupError
	if errors.As(err, &lookup) {
		f.Suggestion, f.Advice = lookup.Suggestion(), advice(lookup)
	}
	var input *tax.InputError
	if errors.As(err, &input) {
		f.Field = input.Field
	}
	var invalid *tax.InvalidError
	if errors.As(err, &invalid) {
		f.Faults = invalid.Faults
	}
	var failed *fs.PathError
	if errors.As(err, &failed) && f.Code == "error" {
		fileFault(&f, failed)
	}
	return f
}

// forPrograms are the parts of messages that speak to somebody who writes Go.
var forPrograms = strings.NewReplacer(
	", see Resolver.Classes, or set FallbackToDefault", "",
	": add one, for instance with Overlay, or use another class", "",
	": import time/tzdata", "",
	": tax: ", ": ", "\ntax: ", "\n", // the prefix of an error in another one, and no other "tax:"
	"context canceled", "interrupted",
)

// message returns the text of an error for somebody at a terminal.
func message(err error) string {
	return strings.TrimSpace(strings.TrimPrefix(forPrograms.Replace(err.Error()), "tax: "))
}

// advice says which command helps.
func advice(e *tax.LookupError) string {
	place := e.Lookup.Country
	if e.Lookup.Region != "" {
		place += " --region " + e.Lookup.Region
	}
	switch e.Code() {
	case "unknown_country", "country_not_configured":
		return "tax countries lists the countries"
	case "unknown_region", "region_ambiguous", "region_required", "postal_code_elsewhere":
		return "tax regions " + e.Lookup.Country + " lists the regions; --region and --postal-code say where the address is"
	case "unknown_class", "no_default_class":
		return "tax classes " + place + " lists the classes; --fallback answers with the default class"
	case "class_not_started", "class_ended":
		return "tax classes " + place + " --date DAY lists the classes of a day"
	case "rate_unknown", "no_rate":
		return "nothing is known of the rate there; a store of your own can say it"
	}
	return ""
}
