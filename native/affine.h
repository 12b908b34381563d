// y (+)= bias + Σ Mᵀ·x on a tile, y being [outputs][lanes] and each x [inputs][lanes]: a block of outputs × some vectors
// of lanes is held in registers, weights are packed by block so that they stream in the order of use, and each is
// broadcast over the lanes.
#pragma once
#include "vector.h"

namespace JAC_ISA {

// Registers: OUTPUTS × VECTORS accumulators, VECTORS of the input, one weight.
#if JAC_BYTES == 64
constexpr int kBlockVectors = 4, kBlockOutputs = 6;  // 24 + 4 + 1 of 32
#elif defined(__aarch64__)
constexpr int kBlockVectors = 4, kBlockOutputs = 6;
#elif JAC_BYTES == 32
constexpr int kBlockVectors = 2, kBlockOutputs = 6;  // 12 + 2 + 1 of 16
#else
constexpr int kBlockVectors = 2, kBlockOutputs = 4;
#endif

/**
 * A matrix [rows, cols] as `affine` reads it: [blocks][inputs][outputs of a block], the last block narrower. Inputs are
 * rows and outputs columns, or the other way about where transposed.
 */
template <class T>
void packMatrix(const double* data, int32_t rows, int32_t cols, bool transposed, T* packed) {
  const int32_t inputs = transposed ? cols : rows;
  const int32_t outputs = transposed ? rows : cols;
  for (int32_t first = 0; first < outputs; first += kBlockOutputs) {
    const int32_t last = first + kBlockOutputs < outputs ? first + kBlockOutputs : outputs;
    for (int32_t i = 0; i < inputs; i++)
      for (int32_t j = first; j < last; j++)
        *packed++ = static_cast<T>(transposed ? data[int64_t(j) * cols + i] : data[int64_t(i) * cols + j]);
  }
}

template <class T>
struct Term {
  const T* weights;  // packed: [blocks][inputs][outputs of a block]
  const T* x;        // [inputs][lanes]
  int32_t inputs;
};

/**
 * OUTPUTS × VECTORS of the result: y and bias begin at output `firstOutput`, y at `lane` too; `lanes` is the distance
 * from a unit to the next.
 */
template <class T, int VECTORS, int OUTPUTS>
JAC_INLINE void affineBlock(T* y, const T* bias, bool accumulate, const Term<T>* terms, int32_t count,
                            int32_t firstOutput, int32_t lanes, int32_t lane) {
  V<T> sum[OUTPUTS][VECTORS];  // in registers
#pragma GCC unroll 8
  for (int o = 0; o < OUTPUTS; o++)  // y: [OUTPUTS][lanes]
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) {
      sum[o][v] = bias ? splat<T>(bias[o]) : V<T>{};
      if (accumulate) sum[o][v] += load(y + size_t(o) * lanes + v * width<T>);
    }
  for (int32_t t = 0; t < count; t++) {  // [terms]
    const T* w = terms[t].weights + size_t(firstOutput) * terms[t].inputs;  // the block: [inputs][OUTPUTS]
    const T* x = terms[t].x + lane;                                         // [inputs][lanes]
    for (int32_t i = 0; i < terms[t].inputs; i++, w += OUTPUTS, x += lanes) {
      V<T> in[VECTORS];
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; v++) in[v] = load(x + v * width<T>);
#pragma GCC unroll 8
      for (int o = 0; o < OUTPUTS; o++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) sum[o][v] = madd<T>(in[v], splat<T>(w[o]), sum[o][v]);
    }
  }
#pragma GCC unroll 8
  for (int o = 0; o < OUTPUTS; o++)
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) store(y + size_t(o) * lanes + v * width<T>, sum[o][v]);
}

/** The last block of outputs, which has fewer than the others. */
template <class T, int VECTORS, int OUTPUTS>
void affineTail(int32_t outputs, T* y, const T* bias, bool accumulate, const Term<T>* terms, int32_t count,
                int32_t firstOutput, int32_t lanes, int32_t lane) {
  if constexpr (OUTPUTS > 1) {
    if (outputs < OUTPUTS)
      return affineTail<T, VECTORS, OUTPUTS - 1>(outputs, y, bias, accumulate, terms, count, firstOutput, lanes, lane);
  }
  affineBlock<T, VECTORS, OUTPUTS>(y, bias, accumulate, terms, count, firstOutput, lanes, lane);
}

/** All outputs, block by block, for the lanes of VECTORS vectors from `lane`. */
template <class T, int VECTORS>
void affineLanes(T* y, int32_t outputs, const T* bias, bool accumulate, const Term<T>* terms, int32_t count,
                 int32_t lanes, int32_t lane) {
  int32_t first = 0;
  for (; first + kBlockOutputs <= outputs; first += kBlockOutputs)  // [blocks]
    affineBlock<T, VECTORS, kBlockOutputs>(y + size_t(first) * lanes + lane, bias ? bias + first : nullptr, accumulate,
                                           terms, count, first, lanes, lane);
  if (first < outputs)
    affineTail<T, VECTORS, kBlockOutputs>(outputs - first, y + size_t(first) * lanes + lane,
                                          bias ? bias + first : nullptr, accumulate, terms, count, first, lanes, lane);
}

template <int N>
struct Count {
  static constexpr int value = N;
};

/** y[outputs][lanes] (+)= bias[outputs] (or null: 0) + Σ terms. */
template <class T>
void affine(T* y, int32_t outputs, const T* bias, bool accumulate, const Term<T>* terms, int32_t count, int32_t lanes) {
  int32_t lane = 0;
  const auto blocks = [&](auto vectors) {
    constexpr int kVectors = decltype(vectors)::value;
    for (; lane + kVectors * width<T> <= lanes; lane += kVectors * width<T>)
      affineLanes<T, kVectors>(y, outputs, bias, accumulate, terms, count, lanes, lane);
  };
  blocks(Count<kBlockVectors>());
  blocks(Count<2>());
  blocks(Count<1>());
}

}  // namespace JAC_ISA
