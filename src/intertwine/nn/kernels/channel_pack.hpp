// Vectors of channels, work space on cache lines, and rows written past the cache.
#pragma once
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

template <class T> constexpr int kLanes = 64 / sizeof(T);

// K cache lines of channels side by side: enough independent sums to fill the pipelines. K = 0 is a single channel, the tail.
// Loads and stores go line by line: through memcpy of the whole the compiler would keep a copy on the stack.
template <class T, int K> struct Pack {
  typedef T Vector __attribute__((vector_size(64)));
  typedef T Line __attribute__((vector_size(64), aligned(sizeof(T)), may_alias));
  Vector v[K];
  static Pack zero() { Pack r; for (int k = 0; k < K; ++k) r.v[k] = Vector{}; return r; }
  static Pack load(const T *p) { Pack r; for (int k = 0; k < K; ++k) r.v[k] = *reinterpret_cast<const Line *>(p + k * kLanes<T>); return r; }
  void store(T *p) const { for (int k = 0; k < K; ++k) *reinterpret_cast<Line *>(p + k * kLanes<T>) = v[k]; }
  void fma(T a, const Pack &x) { for (int k = 0; k < K; ++k) v[k] += a * x.v[k]; }
  void fma(const Pack &a, const Pack &x) { for (int k = 0; k < K; ++k) v[k] += a.v[k] * x.v[k]; }
  Pack operator*(const Pack &b) const { Pack r; for (int k = 0; k < K; ++k) r.v[k] = v[k] * b.v[k]; return r; }
  Vector folded() const { if constexpr (K == 4) return (v[0] + v[1]) + (v[2] + v[3]); else return v[0]; }
  void put_folded(T *p) const { *reinterpret_cast<Line *>(p) = folded(); }
  void fold(T *p) const { *reinterpret_cast<Line *>(p) += folded(); }
  void fold(T *p, bool first) const { first ? put_folded(p) : fold(p); }
};
template <class T> struct Pack<T, 0> {
  T v;
  static Pack zero() { return {T(0)}; }
  static Pack load(const T *p) { return {*p}; }
  void store(T *p) const { *p = v; }
  void fma(T a, const Pack &x) { v += a * x.v; }
  void fma(const Pack &a, const Pack &x) { v += a.v * x.v; }
  Pack operator*(const Pack &b) const { return {v * b.v}; }
  void put_folded(T *p) const { std::memset(p, 0, 64); *p = v; }
  void fold(T *p) const { *p += v; }
  void fold(T *p, bool first) const { first ? put_folded(p) : fold(p); }
};

// p[0 .. width) += a · x and p += a ∘ x, through memory that stays in the first-level cache.
template <class P, class T, class A> void add_to(T *p, const A &a, const P &x) {
  P total = P::load(p);
  total.fma(a, x);
  total.store(p);
}

// The sum of one cache line.
template <class T> T line_sum(const T *p) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) return _mm512_reduce_add_ps(_mm512_loadu_ps(p));
  else return _mm512_reduce_add_pd(_mm512_loadu_pd(p));
#else
  T half[kLanes<T> / 2], sum = 0;
  for (int l = 0; l < kLanes<T> / 2; ++l) half[l] = p[l] + p[l + kLanes<T> / 2];
  for (T one : half) sum += one;
  return sum;
#endif
}

template <class T, int Widest = 4, class Body> void over_channels(int32_t channels, Body &&body) {
  int32_t u = 0;
  if constexpr (Widest == 4)
    for (; u + 4 * kLanes<T> <= channels; u += 4 * kLanes<T>) body(std::integral_constant<int, 4>{}, u);
  for (; u + kLanes<T> <= channels; u += kLanes<T>) body(std::integral_constant<int, 1>{}, u);
  for (; u < channels; ++u) body(std::integral_constant<int, 0>{}, u);
}

// A thread's own work space, zeroed, on cache lines.
template <class T> class Buffer {
 public:
  explicit Buffer(int64_t n) : size_(n), at(static_cast<T *>(::operator new[]((n + 1) * sizeof(T), std::align_val_t(64)))) { clear(); }
  ~Buffer() { ::operator delete[](at, std::align_val_t(64)); }
  Buffer(const Buffer &) = delete;
  void clear() { std::memset(at, 0, size_ * sizeof(T)); }
 private:
  int64_t size_;
 public:
  T *const at;
};

// Writes a finished row past the cache: nothing here reads it again, and its old contents need not be fetched.
template <class T> void flush(const T *from, T *to, int64_t n) {
  int64_t i = 0;
#if defined(__AVX512F__)
  for (; i < n && (reinterpret_cast<uintptr_t>(to + i) & 63); ++i) to[i] = from[i];
  for (; i + kLanes<T> <= n; i += kLanes<T>) _mm512_stream_si512(reinterpret_cast<__m512i *>(to + i), _mm512_loadu_si512(from + i));
#endif
  std::memcpy(to + i, from + i, (n - i) * sizeof(T));
}

// What is read next, on its way to the second-level cache: the first one is full of what is computed now.
template <class T> void fetch(const T *from, int64_t n) {
  for (int64_t i = 0; i < n; i += kLanes<T>) __builtin_prefetch(from + i, 0, 2);
}

// Streaming stores become visible to other threads in order only after this.
inline void flushed() {
#if defined(__AVX512F__)
  _mm_sfence();
#endif
}
