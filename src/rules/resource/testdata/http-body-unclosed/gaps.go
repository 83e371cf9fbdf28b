package unclosed

import (
	"io"
	"net/http"
)

// Read to its end the body gives the connection back by itself, whether it is closed or not. Whether the
// end was reached is not always as plain as here, and to ask for the close anyway is noise on code that
// leaks nothing.
func MissedReadToEnd(c *http.Client, target string) ([]byte, error) {
	resp, err := c.Get(target)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(resp.Body)
}

type fake struct{ body io.ReadCloser }

func (f fake) Do(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: f.body}, nil
}

// The only client that ever stands behind the interface here answers from memory.
func NoisyFakeClient(req *http.Request) int {
	var d doer = fake{http.NoBody}
	resp, err := d.Do(req) // want UP6001 "body"
	if err != nil {
		return 0
	}
	return resp.StatusCode
}

// The server says how long the body is: who has read that much has come to its end.
func NoisyReadsExactly(c *http.Client, target string) ([]byte, error) {
	resp, err := c.Get(target) // want UP6001 "body"
	if err != nil {
		return nil, err
	}
	b := make([]byte, resp.ContentLength)
	_, err = io.ReadFull(resp.Body, b)
	return b, err
}
