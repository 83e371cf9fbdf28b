// Package download reads small files over HTTP.
package download

import (
	"fmt"
	"io"
	"net/http"
)

const maxSize = 1 << 20

// Get reads the file at url.
//
// UP6001 http-body-unclosed: when the status is not 200 the function returns before the defer is
// reached. The connection and the two goroutines that serve it are never released.
func Get(client *http.Client, url string) ([]byte, error) {
	resp, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %s: %s", url, resp.Status)
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, maxSize))
}
