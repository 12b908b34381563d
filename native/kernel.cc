// The executor: runs a program's operations on tiles of windows. Compiled once for each instruction set.
//
// Axes, here and in the headers beside it:
//   lanes    windows of a tile, side by side: vectors · width<T>
//   units    places of the arena, [units][lanes]; a buffer of n units is [n][lanes]
//   windows  of a call; windows first … first + filled − 1 are the tile's, lane l holding window first + l
//   T, F     rows (steps) and columns (features) of a window: its inputs, step-major, are T·F units
//   m        values of a target for one window; its Jacobian is [m, T, F]
//   inputs, outputs   of a matrix, [rows, cols] as the program has it, or transposed
// What JavaScript hands over and gets is window by window; only loadWindows and storeUnits turn one into the other.
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
  const T* constants;            // [constantCount], as T
  const T* const* packed;        // [matrices][2]: plain, transposed; null where no operation needs it
  const int32_t* const* tables;  // [tables]: the entries of each
  const Target* targets;         // [targets]

  const T* vector(int32_t i) const { return i < 0 ? nullptr : constants + view.vectors[i].data; }
};

constexpr int32_t kTermsAtOnce = 16;

template <class T>
void affineOf(const Prepared<T>& p, Arena<T> arena, const AffineWords& w) {
  const AffineTerm* all = w.terms();  // [count]
  const T* bias = p.vector(w.bias);   // [y.n], or null
  bool accumulate = w.accumulate != 0;
  int32_t done = 0;
  do {  // a convolution may have many terms; they go in groups
    Term<T> terms[kTermsAtOnce];
    int32_t count = 0;
    for (; count < kTermsAtOnce && done < w.count; count++, done++) {
      const AffineTerm& term = all[done];
      terms[count] = {p.packed[2 * term.matrix + term.transposed], arena[term.x.at], term.x.n};
    }
    affine<T>(arena[w.y.at], w.y.n, bias, accumulate, terms, count, p.lanes);
    bias = nullptr;
    accumulate = true;
  } while (done < w.count);
}

template <class T>
void runOperation(const Prepared<T>& p, Arena<T> arena, int32_t code, const int32_t* words) {
  const double* wide = p.view.constants;  // activations take their parameters in float64
  switch (code) {
    case kAffine: return affineOf(p, arena, recordAt<AffineWords>(words));
    case kCombine: return combine(arena, recordAt<CombineWords>(words), p.constants);
    case kScale: {
      const auto& w = recordAt<ScaleWords>(words);
      return scale(arena, w, p.vector(w.scale), p.vector(w.offset));
    }
    case kMultiply: return multiply(arena, recordAt<MultiplyWords>(words));
    case kContract: return contract(arena, recordAt<ContractWords>(words), p.constants);
    case kActivate: return activate(arena, recordAt<ActivateWords>(words), wide);
    case kActivateAdjoint: return activateAdjoint(arena, recordAt<ActivateAdjointWords>(words), wide);
    case kMaximum: return maximum(arena, recordAt<MaximumWords>(words));
    case kMaximumAdjoint: return maximumAdjoint(arena, recordAt<MaximumAdjointWords>(words));
    case kSoftmax: return softmax(arena, recordAt<SoftmaxWords>(words));
    case kSoftmaxAdjoint: return softmaxAdjoint(arena, recordAt<SoftmaxAdjointWords>(words));
    case kNormalise: return normalise(arena, recordAt<NormaliseWords>(words), p.constants);
    case kNormaliseAdjoint: return normaliseAdjoint(arena, recordAt<NormaliseAdjointWords>(words), p.constants);
    case kGather: {
      const auto& w = recordAt<GatherWords>(words);
      return gather(arena, w, p.tables[w.index]);
    }
    case kScatter: {
      const auto& w = recordAt<ScatterWords>(words);
      return scatter(arena, w, p.tables[w.index]);
    }
    case kFill: {
      const auto& w = recordAt<FillWords>(words);
      return fill(arena[w.y.at], arena.size(w.y.n), p.constants[w.value]);
    }
    case kLstm: return lstm(arena, recordAt<LstmWords>(words), wide);
    case kLstmAdjoint: return lstmAdjoint(arena, recordAt<LstmAdjointWords>(words), wide);
    case kGru: return gru(arena, recordAt<GruWords>(words), wide);
    case kGruAdjoint: return gruAdjoint(arena, recordAt<GruAdjointWords>(words), wide);
  }
}

template <class T>
void runSection(const Prepared<T>& p, const Section& section, Arena<T> arena) {
  eachOperation(section, [&](int32_t code, const int32_t* words) { runOperation(p, arena, code, words); });
}

/** The tile's windows, from rows to lanes; lanes past the last window repeat it. */
template <class T>
void loadWindows(const ProgramWords& head, Arena<T> arena, const Batch& batch, int32_t first, int32_t filled) {
  const int32_t lanes = int32_t(arena.lanes);
  for (int32_t lane = 0; lane < lanes; lane++) {
    const int32_t window = first + (lane < filled ? lane : filled - 1);
    const double* rows = batch.rows + size_t(batch.starts[window]) * head.features;  // [T, F]
    T* x = arena[head.input.at] + lane;                                              // [T·F][lanes]
    for (int32_t unit = 0; unit < head.input.n; unit++) x[size_t(unit) * lanes] = static_cast<T>(rows[unit]);
    const double* own = batch.aux + size_t(window) * head.aux.n;  // [aux.n]
    T* aux = arena[head.aux.at] + lane;                           // [aux.n][lanes]
    for (int32_t unit = 0; unit < head.aux.n; unit++) aux[size_t(unit) * lanes] = static_cast<T>(own[unit]);
  }
}

/** Units [n][lanes] to results [filled][n], which lie `stride` apart. */
template <class T>
void storeUnits(const T* units, int32_t n, size_t lanes, int32_t filled, T* result, size_t stride) {
  for (int32_t lane = 0; lane < filled; lane++)
    for (int32_t unit = 0; unit < n; unit++) result[lane * stride + unit] = units[size_t(unit) * lanes + lane];
}

/** Computes the tile of windows that begins at window `first`. */
template <class T>
void tileOf(const Prepared<T>& p, T* numbers, const Batch& batch, int32_t first) {
  const Arena<T> arena{numbers, size_t(p.lanes)};
  const int32_t left = batch.windows - first;
  const int32_t filled = left < p.lanes ? left : p.lanes;
  const int32_t targets = p.view.head->targets;
  loadWindows(*p.view.head, arena, batch, first, filled);
  runSection(p, p.view.forward, arena);
  for (int32_t i = 0; i < targets; i++) {
    const Target& t = p.targets[i];
    T* predictions = static_cast<T*>(batch.predictions[i]) + size_t(first) * t.m;  // [filled, m]
    storeUnits(arena[t.output], t.m, arena.lanes, filled, predictions, t.m);
  }
  for (int32_t i = 0; i < targets; i++) {
    const Target& t = p.targets[i];
    const size_t stride = size_t(t.m) * t.gradient.n;
    T* jacobians = static_cast<T*>(batch.jacobians[i]) + first * stride;  // [filled, m, T·F]
    for (int32_t k = 0; k < t.m; k++) {                                   // [m]: a row of the Jacobian each
      fill<T>(arena[t.seed], arena.size(t.m), 0);
      fill<T>(arena[t.seed + k], arena.lanes, 1);
      runSection(p, t.adjoint, arena);
      storeUnits(arena[t.gradient.at], t.gradient.n, arena.lanes, filled, jacobians + size_t(k) * t.gradient.n, stride);
    }
  }
}

/** Marks in `used`, [matrices][2], which forms of which matrices a section's operations use. */
void markUses(const Section& section, uint8_t* used) {
  eachOperation(section, [&](int32_t code, const int32_t* words) {
    if (code != kAffine) return;
    const auto& w = recordAt<AffineWords>(words);
    for (int32_t t = 0; t < w.count; t++) used[2 * w.terms()[t].matrix + w.terms()[t].transposed] = 1;
  });
}

template <class T>
PreparedProgram* prepareAs(const ProgramView& view, int32_t vectors, Allocator allocator) {
  const auto take = [&](size_t bytes) { return allocator.take(allocator.context, bytes ? bytes : 1); };
  const ProgramWords& head = *view.head;
  auto* p = static_cast<Prepared<T>*>(take(sizeof(Prepared<T>)));
  auto* constants = static_cast<T*>(take(view.constantCount * sizeof(T)));
  auto* packed = static_cast<T**>(take(2 * size_t(head.matrices) * sizeof(T*)));
  auto* tables = static_cast<const int32_t**>(take(size_t(head.tables) * sizeof(int32_t*)));
  auto* targets = static_cast<Target*>(take(size_t(head.targets) * sizeof(Target)));
  auto* used = static_cast<uint8_t*>(take(2 * size_t(head.matrices)));
  if (!p || !constants || !packed || !tables || !targets || !used) return nullptr;
  for (size_t i = 0; i < view.constantCount; i++) constants[i] = static_cast<T>(view.constants[i]);
  const int32_t* at = view.tables;
  for (int32_t i = 0; i < head.tables; i++) tables[i] = ProgramView::nextTable(at).entries;
  for (int32_t i = 0; i < 2 * head.matrices; i++) used[i] = 0;
  markUses(view.forward, used);
  at = sectionEnd(view.forward);
  for (int32_t i = 0; i < head.targets; i++) {
    targets[i] = ProgramView::nextTarget(at);
    markUses(targets[i].adjoint, used);
  }
  for (int32_t i = 0; i < 2 * head.matrices; i++) {  // [matrices][2]
    packed[i] = nullptr;
    if (!used[i]) continue;
    const MatrixWords& m = view.matrices[i / 2];
    packed[i] = static_cast<T*>(take(size_t(m.rows) * m.cols * sizeof(T)));
    if (!packed[i]) return nullptr;
    packMatrix<T>(view.constants + m.data, m.rows, m.cols, i % 2 == 1, packed[i]);
  }
  *p = {view, vectors * width<T>, constants, packed, tables, targets};
  return reinterpret_cast<PreparedProgram*>(p);
}

/** A prepared program with its precision. */
struct Typed {
  bool wide;
  PreparedProgram* program;

  template <class T>
  const Prepared<T>& as() const {
    return *reinterpret_cast<const Prepared<T>*>(program);
  }
};

PreparedProgram* prepare(const ProgramView* view, bool wide, int32_t vectors, Allocator allocator) {
  auto* typed = static_cast<Typed*>(allocator.take(allocator.context, sizeof(Typed)));
  if (!typed) return nullptr;
  *typed = {wide, wide ? prepareAs<double>(*view, vectors, allocator) : prepareAs<float>(*view, vectors, allocator)};
  return typed->program ? reinterpret_cast<PreparedProgram*>(typed) : nullptr;
}

void tile(const PreparedProgram* program, void* arena, const Batch* batch, int32_t first) {
  const auto& typed = *reinterpret_cast<const Typed*>(program);
  if (typed.wide) tileOf(typed.as<double>(), static_cast<double*>(arena), *batch, first);
  else tileOf(typed.as<float>(), static_cast<float*>(arena), *batch, first);
}

#define JAC_TEXT2(x) #x
#define JAC_TEXT(x) JAC_TEXT2(x)
extern const Kernel kernel;
const Kernel kernel = {JAC_TEXT(JAC_ISA), JAC_BYTES, prepare, tile};

}  // namespace JAC_ISA
