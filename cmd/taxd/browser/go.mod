module github.com/taxresolve/tax/cmd/taxd/browser

go 1.26.0

replace (
	github.com/taxresolve/tax => ../../..
	github.com/taxresolve/tax/cmd/taxd => ..
	github.com/taxresolve/tax/observe/otel => ../../../observe/otel
	github.com/taxresolve/tax/store/nats => ../../../store/nats
	github.com/taxresolve/tax/store/postgres => ../../../store/postgres
	github.com/taxresolve/tax/store/sqlite => ../../../store/sqlite
)

require (
	github.com/chromedp/cdproto v0.160.1
	github.com/chromedp/chromedp v0.23.1
	github.com/stretchr/testify v1.12.1
	github.com/taxresolve/tax v0.0.0
	github.com/taxresolve/tax/cmd/taxd v0.0.0
)

require (
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/hashicorp/golang-lru/v2 v2.0.7 // indirect
	github.com/shopspring/decimal v1.6.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/text v0.43.0 // indirect
)
