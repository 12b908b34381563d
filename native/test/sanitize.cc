// Runs recorded programs through every kernel of this machine, as built with a sanitizer: results within bounds, no
// error, no leak; and damaged copies of them, which must be refused or run cleanly.
// usage: sanitize CASES   (written by test/native/sanitize.test.ts)
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <random>

#include "../executor.h"

namespace {

struct Case {
  std::vector<int32_t> code;
  std::vector<double> constants, rows, aux, expected;  // expected: the first target's Jacobian, or empty
  std::vector<int32_t> starts;
};

template <class T>
bool read(FILE* file, std::vector<T>& into) {
  int64_t n = 0;
  if (fread(&n, sizeof n, 1, file) != 1 || n < 0) return false;
  into.resize(static_cast<size_t>(n));
  return n == 0 || fread(into.data(), sizeof(T), into.size(), file) == into.size();
}

template <class T>
std::vector<std::vector<T>> runAs(Executor& executor, const Case& each) {
  std::vector<std::vector<T>> predictions, jacobians;
  std::vector<void*> predictionsAt, jacobiansAt;
  for (const Target& t : executor.targets()) {
    predictions.emplace_back(each.starts.size() * size_t(t.m));
    jacobians.emplace_back(each.starts.size() * size_t(t.m) * size_t(t.gradient.n));
  }
  for (auto& p : predictions) predictionsAt.push_back(p.data());
  for (auto& j : jacobians) jacobiansAt.push_back(j.data());
  const Batch batch{each.rows.data(), each.starts.data(), each.aux.data(), int32_t(each.starts.size()),
                    predictionsAt.data(), jacobiansAt.data()};
  const volatile int32_t cancel = 0;
  std::string error;
  if (!executor.run(batch, &cancel, &error)) {
    fprintf(stderr, "a run failed: %s\n", error.c_str());
    exit(1);
  }
  return jacobians;
}

std::unique_ptr<Executor> prepare(const Case& each, const char* isa, bool wide, int vectors, std::string* error) {
  return Executor::prepare({each.code.data(), each.code.size()}, each.constants.data(), each.constants.size(), wide, 2, isa,
                           vectors, error);
}

/** Runs the case in both precisions and all tile widths; false where float64 is off. */
bool agrees(const Case& each, const char* isa, size_t index) {
  std::string error;
  for (const int vectors : {1, 2, 4}) {
    const auto narrow = prepare(each, isa, false, vectors, &error);
    const auto wide = prepare(each, isa, true, vectors, &error);
    if (!narrow || !wide) {
      fprintf(stderr, "program %zu is refused: %s\n", index, error.c_str());
      return false;
    }
    runAs<float>(*narrow, each);
    const auto jacobians = runAs<double>(*wide, each);
    double scale = 1;
    for (const double value : each.expected) scale = fmax(scale, fabs(value));
    for (size_t i = 0; i < each.expected.size(); i++)
      if (!(fabs(jacobians[0][i] - each.expected[i]) <= 1e-10 * scale)) {
        fprintf(stderr, "program %zu on %s: entry %zu is %.17g, not %.17g\n", index, isa, i, jacobians[0][i], each.expected[i]);
        return false;
      }
  }
  return true;
}

/** A program with some words changed: refused, or run without an error of memory. Returns whether it was refused. */
bool damaged(Case each, const char* isa, std::mt19937& random) {
  for (unsigned hits = 1 + random() % 3; hits > 0; hits--) {
    int32_t& word = each.code[random() % each.code.size()];
    const uint32_t w = uint32_t(word);
    const uint32_t choices[] = {w + 1, w - 1, ~0u, 0, 0x7fffffffu, 0x80000000u, uint32_t(random()), w ^ (1u << random() % 31)};
    word = int32_t(choices[random() % 8]);
  }
  if (random() % 8 == 0) each.code.resize(random() % each.code.size());
  std::string error;
  const auto executor = prepare(each, isa, random() % 2 == 0, 1, &error);
  if (!executor) return true;
  // The caller checks windows against rows, so a changed window or feature count is out of this test's reach.
  const ProgramWords& head = *executor->view().head;
  const int64_t last = int64_t(each.rows.size()) / head.features - head.steps;
  if (last < each.starts.back() || head.aux.n != int32_t(each.aux.size() / each.starts.size())) return false;
  if (executor->wide()) runAs<double>(*executor, each);
  else runAs<float>(*executor, each);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  FILE* file = argc == 2 ? fopen(argv[1], "rb") : nullptr;
  if (!file) return fprintf(stderr, "usage: sanitize CASES\n"), 2;
  std::vector<Case> cases;
  for (Case each; read(file, each.code);) {
    if (!read(file, each.constants) || !read(file, each.rows) || !read(file, each.aux) || !read(file, each.starts) ||
        !read(file, each.expected))
      return fprintf(stderr, "%s ends early\n", argv[1]), 2;
    cases.push_back(each);
  }
  fclose(file);
  std::mt19937 random(7);
  size_t refused = 0, tried = 0;
  for (const Kernel* kernel : usableKernels()) {
    for (size_t i = 0; i < cases.size(); i++) {
      if (!agrees(cases[i], kernel->isa, i)) return 1;
      if (cases[i].code.size() > 20000) continue;
      for (int k = 0; k < 4; k++, tried++) refused += damaged(cases[i], kernel->isa, random);
    }
  }
  // One executor through many chunks: the leak check at exit sees whatever they left behind.
  std::string error;
  const auto executor = prepare(cases[0], "", false, 0, &error);
  for (int chunk = 0; chunk < 100; chunk++) runAs<float>(*executor, cases[0]);
  printf("%zu programs on %zu kernels, %zu damaged copies of which %zu refused, 100 chunks\n", cases.size(),
         usableKernels().size(), tried, refused);
  return refused > tried / 4 ? 0 : 1;
}
