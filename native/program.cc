// The ways through a program's words: compiled once, for every instruction set.
#include "program.h"

IndexTable ProgramView::nextTable(const int32_t*& at) {
  const IndexTable table{at[0], at + 1};
  at = table.entries + table.n;
  return table;
}

IndexTable ProgramView::table(int32_t i) const {
  const int32_t* at = tables;
  for (; i > 0; i--) nextTable(at);
  return nextTable(at);
}

Target ProgramView::nextTarget(const int32_t*& at) {
  const auto& words = recordAt<TargetWords>(at);
  at += sizeof(TargetWords) / sizeof(int32_t);
  const auto& section = recordAt<SectionWords>(at);
  at += sizeof(SectionWords) / sizeof(int32_t);
  const Target target{words, {section.operations, at}};
  at = sectionEnd(target.adjoint);
  return target;
}

const int32_t* sectionEnd(const Section& section) {
  return eachOperation(section, [](int32_t, const int32_t*) {});
}
