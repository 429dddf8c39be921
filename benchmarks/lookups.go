package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/client"
	"github.com/taxresolve/tax/benchmarks/trace"
	"github.com/taxresolve/tax/benchmarks/world"
)

// The clients of lookups, by the fields that they set.
const (
	byCountry    = "Lookup, country"
	byRegion     = "Lookup, region"
	byPostalCode = "Lookup, postal code"
	byDate       = "Lookup, date"
	byAll        = "Lookup, all three"
	placeRate    = "Place.Rate"
	unknownClass = "Resolve, unknown class"
	errorAlone   = "allocating the error alone"
)

// unknownClasses are mistakes that people make.
var unknownClasses = []string{"BOOKS", "STANDRAD", "REDUCED_9", "standard", "ZEROO", "SUPER_REDUCEDD", "FOOD", "VAT"}

// lookups compares lookups with more than a country and a class with one read of
// the bare map, which knows none of the rest.
func lookups(z sizes) (*scenario, error) {
	s, err := oneTenant(z)
	if err != nil {
		return s, err
	}
	for i, c := range s.clients {
		if c.Name() == client.Bare {
			s.clients, s.checks = s.clients[i:i+1], s.checks[i:i+1]
			break
		}
	}
	countries, regions := world.Countries(), world.Regions()
	r, err := s.resolver(world.Source(world.Detailed(), new(atomic.Int64)), spare*len(countries))
	if err != nil {
		return s, err
	}
	warm(r, countries)
	small := min(z.Stream, 1<<12) // a Lookup is large: so many of them stay in the L2 cache of a core

	class := func(q int) string { return world.Classes[q%classes] }
	inRegions := len(regions) * classes
	regionStream, _ := trace.Ranked(seed, zipf, inRegions, small)
	region := func(q int) tax.Lookup {
		at := regions[q/classes]
		return tax.Lookup{Country: at.Country, Region: at.Code, Class: class(q)}
	}
	postal := func(q int) tax.Lookup {
		at := regions[q/classes]
		return tax.Lookup{Country: at.Country, PostalCode: at.PostalCode, Class: class(q)}
	}
	all := func(q int) tax.Lookup {
		l := postal(q)
		l.Region, l.Date = regions[q/classes].Code, dayOf(q)
		return l
	}
	inCountries := len(countries) * classes
	countryStream, _ := trace.Ranked(seed, zipf, inCountries, small)
	date := func(q int) tax.Lookup {
		return tax.Lookup{Country: countries[q/classes], Class: class(q), Date: dayOf(q)}
	}
	today := func(q int) world.Thousandths { return regions[q/classes].RateOn(q%classes, tax.Date{}) }
	s.add(client.Looking(byRegion, r, client.Stream(regionStream, region), region), inRegions, today)
	s.add(client.Looking(byPostalCode, r, client.Stream(regionStream, postal), postal), inRegions, today)
	plain := func(q int) tax.Lookup {
		return tax.Lookup{Country: countries[q/classes], Class: class(q)}
	}
	s.add(client.Looking(byCountry, r, client.Stream(countryStream, plain), plain), inCountries,
		func(q int) world.Thousandths { return world.Rate(q/classes, q%classes) })
	s.add(client.Looking(byDate, r, client.Stream(countryStream, date), date), inCountries,
		func(q int) world.Thousandths { return world.RateOn(q/classes, q%classes, dayOf(q)) })
	s.add(client.Looking(byAll, r, client.Stream(regionStream, all), all), inRegions,
		func(q int) world.Thousandths { return regions[q/classes].RateOn(q%classes, dayOf(q)) })

	places := make([]tax.Place, len(countries))
	for i, code := range countries {
		if places[i], err = r.Place(context.Background(), tax.Lookup{Country: code}); err != nil {
			return s, err
		}
	}
	priced := func(q int) client.Priced { return client.Priced{Place: places[q/classes], Class: class(q)} }
	s.add(client.Pricing(placeRate, client.Stream(countryStream, priced), priced), inCountries,
		func(q int) world.Thousandths { return world.Rate(q/classes, q%classes) })

	typo := func(q int) client.Pair {
		return client.Pair{Country: countries[q/classes], Class: unknownClasses[q%len(unknownClasses)]}
	}
	s.add(client.Failing(unknownClass, r, client.Stream(countryStream, typo)), 0, nil)
	s.add(client.Allocating(errorAlone), 0, nil)
	return s, nil
}

// dayOf spreads questions over the history of the rates.
func dayOf(question int) tax.Date {
	first, err := tax.NewDate(2003, time.January, 1)
	if err != nil {
		panic(err) // unreachable: it is a day
	}
	return first.AddDays(question * 37 % 8700)
}
