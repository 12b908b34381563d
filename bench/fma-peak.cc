// The machine's peak of fused multiply-adds: independent accumulators in registers, on each of so many threads.
// usage: fma-peak THREADS MILLISECONDS → "float32 GFLOP/s, float64 GFLOP/s"
#include <stdio.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#ifdef __AVX512F__
constexpr int kBytes = 64, kAccumulators = 24;
#elif defined(__AVX2__)
constexpr int kBytes = 32, kAccumulators = 12;
#else
constexpr int kBytes = 16, kAccumulators = 12;
#endif

template <class T>
double peak(int threads, int milliseconds) {
  typedef T V __attribute__((vector_size(kBytes)));
  constexpr int kLoops = 20000;
  std::atomic<long> blocks{0};
  std::atomic<bool> stop{false};
  const auto work = [&] {
    V sum[kAccumulators] = {};
    V a = V{} + T(0.999999), b = V{} + T(1e-7);
    while (!stop) {
      for (int i = 0; i < kLoops; i++) {
#pragma GCC unroll 24
        for (int k = 0; k < kAccumulators; k++) sum[k] = sum[k] * a + b;
        asm volatile("" : "+x"(a), "+x"(b));
      }
      blocks++;
    }
    for (const V& s : sum) asm volatile("" : : "x"(s));
  };
  std::vector<std::thread> pool;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < threads; i++) pool.emplace_back(work);
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  stop = true;
  for (auto& thread : pool) thread.join();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return 2.0 * blocks * kLoops * kAccumulators * (kBytes / sizeof(T)) / seconds / 1e9;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int threads = atoi(argv[1]), milliseconds = atoi(argv[2]);
  const double narrow = peak<float>(threads, milliseconds);
  printf("%.1f %.1f\n", narrow, peak<double>(threads, milliseconds));
}
