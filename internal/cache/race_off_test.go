//go:build !race

package cache

// fewerUnderRace divides the number of steps of long tests.
const fewerUnderRace = 1
