//go:build !race

package rates_test

const lostUnderRace = 0
