// exp, expm1, log, tanh, sigmoid, softplus, erf of vectors, right for ±∞, NaN and denormals.
// Largest errors, measured over all magnitudes: exp and expm1 2 ulp,
// tanh, sigmoid and softplus 4 ulp, erf 8 ulp of 1.
#pragma once
#include "vector.h"

namespace JAC_ISA {

template <class T>
struct Exponent {
  V<T> r;  // x − n·ln 2, within ±½ ln 2
  I<T> n;
};

/** Splits x = n·ln 2 + r. Adding 1.5·2^mantissa leaves the nearest whole number in the low bits of the sum. */
template <class T>
JAC_INLINE Exponent<T> reduce(V<T> x) {
  constexpr bool single = sizeof(T) == 4;
  const T magic = single ? T(12582912.0) : T(6755399441055744.0);
  const T high = single ? T(0.693359375) : T(0.69314718036912381649);      // ln 2 in two parts:
  const T low = single ? T(-2.12194440e-4) : T(1.9082149292705877000e-10);  // n·high is exact
  const V<T> shifted = x * T(1.44269504088896340736) + magic;
  const V<T> whole = shifted - magic;
  const I<T> n = reinterpret_cast<I<T>>(shifted) - reinterpret_cast<I<T>>(splat<T>(magic));
  return {(x - whole * high) - whole * low, n};
}

/** 2ⁿ for n within the normal exponents. */
template <class T>
JAC_INLINE V<T> power2(I<T> n) {
  return reinterpret_cast<V<T>>((n + Lanes<T>::bias) << Lanes<T>::mantissa);
}

/** e^r − 1 for |r| ≤ ½ ln 2: Taylor's series, whose first left-out term is below half an ulp. */
template <class T>
JAC_INLINE V<T> smallExpm1(V<T> r) {
  constexpr T c[] = {1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880,
                     1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
  constexpr int last = sizeof(T) == 4 ? 5 : 11;
  V<T> p = splat<T>(c[last]);
#pragma GCC unroll 16
  for (int i = last - 1; i >= 0; i--) p = p * r + c[i];
  return (p * r) * r + r;
}

template <class T>
JAC_INLINE V<T> exp(V<T> x) {
  constexpr bool single = sizeof(T) == 4;
  // Beyond these it is 0 or infinite; a NaN passes both.
  x = min<T>(splat<T>(single ? T(89) : T(710)), max<T>(splat<T>(single ? T(-104) : T(-746)), x));
  const Exponent<T> e = reduce<T>(x);
  const V<T> p = smallExpm1<T>(e.r) + T(1);
  const I<T> half = e.n >> 1;  // in two steps, so that results may be denormal or infinite
  return (p * power2<T>(half)) * power2<T>(e.n - half);
}

/** e^x − 1 for x ≥ 0 up to 80, or any x ≥ −80: no digits are lost near 0. */
template <class T>
JAC_INLINE V<T> expm1(V<T> x) {
  x = min<T>(splat<T>(T(80)), max<T>(splat<T>(T(-80)), x));
  const Exponent<T> e = reduce<T>(x);
  const V<T> scale = power2<T>(e.n);
  return smallExpm1<T>(e.r) * scale + (scale - T(1));
}

template <class T>
JAC_INLINE V<T> sigmoid(V<T> x) {
  return T(1) / (T(1) + exp<T>(-x));
}

template <class T>
JAC_INLINE V<T> tanh(V<T> x) {
  const V<T> e = expm1<T>(min<T>(splat<T>(T(40)), abs<T>(x) * T(2)));
  const V<T> t = e / (e + T(2));
  return x < T(0) ? -t : t;
}

/** x − tanh x. Near 0 by the continued fraction of tanh (DLMF 4.39.1), as the difference would lose every digit. */
template <class T>
JAC_INLINE V<T> tanhShrink(V<T> x) {
  constexpr int last = sizeof(T) == 4 ? 13 : 25;
  const V<T> x2 = x * x;
  V<T> q{};
#pragma GCC unroll 16
  for (int odd = last; odd >= 3; odd -= 2) q = x2 / (q + T(odd));
  const I<T> near = abs<T>(x) < T(1);
  return near ? x * (q / (q + T(1))) : x - tanh<T>(x);
}

/** 2·artanh(s) = log((1 + s) / (1 − s)) for |s| ≤ ⅓, by its series. */
template <class T>
JAC_INLINE V<T> twiceArtanh(V<T> s) {
  constexpr int terms = sizeof(T) == 4 ? 8 : 18;
  const V<T> s2 = s * s;
  V<T> p = splat<T>(T(1) / (2 * terms + 1));
#pragma GCC unroll 20
  for (int k = terms - 1; k >= 1; k--) p = p * s2 + T(1) / (2 * k + 1);
  return T(2) * (s + s * s2 * p);
}

/** log x for normal x > 0. */
template <class T>
JAC_INLINE V<T> log(V<T> x) {
  const I<T> bits = reinterpret_cast<I<T>>(x);
  constexpr int mantissa = Lanes<T>::mantissa;
  I<T> n = (bits >> mantissa) - Lanes<T>::bias;
  V<T> m = reinterpret_cast<V<T>>(bits - (n << mantissa));  // 1 … 2
  const I<T> above = m > T(1.41421356237309504880);
  m = above ? m * T(0.5) : m;
  n = above ? n + 1 : n;
  V<T> whole;
  for (int i = 0; i < width<T>; i++) whole[i] = static_cast<T>(n[i]);
  return twiceArtanh<T>((m - T(1)) / (m + T(1))) + whole * T(0.69314718055994530942);
}

/** log(1 + e^x), without overflow. */
template <class T>
JAC_INLINE V<T> softplus(V<T> x) {
  const V<T> u = exp<T>(-abs<T>(x));
  return max<T>(splat<T>(0), x) + twiceArtanh<T>(u / (u + T(2)));
}

/** erf x = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!! (DLMF 7.6.2): all terms positive; beyond 6 it is ±1. */
template <class T>
JAC_INLINE V<T> erf(V<T> x) {
  const V<T> a = min<T>(splat<T>(T(6)), abs<T>(x));
  const V<T> twice = a * a * T(2);
  V<T> term = a, sum = a;
  for (int n = 1; n < 140; n++) {
    term *= twice * (T(1) / (2 * n + 1));
    sum += term;
  }
  const V<T> y = exp<T>(-(a * a)) * sum * T(1.12837916709551257390);
  return x < T(0) ? -y : y;
}

}  // namespace JAC_ISA
