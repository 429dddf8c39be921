package rest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"sync"
)

// recording is a request with its answer. Module proof has the same type.
type recording struct {
	Method, URL  string
	Header       http.Header
	Body         []byte
	Status       int
	AnswerHeader http.Header
	Answer       []byte
}

var exchanges sync.Mutex

// recorded appends what a handler is asked and answers to the file that TAX_EXCHANGES
// names, as JSON Lines: module proof compares it with the descriptions in OpenAPI. What is
// only large, and answers that are cut, are left out.
func recorded(h http.Handler) http.Handler {
	file := os.Getenv("TAX_EXCHANGES")
	if file == "" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked bytes.Buffer
		e := recording{Method: r.Method, URL: r.URL.String(), Header: r.Header.Clone()}
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(r.Body, &asked), r.Body}
		answered := &overheard{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(answered, r)
		e.Body, e.Status, e.AnswerHeader, e.Answer = asked.Bytes(), answered.status, w.Header(), answered.body.Bytes()
		line, err := json.Marshal(e)
		if len(line) > 64<<10 {
			return
		}
		if err == nil {
			err = appendLine(file, line)
		}
		if err != nil {
			panic(err)
		}
	})
}

func appendLine(file string, line []byte) error {
	exchanges.Lock()
	defer exchanges.Unlock()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(append(line, '\n'))
	return err
}

// overheard remembers an answer.
type overheard struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (a *overheard) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *overheard) Write(p []byte) (int, error) {
	a.body.Write(p)
	return a.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (a *overheard) Unwrap() http.ResponseWriter { return a.ResponseWriter }
