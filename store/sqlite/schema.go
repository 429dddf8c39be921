package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// application marks databases of this package: PRAGMA application_id. The letters are
// "TaxR".
const application = 0x54617852

// oldest is the first SQLite without the fault that can damage a database in WAL mode.
const oldest = "3.51.3"

//go:embed schema/*.sql
var scripts embed.FS

// migrations are the steps from each version of the tables to the next one. A step that
// was released is never changed: databases that took it exist.
func migrations() []string {
	var steps []string
	for n := 1; ; n++ {
		text, err := scripts.ReadFile("schema/" + strconv.Itoa(n) + ".sql")
		if err != nil {
			return steps
		}
		steps = append(steps, string(text))
	}
}

// checkVersion returns an error unless SQLite is at least of a version.
func checkVersion(ctx context.Context, conn *sql.Conn, path, least string) error {
	var version string
	if err := conn.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return err
	}
	if older(version, least) {
		return &Error{Kind: ErrVersion, Path: path, Cause: fmt.Errorf("it is %s, but %s or newer is needed: versions before can damage a database", version, least)}
	}
	return nil
}

// older reports whether a version comes before another one, number by number.
func older(version, than string) bool {
	a, b := strings.Split(version, "."), strings.Split(than, ".")
	for i := range b {
		if i >= len(a) {
			return true
		}
		x, err := strconv.Atoi(a[i])
		if err != nil {
			return true
		}
		if y, _ := strconv.Atoi(b[i]); x != y {
			return x < y
		}
	}
	return false
}

// migrate brings the tables to the version that this package knows.
func migrate(ctx context.Context, conn *sql.Conn, path string, steps []string) error {
	return within(ctx, conn, "BEGIN IMMEDIATE", func() error {
		at, err := version(ctx, conn, path, len(steps))
		if err != nil || at == len(steps) {
			return err // another process did it while this one waited
		}
		for _, step := range steps[at:] {
			if _, err := conn.ExecContext(ctx, step); err != nil {
				return err
			}
		}
		_, err = conn.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d; COMMIT", len(steps), application))
		return err
	})
}

// within calls a function in a transaction, which ends without a trace unless the function
// commits it.
func within(ctx context.Context, conn *sql.Conn, begin string, do func() error) error {
	// Also if the beginning fails, because it may have taken effect when ctx ended. After
	// a commit there is nothing to roll back, which is an error.
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return err
	}
	return do()
}

// current reports whether the tables have the version that this package knows. It writes
// nothing.
func current(ctx context.Context, conn *sql.Conn, path string, known int) (is bool, err error) {
	err = within(ctx, conn, "BEGIN", func() error {
		at, err := version(ctx, conn, path, known)
		is = at == known
		return err
	})
	return is, err
}

// version returns the version of the tables, 0 in a new database. It must be called in a
// transaction.
func version(ctx context.Context, conn *sql.Conn, path string, known int) (at int, err error) {
	var id, tables int
	for pragma, to := range map[string]*int{"application_id": &id, "user_version": &at} {
		if err := conn.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(to); err != nil {
			return 0, err
		}
	}
	if id == application {
		if at > known {
			return 0, &Error{Kind: ErrSchema, Path: path, Cause: fmt.Errorf("version %d, and this one knows %d: update the program", at, known)}
		}
		return at, nil
	}
	if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return 0, err
	}
	if id != 0 || tables != 0 || at != 0 {
		return 0, &Error{Kind: ErrForeign, Path: path, Cause: errors.New("pass the path of another file, or of none")}
	}
	return 0, nil
}
