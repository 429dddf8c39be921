package main

import (
	"cmp"
	"slices"
)

// result holds the numbers of one process, by measure and client.
type result map[string]float64

func (r result) put(measure, of string, v float64) { r[measure+"\t"+of] = v }

func (r result) get(measure, of string) (float64, bool) {
	v, ok := r[measure+"\t"+of]
	return v, ok
}

// median returns the middle number, or the mean of the two in the middle; 0 for an
// empty list.
func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// results are those of processes that took the same measures.
type results []result

// value returns the median over the processes.
func (r results) value(measure, of string) (float64, bool) {
	return r.over(func(one result) (float64, bool) { return one.get(measure, of) })
}

// ratio returns the median of the ratios, each taken within one process.
func (r results) ratio(measure, of, toMeasure, to string) (float64, bool) {
	return r.over(func(one result) (float64, bool) {
		a, ok := one.get(measure, of)
		b, too := one.get(toMeasure, to)
		return a / cmp.Or(b, 1), ok && too && b != 0
	})
}

// over returns the median over the processes that have a value.
func (r results) over(value func(result) (float64, bool)) (float64, bool) {
	var list []float64
	for _, one := range r {
		if v, ok := value(one); ok {
			list = append(list, v)
		}
	}
	return median(list), len(list) > 0
}
