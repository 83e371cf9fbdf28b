// Package unclosed holds response bodies that are not closed on some path, or on none.
package unclosed

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

var errStatus = errors.New("unexpected status")

// Only the status is of interest; the body still holds the connection.
func BadNeverClosed(target string) (int, error) {
	resp, err := http.Get(target) // want UP6001 "body"
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, nil // note "return"
}

// The defer comes after the check of the status.
func BadEarlyReturn(c *http.Client, req *http.Request, v any) error {
	resp, err := c.Do(req) // want UP6001 "body"
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: %s", errStatus, resp.Status) // note "return"
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(v)
}

// A decoder reads one value and leaves the rest, the end included.
func BadDecode(c *http.Client, target string) (map[string]string, error) {
	resp, err := c.Get(target) // want UP6001 "body"
	if err != nil {
		return nil, err
	}
	labels := map[string]string{}
	err = json.NewDecoder(resp.Body).Decode(&labels)
	return labels, err // note "return"
}

// Each answer that is tried again is left open; the last one is closed.
func BadRetry(c *http.Client, req *http.Request, attempts int) ([]byte, error) {
	var resp *http.Response
	var err error
	for range attempts {
		resp, err = c.Do(req) // want UP6001 "body"
		if err == nil && resp.StatusCode < 500 {
			break
		}
		time.Sleep(time.Second)
	}
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// Nobody can close what nobody has.
func BadDiscarded(c *http.Client, hook string, payload []byte) error {
	_, err := c.Post(hook, "application/json", bytes.NewReader(payload)) // want UP6001 "body"
	return err
}

type api struct {
	base   string
	client *http.Client
	token  string
}

func (a *api) call(ctx context.Context, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	return a.client.Do(req)
}

// The response comes from a method of our own, and is the caller's to close.
func (a *api) BadExists(ctx context.Context, path string) bool {
	resp, err := a.call(ctx, path) // want UP6001 "body"
	return err == nil && resp.StatusCode == http.StatusOK
}

func remaining(resp *http.Response) string {
	return resp.Header.Get("X-RateLimit-Remaining")
}

// The helper that gets it reads a header.
func BadHelperDoesNotClose(a *api) (string, error) {
	resp, err := a.call(context.Background(), "/limits") // want UP6001 "body"
	if err != nil {
		return "", err
	}
	return remaining(resp), nil // note "return"
}

// In a goroutine, once a minute.
func BadHeartbeat(ctx context.Context, a *api) {
	go func() {
		t := time.NewTicker(time.Minute)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				if resp, err := a.call(ctx, "/alive"); err != nil { // want UP6001 "body"
					log.Printf("heartbeat: %v", err)
				} else if resp.StatusCode >= 400 {
					log.Printf("heartbeat: %s", resp.Status)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
}

type doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Behind an interface it is a response all the same.
func BadInterface(d doer, req *http.Request) (string, error) {
	resp, err := d.Do(req) // want UP6001 "body"
	if err != nil {
		return "", err
	}
	switch resp.StatusCode {
	case http.StatusOK:
		defer resp.Body.Close()
		return bufio.NewReader(resp.Body).ReadString('\n')
	case http.StatusNotFound:
		return "", nil // note "return"
	}
	resp.Body.Close()
	return "", errStatus
}

type refreshing struct {
	base  http.RoundTripper
	token func(context.Context) (string, error)
}

// The first answer gives way to the second and is forgotten.
func (t *refreshing) BadRoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req) // want UP6001 "body"
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	token, err := t.token(req.Context())
	if err != nil {
		return nil, err // note "return"
	}
	again := req.Clone(req.Context())
	again.Header.Set("Authorization", "Bearer "+token)
	return t.base.RoundTrip(again)
}

// The close is deferred in a branch that is not always taken.
func BadCloseInBranch(c *http.Client, target string, w io.Writer) error {
	resp, err := c.Get(target) // want UP6001 "body"
	if err != nil {
		return err
	}
	if w != nil {
		defer resp.Body.Close()
		_, err = io.Copy(w, resp.Body)
	}
	return err // note "return"
}

type download struct {
	resp *http.Response
	name string
}

// It is kept in a value that has no method to close it and ends with this call.
func BadKeptInStruct(c *http.Client, target string) (string, error) {
	var d download
	var err error
	d.resp, err = c.Get(target) // want UP6001 "body"
	if err != nil {
		return "", err
	}
	d.name = d.resp.Header.Get("Content-Disposition")
	return d.name, nil // note "return"
}

type page struct {
	Items []string `json:"items"`
	Next  string   `json:"next"`
}

// A list in pages. The last page is closed, as is each one that could be read; the one that is not there
// any more, and the one of the wrong type, are not.
func (a *api) BadList(ctx context.Context, kind string) (items []string, err error) {
	query := url.Values{"limit": {"100"}}
	for {
		resp, err := a.call(ctx, "/"+kind+"?"+query.Encode()) // want UP6001 "body"
		if err != nil {
			return items, fmt.Errorf("list %s: %w", kind, err)
		}
		if resp.StatusCode == http.StatusGone {
			query.Del("cursor")
			items = items[:0]
			continue // note "continue"
		}
		if ct := resp.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
			return items, fmt.Errorf("list %s: %q is not JSON", kind, ct)
		}
		var p page
		err = json.NewDecoder(resp.Body).Decode(&p)
		resp.Body.Close()
		if err != nil {
			return items, fmt.Errorf("list %s: %w", kind, err)
		}
		items = append(items, p.Items...)
		if p.Next == "" {
			return items, nil
		}
		query.Set("cursor", p.Next)
	}
}

// The variable lives in a closure, too; a round that tries again leaves its answer open.
func BadRetryCaptured(c *http.Client, req *http.Request) (resp *http.Response, err error) {
	defer func() {
		if resp != nil {
			log.Print(resp.Status)
		}
	}()
	for {
		resp, err = c.Do(req) // want UP6001 "body"
		if err != nil {
			return nil, err
		}
		if resp.StatusCode == http.StatusTooManyRequests {
			time.Sleep(time.Second)
			continue // note "continue"
		}
		return resp, nil
	}
}

// A dialer of one's own, and still a connection that is kept.
func BadUnixSocket(socket string) error {
	c := &http.Client{Transport: &http.Transport{
		Dial: func(string, string) (net.Conn, error) { return net.Dial("unix", socket) },
	}}
	resp, err := c.Get("http://daemon/ping") // want UP6001 "body"
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errStatus // note "return"
	}
	return resp.Body.Close()
}
