package proof

import (
	_ "testing"

	_ "github.com/stretchr/testify/require"
	_ "golang.org/x/text/unicode/norm" // refused
)
