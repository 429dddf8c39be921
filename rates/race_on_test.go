//go:build race

package rates_test

// lostUnderRace is how many objects more a process makes at most, because the race detector
// has pools lose some that would be used again.
const lostUnderRace = 28
