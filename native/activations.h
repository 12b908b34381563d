// Activations of vectors: a value and a derivative for each ActivationCode.
#pragma once
#include "math.h"
#include "program-words.h"

namespace JAC_ISA {

template <class T>
JAC_INLINE V<T> select(I<T> mask, V<T> a, V<T> b) {
  return mask ? a : b;
}
template <class T>
JAC_INLINE V<T> clip(V<T> x, T low, T high) {
  return min<T>(splat<T>(high), max<T>(splat<T>(low), x));
}
template <class T>
JAC_INLINE V<T> within(V<T> x, T low, T high, T value) {
  return select<T>((x > low) & (x < high), splat<T>(value), V<T>{});
}

/** An activation known only when it runs; the commonest ones have types of their own below. */
template <class T>
struct AnyActivation {
  int code;
  bool fromOutput;
  T a, b, c;  // parameters, as ActivationCode names them

  AnyActivation(const ActivationWords& f, const double* constants)
      : code(f.code), fromOutput(f.fromOutput != 0), a(static_cast<T>(constants[f.parameters])),
        b(static_cast<T>(constants[f.parameters + 1])), c(static_cast<T>(constants[f.parameters + 2])) {}

  V<T> value(V<T> x) const;
  /** f′, from the output or the input as `fromOutput` says. */
  V<T> slope(V<T> v) const;
};

template <class T>
struct Sigmoid {
  Sigmoid(const ActivationWords&, const double*) {}
  JAC_INLINE V<T> value(V<T> x) const { return sigmoid<T>(x); }
  JAC_INLINE V<T> slope(V<T> y) const { return y * (T(1) - y); }
};
template <class T>
struct Tanh {
  Tanh(const ActivationWords&, const double*) {}
  JAC_INLINE V<T> value(V<T> x) const { return tanh<T>(x); }
  JAC_INLINE V<T> slope(V<T> y) const { return T(1) - y * y; }
};
template <class T>
struct Relu {
  Relu(const ActivationWords&, const double*) {}
  JAC_INLINE V<T> value(V<T> x) const { return max<T>(V<T>{}, x); }
  JAC_INLINE V<T> slope(V<T> y) const { return select<T>(y > T(0), splat<T>(1), V<T>{}); }
};

constexpr double kSeluScale = 1.0507009873554805, kSeluAlpha = 1.6732632423543772;
constexpr double kGeluRoot = 0.7071067690849304199, kGeluCubic = 0.04471499845385551453;  // as float32 has them
constexpr double kRootTwoOverPi = 0.79788456080286535588;  // √(2/π)

template <class T>
V<T> AnyActivation<T>::value(V<T> x) const {
  switch (code) {
    case kSigmoid: return sigmoid<T>(x);
    case kTanh: return tanh<T>(x);
    case kPlainRelu: return max<T>(V<T>{}, x);
    case kRelu: return select<T>(x >= b, splat<T>(b), select<T>(x > c, x, (x - c) * a));
    case kElu: return select<T>(x > T(0), x, expm1<T>(x) * a);
    case kCelu: return select<T>(x > T(0), x, expm1<T>(x / a) * a);
    case kSelu: return select<T>(x > T(0), x, expm1<T>(x) * T(kSeluAlpha)) * T(kSeluScale);
    case kSoftplus: return softplus<T>(x);
    case kSoftsign: return x / (T(1) + abs<T>(x));
    case kSilu: return x * sigmoid<T>(x);
    case kExponential: return exp<T>(x);
    case kMish: return x * tanh<T>(softplus<T>(x));
    case kLogSigmoid: return -softplus<T>(-x);
    case kHardSigmoid: return clip<T>(x * a + T(0.5), 0, 1);
    case kHardSilu: return x * clip<T>(x * a + T(0.5), 0, 1);
    case kHardTanh: return clip<T>(x, -1, 1);
    case kSoftShrink: return select<T>(x > a, x - a, select<T>(x < -a, x + a, V<T>{}));
    case kHardShrink: return select<T>(abs<T>(x) > a, x, V<T>{});
    case kTanhShrink: return tanhShrink<T>(x);
    case kThreshold: return select<T>(x > a, x, splat<T>(b));
    case kSquareplus: return (x + sqrt<T>(x * x + a)) * T(0.5);
    case kSparsePlus: return select<T>(x >= T(1), x, select<T>(x > T(-1), (x + T(1)) * (x + T(1)) * T(0.25), V<T>{}));
    case kSparseSigmoid: return clip<T>((x + T(1)) * T(0.5), 0, 1);
    case kGelu: return x * (T(0.5) * (T(1) + erf<T>(x * T(kGeluRoot))));
    case kGeluTanh: return T(0.5) * x * (T(1) + tanh<T>((x + x * x * x * T(kGeluCubic)) * T(kRootTwoOverPi)));
    default: return x;
  }
}

template <class T>
V<T> AnyActivation<T>::slope(V<T> v) const {
  const V<T> one = splat<T>(1);
  switch (code) {
    case kSigmoid: return v * (T(1) - v);
    case kTanh: return T(1) - v * v;
    case kPlainRelu: return select<T>(v > T(0), one, V<T>{});
    case kRelu: return select<T>(v >= b, V<T>{}, select<T>(v > (fromOutput ? T(0) : c), one, splat<T>(a)));
    case kElu: return select<T>(v > T(0), one, fromOutput ? v + a : exp<T>(v) * a);
    case kCelu: return select<T>(v > T(0), one, exp<T>(v / a));
    case kSelu: return select<T>(v > T(0), splat<T>(T(kSeluScale)), v + T(kSeluScale * kSeluAlpha));
    case kSoftplus: return -expm1<T>(-v);
    case kSoftsign: return (T(1) - abs<T>(v)) * (T(1) - abs<T>(v));
    case kSilu: {
      const V<T> s = sigmoid<T>(v);
      return s * (T(1) + v * (T(1) - s));
    }
    case kExponential: return v;
    case kMish: {
      const V<T> t = tanh<T>(softplus<T>(v));
      return t + v * (T(1) - t * t) * sigmoid<T>(v);
    }
    case kLogSigmoid: return -expm1<T>(v);
    case kHardSigmoid: return fromOutput ? within<T>(v, 0, 1, a) : within<T>(v * a + T(0.5), 0, 1, a);
    case kHardSilu: {
      const V<T> gate = v * a + T(0.5);
      return select<T>(gate <= T(0), V<T>{}, select<T>(gate >= T(1), one, gate + v * a));
    }
    case kHardTanh: return within<T>(v, -1, 1, 1);
    case kSoftShrink:
    case kHardShrink:
      if (fromOutput) return select<T>(v == T(0), V<T>{}, one);
      return code == kHardShrink ? select<T>(abs<T>(v) <= a, V<T>{}, one) : one;
    case kTanhShrink: {
      const V<T> t = tanh<T>(v);
      return t * t;
    }
    case kThreshold: return select<T>(v > a, one, V<T>{});
    case kSquareplus: return (T(1) + v / sqrt<T>(v * v + a)) * T(0.5);
    case kSparsePlus: return clip<T>((v + T(1)) * T(0.5), 0, 1);
    case kSparseSigmoid: return within<T>(v, 0, 1, T(0.5));
    case kGelu: {
      const V<T> u = v * T(kGeluRoot);
      const V<T> density = exp<T>(-(u * u)) * T(0.56418958354775628695 * kGeluRoot);  // of 1/√π
      return T(0.5) * (T(1) + erf<T>(u)) + v * density;
    }
    case kGeluTanh: {
      const V<T> t = tanh<T>((v + v * v * v * T(kGeluCubic)) * T(kRootTwoOverPi));
      return T(0.5) * (T(1) + t) +
             T(0.5) * v * (T(1) - t * t) * (T(kRootTwoOverPi) * (T(1) + v * v * T(3 * kGeluCubic)));
    }
    default: return one;
  }
}

}  // namespace JAC_ISA
