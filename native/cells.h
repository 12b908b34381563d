// One step of a recurrent cell and its adjoint, each one pass over the units (src/program/operations/cells.ts
// has the same, plainly). The gates are [gate][n][lanes], all else [n][lanes]: the loops go over the n·lanes numbers of
// a state, and gate k of number i lies k·n·lanes + i on.
#pragma once
#include "elementwise.h"

namespace JAC_ISA {

/** Calls `loop` with the two activations of a cell; the usual pairs have types of their own. */
template <class T, class Loop>
JAC_INLINE void withCell(const ActivationWords& activation, const ActivationWords& recurrent, const double* constants,
                         Loop loop) {
  if (recurrent.code == kSigmoid && activation.code == kTanh)
    return loop(Tanh<T>(activation, constants), Sigmoid<T>(recurrent, constants));
  if (recurrent.code == kSigmoid && activation.code == kPlainRelu)
    return loop(Relu<T>(activation, constants), Sigmoid<T>(recurrent, constants));
  loop(AnyActivation<T>(activation, constants), AnyActivation<T>(recurrent, constants));
}

template <class T>
JAC_INLINE V<T> loadOr0(const T* p, size_t i) {
  return p ? load(p + i) : V<T>{};
}

template <class T>
void lstm(Arena<T> arena, const LstmWords& w, const double* constants) {
  const size_t size = arena.size(w.n);
  T* gates = arena[w.gates];
  const T* cPrev = arena.optional(w.cPrev);
  T* c = arena[w.c];
  T* h = arena[w.h];
  withCell<T>(w.activation, w.recurrent, constants, [=](auto activation, auto recurrent) {
    for (size_t u = 0; u < size; u += width<T>) {  // [n][lanes]
      const V<T> i = recurrent.value(load(gates + u));
      const V<T> f = recurrent.value(load(gates + size + u));
      const V<T> g = activation.value(load(gates + 2 * size + u));
      const V<T> o = recurrent.value(load(gates + 3 * size + u));
      V<T> cell = i * g;
      if (cPrev) cell += f * load(cPrev + u);
      store(gates + u, i);
      store(gates + size + u, f);
      store(gates + 2 * size + u, g);
      store(gates + 3 * size + u, o);
      store(c + u, cell);
      store(h + u, o * activation.value(cell));
    }
  });
}

template <class T>
void lstmAdjoint(Arena<T> arena, const LstmAdjointWords& w, const double* constants) {
  const size_t size = arena.size(w.n);
  T* dGates = arena[w.dGates];
  T* dcPrev = arena.optional(w.dcPrev);
  const T* dh = arena.optional(w.dh);
  const T* dc = arena.optional(w.dc);
  const T* gates = arena[w.gates];
  const T* cPrev = arena.optional(w.cPrev);
  const T* c = arena[w.c];
  withCell<T>(w.activation, w.recurrent, constants, [=](auto activation, auto recurrent) {
    for (size_t u = 0; u < size; u += width<T>) {  // [n][lanes]
      const V<T> i = load(gates + u), f = load(gates + size + u);
      const V<T> g = load(gates + 2 * size + u), o = load(gates + 3 * size + u);
      const V<T> shown = activation.value(load(c + u));  // the activated cell
      const V<T> dHidden = loadOr0(dh, u);
      const V<T> dCell = loadOr0(dc, u) + dHidden * o * activation.slope(shown);
      const V<T> previous = loadOr0(cPrev, u);
      store(dGates + u, dCell * g * recurrent.slope(i));
      store(dGates + size + u, dCell * previous * recurrent.slope(f));
      store(dGates + 2 * size + u, dCell * i * activation.slope(g));
      store(dGates + 3 * size + u, dHidden * shown * recurrent.slope(o));
      if (dcPrev) store(dcPrev + u, dCell * f);
    }
  });
}

template <class T>
void gru(Arena<T> arena, const GruWords& w, const double* constants) {
  const size_t size = arena.size(w.n);
  T* gates = arena[w.gates];
  T* candidate = arena[w.candidate];
  const T* inner = arena[w.inner];
  const T* hPrev = arena.optional(w.hPrev);
  T* h = arena[w.h];
  withCell<T>(w.activation, w.recurrent, constants, [=](auto activation, auto recurrent) {
    for (size_t u = 0; u < size; u += width<T>) {  // [n][lanes]
      const V<T> z = recurrent.value(load(gates + u));
      const V<T> r = recurrent.value(load(gates + size + u));
      const V<T> proposed = activation.value(load(candidate + u) + r * load(inner + u));
      store(gates + u, z);
      store(gates + size + u, r);
      store(candidate + u, proposed);
      store(h + u, z * loadOr0(hPrev, u) + (T(1) - z) * proposed);
    }
  });
}

template <class T>
void gruAdjoint(Arena<T> arena, const GruAdjointWords& w, const double* constants) {
  const size_t size = arena.size(w.n);
  T* dGates = arena[w.dGates];
  T* dCandidate = arena[w.dCandidate];
  T* dInner = arena[w.dInner];
  T* dhPrev = arena.optional(w.dhPrev);
  const T* dh = arena[w.dh];
  const T* gates = arena[w.gates];
  const T* candidate = arena[w.candidate];
  const T* inner = arena[w.inner];
  const T* hPrev = arena.optional(w.hPrev);
  withCell<T>(w.activation, w.recurrent, constants, [=](auto activation, auto recurrent) {
    for (size_t u = 0; u < size; u += width<T>) {  // [n][lanes]
      const V<T> z = load(gates + u), r = load(gates + size + u), proposed = load(candidate + u), d = load(dh + u);
      const V<T> within = load(inner + u);
      const V<T> previous = loadOr0(hPrev, u);
      const V<T> dSum = d * (T(1) - z) * activation.slope(proposed);
      store(dGates + u, d * (previous - proposed) * recurrent.slope(z));
      store(dGates + size + u, dSum * within * recurrent.slope(r));
      store(dCandidate + u, dSum);
      store(dInner + u, dSum * r);
      if (dhPrev) store(dhPrev + u, d * z);
    }
  });
}

}  // namespace JAC_ISA
