// A program as the kernel sees it: pointers to the records among its words, and the ways through them.
#pragma once
#include <stddef.h>

#include "operations.h"
#include "program-words.h"

struct Words {
  const int32_t* at;
  size_t count;
};

/** Operations one after the other: for each an OperationWords, then its own record. */
struct Section {
  int32_t operations;
  const int32_t* at;
};

/** A table of indices. */
struct IndexTable {
  int32_t n;
  const int32_t* entries;  // [n]
};

/** One result to differentiate. */
struct Target : TargetWords {
  Section adjoint;
};

/** A program's records, where they stand among its words. Filled by readProgram, which checks every index. */
struct ProgramView {
  const ProgramWords* head;
  const MatrixWords* matrices;  // [head.matrices]
  const VectorWords* vectors;   // [head.vectors]
  const int32_t* tables;        // head.tables times the number of entries, then the entries
  Section forward;
  const double* constants;  // [constantCount]
  size_t constantCount;

  /** The table that starts at `at`, which moves past it. */
  static IndexTable nextTable(const int32_t*& at);
  /** The target that starts at `at`, which moves past it. The first one's place is the end of the forward section. */
  static Target nextTarget(const int32_t*& at);
  IndexTable table(int32_t i) const;
};

/** A record, where its words stand. */
template <class Record>
const Record& recordAt(const int32_t* words) {
  return *reinterpret_cast<const Record*>(words);
}

/** Calls visit(code, words) for each operation of a section, and returns the first word after it. */
template <class Visit>
inline const int32_t* eachOperation(const Section& section, Visit visit) {
  const int32_t* at = section.at;
  for (int32_t i = 0; i < section.operations; i++) {
    const auto& head = recordAt<OperationWords>(at);
    at += sizeof(OperationWords) / sizeof(int32_t);
    visit(head.code, at);
    at += head.words;
  }
  return at;
}

/** The first word after a section. */
const int32_t* sectionEnd(const Section& section);
