// Harmonics of a vector: Y_k = (1/l_k) Σ_a x_a s_ka with s_ka = Σ_j D_a[k, j] Y_j = ∂_a Y_k and j one degree below k.
//
// Points lie side by side in vector registers; a group of them stays in the first-level cache from x to the result.
// Backward: gx_a = Σ_k g_k s_ka. Double backward, with c the cotangent of gx: hg_k = Σ_a c_a s_ka, and hx is the backward pass
// for g' = Σ_ka g_k c_a D_a[k, ·].
#include <algorithm>
#include <cstdint>
#include <vector>
#if defined(_OPENMP)
#include <omp.h>
#endif

#include "channel_pack.hpp"

namespace {

// harmonics_tower.py packs this; the order of the fields is the order of the words.
struct Tower {
  int64_t n, dim, pairs, terms;
  const int32_t *degree, *row, *axis, *term, *column;  // [dim], [pairs], [pairs], [pairs + 1], [terms]

  explicit Tower(const int32_t *word) : n(word[0]), dim(word[1]), pairs(word[2]), terms(word[3]) {
    const int32_t *at = word + 4;
    auto take = [&at](int64_t count) { const int32_t *here = at; at += count; return here; };
    degree = take(dim);
    row = take(pairs);
    axis = take(pairs);
    term = take(pairs + 1);
    column = take(terms);
  }
};

template <class T> using Lanes = Pack<T, 1>;

// [points, width] in memory to [width] vectors of points and back; what is beyond the last point is 0.
template <class T> void gather(const T *from, int64_t width, int64_t points, T *to) {
  if (points < kLanes<T>) std::fill(to, to + width * kLanes<T>, T(0));
  for (int64_t p = 0; p < points; ++p)
    for (int64_t i = 0; i < width; ++i) to[i * kLanes<T> + p] = from[p * width + i];
}
template <class T> void scatter(const T *from, int64_t width, int64_t points, T *to) {
  for (int64_t p = 0; p < points; ++p)
    for (int64_t i = 0; i < width; ++i) to[p * width + i] = from[i * kLanes<T> + p];
}

// Y and, where asked for, every s_ka.
template <class T> void values(const Tower &t, const T *c, const T *inverse, const T *x, T *y, T *s) {
  constexpr int L = kLanes<T>;
  for (int64_t k = 0; k < t.dim * L; ++k) y[k] = k < L ? c[0] : T(0);
  for (int64_t q = 0; q < t.pairs; ++q) {
    Lanes<T> sum = Lanes<T>::zero();
    for (int32_t e = t.term[q]; e < t.term[q + 1]; ++e) sum.fma(c[1 + e], Lanes<T>::load(y + t.column[e] * L));
    if (s) sum.store(s + q * L);
    const int32_t k = t.row[q];
    Lanes<T> along = Lanes<T>::load(x + t.axis[q] * L) * sum;
    add_to(y + k * L, inverse[k], along);
  }
}

// out_a += Σ_k g_k s_ka.
template <class T> void contract(const Tower &t, const T *g, const T *s, T *out) {
  constexpr int L = kLanes<T>;
  for (int64_t q = 0; q < t.pairs; ++q)
    add_to(out + t.axis[q] * L, Lanes<T>::load(g + t.row[q] * L), Lanes<T>::load(s + q * L));
}

template <class T> struct Work {
  std::vector<T> c, inverse;
  Work(const Tower &t, const double *coefficients) : c(coefficients, coefficients + 1 + t.terms), inverse(t.dim) {
    for (int64_t k = 0; k < t.dim; ++k) inverse[k] = t.degree[k] ? T(1) / T(t.degree[k]) : T(0);
  }
};

template <class T, class Body> void over_points(int64_t points, int threads, int64_t work_space, Body &&body) {
  const int64_t groups = (points + kLanes<T> - 1) / kLanes<T>;
#pragma omp parallel num_threads(threads) if (groups > 64)
  {
    Buffer<T> space(work_space * kLanes<T>);
#pragma omp for schedule(static)
    for (int64_t group = 0; group < groups; ++group) {
      const int64_t first = group * kLanes<T>;
      body(first, std::min<int64_t>(kLanes<T>, points - first), space.at);
    }
  }
}

template <class T> void forward(const Tower &t, const double *c, int64_t points, int threads, const T *x, T *out) {
  const Work<T> w(t, c);
  over_points<T>(points, threads, t.n + t.dim, [&](int64_t first, int64_t count, T *space) {
    T *vx = space, *y = vx + t.n * kLanes<T>;
    gather(x + first * t.n, t.n, count, vx);
    values<T>(t, w.c.data(), w.inverse.data(), vx, y, nullptr);
    scatter(y, t.dim, count, out + first * t.dim);
  });
}

template <class T> void backward(const Tower &t, const double *c, int64_t points, int threads, const T *g, const T *x, T *gx) {
  constexpr int L = kLanes<T>;
  const Work<T> w(t, c);
  over_points<T>(points, threads, 2 * t.n + 2 * t.dim + t.pairs, [&](int64_t first, int64_t count, T *space) {
    T *vx = space, *out = vx + t.n * L, *y = out + t.n * L, *vg = y + t.dim * L, *s = vg + t.dim * L;
    gather(x + first * t.n, t.n, count, vx);
    gather(g + first * t.dim, t.dim, count, vg);
    values<T>(t, w.c.data(), w.inverse.data(), vx, y, s);
    std::fill(out, out + t.n * L, T(0));
    contract<T>(t, vg, s, out);
    scatter(out, t.n, count, gx + first * t.n);
  });
}

template <class T>
void double_backward(const Tower &t, const double *c, int64_t points, int threads, const T *g, const T *x, const T *a, T *hg, T *hx) {
  constexpr int L = kLanes<T>;
  const Work<T> w(t, c);
  over_points<T>(points, threads, 3 * t.n + 4 * t.dim + t.pairs, [&](int64_t first, int64_t count, T *space) {
    T *vx = space, *va = vx + t.n * L, *out = va + t.n * L, *y = out + t.n * L, *vg = y + t.dim * L, *along = vg + t.dim * L,
      *h = along + t.dim * L, *s = h + t.dim * L;
    gather(x + first * t.n, t.n, count, vx);
    gather(a + first * t.n, t.n, count, va);
    gather(g + first * t.dim, t.dim, count, vg);
    values<T>(t, w.c.data(), w.inverse.data(), vx, y, s);
    std::fill(along, along + 2 * t.dim * L, T(0));  // and h behind it
    std::fill(out, out + t.n * L, T(0));
    for (int64_t q = 0; q < t.pairs; ++q) {
      const int32_t k = t.row[q];
      const auto axis = Lanes<T>::load(va + t.axis[q] * L);
      add_to(along + k * L, axis, Lanes<T>::load(s + q * L));
      const auto both = axis * Lanes<T>::load(vg + k * L);
      for (int32_t e = t.term[q]; e < t.term[q + 1]; ++e) add_to(h + t.column[e] * L, w.c[1 + e], both);
    }
    contract<T>(t, h, s, out);
    scatter(along, t.dim, count, hg + first * t.dim);
    scatter(out, t.n, count, hx + first * t.n);
  });
}

}  // namespace

#define EXPORT(T, NAME)                                                                                                      \
  extern "C" void harmonics_forward_##NAME(const int32_t *words, const double *c, int64_t points, int threads, const T *x,   \
                                           T *out) {                                                                         \
    forward<T>(Tower(words), c, points, threads, x, out);                                                                    \
  }                                                                                                                          \
  extern "C" void harmonics_backward_##NAME(const int32_t *words, const double *c, int64_t points, int threads, const T *g,  \
                                            const T *x, T *gx) {                                                             \
    backward<T>(Tower(words), c, points, threads, g, x, gx);                                                                 \
  }                                                                                                                          \
  extern "C" void harmonics_double_backward_##NAME(const int32_t *words, const double *c, int64_t points, int threads,       \
                                                   const T *g, const T *x, const T *a, T *hg, T *hx) {                       \
    double_backward<T>(Tower(words), c, points, threads, g, x, a, hg, hx);                                                   \
  }
EXPORT(float, float32)
EXPORT(double, float64)
