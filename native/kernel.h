// What a compiled kernel offers: one such table for each instruction set.
#pragma once
#include "program.h"

/** Where a kernel takes memory from: 64-byte aligned, zeroed or not, null when there is no more. */
struct Allocator {
  void* (*take)(void* context, size_t bytes);
  void* context;
};

struct PreparedProgram;

/** The windows of a call, and where results go. */
struct Batch {
  const double* rows;     // [rows, features]
  const int32_t* starts;  // [windows]
  const double* aux;      // [windows, auxes], or null
  int32_t windows;
  void* const* predictions;  // one a target: [windows, m]
  void* const* jacobians;    // one a target: [windows, m, n]
};

struct Kernel {
  const char* isa;
  /** Lanes of a tile of this many vectors (1, 2 or 4), in float32 or (wide) float64. */
  int32_t (*lanes)(bool wide, int32_t vectors);
  /** Packs a program that readProgram has passed; null when there is no memory. */
  PreparedProgram* (*prepare)(const ProgramView* view, bool wide, int32_t vectors, Allocator allocator);
  /** Bytes of one thread's arena, 64-byte aligned. */
  size_t (*arenaBytes)(const PreparedProgram* program);
  /** Computes the tile of windows that begins at window `first`. */
  void (*tile)(const PreparedProgram* program, void* arena, const Batch* batch, int32_t first);
};
