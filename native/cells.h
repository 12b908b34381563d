// One step of a recurrent cell and its adjoint, each one pass over the units (src/program/operations/cells.ts
// has the same, plainly).
#pragma once
#include "elementwise.h"

namespace JAC_ISA {

/** Calls `loop` with the two activations of a cell; the usual pairs have types of their own. */
template <class T, class Loop>
JAC_INLINE void withCell(const int32_t* activation, const int32_t* recurrent, const double* constants, Loop loop) {
  if (recurrent[0] == kSigmoid && activation[0] == kTanh)
    return loop(Tanh<T>(activation, constants), Sigmoid<T>(recurrent, constants));
  if (recurrent[0] == kSigmoid && activation[0] == kPlainRelu)
    return loop(Relu<T>(activation, constants), Sigmoid<T>(recurrent, constants));
  loop(AnyActivation<T>(activation, constants), AnyActivation<T>(recurrent, constants));
}

template <class T>
JAC_INLINE T* optional(T* arena, int32_t at, size_t lanes) {
  return at < 0 ? nullptr : arena + at * lanes;
}
template <class T>
JAC_INLINE V<T> loadOr0(const T* p, size_t i) {
  return p ? load(p + i) : V<T>{};
}

template <class T>
void lstm(T* arena, const int32_t* w, const double* constants, size_t lanes) {
  const size_t n = w[0] * lanes;
  T* gates = arena + w[1] * lanes;
  const T* cPrev = optional(arena, w[2], lanes);
  T* c = arena + w[3] * lanes;
  T* h = arena + w[4] * lanes;
  withCell<T>(w + 5, w + 8, constants, [=](auto activation, auto recurrent) {
    for (size_t u = 0; u < n; u += width<T>) {
      const V<T> i = recurrent.value(load(gates + u));
      const V<T> f = recurrent.value(load(gates + n + u));
      const V<T> g = activation.value(load(gates + 2 * n + u));
      const V<T> o = recurrent.value(load(gates + 3 * n + u));
      V<T> cell = i * g;
      if (cPrev) cell += f * load(cPrev + u);
      store(gates + u, i);
      store(gates + n + u, f);
      store(gates + 2 * n + u, g);
      store(gates + 3 * n + u, o);
      store(c + u, cell);
      store(h + u, o * activation.value(cell));
    }
  });
}

template <class T>
void lstmAdjoint(T* arena, const int32_t* w, const double* constants, size_t lanes) {
  const size_t n = w[0] * lanes;
  T* dGates = arena + w[1] * lanes;
  T* dcPrev = optional(arena, w[2], lanes);
  const T* dh = optional(arena, w[3], lanes);
  const T* dc = optional(arena, w[4], lanes);
  const T* gates = arena + w[5] * lanes;
  const T* cPrev = optional(arena, w[6], lanes);
  const T* c = arena + w[7] * lanes;
  withCell<T>(w + 8, w + 11, constants, [=](auto activation, auto recurrent) {
    for (size_t u = 0; u < n; u += width<T>) {
      const V<T> i = load(gates + u), f = load(gates + n + u), g = load(gates + 2 * n + u), o = load(gates + 3 * n + u);
      const V<T> shown = activation.value(load(c + u));
      const V<T> dHidden = loadOr0(dh, u);
      const V<T> dCell = loadOr0(dc, u) + dHidden * o * activation.slope(shown);
      const V<T> previous = loadOr0(cPrev, u);
      store(dGates + u, dCell * g * recurrent.slope(i));
      store(dGates + n + u, dCell * previous * recurrent.slope(f));
      store(dGates + 2 * n + u, dCell * i * activation.slope(g));
      store(dGates + 3 * n + u, dHidden * shown * recurrent.slope(o));
      if (dcPrev) store(dcPrev + u, dCell * f);
    }
  });
}

template <class T>
void gru(T* arena, const int32_t* w, const double* constants, size_t lanes) {
  const size_t n = w[0] * lanes;
  T* gates = arena + w[1] * lanes;
  T* candidate = arena + w[2] * lanes;
  const T* inner = arena + w[3] * lanes;
  const T* hPrev = optional(arena, w[4], lanes);
  T* h = arena + w[5] * lanes;
  withCell<T>(w + 6, w + 9, constants, [=](auto activation, auto recurrent) {
    for (size_t u = 0; u < n; u += width<T>) {
      const V<T> z = recurrent.value(load(gates + u));
      const V<T> r = recurrent.value(load(gates + n + u));
      const V<T> proposed = activation.value(load(candidate + u) + r * load(inner + u));
      store(gates + u, z);
      store(gates + n + u, r);
      store(candidate + u, proposed);
      store(h + u, z * loadOr0(hPrev, u) + (T(1) - z) * proposed);
    }
  });
}

template <class T>
void gruAdjoint(T* arena, const int32_t* w, const double* constants, size_t lanes) {
  const size_t n = w[0] * lanes;
  T* dGates = arena + w[1] * lanes;
  T* dCandidate = arena + w[2] * lanes;
  T* dInner = arena + w[3] * lanes;
  T* dhPrev = optional(arena, w[4], lanes);
  const T* dh = arena + w[5] * lanes;
  const T* gates = arena + w[6] * lanes;
  const T* candidate = arena + w[7] * lanes;
  const T* inner = arena + w[8] * lanes;
  const T* hPrev = optional(arena, w[9], lanes);
  withCell<T>(w + 10, w + 13, constants, [=](auto activation, auto recurrent) {
    for (size_t u = 0; u < n; u += width<T>) {
      const V<T> z = load(gates + u), r = load(gates + n + u), proposed = load(candidate + u), d = load(dh + u);
      const V<T> within = load(inner + u);
      const V<T> previous = loadOr0(hPrev, u);
      const V<T> dSum = d * (T(1) - z) * activation.slope(proposed);
      store(dGates + u, d * (previous - proposed) * recurrent.slope(z));
      store(dGates + n + u, dSum * within * recurrent.slope(r));
      store(dCandidate + u, dSum);
      store(dInner + u, dSum * r);
      if (dhPrev) store(dhPrev + u, d * z);
    }
  });
}

}  // namespace JAC_ISA
