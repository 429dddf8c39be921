package emporix

import (
	"slices"

	"github.com/taxresolve/tax"
)

// mergeInto merges the body into the stored document, and reuses its memory.
// Data for which the body has no fields is kept.
func (w *written) mergeInto(stored tax.Configuration, day tax.Date) (tax.Configuration, error) {
	body := make(map[string]*writtenClass, len(w.classes))
	hasDefault := false
	for i := range w.classes {
		c := &w.classes[i]
		body[c.code] = c
		hasDefault = hasDefault || c.isDefault
	}
	classes := make([]tax.Class, 0, len(stored.Classes)+len(w.classes))
	for _, c := range stored.Classes {
		change := body[c.Code]
		delete(body, c.Code)
		_, shown := rateOn(c.Rates, day)
		switch {
		case change != nil:
			if err := change.apply(&c, day); err != nil {
				return stored, err
			}
		case shown && len(c.Rates) == 1 && c.Rates[0].From == day:
			continue // it has no earlier rates to keep
		case shown:
			c.Default = false
			c.Rates = put(c.Rates, tax.Rate{From: day, Effect: tax.End})
		case hasDefault:
			c.Default = false
		}
		classes = append(classes, c)
	}
	for i := range w.classes {
		if c := &w.classes[i]; body[c.code] != nil {
			added := tax.Class{Code: c.code}
			if err := c.apply(&added, day); err != nil {
				return stored, err
			}
			classes = append(classes, added)
		}
	}
	stored.Classes = classes
	return stored, nil
}

// apply changes a class as the body says.
func (w *writtenClass) apply(c *tax.Class, day tax.Date) (err error) {
	c.Order, c.Default = w.order, w.isDefault
	if c.Name, err = translated(c.Name, w.name); err != nil {
		return err
	}
	if c.Description, err = translated(c.Description, w.description); err != nil {
		return err
	}
	if percent, ok := rateOn(c.Rates, day); ok && percent.Equal(w.percent) {
		return nil
	}
	rate := tax.Rate{From: day, Percent: w.percent}
	if i := inForce(c.Rates, day); i < len(c.Rates) {
		// The body does not say which tax it is, nor whether it is a percentage of
		// the gross price.
		rate.Tax, rate.OfGross = c.Rates[i].Tax, c.Rates[i].OfGross
	}
	c.Rates = put(c.Rates, rate)
	return nil
}

// put inserts an entry into a timeline, or replaces the entry of the same day.
func put(rates []tax.Rate, entry tax.Rate) []tax.Rate {
	i := inForce(rates, entry.From)
	if i < len(rates) && rates[i].From == entry.From {
		rates[i] = entry
		return rates
	}
	return slices.Insert(slices.Clip(rates), i, entry) // Clip: another class may follow in the same array
}

// translated returns a text after a write. A write in one language replaces or
// removes the text in that language; a write in all languages replaces all
// texts.
func translated(stored tax.LocalizedText, written writtenText) (tax.LocalizedText, error) {
	if written.language == "" {
		return written.LocalizedText, nil
	}
	byTag := make(map[string]string)
	for _, t := range stored.All() {
		byTag[t.Language] = t.Text
	}
	delete(byTag, written.language)
	for _, t := range written.All() {
		byTag[t.Language] = t.Text
	}
	return tax.NewLocalizedText(byTag)
}
