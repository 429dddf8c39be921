package openapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

func init() {
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/jsonl", openapi3filter.PlainBodyDecoder)
}

// Description is a description in OpenAPI.
type Description struct {
	document *openapi3.T
	router   routers.Router
}

// Read reads the description in a file, and checks it.
func Read(file string) (*Description, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	if document.Info != nil && document.Info.Version == "" {
		document.Info.Version = "unknown" // that of a vendor has none
	}
	document.Servers = nil // requests name another host
	if err := document.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, err
	}
	router, err := gorillamux.NewRouter(document)
	return &Description{document, router}, err
}

// Problem is what contradicts a description.
type Problem struct {
	Of  string // "request" or "answer"
	Err error
}

// Error names the exchange's part and the contradiction.
func (p *Problem) Error() string { return p.Of + ": " + p.Err.Error() }

// Unwrap returns the contradiction.
func (p *Problem) Unwrap() error { return p.Err }

// Check returns a [Problem] if an exchange contradicts the description: an answer that it
// does not have, or a request that it does not permit and that succeeded.
func (d *Description) Check(e *Exchange) error {
	r := e.request()
	if path := strings.TrimSuffix(r.URL.Path, "/"); path != "" {
		r.URL.Path, r.URL.RawPath = path, ""
	}
	if r.Method == http.MethodHead {
		r.Method = http.MethodGet
	}
	route, parameters, err := d.router.FindRoute(r)
	if err != nil {
		return d.unrouted(e)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true},
	}
	if e.Status < http.StatusMultipleChoices {
		if err := permitted(input); err != nil {
			return &Problem{"request", err}
		}
	}
	if e.Method == http.MethodHead {
		return nil // has no body
	}
	if err := answers(input, e); err != nil {
		return &Problem{"answer", err}
	}
	return nil
}

// unrouted refuses answers other than errors where the description has no operation.
func (d *Description) unrouted(e *Exchange) error {
	if e.Status >= 400 || e.Method == http.MethodOptions && e.Status == http.StatusNoContent {
		return nil
	}
	return &Problem{"answer", fmt.Errorf("%d to an operation that is not described", e.Status)}
}

// permitted checks a request. The handlers refuse parameters that a description does not
// have, which OpenAPI lets pass.
func permitted(input *openapi3filter.RequestValidationInput) error {
	known := func(name string) bool {
		return input.Route.Operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) != nil
	}
	for name := range input.Request.URL.Query() {
		if !known(name) {
			return fmt.Errorf("the parameter %q is not described", name)
		}
	}
	if strings.Contains(input.Route.Path, "/baskets/") {
		if err := plainBasket(input.Request); err != nil {
			return err
		}
	}
	// Every type of JSON is read.
	if kind := input.Request.Header.Get("Content-Type"); strings.Contains(strings.ToLower(kind), "json") && !strings.Contains(kind, "ndjson") && !strings.Contains(kind, "jsonl") {
		input.Request.Header.Set("Content-Type", "application/json")
	}
	return openapi3filter.ValidateRequest(context.Background(), input)
}

// plainBasket writes the document of a basket with the names of the description and without
// null: the description says that other cases and null are read as well.
func plainBasket(r *http.Request) error {
	decoder := json.NewDecoder(r.Body)
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return err
	}
	body, err := json.Marshal(plain(document))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return err
}

func plain(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, value := range v {
			switch {
			case name == "ID":
				name = "id"
			case name != "":
				name = strings.ToLower(name[:1]) + name[1:]
			}
			if value != nil {
				object[name] = plain(value)
			}
		}
		return object
	}
	return v
}

// answers checks an answer. An error whose status is not described has the form of the
// error 403, which every operation has.
func answers(input *openapi3filter.RequestValidationInput, e *Exchange) error {
	responses, status := input.Route.Operation.Responses, e.Status
	if responses.Status(status) == nil && responses.Default() == nil {
		if status < 400 {
			return fmt.Errorf("the status %d is not described", status)
		}
		status = http.StatusForbidden
	}
	err := openapi3filter.ValidateResponse(context.Background(), (&openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: status, Header: e.AnswerHeader,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}).SetBodyBytes(e.Answer))
	var wrong *openapi3filter.ResponseError
	if errors.As(err, &wrong) {
		err = fmt.Errorf("%d %s: %w", e.Status, wrong.Reason, wrong.Err)
	}
	return err
}
