// Checks of a program's records, before any of them is executed.
#pragma once
#include "program.h"

/** Collects what must hold of an operation; `ok` once something did not stays false. */
struct Checker {
  const ProgramView& view;
  bool ok = true;

  void need(bool condition) { ok = ok && condition; }
  /** Units at … at + n − 1 lie in the arena. */
  void units(int32_t at, int64_t n) {
    const int32_t all = view.head->units;
    need(at >= 0 && n >= 0 && n <= all && at <= all - n);
  }
  void optionalUnits(int32_t at, int64_t n) {
    if (at != -1) units(at, n);
  }
  void range(const Range& range) { units(range.at, range.n); }
  void constants(int32_t i, int64_t n) {
    need(i >= 0 && n >= 0 && static_cast<uint64_t>(i) + static_cast<uint64_t>(n) <= view.constantCount);
  }
  void constant(int32_t i) { constants(i, 1); }
  void vector(int32_t i, int32_t n) { need(i >= 0 && i < view.head->vectors && view.vectors[i].n == n); }
  void optionalVector(int32_t i, int32_t n) {
    if (i != -1) vector(i, n);
  }
  void flag(int32_t value) { need(value == 0 || value == 1); }
  void below(int32_t value, int32_t bound) { need(value >= 0 && value < bound); }
  void activation(const ActivationWords& f) {
    below(f.code, kActivationCodes);
    constants(f.parameters, 3);
    flag(f.fromOutput);
  }
  /** The furthest of i·rowStride + j·colStride over rows and columns, from `at`, is in the arena. */
  void strided(int32_t at, int32_t rows, int32_t rowStride, int32_t cols, int32_t colStride) {
    need(rows > 0 && cols > 0 && rowStride >= 0 && colStride >= 0);
    need((rows == 1 || rowStride > 0) && (cols == 1 || colStride > 0));
    if (ok) units(at, (int64_t(rows) - 1) * rowStride + (int64_t(cols) - 1) * colStride + 1);
  }
  /** The table has so many entries, each −1 or below the bound. */
  void table(int32_t i, int32_t entries, int32_t bound);
};

/** Whether the `count` words of an operation are a record of its kind that may be executed. */
bool checkOperation(const ProgramView& view, int32_t code, const int32_t* words, int32_t count);
