// The words of each kind of operation: program-words.h has the legend.
// Made by native/generate-layouts.mjs of src/program/operation-layouts.ts, by which programs are
// written; never changed by hand.
//
// (+)= adds where `accumulate` is set, and assigns where it is not.
#pragma once
#include "program-words.h"

enum OperationCode : int32_t {
  kAffine = 0,
  kCombine = 1,
  kScale = 2,
  kMultiply = 3,
  kContract = 4,
  kActivate = 5,
  kActivateAdjoint = 6,
  kMaximum = 7,
  kMaximumAdjoint = 8,
  kSoftmax = 9,
  kSoftmaxAdjoint = 10,
  kNormalise = 11,
  kNormaliseAdjoint = 12,
  kGather = 13,
  kScatter = 14,
  kFill = 15,
  kLstm = 16,
  kLstmAdjoint = 17,
  kGru = 18,
  kGruAdjoint = 19,
};

/** One of the terms of AffineWords. */
struct AffineTerm {
  int32_t matrix;      // matrix [rows, cols]
  int32_t transposed;  // flag
  Range x;             // [rows], or [cols] where transposed
};

/** y (+)= bias + Σ over terms of Mᵀ·x, or of M·x where transposed; M is [rows, cols]. */
struct AffineWords {
  Range y;             // [cols], or [rows] where transposed
  int32_t accumulate;  // flag
  int32_t bias;        // optional vector [y.n]
  int32_t count;       // of terms
  /** [count], right behind. */
  const AffineTerm* terms() const { return reinterpret_cast<const AffineTerm*>(this + 1); }
  AffineWords(const AffineWords&) = delete;  // a copy would lose them
};

/** One of the terms of CombineWords. */
struct CombineTerm {
  int32_t x;       // [n]
  int32_t factor;  // constant
};

/** y (+)= Σ over terms of factor · x. */
struct CombineWords {
  Range y;             // [n]
  int32_t accumulate;  // flag
  int32_t count;       // of terms
  /** [count], right behind. */
  const CombineTerm* terms() const { return reinterpret_cast<const CombineTerm*>(this + 1); }
  CombineWords(const CombineWords&) = delete;  // a copy would lose them
};

/** y (+)= scale ∘ x + offset, unit by unit. */
struct ScaleWords {
  Range y;             // [n]
  int32_t x;           // [n]
  int32_t scale;       // vector [n]
  int32_t offset;      // optional vector [n]
  int32_t accumulate;  // flag
};

/** y (+)= a ∘ b. */
struct MultiplyWords {
  Range y;             // [n]
  int32_t a;           // [n]
  int32_t b;           // [n]
  int32_t accumulate;  // flag
};

/** y[i, j] (+)= factor · Σₖ a[i, k] · b[k, j]; a stride is the units from an index to the next. */
struct ContractWords {
  int32_t y;           // [rows, cols], by strides
  int32_t a;           // [rows, inner], by strides
  int32_t b;           // [inner, cols], by strides
  int32_t rows;        // i
  int32_t cols;        // j
  int32_t inner;       // k
  int32_t yRow;        // stride of i in y
  int32_t yCol;        // stride of j in y
  int32_t aRow;        // stride of i in a
  int32_t aInner;      // stride of k in a
  int32_t bInner;      // stride of k in b
  int32_t bCol;        // stride of j in b
  int32_t factor;      // constant
  int32_t accumulate;  // flag
};

/** y = f(x). */
struct ActivateWords {
  Range y;    // [n]
  int32_t x;  // [n]
  ActivationWords f;
};

/** dx (+)= f′ ∘ dy, with f′ from v: the output y, or the input x. */
struct ActivateAdjointWords {
  Range dx;            // [n]
  int32_t dy;          // [n]
  int32_t v;           // [n]: y where f.fromOutput, else x
  ActivationWords f;
  int32_t accumulate;  // flag
};

/** One of the operands of MaximumWords. */
struct MaximumOperand {
  int32_t x;  // [n]
};

/** y = the largest of the operands, unit by unit, or the least. */
struct MaximumWords {
  Range y;        // [n]
  int32_t least;  // flag
  int32_t count;  // of operands
  /** [count], right behind. */
  const MaximumOperand* operands() const { return reinterpret_cast<const MaximumOperand*>(this + 1); }
  MaximumWords(const MaximumWords&) = delete;  // a copy would lose them
};

/** One of the operands of MaximumAdjointWords. */
struct MaximumAdjointOperand {
  int32_t dx;  // [n]
  int32_t x;   // [n]
};

/** dx += dy for each operand whose x attains y: the first that does, or all in equal shares. */
struct MaximumAdjointWords {
  Range dy;       // [n]
  int32_t y;      // [n]
  int32_t share;  // flag
  int32_t count;  // of operands
  /** [count], right behind. */
  const MaximumAdjointOperand* operands() const { return reinterpret_cast<const MaximumAdjointOperand*>(this + 1); }
  MaximumAdjointWords(const MaximumAdjointWords&) = delete;  // a copy would lose them
};

/** y = softmax(x) over the range, in one of its forms. */
struct SoftmaxWords {
  Range y;       // [n]
  int32_t x;     // [n]
  int32_t form;  // a SoftmaxForm
};

/** dx (+)= the transposed derivative of softmax at y, times dy. */
struct SoftmaxAdjointWords {
  Range dx;            // [n]
  int32_t dy;          // [n]
  int32_t y;           // [n]
  int32_t form;        // a SoftmaxForm
  int32_t accumulate;  // flag
};

/**
 * y = (x − mean) · inverse. The inverse is, by form, of √(variance + ε), √(mean x² + ε) or √max(Σ x², ε); only layer
 * has a mean.
 */
struct NormaliseWords {
  Range y;          // [n]
  int32_t inverse;  // [1]: kept for the adjoint
  int32_t x;        // [n]
  int32_t form;     // a NormaliseForm
  int32_t epsilon;  // constant
};

/** dx (+)= the transposed derivative of normalise at y, times dy. */
struct NormaliseAdjointWords {
  Range dx;            // [n]
  int32_t dy;          // [n]
  int32_t y;           // [n]
  int32_t inverse;     // [1]
  int32_t form;        // a NormaliseForm
  int32_t epsilon;     // constant
  int32_t accumulate;  // flag
};

/** y[i] = x[index[i]], or 0 where the index is −1. */
struct GatherWords {
  Range y;        // [n]
  Range x;        // [m]
  int32_t index;  // table [n] of −1 … m − 1
};

/** dx[index[i]] += dy[i]; nothing where the index is −1. */
struct ScatterWords {
  Range dx;       // [m]
  Range dy;       // [n]
  int32_t index;  // table [n] of −1 … m − 1
};

/** y = value. */
struct FillWords {
  Range y;        // [n]
  int32_t value;  // constant
};

/**
 * One step of an LSTM: c = f∘cPrev + i∘g, h = o∘activation(c). Before it gates holds the pre-activations, after it the
 * gates.
 */
struct LstmWords {
  int32_t n;                   // units of the state
  int32_t gates;               // [4, n]: i, f, g, o
  int32_t cPrev;               // optional [n]: zeros where none
  int32_t c;                   // [n]
  int32_t h;                   // [n]
  ActivationWords activation;  // of g and of c
  ActivationWords recurrent;   // of i, f and o
};

/** dGates (of the pre-activations) and dcPrev, from dh and dc. */
struct LstmAdjointWords {
  int32_t n;                   // units of the state
  int32_t dGates;              // [4, n]: of i, f, g, o
  int32_t dcPrev;              // optional [n]
  int32_t dh;                  // optional [n]: zeros where none
  int32_t dc;                  // optional [n]: zeros where none
  int32_t gates;               // [4, n]: i, f, g, o
  int32_t cPrev;               // optional [n]: zeros where none
  int32_t c;                   // [n]
  ActivationWords activation;  // of g and of c
  ActivationWords recurrent;   // of i, f and o
};

/**
 * One step of a GRU with reset_after: h = z∘hPrev + (1 − z)∘proposed, where proposed = activation(candidate + r∘inner).
 * Before it gates and candidate hold pre-activations, after it the gates and what is proposed.
 */
struct GruWords {
  int32_t n;                   // units of the state
  int32_t gates;               // [2, n]: z, r
  int32_t candidate;           // [n]
  int32_t inner;               // [n]: the recurrence's part of the candidate
  int32_t hPrev;               // optional [n]: zeros where none
  int32_t h;                   // [n]
  ActivationWords activation;  // of the candidate
  ActivationWords recurrent;   // of z and r
};

/** dGates and dCandidate (of the pre-activations), dInner and the direct part of dhPrev (z∘dh), from dh. */
struct GruAdjointWords {
  int32_t n;                   // units of the state
  int32_t dGates;              // [2, n]: of z, r
  int32_t dCandidate;          // [n]
  int32_t dInner;              // [n]
  int32_t dhPrev;              // optional [n]
  int32_t dh;                  // [n]
  int32_t gates;               // [2, n]: z, r
  int32_t candidate;           // [n]
  int32_t inner;               // [n]
  int32_t hPrev;               // optional [n]: zeros where none
  ActivationWords activation;  // of the candidate
  ActivationWords recurrent;   // of z and r
};
