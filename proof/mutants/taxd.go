package main

// inTaxd are faults in the server.
var inTaxd = []mutant{
	{
		"cmd/taxd/tokens.go", "digests of tokens have no key, so that others can compute them",
		"	rand.Read(t.key[:])",
		"	rand.Read(t.key[:0])",
		"cmd/taxd", []string{"TestSearchesForTokensDoTheSameWork"},
	},
	{
		"cmd/taxd/server.go", "the last spans are lost at the end of the program",
		"	endTraces(s.metrics.traces)",
		"	endTraces(nil)",
		"cmd/taxd", []string{"TestTracesAreSentToTheCollector"},
	},
	{
		"cmd/taxd/settings.go", "the file of settings wins over flags",
		"	return from, parse(f, args) // again, over all others",
		"	return from, nil",
		"cmd/taxd", []string{"TestFlagsWinOverTheEnvironmentAndThatOverTheFile"},
	},
	{
		"cmd/taxd/settings.go", "the error of a setting repeats its value",
		"	if inner := errors.Unwrap(err); inner != nil {",
		"	if inner := errors.Unwrap(err); inner == err {",
		"cmd/taxd", []string{"TestWrongSettingsSayWhatToDoWithoutTheirValue"},
	},
	{
		"cmd/taxd/settings.go", "a variable with a typing error is ignored",
		"if err == nil && len(wrong) > 0 {",
		"if err == nil && len(wrong) > 99 {",
		"cmd/taxd", []string{"TestWrongSettingsSayWhatToDoWithoutTheirValue"},
	},
	{
		"cmd/taxd/tokens.go", "a token is valid for every tenant",
		`case g.tenant != "*" && g.tenant != tenant, scope`,
		`case g.tenant == "", scope`,
		"cmd/taxd", []string{"TestTokensPermitTheirTenantAndScope"},
	},
	{
		"cmd/taxd/server.go", "requests under way are cut when the server ends",
		"if err := h.Shutdown(ctx); err != nil {",
		"if err := errors.Join(ctx.Err(), h.Close()); err != nil {",
		"cmd/taxd", []string{"TestShutdownLosesNoRequest"},
	},
	{
		"cmd/taxd/server.go", "clients that do not read are never cut",
		"WriteTimeout: s.config.writeTimeout, IdleTimeout",
		"WriteTimeout: 0, IdleTimeout",
		"cmd/taxd", []string{"TestSlowClientsAreCutAndHurtNobody"},
	},
	{
		"cmd/taxd/config.go", "a server that others reach has a token that nobody chose",
		`c.oidcIssuer == "" && !loopback {`,
		`c.oidcIssuer == "" && loopback && false {`,
		"cmd/taxd", []string{"TestWrongInputSaysWhatToDo"},
	},
	{
		"cmd/taxd/nats.go", "the error of an address of NATS has its password",
		"\t\treturn e.Err\n",
		"\t\treturn err\n",
		"cmd/taxd", []string{"TestWrongInputSaysWhatToDo"},
	},
	{
		"cmd/taxd/nats.go", "all programs use one bucket of NATS, whatever they are told",
		"Bucket: a.Bucket,",
		"Bucket: \"\",",
		"cmd/taxd", []string{"TestProgramsShareWhatIsInNATS"},
	},
	{
		"cmd/taxd/ambiguous.go", "a connection goes on after a request whose end is in doubt",
		`w.Header().Set("Connection", "close")`,
		`w.Header().Set("Connection", "keep-alive")`,
		"cmd/taxd", []string{"TestRequestsWhoseEndIsInDoubtEndTheirConnection"},
	},
	{
		"cmd/taxd/ambiguous.go", "a path with dotted segments leads to another tenant",
		"if !isClean(r.URL.Path) {",
		"if !isClean(r.URL.Path) && r.URL.Path == \"\" {",
		"cmd/taxd", []string{"TestPathsThatOthersReadDifferentlyAreNone"},
	},
	{
		"cmd/taxd/server.go", "a few megabytes are collected many times a second",
		"make([]byte, ballast)",
		"make([]byte, ballast>>10)",
		"cmd/taxd", []string{"TestLittleMemoryIsNotCollectedAgainAndAgain"},
	},
	{
		"cmd/taxd/server.go", "links follow no proxy",
		"TrustedProxies: s.config.trustedProxies",
		"TrustedProxies: nil",
		"cmd/taxd", []string{"TestLinksFollowTheBaseURLOrATrustedProxy"},
	},
	{
		"cmd/taxd/server.go", "writes of the server are not measured",
		"s.backing.store = s.metrics.Store(b.store)",
		"_ = s.metrics.Store(b.store)",
		"cmd/taxd", []string{"TestMetricsAreThoseOfTheServer"},
	},
	{
		"cmd/taxd/server.go", "loads that fail are not logged where they are measured",
		"observer = observe.Join(s.metrics.Observer(), observer)",
		"observer = observe.Join(s.metrics.Observer())",
		"cmd/taxd", []string{"TestFailuresOfTheStoreAreLogged"},
	},
	{
		"cmd/taxd/metrics.go", "the address of metrics has the APIs as well",
		"Handler: mux, MaxHeaderBytes: 16 << 10",
		"Handler: s.handler, MaxHeaderBytes: 16 << 10",
		"cmd/taxd", []string{"TestMetricsAreThoseOfTheServer"},
	},
	{
		"cmd/taxd/oidc.go", "a token of an issuer permits every scope",
		"scope != \"\" && !slices.Contains(words(claims[i.scopeClaim]), scope)",
		"scope == \"\" && !slices.Contains(words(claims[i.scopeClaim]), scope)",
		"cmd/taxd", []string{"TestTokensOfAnIssuerPermitTheirTenantsAndScopes"},
	},
	{
		"cmd/taxd/oidc.go", "a token is refused because its issuer does not answer",
		"case keys.err != nil:",
		"case keys.err != nil && err == nil:",
		"cmd/taxd", []string{"TestTokensOfAnIssuerPermitTheirTenantsAndScopes"},
	},
	{
		"cmd/taxd/oidc.go", "a token for another program is valid",
		"ClientID: c.oidcAudience,",
		"SkipClientIDCheck: true,",
		"cmd/taxd", []string{"TestTokensOfAnIssuerPermitTheirTenantsAndScopes"},
	},
}
