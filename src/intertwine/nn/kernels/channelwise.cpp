// Channelwise tensor product: out[e, k, u] = Σ_p w[e, p, u] Σ_i M_p[i, k] x1[e, i, u] with M_p[i, k] = Σ_j C_p[i, j, k] x2[e, j].
//
// All three passes walk the samples once: a sample's features are read from memory, everything derived from them stays in the
// first-level cache, and each result is written once. Channels are contiguous, so every inner loop is a sum of vectors.
// The backward pass differentiates F(g, x1, x2, w) = Σ g · out, linear in each argument; the double backward pass
// differentiates F(g, a1, x2, w) + F(g, x1, a2, w) + F(g, x1, x2, aw), with a1, a2, aw the cotangents of the first gradients.
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>
#include <vector>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif
#if defined(_OPENMP)
#include <omp.h>
#endif

namespace {

// product_plan.py packs this; the order of the fields is the order of the words.
struct Plan {
  int64_t paths, rows, entries, terms, dim1, dim2, dim_w, dim_out;
  const int32_t *path_row, *path_weight, *path_channels;  // [paths + 1], [paths], [paths]
  const int32_t *row_entry, *row_out;                     // [rows + 1], [rows]
  const int32_t *entry_term, *entry_x1;                   // [entries + 1], [entries]
  const int32_t *term_x2;                                 // [terms]

  explicit Plan(const int32_t *word)
      : paths(word[0]), rows(word[1]), entries(word[2]), terms(word[3]), dim1(word[4]), dim2(word[5]), dim_w(word[6]), dim_out(word[7]) {
    const int32_t *at = word + 8;
    auto take = [&at](int64_t n) { const int32_t *here = at; at += n; return here; };
    path_row = take(paths + 1);
    path_weight = take(paths);
    path_channels = take(paths);
    row_entry = take(rows + 1);
    row_out = take(rows);
    entry_term = take(entries + 1);
    entry_x1 = take(entries);
    term_x2 = take(terms);
  }
};

template <class T> constexpr int kLanes = 64 / sizeof(T);

// K cache lines of channels side by side: enough independent sums to fill the pipelines. K = 0 is a single channel, the tail.
template <class T, int K> struct Pack {
  typedef T Vector __attribute__((vector_size(64)));
  Vector v[K];
  static Pack zero() { Pack r; for (int k = 0; k < K; ++k) r.v[k] = Vector{}; return r; }
  static Pack load(const T *p) { Pack r; std::memcpy(r.v, p, sizeof r.v); return r; }
  void store(T *p) const { std::memcpy(p, v, sizeof v); }
  void fma(T a, const Pack &x) { for (int k = 0; k < K; ++k) v[k] += a * x.v[k]; }
  void fma(const Pack &a, const Pack &x) { for (int k = 0; k < K; ++k) v[k] += a.v[k] * x.v[k]; }
  Pack operator*(const Pack &b) const { Pack r; for (int k = 0; k < K; ++k) r.v[k] = v[k] * b.v[k]; return r; }
  Pack operator+(const Pack &b) const { Pack r; for (int k = 0; k < K; ++k) r.v[k] = v[k] + b.v[k]; return r; }
  void fold(T *p) const { Vector s; std::memcpy(&s, p, sizeof s); for (int k = 0; k < K; ++k) s += v[k]; std::memcpy(p, &s, sizeof s); }
};
template <class T> struct Pack<T, 0> {
  T v;
  static Pack zero() { return {T(0)}; }
  static Pack load(const T *p) { return {*p}; }
  void store(T *p) const { *p = v; }
  void fma(T a, const Pack &x) { v += a * x.v; }
  void fma(const Pack &a, const Pack &x) { v += a.v * x.v; }
  Pack operator*(const Pack &b) const { return {v * b.v}; }
  Pack operator+(const Pack &b) const { return {v + b.v}; }
  void fold(T *p) const { *p += v; }
};

template <class T, class Body> void over_channels(int32_t channels, Body &&body) {
  int32_t u = 0;
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
  if ((reinterpret_cast<uintptr_t>(to) & 63) == 0)
    for (; i + kLanes<T> <= n; i += kLanes<T>) _mm512_stream_si512(reinterpret_cast<__m512i *>(to + i), _mm512_loadu_si512(from + i));
#endif
  std::memcpy(to + i, from + i, (n - i) * sizeof(T));
}

template <class T> void contract(const Plan &q, const T *c, const T *x2, T *M) {
  for (int64_t n = 0; n < q.entries; ++n) {
    T sum = 0;
    for (int32_t t = q.entry_term[n]; t < q.entry_term[n + 1]; ++t) sum += c[t] * x2[q.term_x2[t]];
    M[n] = sum;
  }
}

// The transpose of contract: lane sums of the entries' gradients into the gradient of x2.
template <class T> void contract_back(const Plan &q, const T *c, const T *lanes, T *g2) {
  for (int64_t j = 0; j < q.dim2; ++j) g2[j] = 0;
  for (int64_t n = 0; n < q.entries; ++n) {
    T sum = 0;
    for (int l = 0; l < kLanes<T>; ++l) sum += lanes[n * kLanes<T> + l];
    for (int32_t t = q.entry_term[n]; t < q.entry_term[n + 1]; ++t) g2[q.term_x2[t]] += c[t] * sum;
  }
}

// Gradients of weights that all samples share are summed a thread at a time and added up in the threads' order.
template <class T> class SharedGradient {
 public:
  SharedGradient(int threads, int64_t n, bool shared) : n_(shared ? n : 0), sums_(threads * n_) {}
  void add(int thread, const T *row) { T *to = sums_.data() + thread * n_; for (int64_t i = 0; i < n_; ++i) to[i] += row[i]; }
  void write(T *to) const {
    for (int64_t i = 0; i < n_; ++i) to[i] = 0;
    for (size_t s = 0; s < sums_.size(); ++s) to[s % n_] += sums_[s];
  }
 private:
  int64_t n_;
  std::vector<T> sums_;
};

int thread_number() {
#if defined(_OPENMP)
  return omp_get_thread_num();
#else
  return 0;
#endif
}

template <class T> void forward(const Plan &q, const T *c, int64_t n, int threads, bool shared, const T *x1, const T *x2, const T *w, T *out) {
#pragma omp parallel num_threads(threads)
  {
    Buffer<T> M(q.entries), row(q.dim_out);
#pragma omp for schedule(static)
    for (int64_t e = 0; e < n; ++e) {
      const T *x = x1 + e * q.dim1, *we = w + (shared ? 0 : e * q.dim_w);
      contract(q, c, x2 + e * q.dim2, M.at);
      row.clear();
      for (int64_t p = 0; p < q.paths; ++p)
        over_channels<T>(q.path_channels[p], [&](auto width, int32_t u) {
          using P = Pack<T, decltype(width)::value>;
          const P wp = P::load(we + q.path_weight[p] + u);
          for (int32_t r = q.path_row[p]; r < q.path_row[p + 1]; ++r) {
            P sum = P::zero();
            for (int32_t t = q.row_entry[r]; t < q.row_entry[r + 1]; ++t) sum.fma(M.at[t], P::load(x + q.entry_x1[t] + u));
            P total = P::load(row.at + q.row_out[r] + u);
            total.fma(wp, sum);
            total.store(row.at + q.row_out[r] + u);
          }
        });
      flush(row.at, out + e * q.dim_out, q.dim_out);
    }
  }
}

template <class T>
void backward(const Plan &q, const T *c, int64_t n, int threads, bool shared, const T *g, const T *x1, const T *x2, const T *w, T *g1, T *g2, T *gw) {
  SharedGradient<T> sum_w(threads, q.dim_w, shared);
#pragma omp parallel num_threads(threads)
  {
    Buffer<T> M(q.entries), gM(q.entries * kLanes<T>), row1(q.dim1), row_w(q.dim_w);
#pragma omp for schedule(static)
    for (int64_t e = 0; e < n; ++e) {
      const T *x = x1 + e * q.dim1, *we = w + (shared ? 0 : e * q.dim_w), *ge = g + e * q.dim_out;
      contract(q, c, x2 + e * q.dim2, M.at);
      row1.clear();
      gM.clear();
      for (int64_t p = 0; p < q.paths; ++p)
        over_channels<T>(q.path_channels[p], [&](auto width, int32_t u) {
          using P = Pack<T, decltype(width)::value>;
          const P wp = P::load(we + q.path_weight[p] + u);
          P dw = P::zero();
          for (int32_t r = q.path_row[p]; r < q.path_row[p + 1]; ++r) {
            const P gk = P::load(ge + q.row_out[r] + u), wg = wp * gk;
            P sum = P::zero();
            for (int32_t t = q.row_entry[r]; t < q.row_entry[r + 1]; ++t) {
              const P xi = P::load(x + q.entry_x1[t] + u);
              sum.fma(M.at[t], xi);
              (xi * wg).fold(gM.at + t * kLanes<T>);
              P total = P::load(row1.at + q.entry_x1[t] + u);
              total.fma(M.at[t], wg);
              total.store(row1.at + q.entry_x1[t] + u);
            }
            dw.fma(gk, sum);
          }
          dw.store(row_w.at + q.path_weight[p] + u);
        });
      contract_back(q, c, gM.at, g2 + e * q.dim2);
      flush(row1.at, g1 + e * q.dim1, q.dim1);
      if (shared) sum_w.add(thread_number(), row_w.at);
      else flush(row_w.at, gw + e * q.dim_w, q.dim_w);
    }
  }
  if (shared) sum_w.write(gw);
}

template <class T>
void double_backward(const Plan &q, const T *c, int64_t n, int threads, bool shared, const T *g, const T *x1, const T *x2, const T *w,
                     const T *a1, const T *a2, const T *aw, T *hg, T *h1, T *h2, T *hw) {
  SharedGradient<T> sum_w(threads, q.dim_w, shared);
#pragma omp parallel num_threads(threads)
  {
    Buffer<T> M(q.entries), N(q.entries), hM(q.entries * kLanes<T>), row_g(q.dim_out), row1(q.dim1), row_w(q.dim_w);
#pragma omp for schedule(static)
    for (int64_t e = 0; e < n; ++e) {
      const int64_t at_w = shared ? 0 : e * q.dim_w;
      const T *x = x1 + e * q.dim1, *a = a1 + e * q.dim1, *we = w + at_w, *awe = aw + at_w, *ge = g + e * q.dim_out;
      contract(q, c, x2 + e * q.dim2, M.at);
      contract(q, c, a2 + e * q.dim2, N.at);
      row_g.clear();
      row1.clear();
      hM.clear();
      for (int64_t p = 0; p < q.paths; ++p)
        over_channels<T>(q.path_channels[p], [&](auto width, int32_t u) {
          using P = Pack<T, decltype(width)::value>;
          const P wp = P::load(we + q.path_weight[p] + u), awp = P::load(awe + q.path_weight[p] + u);
          P dw = P::zero();
          for (int32_t r = q.path_row[p]; r < q.path_row[p + 1]; ++r) {
            const P gk = P::load(ge + q.row_out[r] + u), wg = wp * gk, awg = awp * gk;
            P plain = P::zero(), mixed = P::zero();  // M x and M a + N x
            for (int32_t t = q.row_entry[r]; t < q.row_entry[r + 1]; ++t) {
              const P xi = P::load(x + q.entry_x1[t] + u), ai = P::load(a + q.entry_x1[t] + u);
              plain.fma(M.at[t], xi);
              mixed.fma(M.at[t], ai);
              mixed.fma(N.at[t], xi);
              (ai * wg + xi * awg).fold(hM.at + t * kLanes<T>);
              P total = P::load(row1.at + q.entry_x1[t] + u);
              total.fma(N.at[t], wg);
              total.fma(M.at[t], awg);
              total.store(row1.at + q.entry_x1[t] + u);
            }
            dw.fma(gk, mixed);
            P total = P::load(row_g.at + q.row_out[r] + u);
            total.fma(wp, mixed);
            total.fma(awp, plain);
            total.store(row_g.at + q.row_out[r] + u);
          }
          dw.store(row_w.at + q.path_weight[p] + u);
        });
      contract_back(q, c, hM.at, h2 + e * q.dim2);
      flush(row_g.at, hg + e * q.dim_out, q.dim_out);
      flush(row1.at, h1 + e * q.dim1, q.dim1);
      if (shared) sum_w.add(thread_number(), row_w.at);
      else flush(row_w.at, hw + e * q.dim_w, q.dim_w);
    }
  }
  if (shared) sum_w.write(hw);
}

// Coefficients come in double; each call casts its few hundred.
template <class T> std::vector<T> cast(const Plan &q, const double *c) { return std::vector<T>(c, c + q.terms); }

}  // namespace

#define EXPORT(T, NAME)                                                                                                        \
  extern "C" void channelwise_forward_##NAME(const int32_t *plan, const double *c, int64_t n, int threads, int shared,         \
                                             const T *x1, const T *x2, const T *w, T *out) {                                   \
    const Plan q(plan);                                                                                                        \
    forward<T>(q, cast<T>(q, c).data(), n, threads, shared, x1, x2, w, out);                                                   \
  }                                                                                                                            \
  extern "C" void channelwise_backward_##NAME(const int32_t *plan, const double *c, int64_t n, int threads, int shared,        \
                                              const T *g, const T *x1, const T *x2, const T *w, T *g1, T *g2, T *gw) {         \
    const Plan q(plan);                                                                                                        \
    backward<T>(q, cast<T>(q, c).data(), n, threads, shared, g, x1, x2, w, g1, g2, gw);                                        \
  }                                                                                                                            \
  extern "C" void channelwise_double_backward_##NAME(const int32_t *plan, const double *c, int64_t n, int threads, int shared, \
                                                     const T *g, const T *x1, const T *x2, const T *w, const T *a1,            \
                                                     const T *a2, const T *aw, T *hg, T *h1, T *h2, T *hw) {                   \
    const Plan q(plan);                                                                                                        \
    double_backward<T>(q, cast<T>(q, c).data(), n, threads, shared, g, x1, x2, w, a1, a2, aw, hg, h1, h2, hw);                 \
  }
EXPORT(float, float32)
EXPORT(double, float64)
