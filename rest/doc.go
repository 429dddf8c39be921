// Package rest serves the contracts of packages emporix and ampeco over HTTP, so that the
// clients of both services work unchanged, and an API of its own for programs in other
// languages. [NewEmporix], [NewAMPECO] and [NewTax] return an [http.Handler] each. It is the
// only package of the module that imports net/http.
//
//	handler, err := rest.NewEmporix(configurations, resolver, &rest.EmporixOptions{
//		Options: rest.Options{Authorize: authorize},
//	})
//	// ...
//	server := &http.Server{Handler: handler, ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute}
//
// # Requests
//
// A handler answers the paths of its contract, with or without a slash at the end; every
// other path, and one with empty or dotted segments, is 404. HEAD is answered as GET, and
// OPTIONS with the methods of the path. A body has the Content-Type application/json.
//
// Every request is checked in this order, and the first fault is the answer: the sizes of
// the URL (414) and the headers (431), the path (404), the method (405), [Options].Before
// (such as 429), the token (401) and its scope (403), the type (415) and the size (413) of
// the body, and then its content. So nobody without a token learns anything of a tenant.
//
// # Errors
//
// Errors have the form of the contract, that of NewTax the codes of docs/errors.md, and
// none has the text of a store, which
// [Options].Failed gets. A request that may succeed later is 503 with Retry-After.
//
// # Servers
//
// A handler bounds what it reads and how long it works. Timeouts against slow clients
// belong to the [http.Server]: set ReadTimeout, WriteTimeout and IdleTimeout.
package rest
