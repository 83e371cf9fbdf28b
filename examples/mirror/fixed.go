package mirror

// FixedFastest is Fastest with room for the answers that come too late.
func FixedFastest(hosts []string, name string, fetch Fetch) []byte {
	if len(hosts) == 0 {
		return nil
	}
	answers := make(chan []byte, len(hosts))
	for _, host := range hosts {
		go func(host string) {
			answers <- fetch(host, name)
		}(host)
	}
	return <-answers
}
