#include "executor.h"

#include <stdlib.h>

#include <atomic>
#include <thread>

#include "read-program.h"

namespace avx512 { extern const Kernel kernel; }
namespace avx2 { extern const Kernel kernel; }
namespace neon { extern const Kernel kernel; }
namespace plain { extern const Kernel kernel; }

namespace {

constexpr size_t kAlignment = 64;
constexpr uint64_t kMostArena = uint64_t(4) << 30;

void* allocate(size_t bytes) {
  return aligned_alloc(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
}

}  // namespace

std::vector<const Kernel*> usableKernels() {
  std::vector<const Kernel*> usable;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma"))
    usable.push_back(&avx512::kernel);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) usable.push_back(&avx2::kernel);
#elif defined(__aarch64__)
  usable.push_back(&neon::kernel);
#endif
  usable.push_back(&plain::kernel);
  return usable;
}

std::unique_ptr<Executor> Executor::prepare(Words code, const double* constants, size_t constantCount, bool wide,
                                            int threads, const std::string& isa, int vectors, std::string* error) {
  std::unique_ptr<Executor> self(new Executor());
  for (const Kernel* kernel : usableKernels())
    if (!self->kernel_ && (isa.empty() || isa == kernel->isa)) self->kernel_ = kernel;
  if (!self->kernel_) {
    *error = "this machine cannot run the instruction set " + isa;
    return nullptr;
  }
  // Its own copy: nothing can change the words between the check and their use.
  self->code_.assign(code.at, code.at + code.count);
  self->constants_.assign(constants, constants + constantCount);
  const char* wrong = readProgram({self->code_.data(), code.count}, self->constants_.data(), constantCount, &self->view_);
  if (wrong) {
    *error = std::string("the program is damaged: ") + wrong;
    return nullptr;
  }
  self->wide_ = wide;
  self->threads_ = threads;
  self->vectors_ = vectors ? vectors : self->kernel_->suitableVectors(self->view_);
  if (self->kernel_->arenaBytes(self->view_, self->vectors_) > kMostArena) {
    *error = "the program needs more than 4 GiB a thread";
    return nullptr;
  }
  const Allocator allocator{[](void* context, size_t bytes) { return static_cast<Executor*>(context)->take(bytes); },
                            self.get()};
  self->program_ = self->kernel_->prepare(&self->view_, wide, self->vectors_, allocator);
  if (!self->program_) {
    *error = "there is not enough memory for the program's weights";
    return nullptr;
  }
  self->arenas_.assign(threads, nullptr);
  return self;
}

Executor::~Executor() {
  for (void* block : blocks_) free(block);
  for (void* block : arenas_) free(block);
}

std::vector<Target> Executor::targets() const {
  std::vector<Target> targets;
  const int32_t* at = sectionEnd(view_.forward);
  for (int32_t i = 0; i < view_.head->targets; i++) targets.push_back(ProgramView::nextTarget(at));
  return targets;
}

bool Executor::run(const Batch& batch, const volatile int32_t* cancel, std::string* error) {
  const int32_t width = lanes();
  const int32_t tiles = (batch.windows + width - 1) / width;
  std::atomic<int32_t> next{0};
  const auto work = [&](void* own) {
    for (int32_t tile = next++; tile < tiles && !*cancel; tile = next++)
      kernel_->tile(program_, own, &batch, tile * width);
  };
  void* own = arena(0);
  if (!own) {
    *error = "there is not enough memory for a tile of " + std::to_string(arenaBytes()) + " bytes";
    return false;
  }
  std::vector<std::thread> helpers;
  for (int i = 1; i < threads_ && i < tiles; i++) {
    void* theirs = arena(i);
    if (!theirs) break;  // fewer threads do the same work
    try {
      helpers.emplace_back(work, theirs);
    } catch (const std::exception&) {
      break;
    }
  }
  work(own);
  for (std::thread& helper : helpers) helper.join();
  return !*cancel;
}

void* Executor::take(size_t bytes) {
  void* block = allocate(bytes);
  if (block) blocks_.push_back(block);
  return block;
}

void* Executor::arena(size_t thread) {
  if (!arenas_[thread]) arenas_[thread] = allocate(arenaBytes());
  return arenas_[thread];
}
