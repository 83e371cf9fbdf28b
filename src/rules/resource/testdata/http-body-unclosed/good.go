package unclosed

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"sync"
	"testing"
	"time"
)

func GoodDefer(target string) (int, error) {
	resp, err := http.Get(target)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}

func GoodClosedOnEachPath(c *http.Client, req *http.Request, v any) error {
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return errStatus
	}
	err = json.NewDecoder(resp.Body).Decode(v)
	return errors.Join(err, resp.Body.Close())
}

func GoodDeferredClosure(c *http.Client, target string) (b []byte, err error) {
	resp, err := c.Get(target)
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := resp.Body.Close(); err == nil {
			err = cerr
		}
	}()
	return io.ReadAll(resp.Body)
}

// With an error there is no body.
func GoodNilCheck(c *http.Client, req *http.Request) error {
	resp, err := c.Do(req)
	if resp != nil {
		defer resp.Body.Close()
	}
	return err
}

func GoodIfNoError(c *http.Client, target string) bool {
	resp, err := c.Get(target)
	if err == nil {
		resp.Body.Close()
	}
	return err == nil
}

func GoodDeferredNilCheck(c *http.Client, reqs []*http.Request) error {
	var resp *http.Response
	defer func() {
		if resp != nil && resp.Body != nil {
			resp.Body.Close()
		}
	}()
	var err error
	for _, req := range reqs {
		if resp, err = c.Do(req); err != nil {
			return err
		}
		if resp.StatusCode < 500 {
			return nil
		}
		resp.Body.Close()
		resp = nil
	}
	return errStatus
}

// Each answer is read and closed before the next attempt.
func GoodRetry(c *http.Client, req *http.Request, attempts int) ([]byte, error) {
	for range attempts {
		resp, err := c.Do(req)
		if err != nil {
			continue
		}
		if resp.StatusCode >= 500 {
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			continue
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		return b, err
	}
	return nil, errStatus
}

func drainAndClose(body io.ReadCloser) {
	io.CopyN(io.Discard, body, 1<<16)
	body.Close()
}

func GoodHelperCloses(a *api) error {
	resp, err := a.call(context.Background(), "/touch")
	if err != nil {
		return err
	}
	drainAndClose(resp.Body)
	return nil
}

func decodeInto(resp *http.Response, v any) error {
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errStatus
	}
	return json.NewDecoder(resp.Body).Decode(v)
}

// The helper that gets the response closes it on every path.
func GoodHelperTakesResponse(a *api, v any) error {
	resp, err := a.call(context.Background(), "/state")
	if err != nil {
		return err
	}
	return decodeInto(resp, v)
}

func GoodReturned(c *http.Client, target string) (*http.Response, error) {
	resp, err := c.Get(target)
	if err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	return resp, nil
}

// The caller gets the body, and with it the duty.
func GoodReturnedBody(c *http.Client, target string) (io.ReadCloser, error) {
	resp, err := c.Get(target)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, errStatus
	}
	return resp.Body, nil
}

type gunzip struct {
	*gzip.Reader
	body io.Closer
}

func (g gunzip) Close() error { return errors.Join(g.Reader.Close(), g.body.Close()) }

// Wrapped in something that closes both.
func GoodWrapped(c *http.Client, target string) (io.ReadCloser, error) {
	resp, err := c.Get(target)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(resp.Body)
	if err != nil {
		resp.Body.Close()
		return nil, err
	}
	return gunzip{z, resp.Body}, nil
}

type reader struct {
	resp *http.Response
	in   *bufio.Reader
}

// Kept in a value whose Close closes it.
func GoodKept(c *http.Client, target string) (*reader, error) {
	resp, err := c.Get(target)
	if err != nil {
		return nil, err
	}
	return &reader{resp, bufio.NewReader(resp.Body)}, nil
}

func (r *reader) Line() (string, error) { return r.in.ReadString('\n') }

func (r *reader) Close() error { return r.resp.Body.Close() }

// A transport passes on what it got.
func (t *refreshing) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusUnauthorized {
		return resp, nil
	}
	resp.Body.Close()
	return t.base.RoundTrip(req.Clone(req.Context()))
}

type counted struct {
	io.ReadCloser
	read *int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	*c.read += int64(n)
	return n, err
}

type counting struct {
	base http.RoundTripper
	read int64
}

// Another body takes the place of the first and closes it.
func (t *counting) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req)
	if err == nil {
		resp.Body = counted{resp.Body, &t.read}
	}
	return resp, err
}

// The proxy that calls this closes the body.
func GoodModifyResponse(p *httputil.ReverseProxy) {
	p.ModifyResponse = func(resp *http.Response) error {
		if resp.StatusCode == http.StatusTeapot {
			return errStatus
		}
		resp.Header.Del("Server")
		return nil
	}
}

// A recorder's result holds no connection.
func GoodRecorder(h http.Handler, req *http.Request) int {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec.Result().StatusCode
}

func GoodSent(c *http.Client, target string, out chan<- *http.Response) error {
	resp, err := c.Get(target)
	if err != nil {
		return err
	}
	out <- resp
	return nil
}

func GoodUnknownCallee(c *http.Client, target string, handle func(*http.Response) error) error {
	resp, err := c.Get(target)
	if err != nil {
		return err
	}
	return handle(resp)
}

func GoodTest(t *testing.T, srv *httptest.Server) *http.Response {
	t.Helper()
	resp, err := srv.Client().Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func GoodFatal(target string, w io.Writer) {
	resp, err := http.Get(target)
	if err != nil {
		log.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		log.Fatalf("%s: %s", target, resp.Status)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		log.Print(err)
	}
}

// By another name.
func GoodAlias(c *http.Client, target string) (string, error) {
	resp, err := c.Get(target)
	if err != nil {
		return "", err
	}
	body := resp.Body
	defer body.Close()
	return bufio.NewReader(body).ReadString('\n')
}

func GoodMethodValue(c *http.Client, target string) (int64, error) {
	resp, err := c.Get(target)
	if err != nil {
		return 0, err
	}
	done := resp.Body.Close
	defer done()
	return resp.ContentLength, nil
}

func closeQuietly(c io.Closer) {
	if err := c.Close(); err != nil {
		log.Printf("close: %v", err)
	}
}

func GoodDeferredHelper(c *http.Client, target string) (http.Header, error) {
	resp, err := c.Head(target)
	if err != nil {
		return nil, err
	}
	defer closeQuietly(resp.Body)
	return resp.Header, nil
}

// Read on the side, closed at the end of it.
func GoodGoroutine(c *http.Client, target string, w io.Writer) error {
	resp, err := c.Get(target)
	if err != nil {
		return err
	}
	go func() {
		defer resp.Body.Close()
		io.Copy(w, resp.Body)
	}()
	return nil
}

// The end of the context closes it.
func GoodAfterFunc(ctx context.Context, c *http.Client, target string) (*bufio.Scanner, error) {
	resp, err := c.Get(target)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { resp.Body.Close() })
	return bufio.NewScanner(resp.Body), nil
}

// All of them are closed in the end.
func GoodMany(c *http.Client, targets []string) (readers []io.Reader, closeAll func()) {
	var bodies []io.Closer
	for _, t := range targets {
		resp, err := c.Get(t)
		if err != nil {
			log.Print(err)
			continue
		}
		bodies = append(bodies, resp.Body)
		readers = append(readers, resp.Body)
	}
	return readers, func() {
		for _, b := range bodies {
			b.Close()
		}
	}
}

func fetchJSON[T any](c *http.Client, target string) (v T, err error) {
	resp, err := c.Get(target)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	err = json.NewDecoder(resp.Body).Decode(&v)
	return v, err
}

func GoodGeneric(c *http.Client, target string) (page, error) {
	return fetchJSON[page](c, target)
}

type session struct {
	mu   sync.Mutex
	last *http.Response
	c    *http.Client
}

// The one before is closed when the next one comes, and the last with the session.
func (s *session) GoodNext(target string) error {
	resp, err := s.c.Get(target)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil {
		s.last.Body.Close()
	}
	s.last = resp
	return nil
}

func (s *session) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil {
		s.last.Body.Close()
		s.last = nil
	}
}

// Handed on as an argument of a go statement.
func GoodHandedToGoroutine(c *http.Client, target string, path string) error {
	resp, err := c.Get(target)
	if err != nil {
		return err
	}
	go save(resp.Body, path)
	return nil
}

func save(body io.ReadCloser, path string) {
	defer body.Close()
	f, err := os.Create(path)
	if err != nil {
		log.Print(err)
		return
	}
	defer f.Close()
	if _, err := io.Copy(f, body); err != nil {
		log.Print(err)
	}
}

// The error is looked at twice, and the second look knows what the first has seen.
func GoodErrorTwice(c *http.Client, req *http.Request, observe func(time.Duration)) (int, error) {
	start := time.Now()
	resp, err := c.Do(req)
	if err == nil {
		defer resp.Body.Close()
	}
	observe(time.Since(start))
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, nil
}

// A panic leaves through the deferred close.
func GoodMust(c *http.Client, target string) []byte {
	resp, err := c.Get(target)
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		panic(err)
	}
	return b
}

// After the handshake the body is the connection, and the caller's.
func GoodUpgrade(c *http.Client, req *http.Request) (io.ReadWriteCloser, error) {
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		resp.Body.Close()
		return nil, errStatus
	}
	conn, ok := resp.Body.(io.ReadWriteCloser)
	if !ok {
		resp.Body.Close()
		return nil, errors.New("the body cannot be written to")
	}
	return conn, nil
}

// Each answer of the chain is closed before the next is asked for; the last is the caller's.
func GoodFollow(c *http.Client, req *http.Request, limit int) (*http.Response, error) {
	for range limit {
		resp, err := c.Do(req)
		if err != nil {
			return nil, err
		}
		loc, err := resp.Location()
		if errors.Is(err, http.ErrNoLocation) {
			return resp, nil
		}
		io.CopyN(io.Discard, resp.Body, 2<<10)
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.URL = loc
	}
	return nil, errors.New("too many redirects")
}

type answer struct {
	resp *http.Response
	err  error
}

// The one that wins is handed on, the other is closed by the goroutine that got it.
func GoodHedge(ctx context.Context, c *http.Client, reqs [2]*http.Request) (*http.Response, error) {
	answers, over := make(chan answer), make(chan struct{})
	defer close(over)
	for _, req := range reqs {
		go func() {
			resp, err := c.Do(req)
			select {
			case answers <- answer{resp, err}:
			case <-over:
				if err == nil {
					resp.Body.Close()
				}
			}
		}()
	}
	var err error
	for range reqs {
		a := <-answers
		if a.err == nil {
			return a.resp, nil
		}
		err = a.err
	}
	return nil, err
}

type tee struct {
	io.Reader
	io.Closer
}

// What is read is also kept; closing closes the original.
func GoodTee(c *http.Client, target string, keep io.Writer) (*http.Response, error) {
	resp, err := c.Get(target)
	if err != nil {
		return nil, err
	}
	resp.Body = tee{io.TeeReader(resp.Body, keep), resp.Body}
	return resp, nil
}

// A pipe with a goroutine that fills it and closes what it reads.
func GoodPipe(
	c *http.Client, target string, transform func(io.Writer, io.Reader) error,
) (io.ReadCloser, error) {
	resp, err := c.Get(target)
	if err != nil {
		return nil, err
	}
	pr, pw := io.Pipe()
	go func() {
		defer resp.Body.Close()
		pw.CloseWithError(transform(pw, resp.Body))
	}()
	return pr, nil
}

// The status is turned into an error in one place, which closes when it does so.
func check(resp *http.Response, err error) (*http.Response, error) {
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		resp.Body.Close()
		return nil, errStatus
	}
	return resp, nil
}

func GoodChecked(c *http.Client, target string, v any) error {
	resp, err := check(c.Get(target))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(v)
}

// Everything has been read by the time the copy is made.
func GoodBuffered(t http.RoundTripper, req *http.Request) (*http.Response, error) {
	resp, err := t.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(b))
	return resp, nil
}

// These answers have no body.
func GoodHead(c *http.Client, target string) (bool, error) {
	req, err := http.NewRequest(http.MethodHead, target, nil)
	if err != nil {
		return false, err
	}
	resp, err := c.Do(req)
	if err != nil {
		return false, err
	}
	return resp.StatusCode == http.StatusOK, nil
}

func GoodNoContent(c *http.Client, req *http.Request, v any) error {
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	if resp.StatusCode == http.StatusNoContent {
		return nil
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(v)
}

type options struct{ headersOnly bool }

// The body is closed already when the caller has asked for the headers alone.
func (a *api) callWith(o options, path string) (*http.Response, error) {
	resp, err := a.call(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if o.headersOnly {
		return resp, resp.Body.Close()
	}
	return resp, nil
}

func GoodHeadersOnly(a *api) (string, error) {
	resp, err := a.callWith(options{headersOnly: true}, "/limits")
	if err != nil {
		return "", err
	}
	return remaining(resp), nil
}

func mustFail(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
}

// An error is what is wanted here.
func GoodWantsError(t *testing.T, c *http.Client, target string) {
	_, err := c.Get(target)
	mustFail(t, err)
}

func GoodWantsErrorOrNot(t *testing.T, c *http.Client, target string, want bool) {
	resp, err := c.Get(target)
	if want {
		mustFail(t, err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

func GoodFailedTest(t *testing.T, c *http.Client, target string) {
	if _, err := c.Get(target); err == nil {
		t.Error("no error")
	}
}

// Closed before the next one is asked for, in each round but the first.
func GoodHops(c *http.Client, req *http.Request) (*http.Response, error) {
	var reqs []*http.Request
	var resp *http.Response
	for {
		if len(reqs) > 0 {
			resp.Body.Close()
			if len(reqs) == 10 {
				return nil, errStatus
			}
		}
		reqs = append(reqs, req)
		var err error
		if resp, err = c.Do(req); err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusFound {
			return resp, nil
		}
	}
}

func GoodTable(t *testing.T, c *http.Client, targets map[string]bool) {
	for target, wantErr := range targets {
		_, err := c.Get(target)
		if (err != nil) != wantErr {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func GoodWantsText(t *testing.T, c *http.Client, target string) {
	_, err := c.Get(target)
	if got, want := fmt.Sprint(err), "no host"; got != want {
		t.Errorf("got %s", got)
	}
}

func GoodNoBody(c *http.Client, req *http.Request) error {
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	if resp.Body == http.NoBody {
		return nil
	}
	return resp.Body.Close()
}

type memoryConn struct {
	net.Conn
	in  io.Reader
	out io.Writer
}

func (c memoryConn) Read(b []byte) (int, error)  { return c.in.Read(b) }
func (c memoryConn) Write(b []byte) (int, error) { return c.out.Write(b) }

// The answer is a fixed text, and no connection is kept.
func GoodMemory(req *http.Request, sent *bytes.Buffer, answer string) error {
	t := &http.Transport{
		Dial: func(network, address string) (net.Conn, error) {
			return memoryConn{in: bytes.NewBufferString(answer), out: io.MultiWriter(sent, os.Stderr)}, nil
		},
	}
	defer t.CloseIdleConnections()
	_, err := t.RoundTrip(req)
	return err
}
