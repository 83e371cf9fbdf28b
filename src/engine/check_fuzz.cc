// Takes any bytes through all of `unpark check` with every rule: loading, types, SSA form, facts,
// rules and the text of the findings. The bytes are cut at lines that say `---` into a file of the
// package under check, a file of a package that it may import as "m/dep" (whose bodies are read on
// demand), a test in the package, one outside it, and the go.mod. The standard library is a few
// declarations that rules know by name.
//
// The findings are the same when the work is done in another order, and when rules are called for
// functions that do not concern them too.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "engine/analyze.h"
#include "report/json.h"
#include "report/text.h"

namespace unpark::engine {
namespace {

struct LibraryFile {
  const char* path;
  const char* text;
};

constexpr LibraryFile kLibrary[] = {
    {"/go/VERSION", "go1.26.0\n"},
    {"/go/src/runtime/r.go", "package runtime\nfunc Goexit()\nfunc Gosched() {}\n"},
    {"/go/src/reflect/r.go", "package reflect\n"},
    {"/go/src/testing/internal/testdeps/t.go", "package testdeps\n"},
    {"/go/src/errors/e.go", R"(package errors
type text struct { s string }
func (t *text) Error() string { return t.s }
func New(s string) error { return &text{s} }
func Is(err, target error) bool { return err == target }
)"},
    {"/go/src/io/i.go", R"(package io
type Reader interface { Read(p []byte) (n int, err error) }
type Writer interface { Write(p []byte) (n int, err error) }
type Closer interface { Close() error }
type ReadCloser interface { Reader; Closer }
func ReadAll(r Reader) (b []byte, err error) { for { if _, err = r.Read(b); err != nil { return } } }
func Copy(w Writer, r Reader) (n int64, err error) { _, err = ReadAll(r); return }
)"},
    {"/go/src/iter/i.go", R"(package iter
type Seq[V any] func(yield func(V) bool)
type Seq2[K, V any] func(yield func(K, V) bool)
)"},
    {"/go/src/os/o.go", R"(package os
type Signal interface { String() string; Signal() }
func Exit(code int) { for {} }
)"},
    {"/go/src/os/signal/s.go", R"(package signal
import ("context"; "os")
func Notify(c chan<- os.Signal, s ...os.Signal) {}
func NotifyContext(c context.Context, s ...os.Signal) (context.Context, context.CancelFunc) { return context.WithCancel(c) }
)"},
    {"/go/src/fmt/f.go", R"(package fmt
type Stringer interface { String() string }
func Println(a ...any) (n int, err error) { return }
func Sprint(a ...any) string { return "" }
func Errorf(s string, a ...any) error { return nil }
)"},
    {"/go/src/log/l.go", R"(package log
func Print(a ...any) {}
func Fatal(a ...any) { panic(a) }
)"},
    {"/go/src/time/t.go", R"(package time
type Duration int64
type Time struct { ns int64 }
const ( Millisecond Duration = 1e6; Second Duration = 1e9 )
type Timer struct { C <-chan Time }
type Ticker struct { C <-chan Time }
func (t *Timer) Stop() bool { return true }
func (t *Timer) Reset(d Duration) bool { return true }
func (t *Ticker) Stop() {}
func Now() Time { return Time{} }
func Sleep(d Duration) {}
func After(d Duration) <-chan Time { return NewTimer(d).C }
func Tick(d Duration) <-chan Time { return NewTicker(d).C }
func NewTimer(d Duration) *Timer { return &Timer{make(chan Time, 1)} }
func NewTicker(d Duration) *Ticker { return &Ticker{make(chan Time, 1)} }
func AfterFunc(d Duration, f func()) *Timer { go f(); return &Timer{} }
)"},
    {"/go/src/sync/s.go", R"(package sync
type Locker interface { Lock(); Unlock() }
type noCopy struct{}
func (*noCopy) Lock() {}
func (*noCopy) Unlock() {}
type Mutex struct { state int32 }
func (m *Mutex) Lock() {}
func (m *Mutex) Unlock() {}
func (m *Mutex) TryLock() bool { return true }
type RWMutex struct { w Mutex }
func (m *RWMutex) Lock() {}
func (m *RWMutex) Unlock() {}
func (m *RWMutex) RLock() {}
func (m *RWMutex) RUnlock() {}
func (m *RWMutex) RLocker() Locker { return m }
type WaitGroup struct { n noCopy }
func (g *WaitGroup) Add(n int) {}
func (g *WaitGroup) Done() {}
func (g *WaitGroup) Wait() {}
func (g *WaitGroup) Go(f func()) { g.Add(1); go func() { defer g.Done(); f() }() }
type Once struct { m Mutex; done bool }
func (o *Once) Do(f func()) { if !o.done { defer o.m.Unlock(); f() } }
type Cond struct { L Locker; n noCopy }
func NewCond(l Locker) *Cond { return &Cond{L: l} }
func (c *Cond) Wait() {}
func (c *Cond) Signal() {}
func (c *Cond) Broadcast() {}
func OnceFunc(f func()) func() { return f }
func OnceValue[T any](f func() T) func() T { return f }
)"},
    {"/go/src/sync/atomic/a.go", R"(package atomic
type Int64 struct { v int64 }
func (x *Int64) Add(d int64) int64 { x.v += d; return x.v }
func (x *Int64) Load() int64 { return x.v }
func AddInt64(p *int64, d int64) int64 { *p += d; return *p }
func LoadInt64(p *int64) int64 { return *p }
)"},
    {"/go/src/context/c.go", R"(package context
import "time"
type Context interface { Done() <-chan struct{}; Err() error; Value(k any) any }
type CancelFunc func()
type ctx struct { Context; done chan struct{} }
func (c *ctx) Done() <-chan struct{} { return c.done }
func (c *ctx) Err() error { return nil }
func Background() Context { return &ctx{} }
func WithCancel(c Context) (Context, CancelFunc) { n := &ctx{c, make(chan struct{})}; return n, func() { close(n.done) } }
func WithTimeout(c Context, d time.Duration) (Context, CancelFunc) { return WithCancel(c) }
func WithValue(c Context, k, v any) Context { return c }
func AfterFunc(c Context, f func()) (stop func() bool) { go f(); return }
)"},
    {"/go/src/net/http/h.go", R"(package http
import ("context"; "io")
type Request struct { Body io.ReadCloser }
func (r *Request) Context() context.Context { return context.Background() }
type Response struct { Body io.ReadCloser; StatusCode int }
type Client struct{}
func (c *Client) Do(r *Request) (*Response, error) { return &Response{}, nil }
func (c *Client) Get(u string) (*Response, error) { return &Response{}, nil }
func Get(u string) (*Response, error) { return (&Client{}).Get(u) }
type ResponseWriter interface { io.Writer; WriteHeader(int) }
type Handler interface { ServeHTTP(ResponseWriter, *Request) }
)"},
    {"/go/src/testing/t.go", R"(package testing
type common struct{}
func (c *common) Fatal(a ...any) { panic(a) }
func (c *common) Error(a ...any) {}
func (c *common) Log(a ...any) {}
func (c *common) Cleanup(f func()) { defer f() }
type T struct { common }
func (t *T) Run(name string, f func(t *T)) bool { f(t); return true }
)"},
};

constexpr const char* kParts[] = {"/m/p/p.go", "/m/dep/dep.go", "/m/p/p_test.go", "/m/p/x_test.go",
                                  "/m/go.mod"};

constexpr std::string_view kModule = "module m\n\ngo 1.26\n";

source::MemoryFileSystem library() {
  source::MemoryFileSystem files;
  for (const LibraryFile& file : kLibrary) files.write(file.path, file.text);
  return files;
}

std::string findings(const source::FileSystem& files, bool every_function,
                     base::WorkerPool& workers) {
  AnalyzeOptions options;
  options.load.dir = "/m";
  options.load.patterns = {"./p"};
  options.load.goroot = "/go";
  options.load.environment = load::Environment{};
  options.generated = true;
  options.every_function = every_function;
  for (const rules::Rule& rule : rules::all_rules()) options.rules.push_back(&rule);
  base::Result<Analysis> analysis = analyze(options, files, workers);
  if (!analysis) return analysis.error().message;
  diag::Places places(analysis->files);
  report::notes_text(analysis->results, places, {});
  report::render_json(analysis->results, places, "/m");
  return report::findings_text(analysis->results, places, {});
}

void run(std::string_view text) {
  static const source::MemoryFileSystem kStd = library();
  source::OverlayFileSystem files(kStd);
  files.write("/m/go.mod", std::string(kModule));
  constexpr std::string_view kCut = "\n---\n";
  for (const char* path : kParts) {
    size_t at = text.find(kCut);
    files.write(path, std::string(text.substr(0, at)));
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + kCut.size());
  }
  static base::WorkerPool in_order(1);
  static base::WorkerPool shuffled(1, 7);
  std::string found = findings(files, false, in_order);
  UNPARK_CHECK(findings(files, true, shuffled) == found,
               "findings depend on the order of the work or on what rules wait for");
}

}  // namespace
}  // namespace unpark::engine

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  unpark::engine::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
