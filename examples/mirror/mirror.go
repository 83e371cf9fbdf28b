// Package mirror asks several mirrors for one file and takes the fastest answer.
package mirror

// Fetch reads a file from one mirror.
type Fetch func(host, name string) []byte

// Fastest gives the first answer.
//
// UP1006 fan-in-shortfall: as many goroutines send as there are hosts, one value is received, and all
// but one goroutine block forever.
func Fastest(hosts []string, name string, fetch Fetch) []byte {
	if len(hosts) == 0 {
		return nil
	}
	answers := make(chan []byte)
	for _, host := range hosts {
		go func(host string) {
			answers <- fetch(host, name)
		}(host)
	}
	return <-answers
}
