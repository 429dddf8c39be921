package main

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/taxresolve/tax/internal/spelling"
)

// wrongCount are the messages of cobra about the number of arguments.
var wrongCount = regexp.MustCompile(`^accepts (at most |between )?([0-9]+)(?: and ([0-9]+))? arg\(s\), received ([0-9]+)$`)

// usageText says for people what is wrong with arguments.
func usageText(c *cobra.Command, args []string, err error) error {
	text := err.Error()
	if m := wrongCount.FindStringSubmatch(text); m != nil {
		wants := m[2]
		if m[1] == "at most " {
			wants = "at most " + m[2]
		} else if m[3] != "" {
			wants = m[2] + " or " + m[3]
		}
		thing := " arguments"
		if wants == "1" {
			thing = " argument"
		}
		return errors.New("wrong number of arguments: pass " + wants + thing + ", not " + m[4])
	}
	if !strings.HasPrefix(text, "unknown command ") {
		return err
	}
	if c.HasParent() && !c.HasSubCommands() {
		return errors.New("wrong number of arguments: pass none")
	}
	for _, name := range args {
		if !strings.HasPrefix(name, "-") {
			return unknownCommand(c, name)
		}
	}
	return err
}

// unknownCommand returns the error for a command that is not there, with the one that was
// probably meant.
func unknownCommand(c *cobra.Command, name string) error {
	text := "unknown command " + strconv.Quote(name)
	var names []string
	for _, other := range c.Commands() {
		names = append(names, other.Name())
	}
	const few = 6
	if meant := spelling.Closest(name, slices.Values(names)); meant != "" {
		text += ": did you mean " + strconv.Quote(meant) + "?"
	} else if len(names) <= few {
		text += ": there are " + strings.Join(names, ", ")
	}
	return errors.New(text)
}

// helpful makes help and completion refuse what they do not know.
func helpful(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			show := c.Run
			c.Run = nil
			c.RunE = func(c *cobra.Command, args []string) error {
				if about, rest, err := root.Find(args); err != nil || about == root && len(rest) > 0 {
					return &usageError{unknownCommand(root, args[0])}
				}
				show(c, args)
				return nil
			}
		case "completion":
			c.Args = cobra.ArbitraryArgs
			c.RunE = func(c *cobra.Command, args []string) error {
				if len(args) > 0 {
					return &usageError{unknownCommand(c, args[0])}
				}
				return c.Help()
			}
		}
	}
}

// unknownFlag adds the flag that was probably meant.
func unknownFlag(c *cobra.Command, err error) error {
	name, unknown := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !unknown {
		return err
	}
	meant := spelling.Closest(name, slices.Values(flagNames(c)))
	if meant == "" {
		return err
	}
	return errors.New(err.Error() + ": did you mean --" + meant + "?")
}

// flagNames returns the long names of the flags that a command takes.
func flagNames(c *cobra.Command) []string {
	names := []string{"help"}
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	c.InheritedFlags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
