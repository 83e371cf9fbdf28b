#include "diagnose/benign.h"

#include <charconv>

namespace unpark::diagnose {

namespace {

using evidence::FrameId;

constexpr std::string_view kDefaults = R"(
# Servers: one or two goroutines for each connection, however many there are.
name=http-connection    state="IO wait" root=net/http.(*conn).serve user=no growing=yes
name=http-connection    frame=net/http.(*connReader).backgroundRead growing=yes
name=http2-connection   frame=net/http.(*http2serverConn).serve at=net/http.* growing=yes
name=http2-connection   frame=net/http.(*http2serverConn).readFrames growing=yes
name=http2-connection   frame=*/http2.(*serverConn).serve at=*/http2.* growing=yes
name=http2-connection   frame=*/http2.(*serverConn).readFrames growing=yes
name=grpc-connection    frame=google.golang.org/grpc/internal/transport.(*http2Server).* growing=yes
name=grpc-connection    frame=google.golang.org/grpc/internal/transport.(*loopyWriter).run growing=yes
name=grpc-connection    root=google.golang.org/grpc/internal/transport.NewServerTransport.* growing=yes
name=rpc-connection     state="IO wait" frame=net/rpc.(*Server).ServeCodec growing=yes

# Listeners at rest. Many of them, or more and more, are not.
name=accept-loop        state="IO wait" frame=net.(*netFD).accept max=64
name=http-server        frame=net/http.(*Server).Serve at=net.* max=64
name=grpc-server        frame=google.golang.org/grpc.(*Server).Serve at=google.golang.org/grpc.* max=64

# Clients: connections at rest. More and more of them are transports, or bodies, that leak.
name=http-idle          state="IO wait" frame=net/http.(*persistConn).readLoop
name=http-idle          at=net/http.(*persistConn).writeLoop
name=http2-idle         frame=net/http.(*http2clientConnReadLoop).run
name=http2-idle         frame=*/http2.(*clientConnReadLoop).run
name=grpc-client        frame=google.golang.org/grpc/internal/transport.(*http2Client).*
name=grpc-client        frame=google.golang.org/grpc.(*ccBalancerWrapper).watcher
name=grpc-client        frame=google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run
name=grpc-client        frame=google.golang.org/grpc/internal/resolver/*
name=grpc-client        frame=google.golang.org/grpc/internal/binarylog*
name=sql-pool           frame=database/sql.(*DB).connectionOpener
name=sql-pool           frame=database/sql.(*DB).connectionCleaner
name=sql-pool           frame=database/sql.(*DB).connectionResetter
name=mysql-watcher      frame=github.com/go-sql-driver/mysql.(*mysqlConn).startWatcher.*
name=pgx-pool           frame=github.com/jackc/pgx*/pgxpool.*backgroundHealthCheck*
name=redis-pool         frame=github.com/*redis*.(*ConnPool).reaper
name=mongo-topology     frame=go.mongodb.org/mongo-driver/*topology.*
name=amqp-connection    frame=github.com/*/amqp*.(*Connection).reader
name=nats-connection    frame=github.com/nats-io/nats.go.(*Conn).*
name=kafka-client       frame=github.com/*/sarama.*

# What libraries start for themselves: outermost is a function of their own. So many of each that a
# program has on purpose; more and more of them are handles that are opened again and again.
name=grpc-stream        root=google.golang.org/grpc.newClientStreamWithParams.*
name=quic-connection    root=github.com/quic-go/quic-go* at=github.com/quic-go/quic-go*
name=websocket-guard    root=github.com/coder/websocket.*
name=fasthttp-worker    root=github.com/valyala/fasthttp.* at=github.com/valyala/fasthttp.*
name=nats-connection    root=github.com/nats-io/nats.go.*
name=nats-server        root=github.com/nats-io/nats-server/*.(*Server).startGoRoutine.*
name=redis-pubsub       root=github.com/redis/go-redis/*.(*channel).*
name=kafka-client       root=github.com/twmb/franz-go/pkg/kgo.*
name=etcd-client        root=go.etcd.io/etcd/client/*
name=etcd-server        root=go.etcd.io/etcd/server/* max=64
name=raft               root=go.etcd.io/raft/* max=64
name=raft               root=github.com/hashicorp/raft.* max=64
name=gossip             root=github.com/hashicorp/memberlist.* max=64
name=gossip             root=github.com/hashicorp/serf/serf.* max=64
name=storage-engine     root=github.com/dgraph-io/badger/* max=64
name=storage-engine     root=github.com/cockroachdb/pebble* max=64
name=cache              root=github.com/dgraph-io/ristretto* max=64
name=certificates       root=github.com/caddyserver/certmagic.* max=64
name=event-broadcaster  root=k8s.io/client-go/tools/record.* max=64

# Daemons.
name=cron               root=github.com/robfig/cron/*.(*Cron).run max=64
name=log-pipe           root=github.com/sirupsen/logrus.(*Entry).writerScanner max=64
name=signal-loop        at=os/signal.*
name=signal-context     frame=os/signal.NotifyContext.*
name=log-flusher        frame=github.com/golang/glog.*flushDaemon*
name=log-flusher        frame=k8s.io/klog*flushDaemon*
name=log-flusher        frame=k8s.io/klog*.(*flushDaemon).run*
name=log-flusher        frame=go.uber.org/zap/zapcore.(*BufferedWriteSyncer).flushLoop
name=log-flusher        frame=gopkg.in/natefinch/lumberjack*.millRun
name=metrics-worker     frame=go.opencensus.io/stats/view.(*worker).start
name=metrics-worker     frame=go.opencensus.io/metric/metricexport.(*IntervalReader).*
name=metrics-worker     frame=go.opentelemetry.io/otel/sdk/*processQueue*
name=metrics-worker     frame=go.opentelemetry.io/otel/sdk/metric.(*PeriodicReader).run
name=metrics-worker     frame=github.com/rcrowley/go-metrics.*arbiter*
name=file-watcher       frame=github.com/fsnotify/fsnotify.*readEvents
name=informer           frame=k8s.io/client-go/tools/cache.*
name=informer           frame=k8s.io/apimachinery/pkg/watch.*
name=informer           frame=k8s.io/client-go/util/workqueue.*
name=profiler           frame=runtime/pprof.profileWriter
name=profiler           frame=runtime/pprof.writeGoroutine*
name=profiler           frame=net/http/pprof.*
name=tracer             frame=runtime/trace.Start.*
name=test-runner        at=testing.*
name=command-pipe       frame=os/exec.(*Cmd).Start.*
name=command-watcher    frame=os/exec.(*Cmd).watchCtx*
)";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// Cuts the next KEY=VALUE off `line`; false at its end, or with `error`.
bool next_pair(std::string_view& line, std::string_view* key, std::string_view* value,
               std::string* error) {
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  if (line.empty() || line.front() == '#') return false;
  size_t equals = line.find('=');
  size_t blank = line.find_first_of(" \t\r");
  if (equals == std::string_view::npos || equals == 0 || blank < equals) {
    *error = "'" + std::string(line.substr(0, blank)) + "' is not KEY=VALUE";
    return false;
  }
  *key = line.substr(0, equals);
  line.remove_prefix(equals + 1);
  if (!line.empty() && line.front() == '"') {
    size_t end = line.find('"', 1);
    if (end == std::string_view::npos) {
      *error = "the quotation mark after '" + std::string(*key) + "=' is not closed";
      return false;
    }
    *value = line.substr(1, end - 1);
    line.remove_prefix(end + 1);
    return true;
  }
  size_t end = std::min(line.find_first_of(" \t\r"), line.size());
  *value = line.substr(0, end);
  line.remove_prefix(end);
  return true;
}

std::string set(BenignPattern& pattern, std::string_view key, std::string_view value) {
  if (value.empty()) return "'" + std::string(key) + "=' has no value";
  if (key == "max") {
    auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), pattern.max);
    if (code == std::errc() && end == value.data() + value.size()) return {};
    return "max is not a number: '" + std::string(value) + "'";
  }
  if (key == "growing" || key == "user") {
    if (value != "yes" && value != "no") return std::string(key) + " is yes or no";
    if (key == "growing") pattern.growing = value == "yes";
    if (key == "user") pattern.user = value == "yes";
    return {};
  }
  struct {
    std::string_view key;
    std::string* text;
  } const texts[] = {
      {"name", &pattern.name}, {"state", &pattern.state}, {"frame", &pattern.frame},
      {"at", &pattern.at},     {"root", &pattern.root},   {"creator", &pattern.creator},
  };
  for (const auto& t : texts) {
    if (t.key != key) continue;
    *t.text = value;
    return {};
  }
  return "unknown key '" + std::string(key) +
         "'; there are name, state, frame, at, root, creator, user, max and growing";
}

std::string parse_line(std::string_view line, BenignPattern* pattern, bool* empty) {
  std::string_view whole = line, key, value;
  std::string error;
  *empty = true;
  while (next_pair(line, &key, &value, &error)) {
    *empty = false;
    error = set(*pattern, key, value);
    if (!error.empty()) return error;
  }
  if (!error.empty()) return error;
  bool says_where = !(pattern->frame.empty() && pattern->at.empty() && pattern->root.empty() &&
                      pattern->creator.empty());
  if (!*empty && !says_where) return "names no function: add frame=, at=, root= or creator=";
  if (pattern->name.empty()) pattern->name = whole;
  return {};
}

}  // namespace

std::vector<BenignPattern> parse_benign(std::string_view text, std::vector<std::string>* errors) {
  std::vector<BenignPattern> out;
  for (size_t number = 1; !text.empty(); number++) {
    size_t end = std::min(text.find('\n'), text.size());
    BenignPattern pattern;
    bool empty = false;
    std::string error = parse_line(text.substr(0, end), &pattern, &empty);
    if (!error.empty()) {
      errors->push_back("line " + std::to_string(number) + ": " + error);
    } else if (!empty) {
      out.push_back(std::move(pattern));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::vector<BenignPattern> default_benign() {
  std::vector<std::string> errors;
  return parse_benign(kDefaults, &errors);
}

BenignPatterns::BenignPatterns(const std::vector<BenignPattern>& patterns, Signatures& signatures)
    : patterns_(patterns), signatures_(signatures), globs_(signatures) {
  auto number = [&](const std::string& glob) { return glob.empty() ? kAny : globs_.add(glob); };
  for (const BenignPattern& p : patterns) {
    numbers_.push_back({number(p.frame), number(p.at), number(p.root), number(p.creator)});
  }
}

// The innermost and the outermost frame outside the run time and packages that only wait.
BenignPatterns::Ends BenignPatterns::ends_of(evidence::StackId stack) {
  Ends out;
  for (FrameId f : signatures_.symbols()[stack]) {
    const FrameFacts& facts = signatures_.facts(f);
    if (facts.elision) continue;
    out.has_user |= facts.home == Home::kUser;
    if (facts.home == Home::kRuntime || facts.home == Home::kWaiting) continue;
    if (out.at == kAny) out.at = facts.function;
    out.root = facts.function;
  }
  return out;
}

bool BenignPatterns::matches(uint32_t function, uint32_t glob) {
  if (glob == kAny) return true;
  if (function == kAny) function = signatures_.names().of(FrameId()).id;
  return globs_.matches(function, glob);
}

const BenignPattern* BenignPatterns::find(const BenignView& view) {
  Ends ends = ends_of(view.stack);
  uint32_t creator = signatures_.names().of(view.created_by).id;
  globs_.look_at(view.stack);
  for (size_t i = 0; i < patterns_.size(); i++) {
    const BenignPattern& p = patterns_[i];
    const Numbers& numbers = numbers_[i];
    if (numbers.frame != kAny && !globs_.some_matches(numbers.frame)) continue;
    if (view.count > p.max || (p.user && *p.user != ends.has_user)) continue;
    if (!matches(ends.at, numbers.at) || !matches(ends.root, numbers.root)) continue;
    if (!matches(creator, numbers.creator)) continue;
    if (!p.state.empty() && !matches_glob(p.state, view.state)) continue;
    return &p;
  }
  return nullptr;
}

}  // namespace unpark::diagnose
