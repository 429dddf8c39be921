package store_test

import (
	"bytes"
	"testing"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// Whatever the bytes are, nothing panics, no record is lost from the report, and a dry run
// says the same as the import.
func FuzzImport(f *testing.F) {
	f.Add([]byte(headerLine + recordLine("CA", "", `{"percent":5}`) + recordLine("CA", "QC", `{"effect":"add","percent":9.975}`) + `{"records":2}`))
	f.Add([]byte(headerLine + "{lost\n" + recordLine("DE", "", `{"percent":"19"}`) + recordLine("DE", "", `{"percent":1e9}`)))
	f.Add([]byte(headerLine + `{"tenantBase64":"/w==","ended":{"configuration":{"location":{"country":"DE"}},"from":"2026-01-01T00:00:00Z"}}` + "\n" + `{"records":1}` + "\n\n"))
	f.Add([]byte(`[{"location":{"country":"DE"},"taxClasses":[{"code":"S","rate":19}]},{"location":{"countryCode":"AT"}}]`))
	f.Add([]byte("\xef\xbb\xbf{\"location\":{\"country\":\"DE\"}} {\"\\\"}\":[[[]]]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		run := func(s tax.Store, dry bool) (store.Report, error) {
			report, err := store.Import(t.Context(), bytes.NewReader(data), s, &store.ImportOptions{DryRun: dry, Limits: store.ImportLimits{RecordBytes: 1 << 12, Records: 100}})
			if report.Next > report.Records || report.Written+report.Unchanged+report.Kept+report.Refused+report.Ended > report.Records {
				t.Fatalf("%+v", report)
			}
			if err == nil && report.Written+report.Unchanged+report.Ended != report.Records {
				t.Fatalf("%+v", report)
			}
			return report, err
		}
		m := store.NewMemory(nil)
		dry, dryErr := run(m, true)
		report, err := run(m, false)
		if dry.Refused != report.Refused || (err == nil) != (dryErr == nil) {
			t.Fatalf("%+v, but dry %+v", report, dry)
		}
		run(plainStore{store.NewMemory(nil)}, false)
	})
}
