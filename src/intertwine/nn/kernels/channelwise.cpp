// Channelwise tensor product: out[r(e), k, u] += Σ_p w[e, p, u] Σ_i M_p[i, k] x1[s(e), i, u] with M_p[i, k] = Σ_j C_p[i, j, k] x2[e, j].
// s(e) and r(e) are the sender and receiver of an edge, or e itself.
//
// All passes walk the samples once: a sample's features are read from memory, everything derived from them stays in the
// first-level cache, and each result is written once. Channels are contiguous, so every inner loop is a sum of vectors.
// The backward pass differentiates F(g, x1, x2, w) = Σ g · out, linear in each argument; the double backward pass
// differentiates F(g, a1, x2, w) + F(g, x1, a2, w) + F(g, x1, x2, aw), with a1, a2, aw the cotangents of the first gradients.
// A null output is not computed; a null cotangent is zero.
#include "channelwise_plan.hpp"
#if defined(_OPENMP)
#include <omp.h>
#endif

namespace {

int thread_number() {
#if defined(_OPENMP)
  return omp_get_thread_num();
#else
  return 0;
#endif
}

template <class T> void forward(const Plan &q, const T *c, const Samples &s, const T *x1, const T *x2, const T *w, T *out) {
  const ByRow edges(s.nodes_out, s.n, s.receiver);
#pragma omp parallel num_threads(s.threads)
  {
    Buffer<T> M(q.entries), row(q.dim_out);
#pragma omp for schedule(guided, 16)
    for (int64_t node = 0; node < s.nodes_out; ++node) {
      row.clear();
      for (int64_t k = edges.begin(node); k < edges.end(node); ++k) {
        const int64_t e = edges[k];
        const T *x = x1 + s.row_1(e) * q.dim1, *we = w + s.row_w(e) * q.dim_w;
        contract(q, c, x2 + e * q.dim2, M.at);
        for (int64_t p = 0; p < q.paths; ++p)
          over_channels<T>(q.path_channels[p], [&](auto width, int32_t u) {
            using P = Pack<T, decltype(width)::value>;
            const P wp = P::load(we + q.path_weight[p] + u);
            for (int32_t r = q.path_row[p]; r < q.path_row[p + 1]; ++r) {
              P sum = P::zero();
              for (int32_t t = q.row_entry[r]; t < q.row_entry[r + 1]; ++t) sum.fma(M.at[t], P::load(x + q.entry_x1[t] + u));
              add_to(row.at + q.row_out[r] + u, wp, sum);
            }
          });
      }
      flush(row.at, out + node * q.dim_out, q.dim_out);
    }
    flushed();
  }
}

template <class T>
void backward(const Plan &q, const T *c, const Samples &s, const T *g, const T *x1, const T *x2, const T *w, T *g1, T *g2, T *gw) {
  const ByRow edges(s.nodes_1, s.n, s.sender);
  WeightGradient<T> weights(s, q.dim_w, gw);
#pragma omp parallel num_threads(s.threads)
  {
    Buffer<T> M(q.entries), gM(q.entries * kLanes<T>), row1(q.dim1), row_w(q.dim_w);
    for (int64_t pass = 0; pass < weights.passes(); ++pass) {
#pragma omp for schedule(static)
      for (int64_t node = 0; node < s.nodes_1; ++node) {
        if (pass == 0 || !g1) row1.clear();
        else std::memcpy(row1.at, g1 + node * q.dim1, q.dim1 * sizeof(T));
        for (int64_t k = edges.begin(node); k < edges.end(node); ++k) {
          const int64_t e = edges[k];
          if (weights.skips(e, pass)) continue;
          const T *x = x1 + node * q.dim1, *we = w + s.row_w(e) * q.dim_w, *ge = g + s.row_out(e) * q.dim_out;
          contract(q, c, x2 + e * q.dim2, M.at);
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
                  if (g2) (xi * wg).fold(gM.at + t * kLanes<T>);
                  if (g1) add_to(row1.at + q.entry_x1[t] + u, M.at[t], wg);
                }
                dw.fma(gk, sum);
              }
              dw.store(row_w.at + q.path_weight[p] + u);
            });
          if (g2) contract_back(q, c, gM.at, g2 + e * q.dim2);
          if (gw) weights.put(thread_number(), e, row_w.at, pass);
        }
        if (g1) flush(row1.at, g1 + node * q.dim1, q.dim1);
      }
      flushed();
    }
  }
  weights.finish();
}

// Walks the samples by sender, for h1, h2, hw and, where samples do not share receivers, hg.
template <class T>
void double_backward(const Plan &q, const T *c, const Samples &s, const T *g, const T *x1, const T *x2, const T *w, const T *a1,
                     const T *a2, const T *aw, T *hg, T *h1, T *h2, T *hw) {
  const ByRow edges(s.nodes_1, s.n, s.sender);
  WeightGradient<T> weights(s, q.dim_w, hw);
#pragma omp parallel num_threads(s.threads)
  {
    Buffer<T> M(q.entries), N(q.entries), hM(q.entries * kLanes<T>), row_g(q.dim_out), row1(q.dim1), row_w(q.dim_w);
    for (int64_t pass = 0; pass < weights.passes(); ++pass) {
#pragma omp for schedule(static)
      for (int64_t node = 0; node < s.nodes_1; ++node) {
        if (pass == 0 || !h1) row1.clear();
        else std::memcpy(row1.at, h1 + node * q.dim1, q.dim1 * sizeof(T));
        for (int64_t k = edges.begin(node); k < edges.end(node); ++k) {
          const int64_t e = edges[k], at_w = s.row_w(e) * q.dim_w;
          if (weights.skips(e, pass)) continue;
          const T *x = x1 + node * q.dim1, *a = a1 ? a1 + node * q.dim1 : x, *ge = g + s.row_out(e) * q.dim_out;
          contract(q, c, x2 + e * q.dim2, M.at);
          if (a2) contract(q, c, a2 + e * q.dim2, N.at);
          row_g.clear();
          hM.clear();
          for (int64_t p = 0; p < q.paths; ++p)
            over_channels<T>(q.path_channels[p], [&](auto width, int32_t u) {
              using P = Pack<T, decltype(width)::value>;
              const P wp = P::load(w + at_w + q.path_weight[p] + u), awp = aw ? P::load(aw + at_w + q.path_weight[p] + u) : P::zero();
              P dw = P::zero();
              for (int32_t r = q.path_row[p]; r < q.path_row[p + 1]; ++r) {
                const P gk = P::load(ge + q.row_out[r] + u), wg = wp * gk, awg = awp * gk;
                P plain = P::zero(), mixed = P::zero();  // M x and M a + N x
                for (int32_t t = q.row_entry[r]; t < q.row_entry[r + 1]; ++t) {
                  const int32_t i = q.entry_x1[t] + u;
                  const P xi = P::load(x + i);
                  P to_x = P::zero(), to_M = P::zero();
                  if (a1) {
                    const P ai = P::load(a + i);
                    mixed.fma(M.at[t], ai);
                    to_M.fma(ai, wg);
                  }
                  if (a2) {
                    mixed.fma(N.at[t], xi);
                    to_x.fma(N.at[t], wg);
                  }
                  if (aw) {
                    plain.fma(M.at[t], xi);
                    to_M.fma(xi, awg);
                    to_x.fma(M.at[t], awg);
                  }
                  if (h2) to_M.fold(hM.at + t * kLanes<T>);
                  if (h1) add_to(row1.at + i, T(1), to_x);
                }
                dw.fma(gk, mixed);
                if (hg) {
                  add_to(row_g.at + q.row_out[r] + u, wp, mixed);
                  add_to(row_g.at + q.row_out[r] + u, awp, plain);
                }
              }
              dw.store(row_w.at + q.path_weight[p] + u);
            });
          if (h2) contract_back(q, c, hM.at, h2 + e * q.dim2);
          if (hg) flush(row_g.at, hg + e * q.dim_out, q.dim_out);
          if (hw) weights.put(thread_number(), e, row_w.at, pass);
        }
        if (h1) flush(row1.at, h1 + node * q.dim1, q.dim1);
      }
      flushed();
    }
  }
  weights.finish();
}

// Coefficients come in double; each call casts its few hundred.
template <class T> std::vector<T> cast(const Plan &q, const double *c) { return std::vector<T>(c, c + q.terms); }

}  // namespace

// sizes: samples, rows of x1, rows of out, rows of weights. Returns 1 for an index out of range, which is left to the caller to report.
#define EXPORT(T, NAME)                                                                                                        \
  extern "C" int channelwise_forward_##NAME(const int32_t *plan, const double *c, const int64_t *sizes, const int64_t *sender, \
                                            const int64_t *receiver, int threads, const T *x1, const T *x2, const T *w,        \
                                            T *out) {                                                                          \
    const Plan q(plan);                                                                                                        \
    const Samples s{sizes[0], sizes[1], sizes[2], sizes[3], sender, receiver, threads};                                        \
    if (!s.valid()) return 1;                                                                                                  \
    forward<T>(q, cast<T>(q, c).data(), s, x1, x2, w, out);                                                                    \
    return 0;                                                                                                                  \
  }                                                                                                                            \
  extern "C" int channelwise_backward_##NAME(const int32_t *plan, const double *c, const int64_t *sizes,                       \
                                             const int64_t *sender, const int64_t *receiver, int threads, const T *g,          \
                                             const T *x1, const T *x2, const T *w, T *g1, T *g2, T *gw) {                      \
    const Plan q(plan);                                                                                                        \
    const Samples s{sizes[0], sizes[1], sizes[2], sizes[3], sender, receiver, threads};                                        \
    if (!s.valid()) return 1;                                                                                                  \
    backward<T>(q, cast<T>(q, c).data(), s, g, x1, x2, w, g1, g2, gw);                                                         \
    return 0;                                                                                                                  \
  }                                                                                                                            \
  extern "C" int channelwise_double_backward_##NAME(const int32_t *plan, const double *c, const int64_t *sizes,                \
                                                    const int64_t *sender, const int64_t *receiver, int threads, const T *g,   \
                                                    const T *x1, const T *x2, const T *w, const T *a1, const T *a2,            \
                                                    const T *aw, T *hg, T *h1, T *h2, T *hw) {                                 \
    const Plan q(plan);                                                                                                        \
    const Samples s{sizes[0], sizes[1], sizes[2], sizes[3], sender, receiver, threads};                                        \
    if (!s.valid()) return 1;                                                                                                  \
    double_backward<T>(q, cast<T>(q, c).data(), s, g, x1, x2, w, a1, a2, aw, hg, h1, h2, hw);                                  \
    return 0;                                                                                                                  \
  }
EXPORT(float, float32)
EXPORT(double, float64)
