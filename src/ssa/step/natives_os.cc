// The operating system: writing to descriptors, arguments, environment, exit. Everything else that
// a program asks of the kernel is answered with ENOSYS.
#include <unistd.h>

#include "ssa/step/natives.h"

namespace unpark::ssa::step {

namespace {

constexpr uint64_t kNoSuchCall = 38;

void nothing(Machine&, NativeCall&) {}

void write(Machine& m, NativeCall& c) {
  GoSlice p = c.get<GoSlice>(1);
  m.write(static_cast<int>(c.get<int64_t>(0)), m.view({p.data, static_cast<uint64_t>(p.len)}));
  c.set(0, p.len);
}

// Standard input is empty.
void read(Machine&, NativeCall& c) { c.set<int64_t>(0, 0); }

void no_call(Machine&, NativeCall& c) {
  c.set<uint64_t>(0, UINT64_MAX);
  c.set<uint64_t>(1, 0);
  c.set<uint64_t>(2, kNoSuchCall);
}
void no_call_two(Machine&, NativeCall& c) {
  c.set<uint64_t>(0, 0);
  c.set<uint64_t>(1, 0);
}

void fcntl(Machine&, NativeCall& c) {
  // Descriptors are blocking, and for reading and writing.
  c.set<int64_t>(0, 2);
  if (c.result_count() > 1 && c.code().results_size == 16) c.set<uint64_t>(1, 0);
}

void strings(Machine& m, NativeCall& c, const std::vector<std::string>& list) {
  Word data = m.allocate_bytes(list.size() * 16, types::basic(BasicKind::kString), true);
  for (size_t i = 0; i < list.size(); i++) {
    GoString s = m.make_string(list[i]);
    if (uint8_t* p = m.at(data + i * 16, 16)) std::memcpy(p, &s, sizeof s);
  }
  int64_t n = static_cast<int64_t>(list.size());
  c.set(0, GoSlice{data, n, n});
}
void arguments(Machine& m, NativeCall& c) { strings(m, c, m.options().args); }
void environment(Machine& m, NativeCall& c) { strings(m, c, m.options().environment); }

void exit(Machine& m, NativeCall& c) { m.exit(static_cast<int>(c.get<int64_t>(0))); }

void number(Machine&, NativeCall& c) { c.set<int64_t>(0, 1000); }
void page_size(Machine&, NativeCall& c) { c.set<int64_t>(0, 4096); }
void no(Machine&, NativeCall& c) { c.set<bool>(0, false); }

}  // namespace

NativeTable os_natives() {
  static constexpr NativeEntry kTable[] = {
      {"syscall.write", write},
      {"syscall.read", read},
      {"syscall.Syscall", no_call},
      {"syscall.Syscall6", no_call},
      {"syscall.RawSyscall", no_call},
      {"syscall.RawSyscall6", no_call},
      {"syscall.rawSyscallNoError", no_call_two},
      {"syscall.rawVforkSyscall", no_call},
      {"syscall.fcntl", fcntl},
      {"syscall.Getpagesize", page_size},
      {"syscall.Exit", exit},
      {"syscall.runtime_envs", environment},
      {"syscall.runtimeSetenv", nothing},
      {"syscall.runtimeUnsetenv", nothing},
      {"syscall.Getpid", number},
      {"syscall.runtime_entersyscall", nothing},
      {"syscall.runtime_exitsyscall", nothing},
      {"os.runtime_args", arguments},
      {"os.runtime_beforeExit", nothing},
      {"os.sigpipe", nothing},
      {"os.checkPidfd", nothing},
      {"os.ignoreSIGSYS", nothing},
      {"os.restoreSIGSYS", nothing},
      {"internal/syscall/unix.fcntl", fcntl},
      {"internal/syscall/unix.Fcntl", fcntl},
      {"internal/poll.runtime_isPollServerDescriptor", no},
      {"internal/poll.runtime_pollServerInit", nothing},
      {"internal/poll.runtime_pollUnblock", nothing},
      {"internal/poll.runtime_pollClose", nothing},
      {"os/signal.signal_enable", nothing},
      {"os/signal.signal_disable", nothing},
      {"os/signal.signal_ignore", nothing},
  };
  return kTable;
}

}  // namespace unpark::ssa::step
