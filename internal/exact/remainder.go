package exact

import (
	"math"
	"math/big"
	"slices"
)

// Largest finds the k largest keys; of equal keys, the first are taken. They are all
// keys greater than threshold, and the first ties of the keys equal to it. k is at
// most the number of keys. Largest changes the order of keys, and takes time in
// proportion to their number.
func Largest(keys []uint64, k int) (threshold uint64, ties int) {
	if k <= 0 {
		return ^uint64(0), 0
	}
	wanted := k // of the keys that are left: larger ones are dropped when they are found
	for rounds := 0; ; rounds++ {
		if len(keys) <= 12 || rounds > 40 {
			// 40 rounds are enough for any ordinary list. For the others, sorting bounds
			// the time.
			slices.Sort(keys)
			threshold = keys[len(keys)-wanted]
			for i := len(keys) - wanted; i < len(keys); i++ {
				if keys[i] == threshold {
					ties++
				}
			}
			return threshold, ties
		}
		pivot := middle(keys[0], keys[len(keys)/2], keys[len(keys)-1])
		larger, equal := partition(keys, pivot)
		switch {
		case wanted <= larger:
			keys = keys[:larger]
		case wanted <= larger+equal:
			return pivot, wanted - larger
		default:
			keys, wanted = keys[larger+equal:], wanted-larger-equal
		}
	}
}

// partition moves the keys larger than pivot to the front, the equal ones behind
// them, and returns how many there are of each.
func partition(keys []uint64, pivot uint64) (larger, equal int) {
	end := 0 // of the equal keys
	for i, k := range keys {
		switch {
		case k > pivot:
			keys[i] = keys[end]
			keys[end] = keys[larger]
			keys[larger] = k
			larger, end = larger+1, end+1
		case k == pivot:
			keys[i], keys[end] = keys[end], k
			end++
		}
	}
	return larger, end - larger
}

// middle returns the median of three keys.
func middle(a, b, c uint64) uint64 {
	return max(min(a, b), min(max(a, b), c))
}

// Apportion divides a total in proportion to weights, by largest remainders. Each part
// is its exact share rounded toward zero; the units that are left go, one each, to the
// parts with the largest remainders, and of equal remainders to the first. No weight
// may be negative, and not all may be 0. It is not ok if the sum of the weights or a
// share does not fit.
func Apportion(total int64, weights []int64) (parts []int64, ok bool) {
	parts = make([]int64, len(weights))
	if !AddParts(parts, total, weights, make([]uint64, 2*len(weights))) {
		return nil, false
	}
	return parts, true
}

// AddParts adds the parts that [Apportion] returns to others. It needs room for two keys
// for each weight, whose values do not matter. If it is not ok, parts are useless.
func AddParts(parts []int64, total int64, weights []int64, room []uint64) (ok bool) {
	var sum int64
	for _, w := range weights {
		if sum, ok = Add(sum, w); !ok {
			return false
		}
	}
	keys, rests, size, one := room[:0:len(weights)], room[len(weights):2*len(weights)], Magnitude(total), int64(1)
	if total < 0 {
		one = -1
	}
	left := size
	for i, w := range weights {
		if rests[i] = 0; w == 0 {
			continue
		}
		q, rest, ok := mulDiv(size, uint64(w), uint64(sum))
		if !ok || q > math.MaxInt64 {
			return false
		}
		parts[i] += int64(q) * one
		if rests[i] = rest; rest != 0 {
			keys = append(keys, rest)
		}
		left -= q
	}
	threshold, ties := Largest(keys, int(left))
	for i, rest := range rests {
		if rest == threshold && ties > 0 {
			ties--
		} else if rest <= threshold {
			continue
		}
		parts[i] += one
	}
	return true
}

// WideApportion is [Apportion] for numbers of any size. If all weights are 0, all
// parts are 0 too.
func WideApportion(total *big.Int, weights []*big.Int) []*big.Int {
	sum := new(big.Int)
	for _, w := range weights {
		sum.Add(sum, w)
	}
	parts, rests := make([]*big.Int, len(weights)), make([]*big.Int, len(weights))
	if sum.Sign() == 0 {
		for i := range parts {
			parts[i] = new(big.Int)
		}
		return parts
	}
	left := new(big.Int).Set(total)
	for i, w := range weights {
		parts[i], rests[i] = new(big.Int), new(big.Int)
		parts[i].QuoRem(rests[i].Mul(w, total), sum, rests[i])
		left.Sub(left, parts[i])
	}
	order := make([]int, len(weights))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return rests[j].CmpAbs(rests[i]) })
	one := big.NewInt(int64(left.Sign()))
	for _, i := range order {
		if left.Sign() == 0 {
			break
		}
		parts[i].Add(parts[i], one)
		left.Sub(left, one)
	}
	return parts
}
