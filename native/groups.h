// The operations that couple the units of a range: contraction, softmax, normalisation. They take a vector of lanes at a
// time through all n units; unit u of it lies u·lanes on.
#pragma once
#include "elementwise.h"

namespace JAC_ISA {

/** y[i, j] (+)= factor · Σₖ a[i, k] · b[k, j]. */
template <class T>
void contract(Arena<T> arena, const ContractWords& w, const T* constants) {
  const int32_t inner = w.inner;
  const T factor = constants[w.factor];
  const size_t nextA = arena.size(w.aInner), nextB = arena.size(w.bInner);  // numbers from a k to the next
  for (int32_t i = 0; i < w.rows; i++)    // [rows]
    for (int32_t j = 0; j < w.cols; j++) {  // [cols]
      const T* a = arena[w.a + int64_t(i) * w.aRow];
      const T* b = arena[w.b + int64_t(j) * w.bCol];
      T* y = arena[w.y + int64_t(i) * w.yRow + int64_t(j) * w.yCol];
      each<T>(y, arena.lanes, w.accumulate != 0, [=](size_t lane) {  // [lanes]
        V<T> sum{};
        for (int32_t k = 0; k < inner; k++) sum += load(a + k * nextA + lane) * load(b + k * nextB + lane);
        return sum * factor;
      });
    }
}

/** The τ with Σ max(z − τ, 0) = 1, by Newton's steps on a convex decreasing function: exact once the support is. */
template <class T>
JAC_INLINE V<T> sparsemaxThreshold(const T* z, int32_t n, size_t lanes, V<T> most) {  // z: [n][lanes]
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
void softmax(Arena<T> arena, const SoftmaxWords& w) {
  const int32_t n = w.y.n, form = w.form;
  const size_t lanes = arena.lanes;
  for (size_t lane = 0; lane < lanes; lane += width<T>) {
    T* y = arena[w.y.at] + lane;     // [n][lanes]
    const T* x = arena[w.x] + lane;  // [n][lanes]
    V<T> most = load(x);
    for (int32_t i = 1; i < n; i++) most = max<T>(most, load(x + i * lanes));
    if (form == kSparsemaxForm) {
      const V<T> threshold = sparsemaxThreshold<T>(x, n, lanes, most);
      for (int32_t i = 0; i < n; i++) store(y + i * lanes, max<T>(V<T>{}, load(x + i * lanes) - threshold));
      continue;
    }
    V<T> total{};
    for (int32_t i = 0; i < n; i++) {
      const V<T> shifted = load(x + i * lanes) - most;
      const V<T> e = exp<T>(shifted);
      total += e;
      store(y + i * lanes, form == kSoftmaxForm ? e : shifted);
    }
    if (form == kSoftmaxForm)
      for (int32_t i = 0; i < n; i++) store(y + i * lanes, load(y + i * lanes) / total);
    else {
      const V<T> whole = log<T>(total);
      for (int32_t i = 0; i < n; i++) store(y + i * lanes, load(y + i * lanes) - whole);
    }
  }
}

template <class T>
void softmaxAdjoint(Arena<T> arena, const SoftmaxAdjointWords& w) {
  const int32_t n = w.dx.n, form = w.form;
  const size_t lanes = arena.lanes;
  const bool accumulate = w.accumulate != 0;
  for (size_t lane = 0; lane < lanes; lane += width<T>) {
    T* dx = arena[w.dx.at] + lane;     // [n][lanes]
    const T* dy = arena[w.dy] + lane;  // [n][lanes]
    const T* y = arena[w.y] + lane;    // [n][lanes]
    V<T> sum{}, support{};
    for (int32_t i = 0; i < n; i++) {
      const V<T> d = load(dy + i * lanes), value = load(y + i * lanes);
      const I<T> in = value > T(0);
      support += select<T>(in, splat<T>(1), V<T>{});
      sum += form == kSoftmaxForm ? d * value : form == kLogSoftmaxForm ? d : select<T>(in, d, V<T>{});
    }
    for (int32_t i = 0; i < n; i++) {
      const V<T> d = load(dy + i * lanes), value = load(y + i * lanes);
      V<T> result;
      if (form == kSoftmaxForm) result = value * (d - sum);
      else if (form == kLogSoftmaxForm) result = d - exp<T>(value) * sum;
      else result = select<T>(value > T(0), d - sum / support, V<T>{});
      store(dx + i * lanes, accumulate ? load(dx + i * lanes) + result : result);
    }
  }
}

template <class T>
void normalise(Arena<T> arena, const NormaliseWords& w, const T* constants) {
  const int32_t n = w.y.n, form = w.form;
  const size_t lanes = arena.lanes;
  const T epsilon = constants[w.epsilon];
  for (size_t lane = 0; lane < lanes; lane += width<T>) {
    T* y = arena[w.y.at] + lane;     // [n][lanes]
    const T* x = arena[w.x] + lane;  // [n][lanes]
    V<T> mean{}, squares{};
    if (form == kLayerForm) {
      for (int32_t i = 0; i < n; i++) mean += load(x + i * lanes);
      mean = mean / T(n);
    }
    for (int32_t i = 0; i < n; i++) {
      const V<T> d = load(x + i * lanes) - mean;
      squares += d * d;
    }
    const V<T> divisor = form == kUnitForm ? max<T>(splat<T>(epsilon), squares) : squares / T(n) + epsilon;
    const V<T> reciprocal = T(1) / sqrt<T>(divisor);
    store(arena[w.inverse] + lane, reciprocal);
    for (int32_t i = 0; i < n; i++) store(y + i * lanes, (load(x + i * lanes) - mean) * reciprocal);
  }
}

template <class T>
void normaliseAdjoint(Arena<T> arena, const NormaliseAdjointWords& w, const T* constants) {
  const int32_t n = w.dx.n, form = w.form;
  const size_t lanes = arena.lanes;
  const T epsilon = constants[w.epsilon];
  const bool accumulate = w.accumulate != 0;
  for (size_t lane = 0; lane < lanes; lane += width<T>) {
    T* dx = arena[w.dx.at] + lane;     // [n][lanes]
    const T* dy = arena[w.dy] + lane;  // [n][lanes]
    const T* y = arena[w.y] + lane;    // [n][lanes]
    V<T> sum{}, along{};
    for (int32_t i = 0; i < n; i++) {
      const V<T> d = load(dy + i * lanes);
      if (form == kLayerForm) sum += d;
      along += d * load(y + i * lanes);
    }
    const V<T> reciprocal = load(arena[w.inverse] + lane);
    sum = sum / T(n);
    if (form == kUnitForm) {
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
