package sqlite

import (
	"reflect"
	"runtime/debug"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// walIndex is where the processes that have a database open tell each other what is in its
// WAL: the beginning of the file that ends in -shm, in memory that all of them share. It has
// two copies of a header, which SQLite writes before a commit returns. As long as neither has
// changed, nobody has committed: this is what PRAGMA data_version compares as well, between
// taking and giving back a lock, which are two calls of the system.
//
// The header counts the commits, and has random numbers that are new whenever the WAL begins
// anew, and a checksum of all that is in it. So it does not come back with other contents.
type walIndex [2 * words]uint64

const words = 48 / 8 // of one header

// walIndexOf returns the memory of a connection of the driver that has read from a database in
// WAL mode. It is there until the connection ends. It is nil if it cannot be found.
//
// The memory is asked of SQLite, which has it already: a descriptor of our own could not be
// closed again without giving up the locks that the process has on the file.
func walIndexOf(c any) *walIndex {
	conn := reflect.Indirect(reflect.ValueOf(c))
	if conn.Kind() != reflect.Struct {
		return nil
	}
	db := conn.FieldByName("db") // the driver has no method for it
	if db.Kind() != reflect.Uintptr || db.Uint() == 0 {
		return nil
	}
	tls := libc.NewTLS()
	defer tls.Close()
	const bytes = int(unsafe.Sizeof(uintptr(0)))
	answer := tls.Alloc(bytes) // SQLite knows nothing of the memory of Go, which may move
	defer tls.Free(bytes)
	found := to[uintptr](answer)
	*found = 0
	ok := lib.Xsqlite3_file_control(tls, uintptr(db.Uint()), 0, lib.SQLITE_FCNTL_FILE_POINTER, answer)
	file := *found
	if ok != lib.SQLITE_OK || file == 0 || to[lib.Tsqlite3_file](file).FpMethods == 0 {
		return nil
	}
	methods := to[lib.Tsqlite3_io_methods](to[lib.Tsqlite3_file](file).FpMethods)
	if methods.FiVersion < 2 || methods.FxShmMap == 0 {
		return nil
	}
	shmMap := *(*func(_ *libc.TLS, file uintptr, page, size, extend int32, answer uintptr) int32)(unsafe.Pointer(&struct{ uintptr }{methods.FxShmMap}))
	const size = 1 << 15 // of each part that SQLite maps
	*found = 0
	if shmMap(tls, file, 0, size, 0, answer) != lib.SQLITE_OK {
		return nil
	}
	return to[walIndex](*found)
}

// to returns the pointer to an address outside the memory of Go.
func to[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// read returns the headers. They are not ok while somebody writes them, and if there are none.
func (w *walIndex) read() (now walIndex, ok bool) {
	if w == nil {
		return now, false
	}
	// Whoever cuts off the file takes the memory away. SQLite then fails, and says so.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { ok = recover() == nil && ok }()
	for i := range w { // the copy first that is written last
		now[i] = atomic.LoadUint64(&w[i])
	}
	return now, now[0] != 0 && [words]uint64(now[:words]) == [words]uint64(now[words:])
}
