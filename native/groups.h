// The operations that couple the units of a range: contraction, softmax, normalisation.
#pragma once
#include "elementwise.h"

namespace JAC_ISA {

/** y[i, j] (+)= factor · Σₖ a[i, k] · b[k, j]. */
template <class T>
void contract(T* arena, const int32_t* w, const T* constants, size_t lanes) {
  const int32_t rows = w[3], cols = w[4], inner = w[5];
  const T factor = constants[w[12]];
  for (int32_t i = 0; i < rows; i++)
    for (int32_t j = 0; j < cols; j++) {
      const T* a = arena + (w[1] + int64_t(i) * w[8]) * lanes;
      const T* b = arena + (w[2] + int64_t(j) * w[11]) * lanes;
      const size_t nextA = w[9] * lanes, nextB = w[10] * lanes;
      each<T>(arena + (w[0] + int64_t(i) * w[6] + int64_t(j) * w[7]) * lanes, lanes, w[13] != 0, [=](size_t lane) {
        V<T> sum{};
        for (int32_t k = 0; k < inner; k++) sum += load(a + k * nextA + lane) * load(b + k * nextB + lane);
        return sum * factor;
      });
    }
}

/** The τ with Σ max(z − τ, 0) = 1, by Newton's steps on a convex decreasing function: exact once the support is. */
template <class T>
JAC_INLINE V<T> sparsemaxThreshold(const T* z, int32_t n, size_t lanes, V<T> most) {
  V<T> threshold = most - T(1);  // below the root: the sum there is at least 1
  for (int32_t step = 0; step <= n; step++) {
    V<T> sum{}, support{};
    for (int32_t i = 0; i < n; i++) {
      const V<T> x = load(z + i * lanes);
      const I<T> in = x > threshold;
      sum += select<T>(in, x, V<T>{});
      support += select<T>(in, splat<T>(1), V<T>{});
    }
    threshold = (sum - T(1)) / support;
  }
  return threshold;
}

template <class T>
void softmax(T* arena, const int32_t* w, size_t lanes) {
  const int32_t n = w[1];
  for (size_t lane = 0; lane < lanes; lane += width<T>) {
    T* y = arena + w[0] * lanes + lane;
    const T* x = arena + w[2] * lanes + lane;
    V<T> most = load(x);
    for (int32_t i = 1; i < n; i++) most = max<T>(most, load(x + i * lanes));
    if (w[3] == kSparsemax) {
      const V<T> threshold = sparsemaxThreshold<T>(x, n, lanes, most);
      for (int32_t i = 0; i < n; i++) store(y + i * lanes, max<T>(V<T>{}, load(x + i * lanes) - threshold));
      continue;
    }
    V<T> total{};
    for (int32_t i = 0; i < n; i++) {
      const V<T> shifted = load(x + i * lanes) - most;
      const V<T> e = exp<T>(shifted);
      total += e;
      store(y + i * lanes, w[3] == kSoftmaxPlain ? e : shifted);
    }
    if (w[3] == kSoftmaxPlain)
      for (int32_t i = 0; i < n; i++) store(y + i * lanes, load(y + i * lanes) / total);
    else {
      const V<T> whole = log<T>(total);
      for (int32_t i = 0; i < n; i++) store(y + i * lanes, load(y + i * lanes) - whole);
    }
  }
}

template <class T>
void softmaxAdjoint(T* arena, const int32_t* w, size_t lanes) {
  const int32_t n = w[1], form = w[4];
  const bool accumulate = w[5] != 0;
  for (size_t lane = 0; lane < lanes; lane += width<T>) {
    T* dx = arena + w[0] * lanes + lane;
    const T* dy = arena + w[2] * lanes + lane;
    const T* y = arena + w[3] * lanes + lane;
    V<T> sum{}, support{};
    for (int32_t i = 0; i < n; i++) {
      const V<T> d = load(dy + i * lanes), value = load(y + i * lanes);
      const I<T> in = value > T(0);
      support += select<T>(in, splat<T>(1), V<T>{});
      sum += form == kSoftmaxPlain ? d * value : form == kSoftmaxLog ? d : select<T>(in, d, V<T>{});
    }
    for (int32_t i = 0; i < n; i++) {
      const V<T> d = load(dy + i * lanes), value = load(y + i * lanes);
      V<T> result;
      if (form == kSoftmaxPlain) result = value * (d - sum);
      else if (form == kSoftmaxLog) result = d - exp<T>(value) * sum;
      else result = select<T>(value > T(0), d - sum / support, V<T>{});
      store(dx + i * lanes, accumulate ? load(dx + i * lanes) + result : result);
    }
  }
}

template <class T>
void normalise(T* arena, const int32_t* w, const T* constants, size_t lanes) {
  const int32_t n = w[1], form = w[4];
  const T epsilon = constants[w[5]];
  for (size_t lane = 0; lane < lanes; lane += width<T>) {
    T* y = arena + w[0] * lanes + lane;
    const T* x = arena + w[3] * lanes + lane;
    V<T> mean{}, squares{};
    if (form == kLayer) {
      for (int32_t i = 0; i < n; i++) mean += load(x + i * lanes);
      mean = mean / T(n);
    }
    for (int32_t i = 0; i < n; i++) {
      const V<T> d = load(x + i * lanes) - mean;
      squares += d * d;
    }
    const V<T> divisor = form == kUnit ? max<T>(splat<T>(epsilon), squares) : squares / T(n) + epsilon;
    const V<T> reciprocal = T(1) / sqrt<T>(divisor);
    store(arena + w[2] * lanes + lane, reciprocal);
    for (int32_t i = 0; i < n; i++) store(y + i * lanes, (load(x + i * lanes) - mean) * reciprocal);
  }
}

template <class T>
void normaliseAdjoint(T* arena, const int32_t* w, const T* constants, size_t lanes) {
  const int32_t n = w[1], form = w[5];
  const T epsilon = constants[w[6]];
  const bool accumulate = w[7] != 0;
  for (size_t lane = 0; lane < lanes; lane += width<T>) {
    T* dx = arena + w[0] * lanes + lane;
    const T* dy = arena + w[2] * lanes + lane;
    const T* y = arena + w[3] * lanes + lane;
    V<T> sum{}, along{};
    for (int32_t i = 0; i < n; i++) {
      const V<T> d = load(dy + i * lanes);
      if (form == kLayer) sum += d;
      along += d * load(y + i * lanes);
    }
    const V<T> reciprocal = load(arena + w[4] * lanes + lane);
    sum = sum / T(n);
    if (form == kUnit) {
      // A vector shorter than √ε is divided by a constant: its length then has no part in the derivative.
      const V<T> held = T(1) / sqrt<T>(splat<T>(epsilon));
      along = select<T>(reciprocal >= held, V<T>{}, along);
    } else along = along / T(n);
    for (int32_t i = 0; i < n; i++) {
      const V<T> result = reciprocal * (load(dy + i * lanes) - sum - load(y + i * lanes) * along);
      store(dx + i * lanes, accumulate ? load(dx + i * lanes) + result : result);
    }
  }
}

}  // namespace JAC_ISA
