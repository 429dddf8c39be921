package emporix_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/emporix"
	"github.com/taxresolve/tax/internal/testfile"
)

// TestGoldenCalculations sends every line of testdata/calculation.txt as JSON
// and compares the whole answer.
func TestGoldenCalculations(t *testing.T) {
	c := calculator(t, nil)
	cases := 0
	for n, text := range testfile.Lines(t, "testdata/calculation.txt") {
		cases++
		f := strings.Fields(text)
		require.Len(t, f, 9, "line %d", n)
		require.Equal(t, "->", f[4], "line %d", n)
		input := placeFields("source", f[2]) + placeFields("target", f[3]) +
			fmt.Sprintf(`"includesTax":%t,"price":%s`, f[1] == "gross", f[0])
		command := fmt.Sprintf(`"commandUuid":"line %d","input":{%s}`, n, input)
		want := `{` + command + `,"output":{"netPrice":` + f[5] + `,"grossPrice":` + f[6]
		for i, name := range []string{"sourceTaxRate", "targetTaxRate"} {
			if f[7+i] != "-" {
				want += `,"` + name + `":` + f[7+i]
			}
		}
		got, err := c.CalculateJSON(context.Background(), []byte(`{`+command+`}`))
		if assert.NoError(t, err, "line %d", n) {
			assert.Equal(t, want+`}}`, string(got), "line %d", n)
		}
	}
	require.GreaterOrEqual(t, cases, 118, "lines were lost")
}

// placeFields returns country/class as fields of the input. It leaves "-" out.
func placeFields(side, place string) (fields string) {
	country, class, _ := strings.Cut(place, "/")
	if country != "-" {
		fields += fmt.Sprintf(`"%sLocation":{"countryCode":"%s"},`, side, country)
	}
	if class != "" && class != "-" {
		fields += fmt.Sprintf(`"%sTaxClass":"%s",`, side, class)
	}
	return fields
}

// answer is an answer, decoded by encoding/json.
type answer struct {
	CommandUUID string `json:"commandUuid"`
	Input       struct {
		SourceLocation, TargetLocation *struct{ CountryCode string }
		SourceTaxClass, TargetTaxClass *string
		IncludesTax                    *bool
		Price                          any
	}
	Output struct{ NetPrice, GrossPrice, SourceTaxRate, TargetTaxRate json.Number }
}

// plainNumber matches numbers without exponent and trailing zeros, and 0
// without a sign.
var plainNumber = regexp.MustCompile(`^(0|-?([1-9][0-9]*|0\.[0-9]*[1-9]|[1-9][0-9]*\.[0-9]*[1-9]))$`)

// fault checks an answer with fractions. ofGross reports whether the percentage
// of a class is of the gross price.
func (a *answer) fault(ofGross func(country, class string) bool) string {
	text := map[string]json.Number{"netPrice": a.Output.NetPrice, "grossPrice": a.Output.GrossPrice}
	for name, rate := range map[string]json.Number{"sourceTaxRate": a.Output.SourceTaxRate, "targetTaxRate": a.Output.TargetTaxRate} {
		if rate != "" {
			text[name] = rate
		}
	}
	for name, s := range text {
		if !plainNumber.MatchString(string(s)) {
			return name + " is written " + string(s)
		}
	}
	given, ok := a.Input.Price.(string)
	if !ok {
		given = string(a.Input.Price.(json.Number))
	}
	price, net, gross := fraction(given), fraction(string(a.Output.NetPrice)), fraction(string(a.Output.GrossPrice))
	source, target := string(a.Output.SourceTaxRate), string(a.Output.TargetTaxRate)
	switch {
	case *a.Input.IncludesTax != (source != "") || source == "" && target == "":
		return "the wrong rates are there"
	case source == "" && net.Cmp(price) != 0, target == "" && gross.Cmp(price) != 0:
		return "the price was moved"
	}
	country, class := a.Input.TargetLocation.CountryCode, ""
	if a.Input.TargetTaxClass != nil {
		class = *a.Input.TargetTaxClass
	}
	if target != "" {
		want := times(net, target)
		if ofGross(country, class) {
			want = round10(new(big.Rat).Quo(net, less(target)))
		}
		if gross.Cmp(want) != 0 {
			return "gross is not " + want.String()
		}
	}
	if source != "" {
		if a.Input.SourceLocation != nil {
			country = a.Input.SourceLocation.CountryCode
		}
		if a.Input.SourceTaxClass != nil {
			class = *a.Input.SourceTaxClass
		}
		want := round10(new(big.Rat).Quo(price, times(big.NewRat(1, 1), source)))
		if ofGross(country, class) {
			want = new(big.Rat).Mul(price, less(source))
		}
		if net.Cmp(want) != 0 {
			return "net is not " + want.String()
		}
	}
	return ""
}

func fraction(s string) *big.Rat {
	r, _ := new(big.Rat).SetString(s)
	return r
}

// times returns a * (1 + percent / 100).
func times(a *big.Rat, percent string) *big.Rat {
	f := fraction(percent)
	f.Add(f.Mul(f, big.NewRat(1, 100)), big.NewRat(1, 1))
	return f.Mul(f, a)
}

// less returns 1 - percent / 100.
func less(percent string) *big.Rat {
	f := fraction(percent)
	return f.Sub(big.NewRat(1, 1), f.Mul(f, big.NewRat(1, 100)))
}

// round10 rounds to 10 decimals, halves away from zero: it adds a half to the
// magnitude and takes the integer part.
func round10(a *big.Rat) *big.Rat {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(10), nil)
	x := new(big.Rat).Abs(a)
	x.Add(x.Mul(x, new(big.Rat).SetInt(scale)), big.NewRat(1, 2))
	units := new(big.Int).Quo(x.Num(), x.Denom())
	if a.Sign() < 0 {
		units.Neg(units)
	}
	return new(big.Rat).SetFrac(units, scale)
}

func ofGross(country, class string) bool {
	return strings.HasSuffix(class, "g") ||
		strings.HasPrefix(strings.ToUpper(country), "BO") && (class == "STANDARD" || class == "")
}

func decodeAnswer(t testing.TB, data []byte) *answer {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	a := new(answer)
	require.NoError(t, dec.Decode(a), "%s", data)
	return a
}

func TestRandomCalculationsAgreeWithFractions(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	var names []string
	for country := range countries {
		names = append(names, country)
	}
	classes := append([]string{"STANDARD", "STANDARD", "RC", "EX"}, numbered...)
	c := calculator(t, &emporix.CalculatorOptions{AllowDefaultClass: true})
	for range 5000 {
		digits := make([]byte, 1+random.IntN(40))
		for i := range digits {
			digits[i] = byte('0' + random.IntN(10))
		}
		number := strings.TrimLeft(string(digits), "0")
		if number == "" {
			number = "0"
		}
		switch random.IntN(4) {
		case 0:
			number += fmt.Sprintf("%s%d", pick("e", "E", "e+"), random.IntN(21))
		case 1:
			number += fmt.Sprintf("e-%d", random.IntN(21))
		case 2:
			if n := random.IntN(min(len(number), 20)); n > 0 {
				number = number[:len(number)-n] + "." + number[len(number)-n:]
			}
		}
		number = pick("", "", "-") + number
		if random.IntN(2) == 0 {
			number = `"` + number + `"`
		}
		request := fmt.Sprintf(`{"input":{"price":%s,"includesTax":%s,"targetLocation":{"countryCode":"%s"}`,
			number, pick("true", "true", "false"), pick(names...))
		if random.IntN(5) > 0 {
			request += fmt.Sprintf(`,"targetTaxClass":"%s"`, pick(classes...))
		}
		if random.IntN(3) > 0 {
			request += fmt.Sprintf(`,"sourceLocation":{"countryCode":"%s"}`, pick(names...))
		}
		if random.IntN(3) > 0 {
			request += fmt.Sprintf(`,"sourceTaxClass":"%s"`, pick(classes...))
		}
		request += "}}"
		got, err := c.CalculateJSON(context.Background(), []byte(request))
		require.NoError(t, err, request)
		require.Empty(t, decodeAnswer(t, got).fault(ofGross), "%s\n%s", request, got)
		require.Contains(t, string(got), `"price":`+number+`}`)
	}
}
