// A prepared program with its memory and threads: what the addon holds for JavaScript.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "kernel.h"

/** Kernels of this build that this machine can run, the best first. */
std::vector<const Kernel*> usableKernels();

class Executor {
 public:
  /**
   * Copies, checks and packs a program. `isa` names a kernel, or is empty for the best; `vectors` is the width of
   * a tile in vectors (1, 2, 4), or 0 for a width that suits the program's arena. Null and `error` set on refusal.
   */
  static std::unique_ptr<Executor> prepare(Words code, const double* constants, size_t constantCount, bool wide,
                                           int threads, const std::string& isa, int vectors, std::string* error);
  ~Executor();
  Executor(const Executor&) = delete;

  /**
   * Runs all tiles on this and further threads; false when `cancel` became non-zero before the last. One call at a
   * time: calls share the arenas.
   */
  bool run(const Batch& batch, const volatile int32_t* cancel, std::string* error);

  const ProgramView& view() const { return view_; }
  bool wide() const { return wide_; }
  /** Windows of a tile. */
  int32_t lanes() const { return kernel_->lanes(wide_, vectors_); }
  const char* isa() const { return kernel_->isa; }
  /** Bytes of one thread's arena. */
  size_t arenaBytes() const { return size_t(kernel_->arenaBytes(view_, vectors_)); }
  /** The program's targets, in order. */
  std::vector<Target> targets() const;

 private:
  Executor() = default;
  void* take(size_t bytes);
  void* arena(size_t thread);

  std::vector<int32_t> code_;
  std::vector<double> constants_;
  ProgramView view_{};
  const Kernel* kernel_ = nullptr;
  PreparedProgram* program_ = nullptr;
  std::vector<void*> blocks_;  // the packed program
  std::vector<void*> arenas_;  // one a thread, made when first needed
  bool wide_ = false;
  int threads_ = 1;
  int vectors_ = 1;  // of a tile
};
