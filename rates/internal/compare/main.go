// Command compare compares the rates of package rates with a copy of another data set,
// and prints where the two differ, by place, class and day.
//
//	go run ./internal/compare [flags] FORMAT FILE     # in rates/
//
// The formats:
//
//	ibericode   the JSON file of ibericode/vat-rates
//	kdeldycke   the CSV file of kdeldycke/vat-rates, which ibericode/vat-rates began with
//	tedb        an answer of the web service of the Commission's TEDB (retrieveVatRates), as XML
//	salestax    the JSON file of valeriansaliou/node-sales-tax
//	csv         any CSV file with a header; -columns says which column is what
//
// Every rate of the other set is compared on all days on which it holds there: on its
// first day, on every day on which the country changes a rate here, from -since until
// the day of -on, inclusive. A rate without a first day is compared on the day of -on
// alone, or on its last day if that is earlier. The other sets have names of their own for
// the reduced classes (reduced1): such a rate differs if no class of the place has its
// percentage on the day. The classes of a csv file are ours, by their codes.
//
// With -ours, it also prints what only we have: the rates of ours, in the countries of the
// other set, for which it has on those days neither the class nor, under a name of its own,
// the percentage. A rate there without a first day counts for all days before its last.
//
// The command reads the file and nothing else. It exits with 1 if it prints any rate,
// and with 2 if the file cannot be read.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

func main() {
	different, err := run(os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(2)
	case different:
		os.Exit(1)
	}
}

// readers are the formats by name.
var readers = map[string]func(text []byte, m mapping) ([]foreign, error){
	"ibericode": readIbericode,
	"kdeldycke": readKdeldycke,
	"tedb":      readTEDB,
	"salestax":  readSalesTax,
	"csv":       readCSV,
}

// run reports whether there are differences.
func run(args []string, out io.Writer) (different bool, err error) {
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	columns := flags.String("columns", "country=country,region=region,postcode=postcode,class=class,rate=rate,from=from,to=to",
		"the columns of a csv file: ours=theirs; those that the file does not have stay out")
	fraction := flags.Bool("fraction", false, "the rates of a csv file are fractions: 0.19 for 19 %")
	since := flags.String("since", "2000-01-01", "the first day that is compared")
	ours := flags.Bool("ours", false, "also print the embedded rates that the file lacks")
	on := flags.String("on", rates.AsOf().String(), "the last day that is compared")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	read := readers[flags.Arg(0)]
	if flags.NArg() != 2 || read == nil {
		return false, fmt.Errorf("pass a format (ibericode, kdeldycke, tedb, salestax or csv) and a file, not %q", strings.Join(flags.Args(), " "))
	}
	var c comparison
	if c.since, err = tax.ParseDate(*since); err != nil {
		return false, err
	}
	if c.on, err = tax.ParseDate(*on); err != nil {
		return false, err
	}
	m, err := newMapping(*columns, *fraction)
	if err != nil {
		return false, err
	}
	text, err := os.ReadFile(flags.Arg(1))
	if err != nil {
		return false, err
	}
	list, err := read(text, m)
	if err == nil && len(list) == 0 {
		err = errors.New("no rates")
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", flags.Arg(1), err)
	}
	defer c.close()
	if different, err = c.compare(list, out); err != nil || !*ours {
		return different, err
	}
	lacking, err := c.compareOurs(list, out)
	return different || lacking, err
}
