package page

import (
	"net/http"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rest"
)

// reader is for whom a page is made.
type reader struct {
	resolver *tax.Resolver // answers for this reader
	in       tax.Preferences
	names    *names
	session  *session // nil without a token
}

// readerOf returns the reader of a request. The rates of a tenant are for those with a
// token that permits to read them now, and for nobody else.
func (s *site) readerOf(w http.ResponseWriter, r *http.Request) (reader, error) {
	// What the header says wrong is left out; the rest of it counts.
	in, _ := tax.ParseAcceptLanguage(strings.Join(r.Header["Accept-Language"], ","))
	who := reader{resolver: s.Public, in: in, names: s.namesIn(in)}
	n, ok := s.sessions.find(r, s.Clock())
	if !ok {
		return who, nil
	}
	err := s.permits(r, n, rest.ScopeRead)
	if isRefused(err) {
		s.sessions.end(r)
		http.SetCookie(w, cookie("", -1))
		return who, nil
	}
	if err == nil {
		who.session, who.resolver = &n, s.Resolver.Tenant(n.tenant)
	}
	return who, err
}

// names are the names of the countries in a language, from the CLDR data.
type names struct {
	tag    language.Tag
	byCode map[string]string
	sorted []string // codes, in the order of the names
}

// named are the languages that have names of countries, each written as the translation of
// itself. The library then matches a reader with them as with every other text.
var named = sync.OnceValue(func() tax.LocalizedText {
	byTag := map[string]string{}
	for _, tag := range display.Supported.Tags() {
		byTag[tag.String()] = tag.String()
	}
	text, err := tax.NewLocalizedText(byTag)
	if err != nil {
		return tax.MustLocalizedText(map[string]string{"en": "en"})
	}
	return text
})

func (s *site) namesIn(in tax.Preferences) *names {
	tag := named().In(in).Language
	if tag == "" {
		tag = "en"
	}
	if known, ok := s.names.Load(tag); ok {
		return known.(*names)
	}
	known, _ := s.names.LoadOrStore(tag, s.makeNames(language.Make(tag)))
	return known.(*names)
}

func (s *site) makeNames(tag language.Tag) *names {
	n := &names{tag: tag, byCode: map[string]string{}}
	namer, english := display.Regions(tag), display.Regions(language.English)
	codes := map[string][]string{} // by name, because Collator sorts texts
	var all []string
	for _, code := range s.Countries {
		region, err := language.ParseRegion(code)
		name := ""
		if err == nil && namer != nil {
			name = namer.Name(region)
		}
		if err == nil && name == "" {
			name = english.Name(region)
		}
		if name == "" {
			name = code
		}
		n.byCode[code] = name
		if codes[name] == nil {
			all = append(all, name)
		}
		codes[name] = append(codes[name], code)
	}
	collate.New(tag).SortStrings(all)
	for _, name := range all {
		n.sorted = append(n.sorted, codes[name]...)
	}
	return n
}

// text is a text and its language, "" if that is not known.
type text struct {
	Text, Lang string
}

// country returns the name of a country: the one that its configuration has, or that of CLDR.
func (r *reader) country(c tax.Country) text {
	if name := c.Name(r.in); name != c.Code() {
		return text{Text: name}
	}
	return r.countryNamed(c.Code())
}

func (r *reader) countryNamed(code string) text {
	if name, ok := r.names.byCode[code]; ok {
		return text{Text: name, Lang: r.names.tag.String()}
	}
	return text{Text: code}
}
