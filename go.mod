module github.com/taxresolve/tax

go 1.26.0

require (
	github.com/hashicorp/golang-lru/v2 v2.0.7
	github.com/shopspring/decimal v1.6.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/text v0.43.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect
