// Checks of a program's words, before any of them is executed.
#pragma once
#include "program.h"

/** Collects what must hold; `ok` once something did not stays false. */
struct Checker {
  const ProgramView& view;
  const int32_t* w;  // the operation's words
  int32_t count;
  bool ok = true;

  void need(bool condition) { ok = ok && condition; }
  /** Units at … at + n − 1 lie in the arena. */
  void range(int32_t at, int64_t n) { need(at >= 0 && n >= 0 && n <= view.units && at <= view.units - n); }
  void optional(int32_t at, int64_t n) {
    if (at != -1) range(at, n);
  }
  void constant(int32_t i, int64_t n = 1) {
    need(i >= 0 && n >= 0 && static_cast<uint64_t>(i) + static_cast<uint64_t>(n) <= view.constantCount);
  }
  void vector(int32_t i, int32_t n) { need(i >= 0 && i < view.vectors && (view.vectorLength(i) == n)); }
  void flag(int32_t value) { need(value == 0 || value == 1); }
  void below(int32_t value, int32_t bound) { need(value >= 0 && value < bound); }
  void activation(const int32_t* words) {
    below(words[0], kActivations);
    constant(words[1], 3);
    flag(words[2]);
  }
  bool has(int64_t n) {
    need(count == n);
    return ok;
  }
  bool atLeast(int64_t n) {
    need(count >= n);
    return ok;
  }
  /** The furthest of i·stride over two indices, from `at`, is in the arena. */
  void strided(int32_t at, int32_t i, int32_t si, int32_t j, int32_t sj) {
    need(i > 0 && j > 0 && si >= 0 && sj >= 0 && (i == 1 || si > 0) && (j == 1 || sj > 0));
    if (ok) range(at, (int64_t(i) - 1) * si + (int64_t(j) - 1) * sj + 1);
  }

  void check(int32_t code);
  void table(int32_t i, int32_t entries, int32_t bound);
};
