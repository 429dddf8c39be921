package house_test

import (
	"context"
	"encoding/json"
	"errors"
	"go/types"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/ampeco/ampecotest"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/emporix"
	"github.com/taxresolve/tax/observe"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/foreign"
	"github.com/taxresolve/tax/store/storetest"
)

// Each exported type is in one of these lists, so that its JSON was decided on.
type jsonTypes struct {
	// same come back from JSON as they were. Their fields are not zero, so that none
	// of them can be lost.
	same []any
	// written are right in JSON, but reading them is an error.
	written map[any]string
	// refused are an error in JSON. Reading those is one as well that are not pointers
	// and have no fields.
	refused []any
	// behaviour is what has methods or is called, and no data.
	behaviour []any
}

var (
	someText      = tax.MustLocalizedText(map[string]string{"en": "Standard", "de": "Normal"})
	someDay       = tax.MustDate("2026-11-29")
	someTime      = time.Date(2026, 11, 29, 8, 30, 0, int(5*time.Millisecond), time.UTC)
	someTax       = tax.Tax{Code: "VAT", Name: someText}
	somePart      = tax.Component{Code: "GST", Name: someText, Percent: tax.MustPercent("9.975"), Compound: true}
	someSource    = tax.Evidence{Status: tax.Agreed, Sources: []string{"law"}, VerifiedSince: someDay}
	someRate      = tax.Rate{From: someDay, Effect: tax.AddCompound, Percent: tax.MustPercent("9.975"), OfGross: true, Components: []tax.Component{somePart}, Treatment: tax.Exempt, Tax: someTax, Evidence: someSource}
	someClass     = tax.Class{Code: "S", Name: someText, Description: someText, Order: new(2), Default: true, Aliases: []string{"A"}, Rates: []tax.Rate{someRate}}
	someBase      = tax.Metadata{Version: 1, Created: someTime, Modified: someTime, Source: "theirs", AsOf: someDay}
	someVersion   = tax.Metadata{Version: 2, Created: someTime, Modified: someTime, Source: "mine", AsOf: someDay, Base: &someBase}
	someRange     = tax.PostalRange{From: "27498", To: "27499"}
	someElsewhere = tax.Referral{Location: tax.Location{Country: "US"}, Regions: []string{"X-US"}, PostalCodes: []tax.PostalRange{someRange}}
	quebec        = tax.Location{Country: "CA", Region: "QC"}
	someConfig    = tax.Configuration{Location: quebec, Within: "ON", PostalCodes: []tax.PostalRange{someRange}, SharedPostalCodes: []tax.PostalRange{someRange}, RegionAliases: []string{"Q"}, Elsewhere: []tax.Referral{someElsewhere},
		Name: someText, Regions: tax.RegionsListed, Exclusive: true, Tax: someTax, LocalTaxesMissing: true, TimeZone: "America/Toronto", Classes: []tax.Class{someClass}, Metadata: someVersion}
	someInput = tax.LookupInput{Tenant: "t", Country: "CA", Region: "QC", PostalCode: "G1", Class: "S", Date: someDay, Today: true, FallbackToDefault: true}
	assertion = tax.Assertion{Treatment: tax.Exempt, Reason: "certificate"}
	someParts = []tax.ComponentPart{{Code: "GST", Percent: "5", Compound: true}}
	versions  = []tax.DocumentVersion{{Location: quebec, Version: 2, Source: "mine", AsOf: someDay}}
	explained = tax.Explanation{Input: someInput, Territory: quebec, Steps: []tax.Step{tax.StepRegion}, Class: "S", Percent: "9.975",
		OfGross: true, Components: someParts, Treatment: tax.Exempt, Tax: "VAT", Since: someDay, Until: someDay, Status: tax.Agreed,
		Sources: []string{"law"}, Undated: true, VerifiedSince: someDay, Asserted: &assertion, Documents: versions, PostalCodeMatters: true, LocalTaxesMissing: true,
		RegionOverruled: true, RegionUnknown: true, NoTimeZoneData: true, LoadedAt: someTime, Stale: true}
	someFault = tax.Fault{Location: quebec, Path: "classes[0]", Code: "class_duplicate", Message: "wrong"}
	someError = &tax.InputError{Field: "percent", Value: "x\xff", Reason: "not a number"}
	someKey   = tax.Key{Tenant: "t", Country: "CA"}
	someQuery = tax.Query{Country: "CA", Region: "Q", ExactCodes: true, ChangedSince: someTime, CountriesOnly: true, Class: "S", Name: tax.TextFilter{Contains: "a"},
		Description: tax.TextFilter{Contains: "b"}, Rate: decimal.NewNullDecimal(tax.MustPercent("9.975")), Treatments: []tax.Treatment{tax.Exempt},
		Effective: true, Date: someDay, Now: someTime, Sort: []tax.SortKey{{By: tax.ByRate, Descending: true}}, PageNumber: 1, PageSize: 2,
		MaxPageSize: 3, Cursor: "c", CursorKey: []byte{1}, Total: true}

	someSum      = basket.Sum{Net: 1, Tax: 2, Gross: 3}
	someCash     = basket.Cash{Step: 5, Mode: tax.Up}
	somePolicy   = basket.Policy{EachComponent: true, TaxStep: 100, TotalStep: 100, RoundGross: true, RoundReduced: true, Currency: "CAD", Level: basket.ByRate, Rounding: tax.RoundTo(2, tax.Up).WithNetFirst(true), Cash: someCash}
	someDiscount = basket.Discount{ID: "d", Reason: "bonus", Code: "95", EachUnit: true, AmountTax: basket.WithTax, AtMost: true, AfterTax: true, Only: []string{"l"}, Except: []string{"m"}, Charges: true, Percent: tax.MustPercent("10"), Amount: tax.MustPercent("1.5"), Spread: basket.FixedClass, Class: "S", Optional: true}
	someLine     = basket.Line{ID: "l", Class: "S", Quantity: tax.MustPercent("1.5"), Count: 2, Price: tax.MustPercent("9.99"), PriceIsTotal: true, Per: tax.MustPercent("2"), Charges: []basket.Charge{{Amount: tax.MustPercent("1")}},
		PriceMinor: 999, IncludesTax: true, Discounts: []basket.Discount{someDiscount}, Assertion: assertion, Tax: &someTaxation}
	someCharge       = basket.Charge{ID: "c", Reason: "freight", Code: "FC", Percent: tax.MustPercent("5"), Allowance: true, Amount: tax.MustPercent("4.95"), IncludesTax: true, Spread: basket.FixedClass, Class: "S", Assertion: assertion, Tax: &someTaxation}
	someTaxation     = basket.Taxation{SellerBears: true, Exemption: someExemption, Base: someTaxBase, ClassByPrice: []basket.ClassUpTo{someStep}, IncludedComponents: []string{"GST"}, KeepGross: true}
	someLabel        = basket.Label{Language: "de", Rate: 1, Class: "Regelsatz", Tax: "USt", Components: []string{"Bund"}}
	someWithholding  = basket.Withholding{ID: "w", Percent: tax.MustPercent("19")}
	someWithheld     = basket.ResultWithholding{ID: "w", Percent: "19", Amount: 1}
	someAccounting   = basket.Accounting{Currency: "NOK", Rate: tax.MustPercent("11.5")}
	someAccounted    = basket.ResultAccounting{Currency: "NOK", Rate: "11.5", Rounding: tax.RoundTo(2, tax.Up), Tax: 3}
	someExemption    = basket.Exemption{Components: []string{"QST"}, Code: "VATEX-EU-O", Reason: "told"}
	someTaxBase      = basket.TaxBase{Less: tax.MustPercent("1"), LessPercent: tax.MustPercent("2"), UpTo: tax.MustPercent("3"), Amount: tax.MustPercent("4")}
	someStep         = basket.ClassUpTo{UpTo: tax.MustPercent("1000"), Class: "S"}
	someResultStep   = basket.ResultClassUpTo{UpTo: "1000", Class: "S"}
	someResultBase   = basket.ResultBase{Less: "1", LessPercent: "2", UpTo: "3", Amount: "4", Taxed: 5}
	someLineDiscount = basket.LineDiscount{ID: "d", Reason: "bonus", Code: "95", Percent: "10", EachUnit: true, Amount: 1}
	someLineCharge   = basket.LineCharge{ID: "c", Reason: "freight", Code: "FC", Percent: "10", Amount: 1}
	someListPrice    = basket.ListPrice{Price: "119", Percent: "19", OfGross: true}
	someTotal        = basket.Total{Location: quebec, Without: "QST", TaxCode: "VAT", Class: "S", Percent: "19", OfGross: true, Treatment: tax.Exempt, Sum: someSum, Rounding: someSum, Components: []basket.ComponentSum{{Code: "GST", Amount: 2}}}
	someResultLine   = basket.ResultLine{ID: "l", Rate: 1, Quantity: "1.5", Price: "9.99", Listed: someListPrice, PriceIsTotal: true, IncludesTax: true, Subtotal: 5, Discounts: []basket.LineDiscount{someLineDiscount}, Charges: []basket.LineCharge{someLineCharge}, Per: "2", ClassByPrice: []basket.ResultClassUpTo{someResultStep}, SellerBears: true, Base: someResultBase, Shared: 1, Sum: someSum}
	someShares       = basket.ResultDiscount{ID: "d", Reason: "bonus", Code: "95", AmountTax: basket.WithTax, AtMost: true, AfterTax: true, Only: []string{"l"}, Except: []string{"m"}, Charges: true, Stated: 3, Left: 2, Parts: []int64{1}, OfCharges: []int64{1}, Percent: "10", Spread: basket.FixedClass, Class: "S", Amount: 1, Shares: []int64{1}}
	someResult       = basket.Result{Format: 1, Labels: []basket.Label{someLabel}, Policy: somePolicy, Withheld: []basket.ResultWithholding{someWithheld}, Borne: 1, Prepaid: 2, Accounting: &someAccounted, Exemptions: []basket.RateExemption{{Rate: 1, Exemption: someExemption}}, Location: quebec, Date: someDay, Rates: []tax.Explanation{explained}, Lines: []basket.ResultLine{someResultLine},
		Discounts: []basket.ResultDiscount{someShares}, Charges: []basket.ResultCharge{someResultCharge}, Totals: []basket.Total{someTotal}, Total: someSum, CashRounding: 1, Payable: 4}
	someResultCharge = basket.ResultCharge{ID: "c", Reason: "freight", Code: "FC", Allowance: true, Shared: 1, Amount: 2, Listed: someListPrice, IncludesTax: true, Spread: basket.FixedClass, Parts: []basket.ChargePart{{Rate: 1, Sum: someSum}}, Sum: someSum}
	someCreditLine   = basket.CreditLine{Position: 1, ID: "l", Rate: 1, Quantity: "1.5", Shared: 3, Agreed: true, TaxOnly: true, Sum: someSum}
	someViolation    = basket.Violation{Law: basket.LawSum, At: "lines[0]", Want: 1, Got: 2}

	somePrice   = must(emporix.ParsePrice("1.50"))
	emporixIn   = emporix.Input{SourceCountry: "DE", SourceClass: "S", TargetCountry: "PL", TargetClass: "S", IncludesTax: true, Price: somePrice}
	translation = []tax.Translation{{Language: "de", Text: "Normal"}}
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func decidedJSON(t *testing.T) map[string]jsonTypes {
	ctx := context.Background()
	memory := store.NewMemory(nil)
	_, err := memory.Create(ctx, "", tax.Configuration{Location: tax.Location{Country: "DE"}, Classes: []tax.Class{{Code: "S", Rates: []tax.Rate{{Percent: tax.MustPercent("19")}}}}})
	require.NoError(t, err)
	r := must(tax.NewResolver(memory, nil))
	place, country := must(r.Place(ctx, tax.Lookup{Country: "DE"})), must(r.Country(ctx, "DE"))
	rate := must(place.Rate("S"))
	page := must(memory.List(ctx, "", tax.Query{Total: true}))
	page.Next = "next"
	change := store.Change{Action: store.Update, Configuration: someConfig}
	ended := store.Version{Configuration: someConfig, From: someTime, Until: someTime, Author: "a", EndedBy: "b", Deleted: true, Base: &someBase}
	stored := store.Country{Revision: 1, Retired: 2, Modified: someTime, Documents: store.NewDocuments([]*store.Version{&ended}), Damaged: []store.Damage{{Location: quebec, Cause: "c"}}}
	someProgress := store.Progress{Records: 1, Bytes: 2, Next: 3, Written: 4, Unchanged: 5, Kept: 6, Refused: 7, Ended: 8}
	someRejection := store.Rejection{File: "f", Record: 1, Line: 2, Tenant: "t", Location: quebec, Path: "p", Class: "S", From: someDay, Code: "missing", Message: "m"}
	return map[string]jsonTypes{
		"tax": {
			same: []any{
				assertion, someClass, somePart, tax.ComponentAmount{Component: somePart, Amount: tax.MustPercent("1.25")}, someParts[0], someConfig,
				someDay, versions[0], tax.Add, someSource, explained, someFault, someKey,
				tax.LanguageOptions{Default: "en", Allowed: []string{"en"}, HeaderBytes: 1, HeaderElements: 2, TagBytes: 3, CachedHeaders: 4},
				tax.Limits{Bytes: 1, Classes: 2, Entries: 3}, someText, quebec,
				tax.Lookup{Country: "CA", Region: "QC", PostalCode: "G1", Class: "S", Date: someDay, FallbackToDefault: true},
				someInput, tax.Match{Translation: translation[0], Confidence: language.High}, someVersion,
				tax.MinorAmounts{Net: 1, Tax: 2, Gross: 3}, tax.HalfEven, tax.SometimesNeeded, tax.Region{Location: quebec, Name: "Québec", Language: "fr"}, page, someRange, someElsewhere, someQuery, someRate, tax.RefuseSingle, tax.RegionsListed,
				tax.ReplayDifference{Field: "percent", Then: "19", Now: "7"}, tax.Report{Errors: []tax.Fault{someFault}, Warnings: []tax.Fault{someFault}},
				tax.RoundTo(2, tax.Up).WithNetFirst(true), tax.ByRate, tax.SortKey{By: tax.ByRate, Descending: true},
				tax.Stats{Countries: 1, Bytes: 2, Loading: 3, Abandoned: 1, Hits: 4, Misses: 5, Loads: 6, Failures: 7, StaleServed: 8, Evictions: 9, LoadTime: 10, MaxLoadTime: 11},
				tax.Agreed, tax.StepRegion, someTax, tax.TextFilter{Contains: "a", Equals: "a", IgnoreCase: true}, translation[0], tax.Exempt, tax.WarnOldData,
			},
			written: map[any]string{
				must(rate.FromNet(tax.MustPercent("100.00"), tax.RoundTo(2, tax.HalfUp))): `{"net":"100.00","tax":"19.00","gross":"119.00"}`,
				someError: `"tax: percent \"x\\xff\": not a number"`,
				&tax.InvalidError{Faults: []tax.Fault{someFault}}:                                                             `"tax: invalid configuration: CA-QC: classes[0]: wrong"`,
				&tax.LookupError{Kind: tax.ErrNoRate, Cause: errors.New("a\xff")}:                                             `"tax: no rate on that day: country \"\": a` + "\ufffd" + `"`,
				&tax.StoreError{Kind: tax.ErrNotFound, Location: quebec}:                                                      `"tax: not found: configuration of \"CA-QC\""`,
				tax.LoadEvent{Key: someKey, Duration: 5, Found: true, Err: someError}:                                         `{"key":{"tenant":"t","country":"CA"},"duration":5,"found":true,"background":false,"err":"tax: percent \"x\\xff\": not a number"}`,
				tax.Warning{Kind: tax.WarnOldData, Key: someKey, Location: quebec, Detail: "old", Cause: errors.New("a\xff")}: `{"kind":"old data","key":{"tenant":"t","country":"CA"},"location":"CA-QC","detail":"old","cause":"a` + "\ufffd" + `"}`,
			},
			refused: []any{
				must(tax.NewLanguages(nil)), tax.Observer{}, tax.Options{}, tax.Patch{}, place, country, tax.MustPreferences("en"), rate, r, tax.Warming{},
			},
			behaviour: []any{new(tax.Lister), new(tax.Notifier), new(tax.Source), new(tax.SourceFunc), new(tax.Store), new(tax.Watcher)},
		},
		"basket": {
			same: []any{
				basket.Basket{Languages: []string{"de"}, Prepaid: tax.MustPercent("9.99"), Withheld: []basket.Withholding{someWithholding}, Accounting: &someAccounting, Lines: []basket.Line{someLine}, Discounts: []basket.Discount{someDiscount}, Charges: []basket.Charge{someCharge}},
				someCash, someCharge, someResultCharge.Parts[0], someTotal.Components[0], someCreditLine,
				basket.CreditNote{Amount: 3, Deducted: 2, Lines: []basket.CreditLine{someCreditLine}, Totals: []basket.Total{someTotal}, Total: someSum, CashRounding: 1, Payable: 4},
				someTaxation, someLabel, someWithholding, someWithheld, someAccounting, someAccounted, basket.WithTax, someExemption, someTaxBase, someStep, someResultStep, someResultBase, someLineCharge, basket.RateExemption{Rate: 1, Exemption: someExemption}, someListPrice, someDiscount, basket.LawSum, basket.ByRate, someLine, someResultLine.Discounts[0], somePolicy, someResult, someResultCharge, someShares, someResultLine,
				basket.Return{ID: "l", Quantity: tax.MustPercent("1.5"), Amount: 2, Net: 3, TaxOnly: true, All: true}, basket.FixedClass, someSum, someTotal, someViolation, basket.Violations{someViolation},
			},
			written: map[any]string{&basket.RateError{Path: "lines[0]", Err: someError}: `"tax: lines[0]: percent \"x\\xff\": not a number"`},
			refused: []any{must(basket.Price(place, &basket.Basket{}, basket.Policy{Currency: "EUR"}))},
		},
		"emporix": {
			same: []any{
				emporix.CalculatorOptions{AllowDefaultClass: true, Strict: true}, emporix.Command{UUID: "u", Input: emporixIn},
				emporix.ErrorDocument{Code: 401, Status: "Unauthorized", Message: "m", Details: []string{}, ErrorCode: "c"}, emporixIn,
				emporix.List{Body: []byte("[]"), Total: 1, Next: "n"}, somePrice,
			},
			written: map[any]string{
				emporix.Calculation{Command: emporix.Command{UUID: "u", Input: emporixIn}}: `{"commandUuid":"u","input":{"sourceLocation":{"countryCode":"DE"},"sourceTaxClass":"S","targetLocation":{"countryCode":"PL"},"targetTaxClass":"S","includesTax":true,"price":1.50},"output":{"netPrice":0,"grossPrice":0}}`,
			},
			refused: []any{must(emporix.NewCalculator(r, nil)), emporix.Output{}, must(emporix.NewService(memory, nil)), emporix.ServiceOptions{}},
		},
		"rest": {
			written: map[any]string{&rest.RateLimitError{RetryAfter: time.Minute}: `"tax: too many requests: try again after 1m0s"`},
			refused: []any{rest.AMPECOOptions{}, rest.EmporixOptions{}, rest.Options{}, rest.TaxOptions{}},
		},
		"ampeco": {
			same: []any{
				ampeco.Draft{Name: "n", DisplayName: translation, Percentage: tax.MustPercent("9.975"), TaxIdentificationNumberID: 7},
				ampeco.Patch{Name: ampeco.Set("n"), DisplayName: ampeco.Set(translation), Percentage: ampeco.Set(tax.MustPercent("9.975")), TaxIdentificationNumberID: ampeco.Clear[int64]()},
				ampeco.ErrorDocument{Message: "m", Errors: map[string][]string{"name": {"missing"}}},
				ampeco.Range{Limit: 1, Offset: 2, After: 3, Before: 4, Total: true}, ampeco.ServiceOptions{Path: "/taxes", CursorKey: []byte{1}, Strict: true},
				ampeco.Rows{Rows: []ampeco.Row{{ID: 1, Revision: 2, UpdatedAt: someTime, Document: []byte("{}")}}, Earlier: true, Later: true, Total: 1}, ampeco.Row{ID: 1, Revision: 2, UpdatedAt: someTime, Document: []byte("{}")},
			},
			written: map[any]string{
				&ampeco.Page{Taxes: []ampeco.Tax{{ID: 1, Name: "n", LastUpdatedAt: someTime}}, Earlier: true, Later: true, Total: 1}: `{"Taxes":[{"id":1,"name":"n","displayName":[],"percentage":0,"taxIdentificationNumberId":null,"lastUpdatedAt":"2026-11-29T08:30:00+00:00"}],"Earlier":true,"Later":true,"Total":1}`,
				&ampeco.Tax{ID: 1, Name: "n", Percentage: tax.MustPercent("9.975"), LastUpdatedAt: someTime}:                         `{"id":1,"name":"n","displayName":[],"percentage":9.975,"taxIdentificationNumberId":null,"lastUpdatedAt":"2026-11-29T08:30:00+00:00"}`,
				&ampeco.ValidationError{Errors: map[string][]string{"name": {"missing"}}}:                                            `"tax: name: missing"`,
			},
			refused:   []any{ampeco.Set("x"), ampeco.NewMemory(nil), must(ampeco.NewService(ampeco.NewMemory(nil), nil))},
			behaviour: []any{new(ampeco.Store), new(ampeco.Backend)},
		},
		"store": {
			same: []any{store.Update, store.Retention{Versions: 1, Age: time.Hour}, ended, store.Damage{Location: quebec, Version: 3, Cause: "c"}, stored, stored.Documents, store.Commit{Key: someKey, Before: &stored, After: &stored,
				Written: []*store.Version{&ended}, Documents: [][]byte{{1}}, Ended: []*store.Version{&ended}, Repaired: []tax.Location{quebec}, Retention: store.Retention{Versions: 1}},
				change, store.Batch{Key: someKey, Changes: []store.Change{change}}, store.ImportLimits{RecordBytes: 1, CountryRecords: 2, Records: 3, Bytes: 4}, someProgress, someRejection,
				store.Report{Progress: someProgress, Rejections: []store.Rejection{someRejection}, Omitted: 1}},
			written:   map[any]string{&store.Outcome{Configurations: []tax.Configuration{}, Err: someError}: `{"Configurations":[],"Unchanged":0,"Err":"tax: percent \"x\\xff\": not a number"}`},
			refused:   []any{memory, &memory.Versioned, store.Options{Clock: time.Now}, store.FileOptions{Broken: func(error) {}}, store.ExportOptions{}, store.ImportOptions{}, store.Record{}},
			behaviour: []any{new(store.Backend), new(store.BulkBackend), new(store.BulkWriter), new(store.Format), new(store.Historian), new(store.PageBackend), new(store.ReplicaBackend)},
		},
		"store/storetest": {
			same:      []any{storetest.Lost},
			refused:   []any{storetest.Factory{}},
			behaviour: []any{new(storetest.Faulty)},
		},
		"ampeco/ampecotest": {refused: []any{ampecotest.Factory{}}},
		"store/foreign":     {same: []any{foreign.Table{Columns: map[string]string{"percent": "rate"}, Comma: ';', Fraction: true, OnTop: []string{"PST"}, Source: "s"}}},
		"observe":           {refused: []any{&observe.Log{}}},
		"rates":             {same: []any{rates.Reference{Name: "n", Address: "a", Date: "d"}}},
	}
}

func TestJSONOfEveryExportedTypeIsDecidedOn(t *testing.T) {
	decided := decidedJSON(t)
	for _, p := range publicPackages(t) {
		if p.nested() {
			continue // this module cannot import it, so its own tests decide
		}
		p.require(t)
		d, names := decided[p.name()], map[string]bool{}
		add := func(v any) {
			typ := reflect.TypeOf(v)
			if typ.Kind() == reflect.Pointer {
				typ = typ.Elem()
			}
			name, _, _ := strings.Cut(typ.Name(), "[")
			assert.Equal(t, p.path, typ.PkgPath(), name)
			assert.False(t, names[name], "%s.%s is listed twice", p.name(), name)
			names[name] = true
		}
		for _, list := range [][]any{d.same, d.refused, d.behaviour} {
			for _, v := range list {
				add(v)
			}
		}
		for v := range d.written {
			add(v)
		}
		for _, name := range p.types.Scope().Names() {
			if obj, ok := p.types.Scope().Lookup(name).(*types.TypeName); ok && obj.Exported() && !names[name] {
				t.Errorf("%s.%s: decide what its JSON is, and add it to decidedJSON", p.name(), name)
			}
		}
	}
}

func TestJSONOfExportedTypes(t *testing.T) {
	for name, d := range decidedJSON(t) {
		for _, v := range d.same {
			t.Run(name+"/"+reflect.TypeOf(v).Name(), func(t *testing.T) { comesBack(t, v) })
		}
		for v, want := range d.written {
			t.Run(name+"/"+reflect.TypeOf(v).String(), func(t *testing.T) {
				data, err := json.Marshal(v)
				require.NoError(t, err)
				assert.Equal(t, want, string(data))
				assert.Error(t, readInto(v, data), "reading it")
			})
		}
		for _, v := range d.refused {
			t.Run(name+"/"+reflect.TypeOf(v).String(), func(t *testing.T) {
				data, err := json.Marshal(v)
				require.Error(t, err, "%s", data)
				var unsupported *json.UnsupportedTypeError // a function
				if errors.As(err, &unsupported) {
					return
				}
				assert.ErrorIs(t, err, tax.ErrInvalid)
				if typ := reflect.TypeOf(v); typ.Kind() != reflect.Pointer && len(reflect.VisibleFields(typ)) > 0 && !reflect.VisibleFields(typ)[0].IsExported() {
					assert.ErrorIs(t, readInto(v, []byte("{}")), tax.ErrInvalid, "reading it")
				}
			})
		}
	}
}

// comesBack requires that a value is the same after it was written and read, and that
// none of its fields could have been lost without being missed.
func comesBack(t *testing.T, v any) {
	typ := reflect.TypeOf(v)
	if typ.Kind() == reflect.Struct {
		for i := range typ.NumField() {
			if f := typ.Field(i); f.IsExported() && !absent[typ.String()+"."+f.Name] {
				assert.False(t, reflect.ValueOf(v).Field(i).IsZero(), "the sample has no %s", f.Name)
			}
		}
	}
	data, err := json.Marshal(v)
	require.NoError(t, err)
	back := reflect.New(typ)
	require.NoError(t, json.Unmarshal(data, back.Interface()), "%s", data)
	if !assert.ObjectsAreEqual(v, back.Elem().Interface()) {
		t.Errorf("%s\nreads as %+v\nnot as   %+v", data, back.Elem(), v)
	}
}

// absent are fields that JSON refuses unless they are zero, and the status of a
// response, which is no part of its body.
var absent = map[string]bool{
	"ampeco.ErrorDocument.Status": true, "basket.Taxation.Included": true, "basket.Taxation.Place": true,
	"emporix.Command.Date": true, "tax.Query.Preferences": true, "tax.SortKey.In": true, "tax.TextFilter.In": true,
}

// readInto reads JSON as a new value of the type of v.
func readInto(v any, data []byte) error {
	typ := reflect.TypeOf(v)
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	return json.Unmarshal(data, reflect.New(typ).Interface())
}
