package main

// inRest are faults in the handlers of the contracts.
var inRest = []mutant{
	{
		"rest/handler.go", "a request is read before its token is checked",
		"if err := h.options.Authorize(r, q.tenant, op.scope); err != nil {",
		"if err := h.options.Authorize(r, q.tenant, op.scope); err != nil && len(r.URL.RawQuery) == 0 {",
		"rest", []string{"TestNothingOfAnotherTenantIsShown"},
	},
	{
		"rest/handler.go", "an operation is permitted by any scope",
		"h.options.Authorize(r, q.tenant, op.scope)",
		"h.options.Authorize(r, q.tenant, \"\")",
		"rest", []string{"TestEveryOperationRefusesRequestsWithoutTheirToken"},
	},
	{
		"rest/handler.go", "a path with dotted segments is that of another tenant",
		"case !isClean(r.URL.Path):",
		"case !isClean(r.URL.Path) && r.URL.Path == \"\":",
		"rest", []string{"TestNothingOfAnotherTenantIsShown"},
	},
	{
		"rest/handler.go", "the time limit of a request does not reach its store",
		"r = r.WithContext(ctx)\n\tq, err := h.read(w, r, op)\n\tvar a answer\n\tif err == nil {\n\t\ta, err = op.answer(ctx, q)",
		"q, err := h.read(w, r.WithContext(ctx), op)\n\tvar a answer\n\tif err == nil {\n\t\tlater, cancel := context.WithTimeout(r.Context(), defaultTimeout/15)\n\t\tdefer cancel()\n\t\ta, err = op.answer(later, q)",
		"rest", []string{"TestStoresAreLeftInTime"},
	},
	{
		"rest/handler.go", "an unavailable store is not to be asked again",
		"w.Header().Set(\"Retry-After\", \"1\")",
		"w.Header().Set(\"Retry-After\", \"\")",
		"rest", []string{"TestEveryOperationSaysWhenItsStoreDoesNotAnswer"},
	},
	{
		"rest/body.go", "a body of any length is read",
		"http.MaxBytesReader(w, r.Body, max)",
		"http.MaxBytesReader(w, r.Body, max+1)",
		"rest", []string{"TestBodiesThatDoNotArriveAreRefused"},
	},
	{
		"rest/body.go", "a form is read as JSON",
		"if !isJSON(r.Header[\"Content-Type\"], types) {",
		"if len(r.Header[\"Content-Type\"]) == 0 {",
		"rest", []string{"TestEveryOperationRefusesRequestsThatAreNotItsOwn"},
	},
	{
		"rest/base.go", "the headers of any client are believed",
		"if o.trusts(r.RemoteAddr) {",
		"if o.trusts(r.RemoteAddr) || r.RemoteAddr != \"\" {",
		"rest", []string{"TestLinksFollowTheHostOfTheRequest"},
	},
	{
		"rest/base.go", "what a client wrote into a header of proxies is believed",
		"strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])",
		"strings.TrimSpace(last[:strings.IndexByte(last+\",\", ',')])",
		"rest", []string{"TestLinksFollowTheHostOfTheRequest"},
	},
	{
		"rest/cors.go", "pages of any origin read answers",
		"len(origins) == 1 && o.AllowOrigin(origins[0])",
		"len(origins) == 1",
		"rest", []string{"TestBrowsersOfAllowedOriginsReadAnswers"},
	},
	{
		"rest/token.go", "the first of two tokens is that of the request",
		"len(r.Header[\"Authorization\"]) != 1",
		"len(r.Header[\"Authorization\"]) == 0",
		"rest", []string{"TestBearerIsTheOnlyTokenOfARequest"},
	},
	{
		"rest/emporix.go", "the header with the tenant is not compared",
		"if value != tenant {",
		"if value == \"\" {",
		"rest", []string{"TestHeadersOnSeveralLinesAreOneList"},
	},
	{
		"rest/emporix.go", "a calculation has the rates of all tenants",
		"e.calculator.Tenant(r.tenant)",
		"e.calculator.Tenant(\"acme\")",
		"rest", []string{"TestNothingOfAnotherTenantIsShown"},
	},
	{
		"rest/tax.go", "a lookup is that of no tenant",
		"return t.resolver.Tenant(r.tenant).Lookup(ctx, l)",
		"return t.resolver.Lookup(ctx, l)",
		"rest", []string{"TestTheAPIAnswersAsItsExamplesSay"},
	},
	{
		"rest/taxconfigurations.go", "a configuration is written to another location than that of the path",
		"if c.Location != l {",
		"if c.Location.Country == \"\" {",
		"rest", []string{"TestTheAPIAnswersAsItsExamplesSay"},
	},
	{
		"rest/taxtransfer.go", "an import writes to the tenants that its records name",
		"if record.Named && record.Tenant != tenant {",
		"if record.Named && record.Tenant == \"\" {",
		"rest", []string{"TestAnImportNeverWritesToAnotherTenant"},
	},
	{
		"rest/stream.go", "an export that broke off has its last line",
		"if err == nil {\n\t\terr = out.finish()\n\t}",
		"if sent := out.finish(); err == nil {\n\t\terr = sent\n\t}",
		"rest", []string{"TestAnExportThatBreaksOffIsNotTakenForAComplete"},
	},
	{
		"rest/stream.go", "an export that broke off ends as one that is complete",
		"panic(http.ErrAbortHandler)",
		"_ = out.begun",
		"rest", []string{"TestAnExportThatBreaksOffIsNotTakenForAComplete"},
	},
	{
		"rest/stream.go", "a body that does not arrive is waited for",
		"_ = a.connection.SetReadDeadline(deadline(a.ctx, a.patience))",
		"_ = a.connection.SetReadDeadline(deadline(a.ctx, a.patience*300))",
		"rest", []string{"TestAnImportThatDoesNotArriveEnds"},
	},
	{
		"rest/taxbasket.go", "a basket over HTTP is priced with the rates of no tenant",
		"p := places{resolver: t.resolver.Tenant(r.tenant),",
		"p := places{resolver: t.resolver,",
		"rest", []string{"TestABasketIsPricedAsByThePackage"},
	},
	{
		"rest/taxbasket.go", "the place of a line is that of its basket",
		"special.Place, err = p.place(ctx, field+\".place\", *d.Place)",
		"_, err = p.place(ctx, field+\".place\", *d.Place)",
		"rest", []string{"TestLinesHavePlacesOfTheirOwn", "TestGoldenBasketsOverHTTP"},
	},
	{
		"rest/basketjson.go", "the last of two names that differ in case counts",
		"folded := strings.ToLower(name)",
		"folded := strings.Clone(name)",
		"rest", []string{"TestABasketThatCannotBePricedIsRefused"},
	},
}
