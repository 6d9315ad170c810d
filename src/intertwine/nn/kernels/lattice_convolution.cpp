// Lattice convolution at stride 1, channels fastest: y[b, s, o] = bias[o] + Σ_{k, c} w[k, c, o] x[b, site(s, k), c].
//
// Nothing is padded or unfolded: a table says which site each kernel element sees, in any dimension. A few sites times one
// cache line of output channels stay in registers, so that each weight is loaded once for all of them. The gradient of x is the
// same sum over the inverse table; the gradient of w sums outer products of the two fields a kernel element brings together.
#include <cstdint>
#include <cstring>
#include <vector>
#if defined(_OPENMP)
#include <omp.h>
#endif

namespace {

template <class T> constexpr int kLanes = 64 / sizeof(T);
template <class T> struct Line { typedef T Vector __attribute__((vector_size(64))); };

struct Shape {
  int64_t batch, sites, kernel, in, out;  // in, out: channels
};

int64_t padded(int64_t n, int64_t lanes) { return (n + lanes - 1) / lanes * lanes; }

// Output channels in whole cache lines, the rest zero: the inner loops then have no tails.
template <class T> std::vector<T> pad_columns(const T *w, int64_t rows, int64_t columns) {
  const int64_t wide = padded(columns, kLanes<T>);
  std::vector<T> to(rows * wide, T(0));
  for (int64_t r = 0; r < rows; ++r) std::memcpy(to.data() + r * wide, w + r * columns, columns * sizeof(T));
  return to;
}

// One batch entry with channels fastest: as it is, or turned from [channels, sites] into a thread's buffer.
template <class T> const T *turned(const T *x, bool channels_first, int64_t sites, int64_t channels, std::vector<T> &buffer) {
  if (!channels_first) return x;
  buffer.resize(sites * channels);
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t s = 0; s < sites; ++s) buffer[s * channels + c] = x[c * sites + s];
  return buffer.data();
}

// S sites by L lines of output channels at once.
template <class T, int S, int L>
inline void tile(const Shape &q, const T *x, const int32_t *table, const T *w, int64_t wide, const T *bias, T *y, int64_t s0, int64_t o0) {
  typedef typename Line<T>::Vector V;
  V sum[S][L];
  for (int l = 0; l < L; ++l) {
    V first = V{};
    if (bias) std::memcpy(&first, bias + o0 + l * kLanes<T>, sizeof first);
    for (int s = 0; s < S; ++s) sum[s][l] = first;
  }
  for (int64_t k = 0; k < q.kernel; ++k) {
    const T *seen[S];
    for (int s = 0; s < S; ++s) seen[s] = x + int64_t(table[(s0 + s) * q.kernel + k]) * q.in;
    const T *row = w + k * q.in * wide + o0;
    for (int64_t c = 0; c < q.in; ++c, row += wide)
      for (int l = 0; l < L; ++l) {
        V weight;
        std::memcpy(&weight, row + l * kLanes<T>, sizeof weight);
        for (int s = 0; s < S; ++s) sum[s][l] += seen[s][c] * weight;
      }
  }
  const int64_t left = q.out - o0;
  for (int s = 0; s < S; ++s)
    for (int l = 0; l < L; ++l) {
      const int64_t n = left - l * kLanes<T>;
      T *to = y + (s0 + s) * q.out + o0 + l * kLanes<T>;
      if (n >= kLanes<T>) std::memcpy(to, &sum[s][l], sizeof(V));
      else std::memcpy(to, &sum[s][l], n * sizeof(T));
    }
}

template <class T, int L> void sites_of(const Shape &q, const T *x, const int32_t *table, const T *w, int64_t wide, const T *bias, T *y, int64_t o0) {
  constexpr int S = L == 1 ? 12 : 8;
  int64_t s = 0;
  for (; s + S <= q.sites; s += S) tile<T, S, L>(q, x, table, w, wide, bias, y, s, o0);
  for (; s + 4 <= q.sites; s += 4) tile<T, 4, L>(q, x, table, w, wide, bias, y, s, o0);
  for (; s < q.sites; ++s) tile<T, 1, L>(q, x, table, w, wide, bias, y, s, o0);
}

// table [sites, kernel], w [kernel, in, out], bias [out] or null.
template <class T>
void convolve(const Shape &q, int threads, bool x_first, const int32_t *table, const T *x, const T *w, const T *bias, T *y) {
  const std::vector<T> columns = pad_columns(w, q.kernel * q.in, q.out);
  const std::vector<T> shift = bias ? pad_columns(bias, 1, q.out) : std::vector<T>();
  const int64_t wide = padded(q.out, kLanes<T>);
#pragma omp parallel num_threads(threads)
  {
    std::vector<T> buffer;
#pragma omp for schedule(static)
    for (int64_t b = 0; b < q.batch; ++b) {
      const T *xb = turned(x + b * q.sites * q.in, x_first, q.sites, q.in, buffer), *first = bias ? shift.data() : nullptr;
      T *yb = y + b * q.sites * q.out;
      int64_t o = 0;
      for (; o + kLanes<T> < q.out; o += 2 * kLanes<T>) sites_of<T, 2>(q, xb, table, columns.data(), wide, first, yb, o);
      if (o < q.out) sites_of<T, 1>(q, xb, table, columns.data(), wide, first, yb, o);
    }
  }
}

// C input channels of one kernel element by one line of output channels: Σ_s x[site(s, k), c] g[s, o].
template <class T, int C>
inline void outer(const Shape &q, const T *x, const int32_t *table, const T *g, int64_t wide, T *w, int64_t k, int64_t c0, int64_t o0) {
  typedef typename Line<T>::Vector V;
  V sum[C];
  T *to = w + (k * q.in + c0) * wide + o0;
  for (int c = 0; c < C; ++c) std::memcpy(&sum[c], to + c * wide, sizeof(V));
  for (int64_t s = 0; s < q.sites; ++s) {
    const T *seen = x + int64_t(table[s * q.kernel + k]) * q.in + c0;
    V line;
    std::memcpy(&line, g + s * wide + o0, sizeof line);
    for (int c = 0; c < C; ++c) sum[c] += seen[c] * line;
  }
  for (int c = 0; c < C; ++c) std::memcpy(to + c * wide, &sum[c], sizeof(V));
}

template <class T>
void correlate(const Shape &q, int threads, bool x_first, bool g_first, const int32_t *table, const T *x, const T *g, T *w, T *bias) {
  const int64_t wide = padded(q.out, kLanes<T>), size = q.kernel * q.in * wide + wide;
  std::vector<T> sums(threads * size, T(0));  // a thread's own, added up in their order: the result does not depend on timing
#pragma omp parallel num_threads(threads)
  {
#if defined(_OPENMP)
    T *own = sums.data() + omp_get_thread_num() * size;
#else
    T *own = sums.data();
#endif
    T *own_bias = own + q.kernel * q.in * wide;
    std::vector<T> buffer_x, buffer_g, lines(q.out == wide ? 0 : q.sites * wide, T(0));
#pragma omp for schedule(static)
    for (int64_t b = 0; b < q.batch; ++b) {
      const T *xb = turned(x + b * q.sites * q.in, x_first, q.sites, q.in, buffer_x);
      const T *gb = turned(g + b * q.sites * q.out, g_first, q.sites, q.out, buffer_g);
      if (q.out != wide) {
        for (int64_t s = 0; s < q.sites; ++s) std::memcpy(lines.data() + s * wide, gb + s * q.out, q.out * sizeof(T));
        gb = lines.data();
      }
      for (int64_t s = 0; s < q.sites; ++s)
        for (int64_t o = 0; o < wide; ++o) own_bias[o] += gb[s * wide + o];
      for (int64_t k = 0; k < q.kernel; ++k)
        for (int64_t o = 0; o < wide; o += kLanes<T>) {
          int64_t c = 0;
          for (; c + 16 <= q.in; c += 16) outer<T, 16>(q, xb, table, gb, wide, own, k, c, o);
          for (; c + 4 <= q.in; c += 4) outer<T, 4>(q, xb, table, gb, wide, own, k, c, o);
          for (; c < q.in; ++c) outer<T, 1>(q, xb, table, gb, wide, own, k, c, o);
        }
    }
  }
  for (int t = 1; t < threads; ++t)
    for (int64_t i = 0; i < size; ++i) sums[i] += sums[t * size + i];
  for (int64_t r = 0; r < q.kernel * q.in; ++r) std::memcpy(w + r * q.out, sums.data() + r * wide, q.out * sizeof(T));
  std::memcpy(bias, sums.data() + q.kernel * q.in * wide, q.out * sizeof(T));
}

}  // namespace

#define EXPORT(T, NAME)                                                                                                  \
  extern "C" void convolve_##NAME(int64_t batch, int64_t sites, int64_t kernel, int64_t in, int64_t out, int threads,    \
                                  int x_first, const int32_t *table, const T *x, const T *w, const T *bias, T *y) {      \
    convolve<T>({batch, sites, kernel, in, out}, threads, x_first, table, x, w, bias, y);                                \
  }                                                                                                                      \
  extern "C" void correlate_##NAME(int64_t batch, int64_t sites, int64_t kernel, int64_t in, int64_t out, int threads,   \
                                   int x_first, int g_first, const int32_t *table, const T *x, const T *g, T *w,         \
                                   T *bias) {                                                                            \
    correlate<T>({batch, sites, kernel, in, out}, threads, x_first, g_first, table, x, g, w, bias);                      \
  }
EXPORT(float, float32)
EXPORT(double, float64)
