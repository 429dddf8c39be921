package page

import (
	"encoding"
	"errors"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// parser reads the fields of a draft. It goes on after a fault, so that all are shown.
type parser struct {
	kept   tax.Configuration
	faults []fault
	prefix string // the path of the part that is read
	values map[string]string
}

// configuration returns the document that a draft writes down, and what is wrong with its
// fields. Whether the document keeps all rules is for the store to say.
func (d draft) configuration() (tax.Configuration, []fault) {
	p := parser{values: d.top}
	if d.kept != "" {
		if err := p.kept.UnmarshalJSON([]byte(d.kept)); err != nil || p.kept.Location != d.location {
			return tax.Configuration{}, []fault{{Text: "the document behind the form is damaged: open the page again", Code: "malformed"}}
		}
	}
	c := p.kept.Clone()
	c.Location = d.location
	version, err := strconv.ParseInt(d.version, 10, 64)
	if err != nil || version < 0 {
		return c, []fault{{Text: "the version behind the form is damaged: open the page again", Code: "malformed"}}
	}
	c.Metadata.Version = version
	c.Name, c.Tax.Code, c.Tax.Name = p.text("name", p.kept.Name), p.one("tax.code"), p.text("tax.name", p.kept.Tax.Name)
	c.TimeZone, c.Exclusive, c.LocalTaxesMissing = p.one("timeZone"), p.is("exclusive"), p.is("localTaxesMissing")
	if d.location.Region == "" {
		p.enum("regions", &c.Regions)
	} else {
		c.Within, c.RegionAliases = p.one("within"), p.list("regionAliases", ",")
		c.PostalCodes, c.SharedPostalCodes = p.ranges("postalCodes"), p.ranges("sharedPostalCodes")
	}
	c.Classes = nil
	for i, one := range d.classes {
		p.prefix, p.values = classPath(i), one.values
		class := p.class()
		for j, values := range one.rates {
			p.prefix, p.values = ratePath(i, j), values
			class.Rates = append(class.Rates, p.rate(class.Code))
		}
		c.Classes = append(c.Classes, class)
	}
	return c, p.faults
}

func (p *parser) class() tax.Class {
	c := tax.Class{Code: p.one("code"), Aliases: p.list("aliases", ","), Default: p.is("default")}
	var kept tax.Class
	for _, k := range p.kept.Classes {
		if k.Code == c.Code {
			kept = k
		}
	}
	c.Name, c.Description = p.text("name", kept.Name), p.text("description", kept.Description)
	if text := p.one("order"); text != "" {
		if order, err := strconv.Atoi(text); err == nil {
			c.Order = &order
		} else {
			p.wrong("order", "malformed", "not a whole number: "+text)
		}
	}
	return c
}

func (p *parser) rate(class string) tax.Rate {
	r := tax.Rate{From: p.day("from"), OfGross: p.is("ofGross")}
	p.enum("effect", &r.Effect)
	p.enum("treatment", &r.Treatment)
	text := p.one("percent")
	needed := r.Treatment == tax.Taxable && r.Effect != tax.Inherit && r.Effect != tax.End
	switch {
	case text == "" && needed:
		p.wrong("percent", "missing", "missing: write the percentage, such as 19")
	case text != "":
		var err error
		if r.Percent, err = tax.Percent(text); err != nil {
			p.input("percent", err)
		}
	}
	kept := p.entry(class, r.From)
	r.Components = p.components(kept.Components)
	r.Tax = tax.Tax{Code: p.one("tax.code"), Name: p.text("tax.name", kept.Tax.Name)}
	p.enum("evidence.status", &r.Evidence.Status)
	r.Evidence.Sources = p.list("evidence.sources", "\n")
	r.Evidence.VerifiedSince = p.day("evidence.verifiedSince")
	return r
}

// entry returns the entry of a class from a day on in the document behind the form.
func (p *parser) entry(class string, from tax.Date) tax.Rate {
	for _, c := range p.kept.Classes {
		for _, r := range c.Rates {
			if c.Code == class && r.From == from {
				return r
			}
		}
	}
	return tax.Rate{}
}

// components reads a line for each. Their names are those of the document behind the form.
func (p *parser) components(kept []tax.Component) []tax.Component {
	var list []tax.Component
	for _, line := range p.list("components", "\n") {
		parts := strings.Fields(line)
		compound := len(parts) == 3 && parts[2] == "compound"
		if len(parts) != 2 && !compound {
			p.wrong("components", "malformed", "not a component: write a code and a percentage, such as QST 9.975, and compound after them if it is charged on those before it")
			return nil
		}
		c := tax.Component{Code: parts[0], Compound: compound}
		var err error
		if c.Percent, err = tax.Percent(parts[1]); err != nil {
			p.input("components", err)
			return nil
		}
		for _, k := range kept {
			if k.Code == c.Code {
				c.Name = k.Name
			}
		}
		list = append(list, c)
	}
	return list
}

func (p *parser) one(name string) string { return strings.TrimSpace(p.values[name]) }
func (p *parser) is(name string) bool    { return p.values[name] == "true" }

// list reads texts with a separator between them.
func (p *parser) list(name, separator string) []string {
	var list []string
	for part := range strings.SplitSeq(p.values[name], separator) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// text reads a line for each language. What nobody has changed stays as it is, although
// the field shows it on one line.
func (p *parser) text(name string, kept tax.LocalizedText) tax.LocalizedText {
	if p.values[name] == lines(kept) {
		return kept
	}
	byTag := map[string]string{}
	for _, line := range p.list(name, "\n") {
		tag, text, ok := strings.Cut(line, ":")
		tag, text = strings.TrimSpace(tag), strings.TrimSpace(text)
		if _, twice := byTag[tag]; !ok || twice || text == "" {
			p.wrong(name, "malformed", "write a line for each language: its code, a colon and the text, such as de: Bücher")
			return tax.LocalizedText{}
		}
		byTag[tag] = text
	}
	l, err := tax.NewLocalizedText(byTag)
	if err != nil {
		p.input(name, err)
	}
	return l
}

func (p *parser) day(name string) tax.Date {
	text := p.one(name)
	if text == "" {
		return tax.Date{}
	}
	d, err := tax.ParseDate(text)
	if err != nil {
		p.input(name, err)
	}
	return d
}

func (p *parser) enum(name string, into encoding.TextUnmarshaler) {
	if err := into.UnmarshalText([]byte(p.one(name))); err != nil {
		p.input(name, err)
	}
}

func (p *parser) ranges(name string) []tax.PostalRange {
	var list []tax.PostalRange
	for _, text := range p.list(name, ",") {
		r, err := tax.ParsePostalRange(text)
		if err != nil {
			p.input(name, err)
			return nil
		}
		list = append(list, r)
	}
	return list
}

func (p *parser) wrong(name, code, text string) {
	p.faults = append(p.faults, fault{Field: p.prefix + name, Code: code, Text: text})
}

func (p *parser) input(name string, err error) {
	var input *tax.InputError
	code := "invalid"
	if errors.As(err, &input) {
		code = input.Code()
	}
	p.wrong(name, code, sentence(err))
}
