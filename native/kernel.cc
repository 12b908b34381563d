// The executor: runs a program's operations on tiles of windows. Compiled once for each instruction set.
#include "kernel.h"

#include "affine.h"
#include "cells.h"
#include "elementwise.h"
#include "groups.h"

namespace JAC_ISA {

/** A program in the kernel's own precision, with packed weights. */
template <class T>
struct Prepared {
  ProgramView view;
  int32_t lanes;
  const T* constants;            // as T
  const T* const* packed;        // [matrices, 2]: plain, transposed; null where no operation needs it
  const int32_t* const* tables;  // [indices]
  const TargetTable* targets;
};

constexpr int32_t kTermsAtOnce = 16;

template <class T>
void affineOf(const Prepared<T>& p, T* arena, const int32_t* w) {
  const T* bias = w[3] < 0 ? nullptr : p.constants + p.view.vectorWords[2 * w[3] + 1];
  bool accumulate = w[2] != 0;
  int32_t done = 0;
  do {  // a convolution may have many terms; they go in groups
    Term<T> terms[kTermsAtOnce];
    int32_t count = 0;
    for (; count < kTermsAtOnce && done < w[4]; count++, done++) {
      const int32_t* t = w + 5 + 4 * done;
      terms[count] = {p.packed[2 * t[0] + t[1]], arena + size_t(t[2]) * p.lanes, t[3]};
    }
    affine<T>(arena + size_t(w[0]) * p.lanes, w[1], bias, accumulate, terms, count, p.lanes);
    bias = nullptr;
    accumulate = true;
  } while (done < w[4]);
}

template <class T>
void runSection(const Prepared<T>& p, const Section& section, T* arena) {
  const size_t lanes = p.lanes;
  const double* wide = p.view.constants;
  const int32_t* at = section.at;
  for (int32_t i = 0; i < section.operations; i++) {
    const int32_t* w = at + 2;
    switch (at[0]) {
      case kAffine: affineOf(p, arena, w); break;
      case kCombine: combine(arena, w, p.constants, lanes); break;
      case kScale: {
        const int32_t* vectors = p.view.vectorWords;
        const T* offsets = w[4] < 0 ? nullptr : p.constants + vectors[2 * w[4] + 1];
        scale(arena, w, p.constants + vectors[2 * w[3] + 1], offsets, lanes);
        break;
      }
      case kMultiply: multiply(arena, w, lanes); break;
      case kContract: contract(arena, w, p.constants, lanes); break;
      case kActivate: activate(arena, w, wide, lanes); break;
      case kActivateAdjoint: activateAdjoint(arena, w, wide, lanes); break;
      case kMaximum: maximum(arena, w, lanes); break;
      case kMaximumAdjoint: maximumAdjoint(arena, w, lanes); break;
      case kSoftmax: softmax(arena, w, lanes); break;
      case kSoftmaxAdjoint: softmaxAdjoint(arena, w, lanes); break;
      case kNormalise: normalise(arena, w, p.constants, lanes); break;
      case kNormaliseAdjoint: normaliseAdjoint(arena, w, p.constants, lanes); break;
      case kGather: gather(arena, w, p.tables[w[4]], lanes); break;
      case kScatter: scatter(arena, w, p.tables[w[4]], lanes); break;
      case kFill: fill(arena + w[0] * lanes, w[1] * lanes, p.constants[w[2]]); break;
      case kLstm: lstm(arena, w, wide, lanes); break;
      case kLstmAdjoint: lstmAdjoint(arena, w, wide, lanes); break;
      case kGru: gru(arena, w, wide, lanes); break;
      case kGruAdjoint: gruAdjoint(arena, w, wide, lanes); break;
    }
    at += 2 + at[1];
  }
}

/** The tile's windows, from rows to lanes; lanes past the last window repeat it. */
template <class T>
void loadWindows(const Prepared<T>& p, T* arena, const Batch& batch, int32_t first, int32_t filled) {
  const ProgramView& view = p.view;
  for (int32_t lane = 0; lane < p.lanes; lane++) {
    const int32_t window = first + (lane < filled ? lane : filled - 1);
    const double* row = batch.rows + size_t(batch.starts[window]) * view.features;
    T* x = arena + size_t(view.input) * p.lanes + lane;
    for (int32_t unit = 0; unit < view.inputs; unit++) x[size_t(unit) * p.lanes] = static_cast<T>(row[unit]);
    T* aux = arena + size_t(view.aux) * p.lanes + lane;
    for (int32_t unit = 0; unit < view.auxes; unit++)
      aux[size_t(unit) * p.lanes] = static_cast<T>(batch.aux[size_t(window) * view.auxes + unit]);
  }
}

/** n units from `at`, lane by lane, to results that lie `stride` apart. */
template <class T>
void storeUnits(const T* arena, int32_t at, int32_t n, int32_t lanes, int32_t filled, T* result, size_t stride) {
  const T* from = arena + size_t(at) * lanes;
  for (int32_t lane = 0; lane < filled; lane++)
    for (int32_t unit = 0; unit < n; unit++) result[lane * stride + unit] = from[size_t(unit) * lanes + lane];
}

template <class T>
void tileOf(const Prepared<T>& p, T* arena, const Batch& batch, int32_t first) {
  const int32_t left = batch.windows - first;
  const int32_t filled = left < p.lanes ? left : p.lanes;
  loadWindows(p, arena, batch, first, filled);
  runSection(p, p.view.forward, arena);
  for (int32_t i = 0; i < p.view.targets; i++) {
    const TargetTable& t = p.targets[i];
    storeUnits(arena, t.output, t.m, p.lanes, filled, static_cast<T*>(batch.predictions[i]) + size_t(first) * t.m, t.m);
  }
  for (int32_t i = 0; i < p.view.targets; i++) {
    const TargetTable& t = p.targets[i];
    const size_t stride = size_t(t.m) * t.n;
    T* result = static_cast<T*>(batch.jacobians[i]) + first * stride;
    for (int32_t k = 0; k < t.m; k++) {
      fill<T>(arena + size_t(t.seed) * p.lanes, size_t(t.m) * p.lanes, 0);
      fill<T>(arena + size_t(t.seed + k) * p.lanes, p.lanes, 1);
      runSection(p, t.adjoint, arena);
      storeUnits(arena, t.gradient, t.n, p.lanes, filled, result + size_t(k) * t.n, stride);
    }
  }
}

/** Marks which forms of which matrices a section's operations use. */
void markUses(const Section& section, uint8_t* used) {
  const int32_t* at = section.at;
  for (int32_t i = 0; i < section.operations; i++, at += 2 + at[1]) {
    if (at[0] != kAffine) continue;
    for (int32_t t = 0; t < at[2 + 4]; t++) {
      const int32_t* term = at + 2 + 5 + 4 * t;
      used[2 * term[0] + term[1]] = 1;
    }
  }
}

template <class T>
PreparedProgram* prepareAs(const ProgramView& view, int32_t vectors, Allocator allocator) {
  const auto take = [&](size_t bytes) { return allocator.take(allocator.context, bytes ? bytes : 1); };
  auto* p = static_cast<Prepared<T>*>(take(sizeof(Prepared<T>)));
  auto* constants = static_cast<T*>(take(view.constantCount * sizeof(T)));
  auto* packed = static_cast<T**>(take(2 * size_t(view.matrices) * sizeof(T*)));
  auto* tables = static_cast<const int32_t**>(take(size_t(view.indices) * sizeof(int32_t*)));
  auto* targets = static_cast<TargetTable*>(take(size_t(view.targets) * sizeof(TargetTable)));
  auto* used = static_cast<uint8_t*>(take(2 * size_t(view.matrices)));
  if (!p || !constants || !packed || !tables || !targets || !used) return nullptr;
  for (size_t i = 0; i < view.constantCount; i++) constants[i] = static_cast<T>(view.constants[i]);
  const int32_t* at = view.vectorWords + 2 * size_t(view.vectors);
  for (int32_t i = 0; i < view.indices; i++, at += 1 + at[0]) tables[i] = at + 1;
  at = sectionEnd(view.forward);
  for (int32_t i = 0; i < 2 * view.matrices; i++) used[i] = 0;
  markUses(view.forward, used);
  for (int32_t i = 0; i < view.targets; i++) {
    targets[i] = readTarget(at);
    markUses(targets[i].adjoint, used);
  }
  for (int32_t i = 0; i < 2 * view.matrices; i++) {
    packed[i] = nullptr;
    if (!used[i]) continue;
    const MatrixTable m = view.matrix(i / 2);
    packed[i] = static_cast<T*>(take(size_t(m.rows) * m.cols * sizeof(T)));
    if (!packed[i]) return nullptr;
    packMatrix<T>(view.constants + m.data, m.rows, m.cols, i % 2 == 1, packed[i]);
  }
  *p = {view, vectors * width<T>, constants, packed, tables, targets};
  return reinterpret_cast<PreparedProgram*>(p);
}

/** The precision comes first in a prepared program. */
struct Typed {
  bool wide;
  PreparedProgram* program;
};

int32_t lanesOf(bool wide, int32_t vectors) { return vectors * (wide ? width<double> : width<float>); }

PreparedProgram* prepare(const ProgramView* view, bool wide, int32_t vectors, Allocator allocator) {
  auto* typed = static_cast<Typed*>(allocator.take(allocator.context, sizeof(Typed)));
  if (!typed) return nullptr;
  *typed = {wide, wide ? prepareAs<double>(*view, vectors, allocator) : prepareAs<float>(*view, vectors, allocator)};
  return typed->program ? reinterpret_cast<PreparedProgram*>(typed) : nullptr;
}

size_t arenaBytes(const PreparedProgram* program) {
  const auto* typed = reinterpret_cast<const Typed*>(program);
  if (typed->wide) {
    const auto* p = reinterpret_cast<const Prepared<double>*>(typed->program);
    return size_t(p->view.units) * p->lanes * sizeof(double);
  }
  const auto* p = reinterpret_cast<const Prepared<float>*>(typed->program);
  return size_t(p->view.units) * p->lanes * sizeof(float);
}

void tile(const PreparedProgram* program, void* arena, const Batch* batch, int32_t first) {
  const auto* typed = reinterpret_cast<const Typed*>(program);
  if (typed->wide)
    tileOf(*reinterpret_cast<const Prepared<double>*>(typed->program), static_cast<double*>(arena), *batch, first);
  else tileOf(*reinterpret_cast<const Prepared<float>*>(typed->program), static_cast<float*>(arena), *batch, first);
}

#define JAC_TEXT2(x) #x
#define JAC_TEXT(x) JAC_TEXT2(x)
extern const Kernel kernel;
const Kernel kernel = {JAC_TEXT(JAC_ISA), lanesOf, prepare, arenaBytes, tile};

}  // namespace JAC_ISA
