// What a compiled kernel offers: one such table for each instruction set.
#pragma once
#include "program.h"

/** Where a kernel takes memory from: 64-byte aligned, zeroed or not, null when there is no more. */
struct Allocator {
  void* (*take)(void* context, size_t bytes);
  void* context;
};

/** Vectors of the widest tile; the others have 2 and 1. */
constexpr int32_t kMostVectors = 4;

struct PreparedProgram;

/** The windows of a call, and where results go. */
struct Batch {
  const double* rows;     // [rows, F]
  const int32_t* starts;  // [windows]: the first row of each
  const double* aux;      // [windows, aux.n], or null
  int32_t windows;
  void* const* predictions;  // one a target: [windows, m]
  void* const* jacobians;    // one a target: [windows, m, T, F]
};

struct Kernel {
  const char* isa;
  /** Bytes of a vector. */
  int32_t vectorBytes;
  /** Packs a program that readProgram has passed, for tiles of so many vectors; null when there is no memory. */
  PreparedProgram* (*prepare)(const ProgramView* view, bool wide, int32_t vectors, Allocator allocator);
  /** Computes the tile of windows that begins at window `first`, in an arena of `arenaBytes`, 64-byte aligned. */
  void (*tile)(const PreparedProgram* program, void* arena, const Batch* batch, int32_t first);

  /** Lanes of a tile of so many vectors, in float32 or (wide) float64. */
  int32_t lanes(bool wide, int32_t vectors) const {
    return vectors * vectorBytes / int32_t(wide ? sizeof(double) : sizeof(float));
  }
  /** Bytes of a program's arena for a tile of so many vectors: the same in either precision. */
  uint64_t arenaBytes(const ProgramView& view, int32_t vectors) const {
    return uint64_t(view.head->units) * uint64_t(vectors) * uint64_t(vectorBytes);
  }
  /** How wide a tile suits a program, in vectors. */
  int32_t suitableVectors(const ProgramView& view) const {
    // A larger arena's traffic goes to memory anyhow, and all threads must find room for theirs.
    constexpr uint64_t kWideArena = uint64_t(64) << 20;
    int32_t vectors = kMostVectors;
    while (vectors > 1 && arenaBytes(view, vectors) > kWideArena) vectors /= 2;
    return vectors;
  }
};
