package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
	decoder "github.com/pelletier/go-toml/v2"

	"github.com/taxresolve/tax/internal/spelling"
)

// configFlag names the file of settings.
const configFlag = "config"

// prefix begins the names of settings in the environment.
const prefix = "TAXD_"

// variable returns the name of the environment variable of a flag: -token-file is
// TAXD_TOKEN_FILE there.
func variable(name string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// sources says where each setting comes from that is not the default, by its flag.
type sources map[string]string

// report says that nothing is wrong, without any value, which may be secret.
func (from sources) report(out io.Writer) {
	for _, name := range slices.Sorted(maps.Keys(from)) {
		fmt.Fprintf(out, "taxd: -%s is from %s\n", name, from[name])
	}
	fmt.Fprintln(out, "taxd: nothing is wrong with the configuration")
}

// set sets all flags: a flag that is given wins over the environment, and this over the file.
// No error has a value from either, which may be secret.
func set(f *flag.FlagSet, args, environ []string) (sources, error) {
	if err := parse(f, args); err != nil {
		return nil, err
	}
	from, given := sources{}, map[string]bool{}
	f.Visit(func(g *flag.Flag) { given[g.Name] = true })
	variables, err := environment(f, environ)
	if err != nil {
		return nil, err
	}
	path := f.Lookup(configFlag).Value.String()
	if value := variables.String(configFlag); !given[configFlag] && value != "" {
		path = value
	}
	if path != "" {
		written, err := file(f, path)
		if err != nil {
			return nil, err
		}
		if err := from.add(f, written, func(string) string { return path }); err != nil {
			return nil, err
		}
	}
	if err := from.add(f, variables, variable); err != nil {
		return nil, err
	}
	for name := range given {
		from[name] = "the flag"
	}
	return from, parse(f, args) // again, over all others
}

// parse reads flags.
func parse(f *flag.FlagSet, args []string) error {
	err := f.Parse(args)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return err
	}
	if _, name, unknown := strings.Cut(err.Error(), "not defined: -"); unknown {
		return fmt.Errorf("%w; %s", err, advice(f, name, "-"))
	}
	return fmt.Errorf("%w; taxd -help lists the flags", err)
}

// add sets the flags of a source. Each of its values is checked, also one over which another
// source wins.
func (from sources) add(f *flag.FlagSet, k *koanf.Koanf, named func(flag string) string) error {
	for _, name := range k.Keys() { // in order
		value, err := text(k.Get(name))
		if err == nil {
			err = f.Set(name, value)
		}
		if err != nil {
			return fmt.Errorf("%s has an invalid value for -%s: %w; taxd -help says what it takes", named(name), name, reason(err))
		}
		from[name] = named(name)
	}
	return nil
}

// reason returns the innermost error, which has no value: those around it may quote one.
func reason(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return reason(inner)
	}
	return err
}

// text returns the text of a value of a file or of the environment.
func text(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			var err error
			if parts[i], err = text(v[i]); err != nil {
				return "", err
			}
		}
		return strings.Join(parts, ","), nil
	}
	return "", errors.New("write a text, a whole number, true or false")
}

// environment returns the settings of environ. Other variables with the prefix are none of
// this program, unless one is nearly a setting: then it was meant to be one.
func environment(f *flag.FlagSet, environ []string) (*koanf.Koanf, error) {
	k := koanf.New("")
	var wrong []string
	err := k.Load(env.Provider("", env.Opt{
		Prefix: prefix, EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			setting := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, prefix), "_", "-"))
			if f.Lookup(setting) != nil && name == variable(setting) {
				return setting, value
			}
			if closest := spelling.Closest(setting, names(f)); closest != "" || f.Lookup(setting) != nil {
				wrong = append(wrong, fmt.Sprintf("the environment variable %s is no setting; did you mean %s?", name, variable(cmp.Or(closest, setting))))
			}
			return "", nil
		},
	}), nil)
	if err == nil && len(wrong) > 0 {
		err = errors.New(slices.Min(wrong))
	}
	return k, err
}

// file returns the settings of a file.
func file(f *flag.FlagSet, path string) (*koanf.Koanf, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the settings: %w; -%s names a file that this user may read", err, configFlag)
	}
	k := koanf.New(".")
	var wrong *decoder.DecodeError
	if err := k.Load(rawbytes.Provider(bytes.TrimPrefix(data, []byte("\ufeff"))), toml.Parser()); errors.As(err, &wrong) {
		row, column := wrong.Position()
		return nil, fmt.Errorf(`%s:%d:%d: not TOML; write each setting once, as store = "sqlite:taxd.db"`, path, row, column)
	} else if err != nil {
		return nil, fmt.Errorf(`%s: not TOML; write each setting once, as store = "sqlite:taxd.db"`, path)
	}
	for _, name := range k.Keys() {
		if name == configFlag || f.Lookup(name) == nil {
			return nil, fmt.Errorf("%s has the unknown setting %q; %s", path, name, advice(f, name, ""))
		}
	}
	return k, nil
}

// advice says what to write in place of a name that is no setting.
func advice(f *flag.FlagSet, name, before string) string {
	if closest := spelling.Closest(name, names(f)); closest != "" {
		return "did you mean " + before + closest + "?"
	}
	return "taxd -help lists the flags, whose names are those of the settings"
}

// names yields the names of all flags.
func names(f *flag.FlagSet) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		going := true
		f.VisitAll(func(g *flag.Flag) { going = going && yield(g.Name) })
	}
}
