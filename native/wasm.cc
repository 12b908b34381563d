// The kernel as a WebAssembly module: the same functions with flat arguments, and memory taken from its own heap.
#include "kernel.h"
#include "read-program.h"

namespace wasm { extern const Kernel kernel; }

extern unsigned char __heap_base;

namespace {

constexpr uintptr_t kPage = 65536, kAlignment = 64;
uintptr_t top = 0;
ProgramView view;
PreparedProgram* program = nullptr;
int32_t vectors = 0;  // of a tile
bool wide = false;

/** Memory is only ever taken: a module serves one program, and goes with it. */
void* take(size_t bytes) {
  if (!top) top = reinterpret_cast<uintptr_t>(&__heap_base);
  const uintptr_t at = (top + kAlignment - 1) / kAlignment * kAlignment;
  if (at + bytes < at) return nullptr;
  const uintptr_t pages = (at + bytes + kPage - 1) / kPage;
  const uintptr_t have = __builtin_wasm_memory_size(0);
  if (pages > have && __builtin_wasm_memory_grow(0, pages - have) == static_cast<uintptr_t>(-1)) return nullptr;
  top = at + bytes;
  return reinterpret_cast<void*>(at);
}

}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

/** Room of this many bytes, 64-byte aligned; 0 when the memory cannot grow. */
EXPORT(reserve) void* reserve(size_t bytes) { return take(bytes); }

/** Checks and packs a program; null, or the address of a text (ending in 0) that says what is wrong. */
EXPORT(prepare)
const char* prepare(const int32_t* code, size_t words, const double* constants, size_t count, int32_t inFloat64) {
  const char* wrong = readProgram({code, words}, constants, count, &view);
  if (wrong) return wrong;
  const Allocator allocator{[](void*, size_t bytes) { return take(bytes); }, nullptr};
  wide = inFloat64 != 0;
  vectors = wasm::kernel.suitableVectors(view);
  program = wasm::kernel.prepare(&view, wide, vectors, allocator);
  return program ? nullptr : "there is not enough memory for its weights";
}

/** Windows of a tile, and bytes of an arena, once a program is prepared. */
EXPORT(lanes) int32_t lanes() { return wasm::kernel.lanes(wide, vectors); }
EXPORT(arenaBytes) size_t arenaBytes() { return size_t(wasm::kernel.arenaBytes(view, vectors)); }

/** Computes a tile of `windows` windows: the first of `starts`, into the first of each target's results. */
EXPORT(tile)
void tile(void* arena, const double* rows, const int32_t* starts, const double* aux, int32_t windows,
          void* const* predictions, void* const* jacobians) {
  const Batch batch{rows, starts, aux, windows, predictions, jacobians};
  wasm::kernel.tile(program, arena, &batch, 0);
}
