package page

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// timelineEntries bounds the entries of a class that are shown.
const timelineEntries = 500

// timeline returns all rates that a class has at a place, the oldest first. Each lookup
// leads to the days around it, so the regions' effects on their country's rates are those
// of every other answer.
func (r *reader) timeline(ctx context.Context, a tax.Resolution) ([]tax.Resolution, error) {
	at := tax.Lookup{Country: a.Location().Country, Region: a.Location().Region, Class: a.Class()}
	on := func(day tax.Date) (tax.Resolution, bool, error) {
		at.Date = day
		b, err := r.resolver.Lookup(ctx, at)
		if errors.Is(err, tax.ErrNoRate) || errors.Is(err, tax.ErrUnknownClass) {
			return b, false, nil
		}
		return b, err == nil, err
	}
	var before, after []tax.Resolution
	for b := a; len(before) < timelineEntries; {
		day := b.Since().AddDays(-1)
		if b.Since().IsZero() || day.IsZero() || !day.Before(b.Since()) {
			break
		}
		var ok bool
		var err error
		if b, ok, err = on(day); err != nil {
			return nil, err
		} else if !ok {
			break
		}
		before = append(before, b)
	}
	for b := a; len(after) < timelineEntries && !b.Until().IsZero(); {
		var ok bool
		var err error
		if b, ok, err = on(b.Until()); err != nil {
			return nil, err
		} else if !ok {
			break
		}
		after = append(after, b)
	}
	all := make([]tax.Resolution, 0, len(before)+1+len(after))
	for i := range before {
		all = append(all, before[len(before)-1-i])
	}
	return append(append(all, a), after...), nil
}

// chart is a timeline as a drawing. It is made here and not by a library: gonum/plot and
// go-chart write colours and sizes into style attributes, which the Content-Security-Policy
// forbids, and know no dark page. Here the style sheet of the page has the colours, and
// the texts are those of the page.
type chart struct {
	ID, Title, Description    string
	Width, Height             int
	Known, Future             string // paths
	TodayX, Top, Bottom, Left string
	Right                     string
	Labels, Years, Percents   []mark
}

// mark is a text at a point of a chart.
type mark struct {
	X, Y, Text string
}

const (
	chartWidth, chartHeight = 600, 170
	// Points in a chart are in tenths of its unit.
	chartLeft, chartRight, chartTop, chartBottom = 440, 5900, 320, 1420
	letterWidth, yearWidth                       = 75, 520

	daysBefore, daysAfter = 2 * 365, 365
)

// draw returns the chart of a timeline.
func draw(id, title string, line []tax.Resolution, today tax.Date) chart {
	first, last := span(line, today)
	top := highest(line)
	x := func(d tax.Date) int {
		all := max(1, days(first, last))
		return chartLeft + (chartRight-chartLeft)*min(max(days(first, d), 0), all)/all
	}
	y := func(thousandths int) int { return chartBottom - (chartBottom-chartTop)*thousandths/(top*1000) }
	c := chart{
		ID: id, Title: title, Width: chartWidth, Height: chartHeight, TodayX: px(x(today)), Top: px(chartTop), Bottom: px(chartBottom),
		Left: px(chartLeft), Right: px(chartRight),
	}
	var known, future strings.Builder
	var words []string
	for _, a := range line {
		from, until, height := x(first), x(last), y(thousandths(a))
		if !a.Since().IsZero() {
			from = x(a.Since())
		}
		if !a.Until().IsZero() {
			until = x(a.Until())
		}
		path := &known
		if a.Since().After(today) {
			path = &future
		}
		step := "L"
		if path.Len() == 0 {
			step = "M"
		}
		fmt.Fprintf(path, "%s%s %sL%s %s", step, px(from), px(height), px(until), px(height))
		// A label stands over its own line only, so that it never crosses another one.
		if label := charged(a); until-from >= letterWidth*len(label) {
			c.Labels = append(c.Labels, mark{px(from + 20), px(height - 50), label})
		}
		words = append(words, charged(a)+" "+rate{Since: a.Since(), Until: a.Until()}.Interval())
	}
	c.Known, c.Future = known.String(), future.String()
	c.Description = strings.Join(words, "; ")
	c.Percents = []mark{{px(chartLeft - 60), px(chartBottom + 40), "0"}, {px(chartLeft - 60), px(chartTop + 40), strconv.Itoa(top)}}
	c.years(first, last, x)
	return c
}

// years labels the axis of days.
func (c *chart) years(first, last tax.Date, x func(tax.Date) int) {
	step := 1
	for _, s := range []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000} {
		step = s
		if (last.Year()-first.Year())*yearWidth <= (chartRight-chartLeft)*s {
			break
		}
	}
	for year := (first.Year()/step + 1) * step; year <= last.Year(); year += step {
		day, err := tax.NewDate(year, 1, 1)
		if err == nil && !day.After(last) && x(day) <= chartRight-yearWidth/4 { // the text is in the frame
			c.Years = append(c.Years, mark{px(x(day)), px(chartBottom + 180), strconv.Itoa(year)})
		}
	}
}

// span returns the days that a chart shows: all that a timeline has, and today.
func span(line []tax.Resolution, today tax.Date) (first, last tax.Date) {
	first, last = today, today
	for _, a := range line {
		for _, d := range []tax.Date{a.Since(), a.Until()} {
			if !d.IsZero() && d.Before(first) && d.Year() > 1 { // the year 1 stands for always
				first = d
			}
			if !d.IsZero() && d.After(last) && d.Year() < 9999 {
				last = d
			}
		}
	}
	return moved(first, -daysBefore), moved(last, daysAfter)
}

// moved is AddDays within the calendar.
func moved(d tax.Date, by int) tax.Date {
	if e := d.AddDays(by); !e.IsZero() {
		return e
	}
	return d
}

// highest returns the percentage at the top of a chart.
func highest(line []tax.Resolution) int {
	top := 1
	for _, a := range line {
		top = max(top, (thousandths(a)+999)/1000)
	}
	for _, s := range []int{1, 5, 10, 20, 25, 30, 50, 100, 200, 500} {
		if top <= s {
			return s
		}
	}
	return 1000
}

// days returns the number of days from one day to another, nearly: a chart needs no more.
func days(from, to tax.Date) int {
	count := func(d tax.Date) int { return d.Year()*365 + d.Year()/4 + (int(d.Month())-1)*30 + d.Day() }
	return count(to) - count(from)
}

// px writes a number of tenths.
func px(tenths int) string { return strconv.Itoa(tenths/10) + "." + strconv.Itoa(tenths%10) }

// thousandths returns a percentage in thousandths of a percent: a chart shows no more.
func thousandths(a tax.Resolution) int { return int(a.Percent().Truncate(3).Shift(3).BigInt().Int64()) }
