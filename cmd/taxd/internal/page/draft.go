package page

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// draft is a configuration as a form has it: the text of each field, right or wrong. The
// names of the fields are the paths of [tax.Fault], which leads each fault to its field.
type draft struct {
	location tax.Location
	version  string // that is to be replaced; "0" for a new configuration
	kept     string // JSON of the document that has what the form does not show
	top      map[string]string
	classes  []classDraft
}

type classDraft struct {
	values map[string]string
	rates  []map[string]string
}

const (
	mostClasses = 500
	mostRates   = 1000
)

var effects = []option{{"replace", "replaces"}, {"add", "adds to the place around it"}, {"addCompound", "adds on top of the place around it"}, {"inherit", "as the place around it"}, {"end", "ends the class"}}

// The fields of a form, in their order. Those of a country or a region alone say so.
var (
	countryFields = []field{
		{Name: "regions", Label: "Regions", Kind: "select", Options: []option{{"optional", "optional"}, {"listed", "listed ones only"}, {"required", "required"}}},
	}
	regionFields = []field{
		{Name: "within", Label: "Lies within", Kind: "text", Hint: "code of the region around a private region"},
		{Name: "regionAliases", Label: "Other codes", Kind: "text", Hint: "with commas between"},
		{Name: "postalCodes", Label: "Postal codes", Kind: "area", Hint: "such as 27498, 6991-6993, with commas between"},
		{Name: "sharedPostalCodes", Label: "Shared postal codes", Kind: "area", Hint: "of which only a part lies here"},
	}
	placeFields = []field{
		{Name: "name", Label: "Name", Kind: "area", Hint: "a line for each language, such as de: Österreich"},
		{Name: "tax.code", Label: "Tax", Kind: "text", Hint: "code, such as VAT"},
		{Name: "tax.name", Label: "Name of the tax", Kind: "area", Hint: "a line for each language"},
		{Name: "timeZone", Label: "Time zone", Kind: "text", Hint: "such as Europe/Berlin"},
		{Name: "exclusive", Label: "Nothing is inherited", Kind: "checkbox"},
		{Name: "localTaxesMissing", Label: "Local taxes are missing", Kind: "checkbox"},
	}
	classFields = []field{
		{Name: "code", Label: "Code", Kind: "text", Required: true},
		{Name: "aliases", Label: "Other codes", Kind: "text", Hint: "with commas between"},
		{Name: "order", Label: "Order", Kind: "text", Hint: "a whole number"},
		{Name: "default", Label: "Default class", Kind: "checkbox"},
		{Name: "name", Label: "Name", Kind: "area", Rows: 2, Hint: "a line for each language, such as de: Bücher"},
		{Name: "description", Label: "Description", Kind: "area", Rows: 2, Hint: "a line for each language"},
	}
	rateFields = []field{
		{Name: "from", Label: "From", Kind: "date", Hint: "empty: the first day is not known"},
		{Name: "percent", Label: "Percent", Kind: "text", Hint: "such as 19 or 9.975"},
		{Name: "treatment", Label: "Treatment", Kind: "select", Options: treatmentOptions},
		{Name: "effect", Label: "Effect", Kind: "select", Options: effects},
		{Name: "ofGross", Label: "Of the gross price", Kind: "checkbox"},
		{Name: "components", Label: "Components", Kind: "area", Rows: 2, Hint: "a line for each, such as GST 5 or QST 9.975 compound"},
		{Name: "tax.code", Label: "Another tax", Kind: "text"},
		{Name: "tax.name", Label: "Name of that tax", Kind: "area", Rows: 2, Hint: "a line for each language"},
		{Name: "evidence.status", Label: "Evidence", Kind: "select", Options: statusOptions},
		{Name: "evidence.sources", Label: "Sources", Kind: "area", Rows: 2, Hint: "a line for each"},
		{Name: "evidence.verifiedSince", Label: "Verified since", Kind: "date", Hint: "only without a first day"},
	}
	treatmentOptions, statusOptions = func() (t, s []option) {
		for i := tax.Taxable; i <= tax.OutsideScope; i++ {
			t = append(t, option{i.String(), treatments[i]})
		}
		for i := tax.Unstated; i <= tax.Disputed; i++ {
			s = append(s, option{i.String(), statuses[i]})
		}
		return t, s
	}()
)

func (d draft) placeFields() []field {
	if d.location.Region == "" {
		return append(append([]field{}, placeFields...), countryFields...)
	}
	return append(append([]field{}, placeFields...), regionFields...)
}

func classPath(i int) string   { return "classes[" + strconv.Itoa(i) + "]." }
func ratePath(i, j int) string { return classPath(i) + "rates[" + strconv.Itoa(j) + "]." }

// draftOf returns the form of a document.
func draftOf(c tax.Configuration) draft {
	d := draft{location: c.Location, version: strconv.FormatInt(c.Metadata.Version, 10), top: map[string]string{
		"name": lines(c.Name), "tax.code": c.Tax.Code, "tax.name": lines(c.Tax.Name), "timeZone": c.TimeZone, "exclusive": truth(c.Exclusive),
		"localTaxesMissing": truth(c.LocalTaxesMissing), "regions": c.Regions.String(), "within": c.Within,
		"regionAliases": strings.Join(c.RegionAliases, ", "), "postalCodes": ranges(c.PostalCodes), "sharedPostalCodes": ranges(c.SharedPostalCodes),
	}}
	if kept, err := json.Marshal(c); err == nil {
		d.kept = string(kept)
	}
	for _, class := range c.Classes {
		one := classDraft{values: map[string]string{
			"code": class.Code, "aliases": strings.Join(class.Aliases, ", "), "default": truth(class.Default),
			"name": lines(class.Name), "description": lines(class.Description),
		}}
		if class.Order != nil {
			one.values["order"] = strconv.Itoa(*class.Order)
		}
		for _, r := range class.Rates {
			one.rates = append(one.rates, rateDraft(r))
		}
		d.classes = append(d.classes, one)
	}
	return d
}

func rateDraft(r tax.Rate) map[string]string {
	v := map[string]string{
		"treatment": r.Treatment.String(), "effect": r.Effect.String(), "ofGross": truth(r.OfGross), "components": componentLines(r.Components),
		"tax.code": r.Tax.Code, "tax.name": lines(r.Tax.Name), "evidence.status": r.Evidence.Status.String(), "evidence.sources": strings.Join(r.Evidence.Sources, "\n"),
	}
	if r.Treatment == tax.Taxable && r.Effect != tax.Inherit && r.Effect != tax.End {
		v["percent"] = strings.TrimSuffix(percentText(r.Percent), "\u00a0%")
	}
	if !r.From.IsZero() {
		v["from"] = r.From.String()
	}
	if !r.Evidence.VerifiedSince.IsZero() {
		v["evidence.verifiedSince"] = r.Evidence.VerifiedSince.String()
	}
	return v
}

func truth(b bool) string {
	if b {
		return "true"
	}
	return ""
}

// lines writes a text with a line for each language.
func lines(l tax.LocalizedText) string {
	var b strings.Builder
	for _, t := range l.All() {
		b.WriteString(t.Language + ": " + strings.Join(strings.Fields(t.Text), " ") + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func componentLines(list []tax.Component) string {
	var texts []string
	for _, c := range list {
		text := c.Code + " " + strings.TrimSuffix(percentText(c.Percent), "\u00a0%")
		if c.Compound {
			text += " compound"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "\n")
}

// readDraft returns what a browser sent.
func readDraft(form url.Values, l tax.Location) draft {
	d := draft{location: l, version: form.Get("version"), kept: form.Get("document"), top: map[string]string{}}
	read := func(prefix string, fields []field) map[string]string {
		v := map[string]string{}
		for _, f := range fields {
			v[f.Name] = strings.ReplaceAll(form.Get(prefix+f.Name), "\r\n", "\n")
		}
		return v
	}
	d.top = read("", d.placeFields())
	for i := 0; i < mostClasses && form.Has(classPath(i)+"code"); i++ {
		c := classDraft{values: read(classPath(i), classFields)}
		for j := 0; j < mostRates && form.Has(ratePath(i, j)+"percent"); j++ {
			c.rates = append(c.rates, read(ratePath(i, j), rateFields))
		}
		d.classes = append(d.classes, c)
	}
	return d
}

// hidden is a field that nobody sees.
type hidden struct {
	Name, Value string
}

// hidden returns the fields of a form that has the draft without showing it.
func (d draft) hidden() []hidden {
	list := []hidden{{"version", d.version}, {"document", d.kept}}
	add := func(prefix string, fields []field, v map[string]string) {
		for _, f := range fields {
			list = append(list, hidden{prefix + f.Name, v[f.Name]})
		}
	}
	add("", d.placeFields(), d.top)
	for i, c := range d.classes {
		add(classPath(i), classFields, c.values)
		for j, r := range c.rates {
			add(ratePath(i, j), rateFields, r)
		}
	}
	return list
}

// edit carries out a button that adds or removes a part of the form, and reports whether
// it was one.
func (d *draft) edit(do string) bool {
	what, at, _ := strings.Cut(do, ":")
	first, second, _ := strings.Cut(at, ".")
	i, err := strconv.Atoi(first)
	known := err == nil && i >= 0 && i < len(d.classes)
	j, err := strconv.Atoi(second)
	entry := map[string]string{"treatment": tax.Taxable.String(), "effect": tax.Replace.String()}
	switch {
	case what == "add-class":
		d.classes = append(d.classes, classDraft{values: map[string]string{}, rates: []map[string]string{entry}})
	case what == "remove-class" && known:
		d.classes = append(d.classes[:i:i], d.classes[i+1:]...)
	case what == "add-rate" && known: // the newest entry comes first
		d.classes[i].rates = append([]map[string]string{entry}, d.classes[i].rates...)
	case what == "remove-rate" && known && err == nil && j >= 0 && j < len(d.classes[i].rates):
		d.classes[i].rates = append(d.classes[i].rates[:j:j], d.classes[i].rates[j+1:]...)
	case what == "edit":
	default:
		return false
	}
	return true
}
