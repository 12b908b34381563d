// A program's words, as src/program/encode-program.ts writes them, and what is read of them before any runs.
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr int32_t kVersion = 1;

enum OperationCode : int32_t {
  kAffine,
  kCombine,
  kScale,
  kMultiply,
  kContract,
  kActivate,
  kActivateAdjoint,
  kMaximum,
  kMaximumAdjoint,
  kSoftmax,
  kSoftmaxAdjoint,
  kNormalise,
  kNormaliseAdjoint,
  kGather,
  kScatter,
  kFill,
  kLstm,
  kLstmAdjoint,
  kGru,
  kGruAdjoint,
  kOperations
};

enum ActivationCode : int32_t {
  kLinear,
  kSigmoid,
  kTanh,
  kPlainRelu,
  kRelu,
  kElu,
  kCelu,
  kSelu,
  kSoftplus,
  kSoftsign,
  kSilu,
  kExponential,
  kMish,
  kLogSigmoid,
  kHardSigmoid,
  kHardSilu,
  kHardTanh,
  kSoftShrink,
  kHardShrink,
  kTanhShrink,
  kThreshold,
  kSquareplus,
  kSparsePlus,
  kSparseSigmoid,
  kGelu,
  kGeluTanh,
  kActivations
};

enum SoftmaxForm : int32_t { kSoftmaxPlain, kSoftmaxLog, kSparsemax, kSoftmaxForms };
enum NormaliseForm : int32_t { kLayer, kRms, kUnit, kNormaliseForms };

struct Words {
  const int32_t* at;
  size_t count;
};

struct MatrixTable {
  int32_t rows, cols, data;  // data: index of the first constant
};

/** Operations one after the other: code, count of words, words. */
struct Section {
  int32_t operations;
  const int32_t* at;
};

struct TargetTable {
  int32_t m, output, seed, gradient, n;
  Section adjoint;
};

/** A program's tables; pointers go into its words. Filled by readProgram, which checks every index. */
struct ProgramView {
  int32_t units, window, features, input, inputs, aux, auxes, matrices, vectors, indices, targets;
  const int32_t* matrixWords;  // [matrices, 3]: rows, cols, first constant
  const int32_t* vectorWords;  // [vectors, 2]: length, first constant
  Section forward;
  const double* constants;
  size_t constantCount;

  MatrixTable matrix(int32_t i) const {
    return {matrixWords[3 * i], matrixWords[3 * i + 1], matrixWords[3 * i + 2]};
  }
  int32_t vectorLength(int32_t i) const { return vectorWords[2 * i]; }
  const double* vector(int32_t i) const { return constants + vectorWords[2 * i + 1]; }
};

/** The words after the vectors, one index table at a time. */
struct IndexTable {
  int32_t n;
  const int32_t* entries;
};
IndexTable indexTable(const ProgramView& view, int32_t i);

/** The target that starts at `at`; `at` moves past it. */
TargetTable readTarget(const int32_t*& at);

/** The first word after a section. */
const int32_t* sectionEnd(const Section& section);

/**
 * Reads and checks a program: every range within the arena, every index within its table, every size in agreement.
 * Returns null, or what is wrong. Nothing of a program that fails here is ever executed.
 */
const char* readProgram(Words code, const double* constants, size_t constantCount, ProgramView* view);
