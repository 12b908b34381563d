// The words of a program, but for those of its operations, which operations.h has.
// Made by native/generate-layouts.mjs of src/program/program-layouts.ts, by which programs are
// written; never changed by hand.
//
// A record is a struct of words. A shape in brackets is that of the units which begin at the field's value: a unit of
// a tile is [lanes] numbers, so [n] units are [n][lanes]. An optional field may be −1, for none; a flag is 0 or 1;
// a vector, matrix or table is one of the program's by its number; a constant is an index into its constants.
#pragma once
#include <stdint.h>

constexpr int32_t kVersion = 1;
constexpr int32_t kMostUnits = 67108864;  // of an arena

enum ActivationCode : int32_t {
  kLinear = 0,
  kSigmoid = 1,
  kTanh = 2,
  kPlainRelu = 3,
  kRelu = 4,          // a: negativeSlope, b: maxValue, c: threshold
  kElu = 5,           // a: alpha
  kCelu = 6,          // a: alpha
  kSelu = 7,
  kSoftplus = 8,
  kSoftsign = 9,
  kSilu = 10,
  kExponential = 11,
  kMish = 12,
  kLogSigmoid = 13,
  kHardSigmoid = 14,  // a: slope
  kHardSilu = 15,     // a: slope
  kHardTanh = 16,
  kSoftShrink = 17,   // a: alpha
  kHardShrink = 18,   // a: alpha
  kTanhShrink = 19,
  kThreshold = 20,    // a: threshold, b: value
  kSquareplus = 21,   // a: b
  kSparsePlus = 22,
  kSparseSigmoid = 23,
  kGelu = 24,
  kGeluTanh = 25,
};
constexpr int32_t kActivationCodes = 26;

enum SoftmaxForm : int32_t {
  kSoftmaxForm = 0,
  kLogSoftmaxForm = 1,
  kSparsemaxForm = 2,
};
constexpr int32_t kSoftmaxForms = 3;

enum NormaliseForm : int32_t {
  kLayerForm = 0,
  kRmsForm = 1,
  kUnitForm = 2,
};
constexpr int32_t kNormaliseForms = 3;

/** Units at … at + n − 1. */
struct Range {
  int32_t at;
  int32_t n;
};

/** An activation, where a record names one. */
struct ActivationWords {
  int32_t code;        // an ActivationCode
  int32_t parameters;  // constants [3]: a, b, c, as the code's comment names them
  int32_t fromOutput;  // flag: its derivative is taken from the output, not the input
};

/**
 * The first words. After them come the matrices, the vectors, the tables (the number of entries, then the entries), the
 * forward section, and each target with its adjoint section.
 */
struct ProgramWords {
  int32_t version;
  int32_t units;     // of the arena
  int32_t steps;     // T: rows of a window
  int32_t features;  // F: columns of a window
  Range input;       // [T, F]: where a window's values are loaded
  Range aux;         // where a window's own constants are loaded
  int32_t matrices;  // how many
  int32_t vectors;   // how many
  int32_t tables;    // how many
  int32_t targets;   // how many
};

/** A matrix [rows, cols], row-major: rows are inputs and columns outputs, as Keras keeps kernels. */
struct MatrixWords {
  int32_t rows;
  int32_t cols;
  int32_t data;  // constants [rows, cols]
};

/** A vector of constants. */
struct VectorWords {
  int32_t n;
  int32_t data;  // constants [n]
};

/**
 * One result to differentiate. The adjoint section runs once for each of the m values, with 1 in its unit of the seed
 * and 0 in the others; the gradient is then that row of the Jacobian.
 */
struct TargetWords {
  int32_t m;       // values of a window's result
  int32_t output;  // [m]
  int32_t seed;    // [m]
  Range gradient;  // [T, F]
};

/** Before the operations of a section. */
struct SectionWords {
  int32_t operations;  // how many
};

/** Before an operation's own words. */
struct OperationWords {
  int32_t code;   // an OperationCode
  int32_t words;  // how many follow
};
