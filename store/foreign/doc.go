// Package foreign has formats for store.Import: tax rates as other data sets and
// spreadsheets write them.
//
//	report, err := store.Import(ctx, file, s, &store.ImportOptions{Format: foreign.Ibericode, File: "vat-rates.json"})
//
// The formats:
//
//   - [Ibericode]: the JSON file of ibericode/vat-rates
//   - [SalesTax]: the JSON file of valeriansaliou/node-sales-tax
//   - [Rates]: a CSV file with the columns of rates/data/rates.csv in this repository
//   - [Table.Format]: any other CSV file with a header, such as one from a spreadsheet
//
// They make one configuration of everything that a file says of a place, with the whole
// timeline of each class. A file with less detail than a configuration leaves the rest
// empty: none of them has time zones, and without one the day at a place is that of UTC.
//
// What cannot be read is refused with its place, and never guessed: the import then leaves
// out its whole country. One country of the file is in memory at a time; a country, or a
// row of a table, that is larger than the limit of a record ends the import.
package foreign
