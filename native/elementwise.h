// The operations that are one loop over the units of a tile. n units are [n][lanes] numbers in a row, so the loops go
// over all n·lanes of them, a vector at a time.
#pragma once
#include "activations.h"
#include "arena.h"

namespace JAC_ISA {

/** y[i] (+)= f(i) for the vectors of `size` numbers; f gets the offset of the vector. */
template <class T, class F>
JAC_INLINE void each(T* y, size_t size, bool accumulate, F f) {
  if (accumulate)
    for (size_t i = 0; i < size; i += width<T>) store(y + i, load(y + i) + f(i));
  else
    for (size_t i = 0; i < size; i += width<T>) store(y + i, f(i));
}

// One pass over all operands, here and in `maximum`: y may lie where any one of them does.
template <class T>
void combine(Arena<T> arena, const CombineWords& w, const T* constants) {
  const CombineTerm* terms = w.terms();
  const int32_t count = w.count;
  each<T>(arena[w.y.at], arena.size(w.y.n), w.accumulate != 0, [=](size_t i) {  // [n][lanes]
    V<T> sum{};
    for (int32_t t = 0; t < count; t++) sum += load(arena[terms[t].x] + i) * constants[terms[t].factor];
    return sum;
  });
}

template <class T>
void scale(Arena<T> arena, const ScaleWords& w, const T* factors, const T* offsets) {  // [n], [n] or null
  for (int32_t u = 0; u < w.y.n; u++) {
    const T* x = arena[w.x + u];
    const T factor = factors[u];
    const T offset = offsets ? offsets[u] : T(0);
    each<T>(arena[w.y.at + u], arena.lanes, w.accumulate != 0,  // [lanes]
            [=](size_t lane) { return load(x + lane) * factor + offset; });
  }
}

template <class T>
void multiply(Arena<T> arena, const MultiplyWords& w) {
  const T* a = arena[w.a];
  const T* b = arena[w.b];
  each<T>(arena[w.y.at], arena.size(w.y.n), w.accumulate != 0,  // [n][lanes]
          [=](size_t i) { return load(a + i) * load(b + i); });
}

template <class T>
void fill(T* y, size_t size, T value) {
  each<T>(y, size, false, [=](size_t) { return splat<T>(value); });
}

/** Calls `loop` with the activation that the words name, as a type of its own where it is a common one. */
template <class T, class Loop>
JAC_INLINE void withActivation(const ActivationWords& f, const double* constants, Loop loop) {
  switch (f.code) {
    case kSigmoid: return loop(Sigmoid<T>(f, constants));
    case kTanh: return loop(Tanh<T>(f, constants));
    case kPlainRelu: return loop(Relu<T>(f, constants));
    default: return loop(AnyActivation<T>(f, constants));
  }
}

template <class T>
void activate(Arena<T> arena, const ActivateWords& w, const double* constants) {
  T* y = arena[w.y.at];
  const T* x = arena[w.x];
  const size_t size = arena.size(w.y.n);
  withActivation<T>(w.f, constants, [=](auto f) {
    each<T>(y, size, false, [=](size_t i) { return f.value(load(x + i)); });  // [n][lanes]
  });
}

template <class T>
void activateAdjoint(Arena<T> arena, const ActivateAdjointWords& w, const double* constants) {
  T* dx = arena[w.dx.at];
  const T* dy = arena[w.dy];
  const T* v = arena[w.v];
  const size_t size = arena.size(w.dx.n);
  const bool accumulate = w.accumulate != 0;
  withActivation<T>(w.f, constants, [=](auto f) {
    each<T>(dx, size, accumulate, [=](size_t i) { return f.slope(load(v + i)) * load(dy + i); });  // [n][lanes]
  });
}

template <class T>
void maximum(Arena<T> arena, const MaximumWords& w) {
  const MaximumOperand* operands = w.operands();
  const int32_t count = w.count;
  const bool least = w.least != 0;
  each<T>(arena[w.y.at], arena.size(w.y.n), false, [=](size_t i) {  // [n][lanes]
    V<T> best = load(arena[operands[0].x] + i);
    for (int32_t t = 1; t < count; t++) {
      const V<T> x = load(arena[operands[t].x] + i);
      best = least ? min<T>(x, best) : max<T>(x, best);
    }
    return best;
  });
}

template <class T>
void maximumAdjoint(Arena<T> arena, const MaximumAdjointWords& w) {
  const MaximumAdjointOperand* operands = w.operands();
  const T* dy = arena[w.dy.at];
  const T* y = arena[w.y];
  const size_t size = arena.size(w.dy.n);
  const bool share = w.share != 0;
  for (size_t i = 0; i < size; i += width<T>) {  // [n][lanes]
    V<T> winners{};  // how many attain the maximum, or, for the first alone, whether one has
    const V<T> best = load(y + i);
    if (share)
      for (int32_t t = 0; t < w.count; t++)
        winners += select<T>(load(arena[operands[t].x] + i) == best, splat<T>(1), V<T>{});
    const V<T> part = share ? load(dy + i) / winners : load(dy + i);
    for (int32_t t = 0; t < w.count; t++) {
      I<T> wins = load(arena[operands[t].x] + i) == best;
      if (!share) {
        wins = wins & (winners == T(0));
        winners = select<T>(wins, splat<T>(1), winners);
      }
      T* dx = arena[operands[t].dx] + i;
      store(dx, load(dx) + select<T>(wins, part, V<T>{}));
    }
  }
}

template <class T>
void gather(Arena<T> arena, const GatherWords& w, const int32_t* index) {  // [y.n]
  for (int32_t u = 0; u < w.y.n; u++) {
    T* y = arena[w.y.at + u];
    if (index[u] < 0) {
      fill<T>(y, arena.lanes, 0);
      continue;
    }
    const T* x = arena[w.x.at + index[u]];
    each<T>(y, arena.lanes, false, [=](size_t lane) { return load(x + lane); });  // [lanes]
  }
}

template <class T>
void scatter(Arena<T> arena, const ScatterWords& w, const int32_t* index) {  // [dy.n]
  for (int32_t u = 0; u < w.dy.n; u++) {
    if (index[u] < 0) continue;
    const T* dy = arena[w.dy.at + u];
    each<T>(arena[w.dx.at + index[u]], arena.lanes, true, [=](size_t lane) { return load(dy + lane); });  // [lanes]
  }
}

}  // namespace JAC_ISA
