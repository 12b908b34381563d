// What must hold of each kind of operation: the words of src/program/encode-program.ts, in their order.
#include "checker.h"

void Checker::table(int32_t i, int32_t entries, int32_t bound) {
  below(i, view.indices);
  if (!ok) return;
  const IndexTable t = indexTable(view, i);
  need(t.n == entries);
  for (int32_t k = 0; ok && k < t.n; k++) need(t.entries[k] >= -1 && t.entries[k] < bound);
}

void Checker::check(int32_t code) {
  switch (code) {
    case kAffine:
      if (!atLeast(5)) return;
      range(w[0], w[1]);
      flag(w[2]);
      if (w[3] != -1) vector(w[3], w[1]);
      if (w[4] < 0 || !has(5 + 4 * int64_t(w[4]))) return need(false);
      for (int32_t t = 0; t < w[4] && ok; t++) {
        const int32_t* term = w + 5 + 4 * t;
        below(term[0], view.matrices);
        flag(term[1]);
        range(term[2], term[3]);
        if (!ok) return;
        const MatrixTable m = view.matrix(term[0]);
        need((term[1] ? m.cols : m.rows) == term[3] && (term[1] ? m.rows : m.cols) == w[1]);
      }
      return;
    case kCombine:
      if (!atLeast(4)) return;
      range(w[0], w[1]);
      flag(w[2]);
      if (w[3] < 0 || !has(4 + 2 * int64_t(w[3]))) return need(false);
      for (int32_t t = 0; t < w[3]; t++) {
        range(w[4 + 2 * t], w[1]);
        constant(w[5 + 2 * t]);
      }
      return;
    case kScale:
      if (!has(6)) return;
      range(w[0], w[1]);
      range(w[2], w[1]);
      vector(w[3], w[1]);
      if (w[4] != -1) vector(w[4], w[1]);
      return flag(w[5]);
    case kMultiply:
      if (!has(5)) return;
      range(w[0], w[1]);
      range(w[2], w[1]);
      range(w[3], w[1]);
      return flag(w[4]);
    case kContract:
      if (!has(14)) return;
      strided(w[0], w[3], w[6], w[4], w[7]);
      strided(w[1], w[3], w[8], w[5], w[9]);
      strided(w[2], w[5], w[10], w[4], w[11]);
      constant(w[12]);
      return flag(w[13]);
    case kActivate:
      if (!has(6)) return;
      range(w[0], w[1]);
      range(w[2], w[1]);
      return activation(w + 3);
    case kActivateAdjoint:
      if (!has(8)) return;
      range(w[0], w[1]);
      range(w[2], w[1]);
      range(w[3], w[1]);
      activation(w + 4);
      return flag(w[7]);
    case kMaximum:
      if (!atLeast(4)) return;
      range(w[0], w[1]);
      flag(w[2]);
      if (w[3] < 1 || !has(4 + int64_t(w[3]))) return need(false);
      for (int32_t t = 0; t < w[3]; t++) range(w[4 + t], w[1]);
      return;
    case kMaximumAdjoint:
      if (!atLeast(5)) return;
      range(w[0], w[1]);
      range(w[2], w[1]);
      flag(w[3]);
      if (w[4] < 1 || !has(5 + 2 * int64_t(w[4]))) return need(false);
      for (int32_t t = 0; t < 2 * w[4]; t++) range(w[5 + t], w[1]);
      return;
    case kSoftmax:
      if (!has(4)) return;
      need(w[1] > 0);
      range(w[0], w[1]);
      range(w[2], w[1]);
      return below(w[3], kSoftmaxForms);
    case kSoftmaxAdjoint:
      if (!has(6)) return;
      need(w[1] > 0);
      range(w[0], w[1]);
      range(w[2], w[1]);
      range(w[3], w[1]);
      below(w[4], kSoftmaxForms);
      return flag(w[5]);
    case kNormalise:
      if (!has(6)) return;
      need(w[1] > 0);
      range(w[0], w[1]);
      range(w[2], 1);
      range(w[3], w[1]);
      below(w[4], kNormaliseForms);
      return constant(w[5]);
    case kNormaliseAdjoint:
      if (!has(8)) return;
      need(w[1] > 0);
      range(w[0], w[1]);
      range(w[2], w[1]);
      range(w[3], w[1]);
      range(w[4], 1);
      below(w[5], kNormaliseForms);
      constant(w[6]);
      return flag(w[7]);
    case kGather:
      if (!has(5)) return;
      range(w[0], w[1]);
      range(w[2], w[3]);
      return table(w[4], w[1], w[3]);
    case kScatter:
      if (!has(5)) return;
      range(w[0], w[1]);
      range(w[2], w[3]);
      return table(w[4], w[3], w[1]);
    case kFill:
      if (!has(3)) return;
      range(w[0], w[1]);
      return constant(w[2]);
    case kLstm:
      if (!has(11)) return;
      range(w[1], 4 * int64_t(w[0]));
      optional(w[2], w[0]);
      range(w[3], w[0]);
      range(w[4], w[0]);
      activation(w + 5);
      return activation(w + 8);
    case kLstmAdjoint:
      if (!has(14)) return;
      range(w[1], 4 * int64_t(w[0]));
      optional(w[2], w[0]);
      optional(w[3], w[0]);
      optional(w[4], w[0]);
      range(w[5], 4 * int64_t(w[0]));
      optional(w[6], w[0]);
      range(w[7], w[0]);
      activation(w + 8);
      return activation(w + 11);
    case kGru:
      if (!has(12)) return;
      range(w[1], 2 * int64_t(w[0]));
      range(w[2], w[0]);
      range(w[3], w[0]);
      optional(w[4], w[0]);
      range(w[5], w[0]);
      activation(w + 6);
      return activation(w + 9);
    case kGruAdjoint:
      if (!has(16)) return;
      range(w[1], 2 * int64_t(w[0]));
      range(w[2], w[0]);
      range(w[3], w[0]);
      optional(w[4], w[0]);
      range(w[5], w[0]);
      range(w[6], 2 * int64_t(w[0]));
      range(w[7], w[0]);
      range(w[8], w[0]);
      optional(w[9], w[0]);
      activation(w + 10);
      return activation(w + 13);
    default:
      return need(false);
  }
}
