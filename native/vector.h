// Vectors of lanes, by the compiler's vector extensions: one source for AVX-512, AVX2, NEON, WebAssembly and plain.
#pragma once
#include <stddef.h>
#include <stdint.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

// Set by the build, once for each instruction set: the namespace and the bytes of a vector.
#ifndef JAC_ISA
#error "JAC_ISA and JAC_BYTES name the instruction set this file is compiled for"
#endif

#define JAC_INLINE inline __attribute__((always_inline))

namespace JAC_ISA {

template <class T>
struct Lanes;
template <>
struct Lanes<float> {
  typedef float V __attribute__((vector_size(JAC_BYTES)));
  typedef int32_t I __attribute__((vector_size(JAC_BYTES)));
  typedef float U __attribute__((vector_size(JAC_BYTES), aligned(4), may_alias));
  static constexpr int mantissa = 23, bias = 127;
};
template <>
struct Lanes<double> {
  typedef double V __attribute__((vector_size(JAC_BYTES)));
  typedef int64_t I __attribute__((vector_size(JAC_BYTES)));
  typedef double U __attribute__((vector_size(JAC_BYTES), aligned(8), may_alias));
  static constexpr int mantissa = 52, bias = 1023;
};
template <class T>
using V = typename Lanes<T>::V;
template <class T>
using I = typename Lanes<T>::I;

/** Numbers in a vector. */
template <class T>
constexpr int width = JAC_BYTES / static_cast<int>(sizeof(T));

template <class T>
JAC_INLINE V<T> splat(T x) {
  return V<T>{} + x;
}
template <class T>
JAC_INLINE V<T> load(const T* p) {
  return *reinterpret_cast<const V<T>*>(p);
}
template <class T>
JAC_INLINE void store(T* p, V<T> v) {
  *reinterpret_cast<V<T>*>(p) = v;
}

/** sum + a·b, in one rounding where the machine has it. */
template <class T>
JAC_INLINE V<T> madd(V<T> a, V<T> b, V<T> sum) {
#if defined(__wasm_relaxed_simd__)
  if constexpr (sizeof(T) == 4) return __builtin_wasm_relaxed_madd_f32x4(a, b, sum);
  else return __builtin_wasm_relaxed_madd_f64x2(a, b, sum);
#else
  return sum + a * b;  // contracted by the compiler
#endif
}

// max(a, b) and min(a, b) give b where a is not a number: the value that may be one goes second.
template <class T>
JAC_INLINE V<T> max(V<T> a, V<T> b);
template <class T>
JAC_INLINE V<T> min(V<T> a, V<T> b);
#if defined(__AVX512F__)
template <>
JAC_INLINE V<float> max<float>(V<float> a, V<float> b) { return _mm512_max_ps(a, b); }
template <>
JAC_INLINE V<float> min<float>(V<float> a, V<float> b) { return _mm512_min_ps(a, b); }
template <>
JAC_INLINE V<double> max<double>(V<double> a, V<double> b) { return _mm512_max_pd(a, b); }
template <>
JAC_INLINE V<double> min<double>(V<double> a, V<double> b) { return _mm512_min_pd(a, b); }
#elif defined(__AVX2__)
template <>
JAC_INLINE V<float> max<float>(V<float> a, V<float> b) { return _mm256_max_ps(a, b); }
template <>
JAC_INLINE V<float> min<float>(V<float> a, V<float> b) { return _mm256_min_ps(a, b); }
template <>
JAC_INLINE V<double> max<double>(V<double> a, V<double> b) { return _mm256_max_pd(a, b); }
template <>
JAC_INLINE V<double> min<double>(V<double> a, V<double> b) { return _mm256_min_pd(a, b); }
#else
template <class T>
JAC_INLINE V<T> max(V<T> a, V<T> b) { return a > b ? a : b; }
template <class T>
JAC_INLINE V<T> min(V<T> a, V<T> b) { return a < b ? a : b; }
#endif

template <class T>
JAC_INLINE V<T> abs(V<T> x) {
  return max<T>(-x, x);
}

/** √x, lane by lane: only normalisations and squareplus need it. */
template <class T>
JAC_INLINE V<T> sqrt(V<T> x) {
  V<T> y;
  for (int i = 0; i < width<T>; i++) y[i] = sizeof(T) == 4 ? __builtin_sqrtf(static_cast<float>(x[i])) : __builtin_sqrt(x[i]);
  return y;
}

}  // namespace JAC_ISA
