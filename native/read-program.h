// From words that may hold anything to a program that may be executed.
#pragma once
#include "program.h"

/**
 * Reads and checks a program: every range within the arena, every index within its table, every size in agreement.
 * Returns null, or what is wrong. Nothing of a program that fails here is ever executed.
 */
const char* readProgram(Words code, const double* constants, size_t constantCount, ProgramView* view);
