// What must hold of each kind of operation.
#include "checker.h"

namespace {

void check(Checker& c, const AffineWords& w) {
  c.range(w.y);
  c.flag(w.accumulate);
  c.optionalVector(w.bias, w.y.n);
  for (int32_t t = 0; t < w.count && c.ok; t++) {
    const AffineTerm& term = w.terms()[t];
    c.below(term.matrix, c.view.head->matrices);
    c.flag(term.transposed);
    c.range(term.x);
    if (!c.ok) return;
    const MatrixWords& m = c.view.matrices[term.matrix];
    c.need((term.transposed ? m.cols : m.rows) == term.x.n && (term.transposed ? m.rows : m.cols) == w.y.n);
  }
}

void check(Checker& c, const CombineWords& w) {
  c.range(w.y);
  c.flag(w.accumulate);
  for (int32_t t = 0; t < w.count; t++) {
    c.units(w.terms()[t].x, w.y.n);
    c.constant(w.terms()[t].factor);
  }
}

void check(Checker& c, const ScaleWords& w) {
  c.range(w.y);
  c.units(w.x, w.y.n);
  c.vector(w.scale, w.y.n);
  c.optionalVector(w.offset, w.y.n);
  c.flag(w.accumulate);
}

void check(Checker& c, const MultiplyWords& w) {
  c.range(w.y);
  c.units(w.a, w.y.n);
  c.units(w.b, w.y.n);
  c.flag(w.accumulate);
}

void check(Checker& c, const ContractWords& w) {
  c.strided(w.y, w.rows, w.yRow, w.cols, w.yCol);
  c.strided(w.a, w.rows, w.aRow, w.inner, w.aInner);
  c.strided(w.b, w.inner, w.bInner, w.cols, w.bCol);
  c.constant(w.factor);
  c.flag(w.accumulate);
}

void check(Checker& c, const ActivateWords& w) {
  c.range(w.y);
  c.units(w.x, w.y.n);
  c.activation(w.f);
}

void check(Checker& c, const ActivateAdjointWords& w) {
  c.range(w.dx);
  c.units(w.dy, w.dx.n);
  c.units(w.v, w.dx.n);
  c.activation(w.f);
  c.flag(w.accumulate);
}

void check(Checker& c, const MaximumWords& w) {
  c.range(w.y);
  c.flag(w.least);
  c.need(w.count >= 1);
  for (int32_t t = 0; t < w.count; t++) c.units(w.operands()[t].x, w.y.n);
}

void check(Checker& c, const MaximumAdjointWords& w) {
  c.range(w.dy);
  c.units(w.y, w.dy.n);
  c.flag(w.share);
  c.need(w.count >= 1);
  for (int32_t t = 0; t < w.count; t++) {
    c.units(w.operands()[t].dx, w.dy.n);
    c.units(w.operands()[t].x, w.dy.n);
  }
}

void check(Checker& c, const SoftmaxWords& w) {
  c.need(w.y.n > 0);
  c.range(w.y);
  c.units(w.x, w.y.n);
  c.below(w.form, kSoftmaxForms);
}

void check(Checker& c, const SoftmaxAdjointWords& w) {
  c.need(w.dx.n > 0);
  c.range(w.dx);
  c.units(w.dy, w.dx.n);
  c.units(w.y, w.dx.n);
  c.below(w.form, kSoftmaxForms);
  c.flag(w.accumulate);
}

void check(Checker& c, const NormaliseWords& w) {
  c.need(w.y.n > 0);
  c.range(w.y);
  c.units(w.inverse, 1);
  c.units(w.x, w.y.n);
  c.below(w.form, kNormaliseForms);
  c.constant(w.epsilon);
}

void check(Checker& c, const NormaliseAdjointWords& w) {
  c.need(w.dx.n > 0);
  c.range(w.dx);
  c.units(w.dy, w.dx.n);
  c.units(w.y, w.dx.n);
  c.units(w.inverse, 1);
  c.below(w.form, kNormaliseForms);
  c.constant(w.epsilon);
  c.flag(w.accumulate);
}

void check(Checker& c, const GatherWords& w) {
  c.range(w.y);
  c.range(w.x);
  c.table(w.index, w.y.n, w.x.n);
}

void check(Checker& c, const ScatterWords& w) {
  c.range(w.dx);
  c.range(w.dy);
  c.table(w.index, w.dy.n, w.dx.n);
}

void check(Checker& c, const FillWords& w) {
  c.range(w.y);
  c.constant(w.value);
}

void check(Checker& c, const LstmWords& w) {
  c.units(w.gates, 4 * int64_t(w.n));
  c.optionalUnits(w.cPrev, w.n);
  c.units(w.c, w.n);
  c.units(w.h, w.n);
  c.activation(w.activation);
  c.activation(w.recurrent);
}

void check(Checker& c, const LstmAdjointWords& w) {
  c.units(w.dGates, 4 * int64_t(w.n));
  c.optionalUnits(w.dcPrev, w.n);
  c.optionalUnits(w.dh, w.n);
  c.optionalUnits(w.dc, w.n);
  c.units(w.gates, 4 * int64_t(w.n));
  c.optionalUnits(w.cPrev, w.n);
  c.units(w.c, w.n);
  c.activation(w.activation);
  c.activation(w.recurrent);
}

void check(Checker& c, const GruWords& w) {
  c.units(w.gates, 2 * int64_t(w.n));
  c.units(w.candidate, w.n);
  c.units(w.inner, w.n);
  c.optionalUnits(w.hPrev, w.n);
  c.units(w.h, w.n);
  c.activation(w.activation);
  c.activation(w.recurrent);
}

void check(Checker& c, const GruAdjointWords& w) {
  c.units(w.dGates, 2 * int64_t(w.n));
  c.units(w.dCandidate, w.n);
  c.units(w.dInner, w.n);
  c.optionalUnits(w.dhPrev, w.n);
  c.units(w.dh, w.n);
  c.units(w.gates, 2 * int64_t(w.n));
  c.units(w.candidate, w.n);
  c.units(w.inner, w.n);
  c.optionalUnits(w.hPrev, w.n);
  c.activation(w.activation);
  c.activation(w.recurrent);
}

/** The words of a record without a list. */
template <class Record>
bool record(const ProgramView& view, const int32_t* words, int32_t count) {
  if (count != int32_t(sizeof(Record) / sizeof(int32_t))) return false;
  Checker checker{view};
  check(checker, recordAt<Record>(words));
  return checker.ok;
}

/** The words of a record with `count` elements behind it. */
template <class Record, class Element>
bool listed(const ProgramView& view, const int32_t* words, int32_t count) {
  constexpr int32_t fixed = sizeof(Record) / sizeof(int32_t), each = sizeof(Element) / sizeof(int32_t);
  if (count < fixed) return false;
  const auto& list = recordAt<Record>(words);
  if (list.count < 0 || count != fixed + each * int64_t(list.count)) return false;
  Checker checker{view};
  check(checker, list);
  return checker.ok;
}

}  // namespace

void Checker::table(int32_t i, int32_t entries, int32_t bound) {
  below(i, view.head->tables);
  if (!ok) return;
  const IndexTable t = view.table(i);
  need(t.n == entries);
  for (int32_t k = 0; ok && k < t.n; k++) need(t.entries[k] >= -1 && t.entries[k] < bound);
}

bool checkOperation(const ProgramView& view, int32_t code, const int32_t* words, int32_t count) {
  switch (code) {
    case kAffine: return listed<AffineWords, AffineTerm>(view, words, count);
    case kCombine: return listed<CombineWords, CombineTerm>(view, words, count);
    case kScale: return record<ScaleWords>(view, words, count);
    case kMultiply: return record<MultiplyWords>(view, words, count);
    case kContract: return record<ContractWords>(view, words, count);
    case kActivate: return record<ActivateWords>(view, words, count);
    case kActivateAdjoint: return record<ActivateAdjointWords>(view, words, count);
    case kMaximum: return listed<MaximumWords, MaximumOperand>(view, words, count);
    case kMaximumAdjoint: return listed<MaximumAdjointWords, MaximumAdjointOperand>(view, words, count);
    case kSoftmax: return record<SoftmaxWords>(view, words, count);
    case kSoftmaxAdjoint: return record<SoftmaxAdjointWords>(view, words, count);
    case kNormalise: return record<NormaliseWords>(view, words, count);
    case kNormaliseAdjoint: return record<NormaliseAdjointWords>(view, words, count);
    case kGather: return record<GatherWords>(view, words, count);
    case kScatter: return record<ScatterWords>(view, words, count);
    case kFill: return record<FillWords>(view, words, count);
    case kLstm: return record<LstmWords>(view, words, count);
    case kLstmAdjoint: return record<LstmAdjointWords>(view, words, count);
    case kGru: return record<GruWords>(view, words, count);
    case kGruAdjoint: return record<GruAdjointWords>(view, words, count);
    default: return false;
  }
}
