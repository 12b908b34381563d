// Reading and checking a program's words: compiled once, for every instruction set.
#include "program.h"

#include "checker.h"

namespace {

constexpr int32_t kMostUnits = 1 << 26;

/** Words read in order; past the end, or a count below 0, leaves `failed` set and gives 0. */
struct Reader {
  const int32_t* at;
  const int32_t* end;
  bool failed = false;

  int32_t word() {
    if (at >= end) {
      failed = true;
      return 0;
    }
    return *at++;
  }
  const int32_t* words(int64_t n) {
    if (n < 0 || n > end - at) {
      failed = true;
      return at;
    }
    const int32_t* first = at;
    at += n;
    return first;
  }
};

/** Walks a section and, once the tables are known, checks its operations. */
const char* walk(Reader& reader, const ProgramView& view, Section* section) {
  section->operations = reader.word();
  section->at = reader.at;
  if (reader.failed || section->operations < 0) return "it ends in the middle of its operations";
  for (int32_t i = 0; i < section->operations; i++) {
    const int32_t code = reader.word();
    const int32_t count = reader.word();
    const int32_t* words = reader.words(count);
    if (reader.failed) return "it ends in the middle of its operations";
    Checker checker{view, words, count};
    checker.check(code);
    if (!checker.ok) return "an operation has an index out of range or sizes that disagree";
  }
  return nullptr;
}

}  // namespace

IndexTable indexTable(const ProgramView& view, int32_t i) {
  const int32_t* at = view.vectorWords + 2 * size_t(view.vectors);
  for (; i > 0; i--) at += 1 + at[0];
  return {at[0], at + 1};
}

const int32_t* sectionEnd(const Section& section) {
  const int32_t* at = section.at;
  for (int32_t i = 0; i < section.operations; i++) at += 2 + at[1];
  return at;
}

TargetTable readTarget(const int32_t*& at) {
  TargetTable target{at[0], at[1], at[2], at[3], at[4], {at[5], at + 6}};
  at = sectionEnd(target.adjoint);
  return target;
}

const char* readProgram(Words code, const double* constants, size_t constantCount, ProgramView* view) {
  Reader reader{code.at, code.at + code.count};
  const int32_t* head = reader.words(12);
  if (reader.failed || head[0] != kVersion) return "it is not of this version";
  *view = {head[1], head[2], head[3], head[4], head[5], head[6], head[7], head[8], head[9], head[10], head[11],
           nullptr, nullptr, {0, nullptr}, constants, constantCount};
  if (view->units < 1 || view->units > kMostUnits) return "its arena is empty or too large";
  if (view->matrices < 0 || view->vectors < 0 || view->indices < 0 || view->targets < 1) return "its tables are damaged";
  view->matrixWords = reader.words(3 * int64_t(view->matrices));
  view->vectorWords = reader.words(2 * int64_t(view->vectors));
  for (int32_t i = 0; i < view->indices && !reader.failed; i++) reader.words(reader.word());
  if (reader.failed) return "its tables are damaged";
  Checker tables{*view, nullptr, 0};
  for (int32_t i = 0; i < view->matrices; i++) {
    const MatrixTable m = view->matrix(i);
    tables.need(m.rows >= 1 && m.cols >= 1 && m.rows <= kMostUnits && m.cols <= kMostUnits);
    if (tables.ok) tables.constant(m.data, int64_t(m.rows) * m.cols);
  }
  for (int32_t i = 0; i < view->vectors; i++) tables.constant(view->vectorWords[2 * i + 1], view->vectorLength(i));
  tables.need(view->window > 0 && view->features > 0 &&
              int64_t(view->window) * view->features == int64_t(view->inputs) && view->auxes >= 0);
  tables.range(view->input, view->inputs);
  tables.range(view->aux, view->auxes);
  if (!tables.ok) return "its tables have an index out of range";
  const char* wrong = walk(reader, *view, &view->forward);
  for (int32_t i = 0; i < view->targets && !wrong; i++) {
    const int32_t* words = reader.words(5);
    if (reader.failed) return "it ends in the middle of its targets";
    Checker target{*view, words, 5};
    target.need(words[0] > 0 && words[4] == view->inputs);
    for (int32_t k = 1; k < 4; k++) target.range(words[k], k == 3 ? words[4] : words[0]);
    if (!target.ok) return "a target lies out of range";
    Section adjoint;
    wrong = walk(reader, *view, &adjoint);
  }
  if (!wrong && reader.at != reader.end) return "it has words past its end";
  return wrong;
}
