#include "evidence/function_name.h"

#include <gtest/gtest.h>

#include <string>

namespace unpark::evidence {
namespace {

struct Split {
  const char *name, *package, *receiver, *rest;
};

TEST(FunctionName, Parts) {
  const Split kCases[] = {
      {"main.main", "main", "", "main"},
      {"main.(*worker).run", "main", "(*worker)", "run"},
      {"main.worker.valueRun", "main", "worker", "valueRun"},
      {"main.startTime.func4", "main", "", "startTime.func4"},
      {"main.startDefers.func2.1.1", "main", "", "startDefers.func2.1.1"},
      {"main.(*T).Run.func1", "main", "(*T)", "Run.func1"},
      {"main.T.Run.func1", "main", "T", "Run.func1"},
      {"main.init.0", "main", "", "init.0"},
      {"main.init.func1", "main", "", "init.func1"},
      {"main.glob..func1", "main", "", "glob..func1"},
      {"main.startLeakSync.gowrap5", "main", "", "startLeakSync.gowrap5"},
      {"main.startClosures.startClosures.func1.func2.1", "main", "",
       "startClosures.startClosures.func1.func2.1"},
      {"net/http.(*persistConn).readLoop", "net/http", "(*persistConn)", "readLoop"},
      {"gopkg.in/yaml%2ev2.Unmarshal", "gopkg.in/yaml%2ev2", "", "Unmarshal"},
      {"example.test/fx/waits/odd%2epkg.(*box[...]).wait", "example.test/fx/waits/odd%2epkg",
       "(*box[...])", "wait"},
      {"main.(*pair[go.shape.string,example.test/a/b.T]).waitOn", "main",
       "(*pair[go.shape.string,example.test/a/b.T])", "waitOn"},
      {"main.F[go.shape.struct { main.k string; v []uint8 \"a]b\\\"/c.\" }]", "main", "",
       "F[go.shape.struct { main.k string; v []uint8 \"a]b\\\"/c.\" }]"},
      {"main.F[example.test/x.T].func1", "main", "", "F[example.test/x.T].func1"},
      {"main.box[go.shape.int].wait", "main", "box[go.shape.int]", "wait"},
      {"main.(*pair[...]).each[...]", "main", "(*pair[...])", "each[...]"},
      {"main.rangeFunc-range1-range1", "main", "", "rangeFunc-range1-range1"},
      {"main.gr\u00f6\u00dfe", "main", "", "gr\u00f6\u00dfe"},
      {"_/home/me/go/src/x.F", "_/home/me/go/src/x", "", "F"},
      {"panic", "", "", "panic"},
      {"_rt0_amd64_linux", "", "", "_rt0_amd64_linux"},
      {"type:.eq.[2]example.test/x.T", "", "", "type:.eq.[2]example.test/x.T"},
      {"", "", "", ""},
      {"main.", "main", "", ""},
      {"main.(*T", "main", "", "(*T"},
  };
  for (const Split& c : kCases) {
    FunctionName parts = split(c.name);
    EXPECT_EQ(parts.package, c.package) << c.name;
    EXPECT_EQ(parts.receiver, c.receiver) << c.name;
    EXPECT_EQ(parts.rest, c.rest) << c.name;
  }
}

TEST(FunctionName, SourcesAgree) {
  const char* kSame[][2] = {
      {"main.genericRecv[go.shape.int]", "main.genericRecv[...]"},
      {"main.genericRecv[go.shape.struct { main.k string; main.v []uint8 }]",
       "main.genericRecv[...]"},
      {"main.(*pair[go.shape.string,go.shape.float64]).waitOn", "main.(*pair[...]).waitOn"},
      {"iter.Pull2[go.shape.string,go.shape.int].func1.1", "iter.Pull2[...].func1.1"},
      {"runtime.gopanic", "panic"},
      {"panic", "panic"},
      {"main.glob..func1", "main.init.func1"},
      {"main.glob..func1.2", "main.init.func1.2"},
      {"main.(*worker).run-fm", "main.(*worker).run"},
      {"main.start.gowrap1", "main.start"},
      {"main.start.func1.gowrap12", "main.start.func1"},
      {"main.start.deferwrap1", "main.start"},
      {"main.start\u00b7dwrap\u00b71", "main.start"},
      {"gopkg.in/yaml%2ev2.(*T).Run", "gopkg.in/yaml.v2.(*T).Run"},
      {"main.rangeFunc-range1", "main.rangeFunc-range1"},
      {"main.a%2", "main.a%2"},
  };
  for (auto& [name, wanted] : kSame) {
    EXPECT_EQ(canonical(name), wanted);
    EXPECT_EQ(canonical(wanted), wanted) << "what is canonical stays";
  }
  EXPECT_NE(canonical("main.gowrap1"), canonical("main.gowrap2")) << "functions of that name";
}

TEST(FunctionName, Packages) {
  EXPECT_EQ(package_of("gopkg.in/yaml%2ev2.(*T).Run"), "gopkg.in/yaml.v2");
  EXPECT_EQ(package_of("main.F[example.test/x.T]"), "main");
  EXPECT_EQ(package_of("panic"), "");
}

TEST(FunctionName, WhoseItIs) {
  for (const char* name : {"runtime.gopark", "internal/runtime/syscall.Syscall6", "panic",
                           "runtime/internal/atomic.Load", "runtime.(*mheap).alloc"}) {
    EXPECT_TRUE(is_runtime(name)) << name;
    EXPECT_TRUE(is_standard(name)) << name;
  }
  for (const char* name :
       {"sync.(*Mutex).Lock", "internal/poll.runtime_pollWait", "runtime/pprof.writeGoroutine",
        "net/http.(*Server).Serve", "vendor/golang.org/x/net/http2/hpack.NewEncoder"}) {
    EXPECT_FALSE(is_runtime(name)) << name;
    EXPECT_TRUE(is_standard(name)) << name;
  }
  for (const char* name :
       {"main.main", "example.test/runtime.F", "github.com/a/b.F", "gopkg%2ein.F", "_/home/me.F",
        "command-line-arguments.F", "x_cgo_thread_start", ""}) {
    EXPECT_FALSE(is_runtime(name)) << name;
    EXPECT_FALSE(is_standard(name)) << name;
  }
}

}  // namespace
}  // namespace unpark::evidence
