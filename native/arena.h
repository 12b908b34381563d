// A tile's memory, as the operations address it.
#pragma once
#include "vector.h"

namespace JAC_ISA {

/** [units][lanes]: a unit's numbers, one a lane, lie side by side, and lanes are a whole number of vectors. */
template <class T>
struct Arena {
  T* numbers;
  size_t lanes;

  /** From the unit on: [lanes] of it, then those of the next. */
  JAC_INLINE T* operator[](int64_t unit) const { return numbers + unit * lanes; }
  /** The same, or null for −1. */
  JAC_INLINE T* optional(int32_t unit) const { return unit < 0 ? nullptr : (*this)[unit]; }
  /** How many numbers n units are. */
  JAC_INLINE size_t size(int32_t n) const { return n * lanes; }
};

}  // namespace JAC_ISA
