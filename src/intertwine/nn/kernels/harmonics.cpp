// Harmonics of a vector: Y_k = (1/l_k) Σ_a x_a s_ka with s_ka = Σ_j D_a[k, j] Y_j = ∂_a Y_k and j one degree below k.
//
// Points lie side by side in vector registers, a few cache lines of them at a time, so that the tower's lists are read once for
// many; a group of points stays in the first-level cache from x to the result.
// Backward: gx_a = Σ_k g_k s_ka. Double backward, with c the cotangent of gx: hg_k = Σ_a c_a s_ka, and hx is the backward pass
// for g' = Σ_ka g_k c_a D_a[k, ·]. Of directions, u = x / |x|: gx = (gu − u (u · gu)) / |x|.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>
#if defined(_OPENMP)
#include <omp.h>
#endif

#include "channel_pack.hpp"
#include "lane_transpose.hpp"

namespace {

constexpr double kShortest = 1e-12;  // as torch.nn.functional.normalize: shorter vectors are divided by this

// harmonics_tower.py packs this; the order of the fields is the order of the words. Pairs come row by row.
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

template <class T> struct Work {
  std::vector<T> c, inverse, of_values;  // coefficients; 1 / l of each row; coefficients with that factor, for values alone
  std::vector<int32_t> terms_of_axis;    // [dim n + 1]: where the terms of each row and axis begin
  Work(const Tower &t, const double *coefficients)
      : c(coefficients, coefficients + 1 + t.terms), inverse(t.dim), of_values(c), terms_of_axis(t.dim * t.n + 1, 0) {
    for (int64_t k = 0; k < t.dim; ++k) inverse[k] = t.degree[k] ? T(1) / T(t.degree[k]) : T(0);
    for (int64_t q = 0; q < t.pairs; ++q)
      for (int32_t e = t.term[q]; e < t.term[q + 1]; ++e) {
        of_values[1 + e] = T(coefficients[1 + e] / t.degree[t.row[q]]);
        ++terms_of_axis[t.row[q] * t.n + t.axis[q] + 1];
      }
    for (size_t i = 1; i < terms_of_axis.size(); ++i) terms_of_axis[i] += terms_of_axis[i - 1];
  }
};

constexpr int kLinesAtOnce = 4;
template <class T> using Points = Pack<T, kLinesAtOnce>;
template <class T> constexpr int kPoints = kLinesAtOnce * kLanes<T>;

// Y of a group of points, and every s_ka handed to `derivative` (k, a, s_ka, the pair's number) on the way.
template <class T, class Each> void climb(const Tower &t, const Work<T> &w, const T *x, T *y, Each &&derivative) {
  constexpr int L = kPoints<T>;
  std::fill(y, y + L, w.c[0]);  // every other row has its pairs
  for (int64_t q = 0; q < t.pairs;) {
    const int32_t k = t.row[q];
    Points<T> value = Points<T>::zero();
    for (; q < t.pairs && t.row[q] == k; ++q) {
      Points<T> s = Points<T>::zero();
      for (int32_t e = t.term[q]; e < t.term[q + 1]; ++e) s.fma(w.c[1 + e], Points<T>::load(y + t.column[e] * L));
      derivative(k, t.axis[q], s, q);
      value.fma(s, Points<T>::load(x + t.axis[q] * L));
    }
    Points<T> scaled = Points<T>::zero();
    scaled.fma(w.inverse[k], value);
    scaled.store(y + k * L);
  }
}

// Y alone. N is the number of axes where it is known: x stays in registers then.
template <class T, int N> void climb_values(const Tower &t, const Work<T> &w, const T *x, T *y) {
  constexpr int L = kPoints<T>;
  const int n = N ? N : int(t.n);
  const T *c = w.of_values.data() + 1;
  Points<T> axis[N ? N : 1];
  for (int a = 0; a < N; ++a) axis[a] = Points<T>::load(x + a * L);
  std::fill(y, y + L, w.c[0]);
  const int32_t *term = w.terms_of_axis.data() + n;
  for (int64_t k = 1; k < t.dim; ++k, term += n) {
    Points<T> value = Points<T>::zero();
#pragma GCC unroll 4
    for (int a = 0; a < n; ++a) {
      int32_t e = term[a];
      if (e == term[a + 1]) continue;
      Points<T> s = Points<T>::zero();
      for (; e < term[a + 1]; ++e) s.fma(c[e], Points<T>::load(y + t.column[e] * L));
      value.fma(s, N ? axis[a] : Points<T>::load(x + a * L));
    }
    value.store(y + k * L);
  }
}
template <class T> void climb(const Tower &t, const Work<T> &w, const T *x, T *y) {
  t.n == 3 ? climb_values<T, 3>(t, w, x, y) : climb_values<T, 0>(t, w, x, y);
}

template <class T, class Body> void over_points(int64_t points, int threads, int64_t work_space, Body &&body) {
  const int64_t groups = (points + kPoints<T> - 1) / kPoints<T>;
#pragma omp parallel num_threads(threads) if (groups > 16)
  {
    Buffer<T> space(work_space * kPoints<T>);
#pragma omp for schedule(static)
    for (int64_t group = 0; group < groups; ++group) {
      const int64_t first = group * kPoints<T>;
      body(first, std::min<int64_t>(kPoints<T>, points - first), space.at);
    }
    flushed();
  }
}

// [points, width] in memory to [width] vectors of points; what is beyond the last point is 0.
template <class T> void gather(const T *from, int64_t width, int64_t points, T *to) {
  if (points < kPoints<T>) std::fill(to, to + width * kPoints<T>, T(0));
  transpose(from, width, points, width, to, kPoints<T>);
}
// And back, through a buffer: the result is written past the cache.
template <class T> void scatter(const T *from, int64_t width, int64_t points, T *buffer, T *to) {
  transpose(from, kPoints<T>, width, points, buffer, width);
  flush(buffer, to, points * width);
}

// x becomes a direction; 1 / length of each point.
template <class T> void normalise(int64_t n, T *x, T *inverse) {
  constexpr int L = kPoints<T>;
  for (int p = 0; p < L; ++p) inverse[p] = T(0);
  for (int64_t a = 0; a < n; ++a)
    for (int p = 0; p < L; ++p) inverse[p] += x[a * L + p] * x[a * L + p];
  for (int p = 0; p < L; ++p) inverse[p] = T(1) / std::max(std::sqrt(inverse[p]), T(kShortest));
  for (int64_t a = 0; a < n; ++a)
    for (int p = 0; p < L; ++p) x[a * L + p] *= inverse[p];
}

template <class T> void through_length(int64_t n, const T *u, const T *inverse, T *g) {
  constexpr int L = kPoints<T>;
  T along[L] = {};
  for (int64_t a = 0; a < n; ++a)
    for (int p = 0; p < L; ++p) along[p] += u[a * L + p] * g[a * L + p];
  for (int p = 0; p < L; ++p) along[p] = inverse[p] < T(1 / kShortest) ? along[p] : T(0);  // a fixed divisor
  for (int64_t a = 0; a < n; ++a)
    for (int p = 0; p < L; ++p) g[a * L + p] = (g[a * L + p] - along[p] * u[a * L + p]) * inverse[p];
}

template <class T> void forward(const Tower &t, const double *c, int64_t points, int threads, bool directions, const T *x, T *out) {
  const Work<T> w(t, c);
  over_points<T>(points, threads, 1 + t.n + 2 * t.dim, [&](int64_t first, int64_t count, T *space) {
    constexpr int L = kPoints<T>;
    T *inverse = space, *vx = inverse + L, *y = vx + t.n * L, *buffer = y + t.dim * L;
    gather(x + first * t.n, t.n, count, vx);
    if (directions) normalise(t.n, vx, inverse);
    climb<T>(t, w, vx, y);
    scatter(y, t.dim, count, buffer, out + first * t.dim);
  });
}

template <class T>
void backward(const Tower &t, const double *c, int64_t points, int threads, bool directions, const T *g, const T *x, T *gx) {
  const Work<T> w(t, c);
  over_points<T>(points, threads, 1 + 3 * t.n + 2 * t.dim, [&](int64_t first, int64_t count, T *space) {
    constexpr int L = kPoints<T>;
    T *inverse = space, *vx = inverse + L, *out = vx + t.n * L, *buffer = out + t.n * L, *y = buffer + t.n * L, *vg = y + t.dim * L;
    gather(x + first * t.n, t.n, count, vx);
    gather(g + first * t.dim, t.dim, count, vg);
    if (directions) normalise(t.n, vx, inverse);
    std::fill(out, out + t.n * L, T(0));
    climb<T>(t, w, vx, y, [&](int32_t k, int32_t a, const Points<T> &s, int64_t) { add_to(out + a * L, Points<T>::load(vg + k * L), s); });
    if (directions) through_length(t.n, vx, inverse, out);
    scatter(out, t.n, count, buffer, gx + first * t.n);
  });
}

template <class T>
void double_backward(const Tower &t, const double *c, int64_t points, int threads, const T *g, const T *x, const T *a, T *hg, T *hx) {
  constexpr int L = kPoints<T>;
  const Work<T> w(t, c);
  over_points<T>(points, threads, 4 * t.n + 5 * t.dim + t.pairs, [&](int64_t first, int64_t count, T *space) {
    T *vx = space, *va = vx + t.n * L, *out = va + t.n * L, *y = out + t.n * L, *vg = y + t.dim * L, *along = vg + t.dim * L,
      *h = along + t.dim * L, *buffer = h + t.dim * L, *s = buffer + t.dim * L;
    gather(x + first * t.n, t.n, count, vx);
    gather(a + first * t.n, t.n, count, va);
    gather(g + first * t.dim, t.dim, count, vg);
    std::fill(along, along + 2 * t.dim * L, T(0));  // and h behind it
    std::fill(out, out + t.n * L, T(0));
    climb<T>(t, w, vx, y, [&](int32_t k, int32_t axis, const Points<T> &derivative, int64_t q) {
      derivative.store(s + q * L);
      const auto cotangent = Points<T>::load(va + axis * L);
      add_to(along + k * L, cotangent, derivative);
      const auto both = cotangent * Points<T>::load(vg + k * L);
      for (int32_t e = t.term[q]; e < t.term[q + 1]; ++e) add_to(h + t.column[e] * L, w.c[1 + e], both);
    });
    for (int64_t q = 0; q < t.pairs; ++q) add_to(out + t.axis[q] * L, Points<T>::load(h + t.row[q] * L), Points<T>::load(s + q * L));
    scatter(along, t.dim, count, buffer, hg + first * t.dim);
    scatter(out, t.n, count, buffer, hx + first * t.n);
  });
}

}  // namespace

#define EXPORT(T, NAME)                                                                                                      \
  extern "C" void harmonics_forward_##NAME(const int32_t *words, const double *c, int64_t points, int threads,               \
                                           int directions, const T *x, T *out) {                                             \
    forward<T>(Tower(words), c, points, threads, directions, x, out);                                                        \
  }                                                                                                                          \
  extern "C" void harmonics_backward_##NAME(const int32_t *words, const double *c, int64_t points, int threads,              \
                                            int directions, const T *g, const T *x, T *gx) {                                 \
    backward<T>(Tower(words), c, points, threads, directions, g, x, gx);                                                     \
  }                                                                                                                          \
  extern "C" void harmonics_double_backward_##NAME(const int32_t *words, const double *c, int64_t points, int threads,       \
                                                   int, const T *g, const T *x, const T *a, T *hg, T *hx) {                  \
    double_backward<T>(Tower(words), c, points, threads, g, x, a, hg, hx);                                                   \
  }
#if !defined(ONLY_FLOAT64)
EXPORT(float, float32)
#endif
#if !defined(ONLY_FLOAT32)
EXPORT(double, float64)
#endif
