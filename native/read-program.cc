#include "read-program.h"

#include "checker.h"

namespace {

/** Words read in order; past the end, or a count below 0, leaves `failed` set. */
struct Reader {
  const int32_t* at;
  const int32_t* end;
  bool failed = false;

  /** The next n words. */
  const int32_t* words(int64_t n) {
    if (n < 0 || n > end - at) {
      failed = true;
      return at;
    }
    const int32_t* first = at;
    at += n;
    return first;
  }
  /** The next n records of a kind, or null. */
  template <class Record>
  const Record* records(int64_t n = 1) {
    const int32_t* first = words(n * int64_t(sizeof(Record) / sizeof(int32_t)));
    return failed ? nullptr : reinterpret_cast<const Record*>(first);
  }
};

/** Reads a section and checks its operations; the tables are known by then. */
const char* readSection(Reader& reader, const ProgramView& view, Section* section) {
  const char* const cut = "it ends in the middle of its operations";
  const auto* words = reader.records<SectionWords>();
  if (!words || words->operations < 0) return cut;
  *section = {words->operations, reader.at};
  for (int32_t i = 0; i < section->operations; i++) {
    const auto* head = reader.records<OperationWords>();
    if (!head) return cut;
    const int32_t* own = reader.words(head->words);
    if (reader.failed) return cut;
    if (!checkOperation(view, head->code, own, head->words))
      return "an operation has an index out of range or sizes that disagree";
  }
  return nullptr;
}

/** Whether the matrices and vectors lie within the constants, the windows within the arena. */
bool checkTables(const ProgramView& view) {
  const ProgramWords& head = *view.head;
  Checker checker{view};
  for (int32_t i = 0; i < head.matrices; i++) {
    const MatrixWords& m = view.matrices[i];
    checker.need(m.rows >= 1 && m.cols >= 1 && m.rows <= kMostUnits && m.cols <= kMostUnits);
    if (checker.ok) checker.constants(m.data, int64_t(m.rows) * m.cols);
  }
  for (int32_t i = 0; i < head.vectors; i++) checker.constants(view.vectors[i].data, view.vectors[i].n);
  checker.need(head.steps > 0 && head.features > 0);
  checker.need(int64_t(head.steps) * head.features == int64_t(head.input.n) && head.aux.n >= 0);
  checker.range(head.input);
  checker.range(head.aux);
  return checker.ok;
}

bool checkTarget(const ProgramView& view, const TargetWords& target) {
  Checker checker{view};
  checker.need(target.m > 0 && target.gradient.n == view.head->input.n);
  checker.units(target.output, target.m);
  checker.units(target.seed, target.m);
  checker.range(target.gradient);
  return checker.ok;
}

}  // namespace

const char* readProgram(Words code, const double* constants, size_t constantCount, ProgramView* view) {
  Reader reader{code.at, code.at + code.count};
  const auto* head = reader.records<ProgramWords>();
  if (!head || head->version != kVersion) return "it is not of this version";
  if (head->units < 1 || head->units > kMostUnits) return "its arena is empty or too large";
  const char* const damaged = "its tables are damaged";
  if (head->matrices < 0 || head->vectors < 0 || head->tables < 0 || head->targets < 1) return damaged;
  *view = {head, nullptr, nullptr, nullptr, {0, nullptr}, constants, constantCount};
  view->matrices = reader.records<MatrixWords>(head->matrices);
  view->vectors = reader.records<VectorWords>(head->vectors);
  view->tables = reader.at;
  for (int32_t i = 0; i < head->tables && !reader.failed; i++) {
    const int32_t* n = reader.words(1);
    if (!reader.failed) reader.words(*n);
  }
  if (reader.failed) return damaged;
  if (!checkTables(*view)) return "its tables have an index out of range";
  const char* wrong = readSection(reader, *view, &view->forward);
  for (int32_t i = 0; i < head->targets && !wrong; i++) {
    const auto* target = reader.records<TargetWords>();
    if (!target) return "it ends in the middle of its targets";
    if (!checkTarget(*view, *target)) return "a target lies out of range";
    Section adjoint;
    wrong = readSection(reader, *view, &adjoint);
  }
  if (!wrong && reader.at != reader.end) return "it has words past its end";
  return wrong;
}
