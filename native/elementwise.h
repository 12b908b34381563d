// The operations that are one loop over the units of a tile.
#pragma once
#include "activations.h"

namespace JAC_ISA {

/** y[i] (+)= f(i) for the vectors of n numbers; f gets the offset of the vector. */
template <class T, class F>
JAC_INLINE void each(T* y, size_t n, bool accumulate, F f) {
  if (accumulate)
    for (size_t i = 0; i < n; i += width<T>) store(y + i, load(y + i) + f(i));
  else
    for (size_t i = 0; i < n; i += width<T>) store(y + i, f(i));
}

// One pass over all operands, here and in `maximum`: y may lie where any one of them does.
template <class T>
void combine(T* arena, const int32_t* w, const T* constants, size_t lanes) {
  const int32_t* terms = w + 4;  // [w[3], 2]: range, factor
  each<T>(arena + w[0] * lanes, w[1] * lanes, w[2] != 0, [=](size_t i) {
    V<T> sum{};
    for (int32_t t = 0; t < w[3]; t++) sum += load(arena + terms[2 * t] * lanes + i) * constants[terms[2 * t + 1]];
    return sum;
  });
}

template <class T>
void scale(T* arena, const int32_t* w, const T* factors, const T* offsets, size_t lanes) {
  for (int32_t u = 0; u < w[1]; u++) {
    const T* x = arena + (w[2] + u) * lanes;
    const T factor = factors[u];
    const T offset = offsets ? offsets[u] : T(0);
    each<T>(arena + (w[0] + u) * lanes, lanes, w[5] != 0, [=](size_t i) { return load(x + i) * factor + offset; });
  }
}

template <class T>
void multiply(T* arena, const int32_t* w, size_t lanes) {
  const T* a = arena + w[2] * lanes;
  const T* b = arena + w[3] * lanes;
  each<T>(arena + w[0] * lanes, w[1] * lanes, w[4] != 0, [=](size_t i) { return load(a + i) * load(b + i); });
}

template <class T>
void fill(T* y, size_t n, T value) {
  each<T>(y, n, false, [=](size_t) { return splat<T>(value); });
}

/** Calls `loop` with the activation that the words name, as a type of its own where it is a common one. */
template <class T, class Loop>
JAC_INLINE void withActivation(const int32_t* words, const double* constants, Loop loop) {
  switch (words[0]) {
    case kSigmoid: return loop(Sigmoid<T>(words, constants));
    case kTanh: return loop(Tanh<T>(words, constants));
    case kPlainRelu: return loop(Relu<T>(words, constants));
    default: return loop(AnyActivation<T>(words, constants));
  }
}

template <class T>
void activate(T* arena, const int32_t* w, const double* constants, size_t lanes) {
  T* y = arena + w[0] * lanes;
  const T* x = arena + w[2] * lanes;
  const size_t n = w[1] * lanes;
  withActivation<T>(w + 3, constants, [=](auto f) {
    each<T>(y, n, false, [=](size_t i) { return f.value(load(x + i)); });
  });
}

template <class T>
void activateAdjoint(T* arena, const int32_t* w, const double* constants, size_t lanes) {
  T* dx = arena + w[0] * lanes;
  const T* dy = arena + w[2] * lanes;
  const T* v = arena + w[3] * lanes;
  const size_t n = w[1] * lanes;
  const bool accumulate = w[7] != 0;
  withActivation<T>(w + 4, constants, [=](auto f) {
    each<T>(dx, n, accumulate, [=](size_t i) { return f.slope(load(v + i)) * load(dy + i); });
  });
}

template <class T>
void maximum(T* arena, const int32_t* w, size_t lanes) {
  const bool least = w[2] != 0;
  each<T>(arena + w[0] * lanes, w[1] * lanes, false, [=](size_t i) {
    V<T> best = load(arena + w[4] * lanes + i);
    for (int32_t t = 1; t < w[3]; t++) {
      const V<T> x = load(arena + w[4 + t] * lanes + i);
      best = least ? min<T>(x, best) : max<T>(x, best);
    }
    return best;
  });
}

template <class T>
void maximumAdjoint(T* arena, const int32_t* w, size_t lanes) {
  const T* dy = arena + w[0] * lanes;
  const T* y = arena + w[2] * lanes;
  const size_t n = w[1] * lanes;
  const bool share = w[3] != 0;
  for (size_t i = 0; i < n; i += width<T>) {
    V<T> winners{};  // how many attain the maximum, or, for the first alone, whether one has
    const V<T> best = load(y + i);
    if (share)
      for (int32_t t = 0; t < w[4]; t++)
        winners += select<T>(load(arena + w[6 + 2 * t] * lanes + i) == best, splat<T>(1), V<T>{});
    const V<T> part = share ? load(dy + i) / winners : load(dy + i);
    for (int32_t t = 0; t < w[4]; t++) {
      I<T> wins = load(arena + w[6 + 2 * t] * lanes + i) == best;
      if (!share) {
        wins = wins & (winners == T(0));
        winners = select<T>(wins, splat<T>(1), winners);
      }
      T* dx = arena + w[5 + 2 * t] * lanes + i;
      store(dx, load(dx) + select<T>(wins, part, V<T>{}));
    }
  }
}

template <class T>
void gather(T* arena, const int32_t* w, const int32_t* index, size_t lanes) {
  for (int32_t u = 0; u < w[1]; u++) {
    const T* x = arena + (w[2] + index[u]) * lanes;
    if (index[u] < 0) fill<T>(arena + (w[0] + u) * lanes, lanes, 0);
    else each<T>(arena + (w[0] + u) * lanes, lanes, false, [=](size_t i) { return load(x + i); });
  }
}

template <class T>
void scatter(T* arena, const int32_t* w, const int32_t* index, size_t lanes) {
  for (int32_t u = 0; u < w[3]; u++) {
    const T* dy = arena + (w[2] + u) * lanes;
    if (index[u] >= 0)
      each<T>(arena + (w[0] + index[u]) * lanes, lanes, true, [=](size_t i) { return load(dy + i); });
  }
}

}  // namespace JAC_ISA
