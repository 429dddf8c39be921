// Package pgserver runs PostgreSQL servers for tests and examples: each with its own data
// in a temporary folder, on a port of its own of this machine, without passwords.
package pgserver

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Required is the environment variable that makes it a failure of tests that there is no
// server. Set it where they must run.
const Required = "TAX_POSTGRES_REQUIRED"

// Server is a PostgreSQL server. It runs as nobody if the process runs as root, which
// PostgreSQL refuses. It does not sync its files, so its data do not survive a power cut,
// but they do survive a crash of the server.
type Server struct {
	// Folder holds the data, the log and the socket. It belongs to the user of the server.
	Folder string
	// Port is that of 127.0.0.1.
	Port int

	bin string
}

// Start makes an empty cluster and starts its server. The error says what is missing.
func Start() (*Server, error) {
	out, err := exec.Command("pg_config", "--bindir").Output()
	if err != nil {
		return nil, fmt.Errorf("pg_config --bindir: %w: install PostgreSQL with its server", err)
	}
	return begin(strings.TrimSpace(string(out)), func(s *Server) error {
		return s.Run("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
	})
}

// TB is what ForTest needs of a test.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// ForTest starts a server that is closed at the end of the test. It skips the test if there
// can be none, or fails it if [Required] is set.
func ForTest(t TB) *Server {
	t.Helper()
	s, err := Start()
	if err != nil && os.Getenv(Required) != "" {
		t.Fatalf("no PostgreSQL, which %s asks for: %v", Required, err)
	}
	if err != nil {
		t.Skipf("no PostgreSQL: %v (%s=1 makes this a failure)", err, Required)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Standby starts a copy of the server that follows it, and answers reads.
func (s *Server) Standby() (*Server, error) {
	return begin(s.bin, func(copied *Server) error {
		return copied.Run("pg_basebackup", "-h", "127.0.0.1", "-p", strconv.Itoa(s.Port), "-U", "postgres",
			"-D", copied.data(), "-R", "-c", "fast", "-X", "stream")
	})
}

// begin starts a server in a new folder, which a function fills.
func begin(bin string, fill func(*Server) error) (*Server, error) {
	folder, err := os.MkdirTemp("", "postgres")
	if err != nil {
		return nil, err
	}
	s := &Server{Folder: folder, bin: bin}
	if os.Geteuid() == 0 {
		err = os.Chown(folder, nobody, nobody)
	}
	if err == nil {
		err = fill(s)
	}
	if err == nil {
		s.Port, err = FreePort()
	}
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		os.RemoveAll(folder)
		return nil, err
	}
	return s, nil
}

func (s *Server) data() string { return filepath.Join(s.Folder, "data") }

// DSN returns the connection string of a database.
func (s *Server) DSN(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.Port, database)
}

// Start starts the server again, after Stop, and waits until it answers.
func (s *Server) Start() error {
	return s.Run("pg_ctl", "-D", s.data(), "-w", "-l", filepath.Join(s.Folder, "log"), "-o",
		fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s -c max_connections=200 -c shared_buffers=64MB -c max_wal_senders=4 -c fsync=off", s.Port, s.Folder), "start")
}

// Stop stops the server. The mode is that of pg_ctl; "immediate" is as if it had crashed.
func (s *Server) Stop(mode string) error {
	return s.Run("pg_ctl", "-D", s.data(), "-m", mode, "-w", "stop")
}

// Close stops the server and removes its data.
func (s *Server) Close() error {
	return errors.Join(s.Stop("immediate"), os.RemoveAll(s.Folder))
}

// Run runs a program of PostgreSQL as the user of the server.
func (s *Server) Run(program string, args ...string) error {
	cmd := Command(filepath.Join(s.bin, program), args...)
	cmd.Dir = s.Folder
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) { // the server keeps the output open
		return fmt.Errorf("%s: %w: %s", program, err, bytes.TrimSpace(out.Bytes()))
	}
	return nil
}

const nobody = 65534

// Command returns a command that runs as the user of the server.
func Command(name string, args ...string) *exec.Cmd {
	if os.Geteuid() == 0 {
		id := strconv.Itoa(nobody)
		args = append([]string{"--reuid", id, "--regid", id, "--clear-groups", name}, args...)
		name = "setpriv"
	}
	return exec.Command(name, args...)
}

// FreePort returns a port that nobody listens on.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
