package store

import (
	"cmp"
	"context"
	"io"
	"iter"

	"github.com/taxresolve/tax"
)

// ImportOptions say how [Import] reads and writes. The zero value, and nil in place of
// ImportOptions, read what [Export] wrote, or JSON documents of the package tax.
type ImportOptions struct {
	// Format reads the records. Nil stands for [JSON]. Package store/foreign has formats of
	// other data sets and of tables, package emporix that of its contract.
	Format Format
	// File is the name of what is read. Rejections show it.
	File string
	// Tenant is the tenant of the records of a format that names none.
	Tenant string
	// AsNew writes every document as a new version. Otherwise one that was exported keeps
	// its version and times, see [Restore], if the store is a [BulkWriter].
	AsNew bool
	// KeepExisting leaves every configuration as it is that the store already has, and
	// only adds those that it does not have.
	KeepExisting bool
	// DryRun validates everything and writes nothing. A store that is not a [Versioned] is
	// not asked: each country is validated with the documents that it has.
	DryRun bool
	// Skip is the number of records that are read over, because an earlier import has
	// settled them: see [Progress].Next.
	Skip int64
	// Limits bound what is read.
	Limits ImportLimits
	// Rejections is the number of rejections in the [Report]. 0 stands for 1,000; a
	// negative number keeps none.
	Rejections int
	// OnRejection, if it is not nil, is called for every [Rejection], in order.
	OnRejection func(Rejection)
	// OnProgress, if it is not nil, is called after every write, at least once in a
	// thousand records, and at the end.
	OnProgress func(Progress)
}

// ImportLimits bound what an [Import] reads. Zero fields stand for the defaults.
type ImportLimits struct {
	// RecordBytes is the size of the largest record: 1,048,576 by default. A larger one is
	// refused.
	RecordBytes int64
	// CountryRecords is the number of records that one country of a tenant can have: 10,000
	// by default. A country with more is refused. All records of a country are in memory
	// at once.
	CountryRecords int
	// Records and Bytes end the import with a [tax.InputError] when there are more of them.
	// By default there is no such limit.
	Records, Bytes int64
}

const (
	defaultRecordBytes    = 1 << 20
	defaultCountryRecords = 10000
	defaultRejections     = 1000
)

// Format reads records, one after the other. A record with an Err is refused, and
// reading goes on. An error in place of a record ends the import. recordBytes is the size
// of the largest record; a larger one is to be refused without being kept in memory.
//
// The records of a country of a tenant are next to each other.
type Format func(r io.Reader, recordBytes int64) iter.Seq2[Record, error]

// Record is a document that is imported.
type Record struct {
	// Tenant is the tenant of the document. It counts if Named is set; otherwise the tenant
	// is that of the [ImportOptions].
	Tenant string
	Named  bool
	// Configuration is the document. If it is refused, its Location is what is known about
	// it; the zero Location if nothing is.
	Configuration tax.Configuration
	// Ended marks a document that was in force once: it is counted and not written.
	Ended bool
	// Merge, if it is not nil, returns what is to be stored from what is stored for the
	// location of Configuration, nil if nothing is. It may modify what it is given.
	Merge func(stored *tax.Configuration) (tax.Configuration, error)
	// Line is the line on which the record begins, from 1 on, and 0 if nobody knows. Path
	// leads to it in a document that holds several.
	Line int64
	Path string
	// Err refuses the record.
	Err error
}

// Import reads configurations and writes them to a store. It returns what it did, also
// with an error.
//
// What is written takes effect country by country, all or nothing: if one record of a
// country of a tenant is refused, so are the others. So the records of a country must be
// next to each other; a country that comes again later for the same tenant is refused. A
// record of which nobody can tell the country spoils the one before and the one after it.
// A store that is no [BulkWriter] is written document by document, in an order that works;
// if one of them fails, those before it are undone as far as possible, and versions are
// not kept.
//
// Importing a file once more changes nothing: documents that are stored already are left
// alone. So an import that was interrupted can be repeated, or continued with
// [Progress].Next as Skip.
//
// If records were refused, Import writes all others, and returns an error that unwraps
// to [tax.ErrInvalid]; the report says where and why. Any other error ends the import: of
// the store, of the reader, of the context, or a [tax.InputError] for options that cannot
// be used, for what is beyond [ImportLimits], and for a file of which no more can be read.
// What was settled by then stays.
//
// Memory is bounded by the limits, however long the file is. Records are read while those before
// are written; nothing goes on after Import has returned.
func Import(ctx context.Context, r io.Reader, s tax.Store, o *ImportOptions) (Report, error) {
	var options ImportOptions
	if o != nil {
		options = *o
	}
	if r == nil {
		return Report{}, &tax.InputError{Field: "reader", Value: "nil", Reason: "nil: pass what the records are read from"}
	}
	in := &counter{ctx: ctx, r: r, most: options.Limits.Bytes}
	format := options.Format
	if format == nil {
		format = JSON
	}
	largest := options.Limits.RecordBytes
	if largest == 0 {
		largest = defaultRecordBytes
	}
	return load(ctx, format(in, largest), &in.bytes, s, options)
}

// load imports records. bytes counts what was read.
func load(ctx context.Context, records iter.Seq2[Record, error], bytes *int64, s tax.Store, o ImportOptions) (Report, error) {
	if err := usable(ctx, o.Tenant); err != nil {
		return Report{}, err
	}
	im := newImporter(s, o)
	if err := im.check(); err != nil {
		return Report{}, err
	}
	var failed error
	defer func() {
		if im.flying != nil { // reading has panicked
			im.flying.wait()
		}
	}()
	for record, err := range records {
		im.report.Bytes = *bytes
		if err == nil {
			err = im.add(ctx, record)
		}
		if err != nil {
			failed = err
			break
		}
	}
	if failed == nil {
		im.close()
		failed = im.flush(ctx)
	}
	// What was written by then is earlier in the file.
	if failed = cmp.Or(im.land(ctx), failed); failed == nil {
		im.report.Next = im.report.Records
	}
	im.report.Bytes = *bytes
	im.progress()
	if failed == nil && o.Skip > im.report.Records {
		failed = &tax.InputError{Field: "skip", Value: decimal(o.Skip), Reason: "larger than the number of records, " + decimal(im.report.Records) + ": pass the Next of a report about the same file"}
	}
	if failed == nil {
		failed = im.report.Err()
	}
	return im.report, failed
}

// counter counts the bytes that are read, and ends with the context or beyond the limit.
type counter struct {
	ctx         context.Context
	r           io.Reader
	bytes, most int64
}

func (c *counter) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	if c.most > 0 {
		if c.bytes > c.most {
			return 0, &tax.InputError{Field: "bytes", Value: decimal(c.bytes), Reason: "more than " + decimal(c.most) + " bytes: pass a higher limit or a part of the file"}
		}
		p = p[:min(int64(len(p)), c.most-c.bytes+1)]
	}
	n, err := c.r.Read(p)
	c.bytes += int64(n)
	return n, err
}
