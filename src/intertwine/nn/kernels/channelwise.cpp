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
    Contracted<T> contracted(q, c, edges, s.n, x2);
    Buffer<T> row(q.dim_out);
#pragma omp for schedule(guided, 16)
    for (int64_t node = 0; node < s.nodes_out; ++node) {
      row.clear();
      for (int64_t k = edges.begin(node); k < edges.end(node); ++k) {
        const int64_t e = edges[k];
        const T *x = x1 + s.row_1(e) * q.dim1, *we = w + s.row_w(e) * q.dim_w, *M = contracted(k);
        if (k + 1 < s.n) {
          fetch(x1 + s.row_1(edges[k + 1]) * q.dim1, q.dim1);
          fetch(w + s.row_w(edges[k + 1]) * q.dim_w, q.dim_w);
        }
        for (int64_t p = 0; p < q.paths; ++p)
          over_channels<T>(q.path_channels[p], [&](auto width, int32_t u) {
            using P = Pack<T, decltype(width)::value>;
            const P wp = P::load(we + q.path_weight[p] + u);
            for (int32_t r = q.path_row[p]; r < q.path_row[p + 1]; ++r) {
              P sum = P::zero();
              for (int32_t t = q.row_entry[r]; t < q.row_entry[r + 1]; ++t) sum.fma(M[t], P::load(x + q.entry_x1[t] + u));
              add_to(row.at + q.row_out[r] + u, wp, sum);
            }
          });
      }
      flush(row.at, out + node * q.dim_out, q.dim_out);
    }
    flushed();
  }
}

// With t_i = Σ_k M[i, k] g_k, row by row of x1: g1_i = w t_i, gw = Σ_i x_i t_i, and the gradient of M[i, k] is Σ_u w x_i g_k.
template <class T>
void backward(const Plan &q, const T *c, const Samples &s, const T *g, const T *x1, const T *x2, const T *w, T *g1, T *g2, T *gw) {
  const ByRow edges(s.nodes_1, s.n, s.sender);
  const Across across(q);
  const IntoX2 into_x2(q);
  WeightGradient<T> weights(s, q.dim_w, gw);
#pragma omp parallel num_threads(s.threads)
  {
    Contracted<T> contracted(q, c, edges, s.n, x2);
    Buffer<T> gM(q.entries * kLanes<T>), row1(q.dim1), row_w(q.dim_w);
    for (int64_t pass = 0; pass < weights.passes(); ++pass) {
#pragma omp for schedule(static)
      for (int64_t node = 0; node < s.nodes_1; ++node) {
        if (pass == 0 || !g1) row1.clear();
        else std::memcpy(row1.at, g1 + node * q.dim1, q.dim1 * sizeof(T));
        for (int64_t k = edges.begin(node); k < edges.end(node); ++k) {
          const int64_t e = edges[k];
          if (weights.skips(e, pass)) continue;
          const T *x = x1 + node * q.dim1, *we = w + s.row_w(e) * q.dim_w, *ge = g + s.row_out(e) * q.dim_out, *M = contracted(k);
          if (k + 1 < s.n) {
            const int64_t next = edges[k + 1];
            fetch(x1 + s.row_1(next) * q.dim1, q.dim1);
            fetch(w + s.row_w(next) * q.dim_w, q.dim_w);
            fetch(g + s.row_out(next) * q.dim_out, q.dim_out);
          }
          for (int64_t p = 0; p < q.paths; ++p)
            over_channels<T>(q.path_channels[p], [&](auto width, int32_t u) {
              using P = Pack<T, decltype(width)::value>;
              const P wp = P::load(we + q.path_weight[p] + u);
              P dw = P::zero();
              for (int32_t r = across.path_row[p]; r < across.path_row[p + 1]; ++r) {
                const int32_t i = across.row_x1[r] + u;
                const P xi = P::load(x + i), wx = wp * xi;
                P sum = P::zero();
                for (int32_t n = across.row_entry[r]; n < across.row_entry[r + 1]; ++n) {
                  const int32_t t = across.entry[n];
                  const P gk = P::load(ge + across.entry_out[n] + u);
                  sum.fma(M[t], gk);
                  if (g2) (wx * gk).fold(gM.at + t * kLanes<T>, u == 0);
                }
                dw.fma(xi, sum);
                if (g1) add_to(row1.at + i, wp, sum);
              }
              dw.store(row_w.at + q.path_weight[p] + u);
            });
          if (g2) into_x2.sum(c, gM.at, g2 + e * q.dim2);
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
// With N from a2 as M from x2, t_i = Σ_k M[i, k] g_k, s_i = Σ_k N[i, k] g_k and z_i = w a_i + aw x_i: h1_i = w s_i + aw t_i,
// hw = Σ_i a_i t_i + x_i s_i, hM[i, k] = Σ_u z_i g_k and hg_k = Σ_i M[i, k] z_i + N[i, k] w x_i.
template <class T>
void double_backward(const Plan &q, const T *c, const Samples &s, const T *g, const T *x1, const T *x2, const T *w, const T *a1,
                     const T *a2, const T *aw, T *hg, T *h1, T *h2, T *hw) {
  const ByRow edges(s.nodes_1, s.n, s.sender);
  const Across across(q);
  const IntoX2 into_x2(q);
  WeightGradient<T> weights(s, q.dim_w, hw);
#pragma omp parallel num_threads(s.threads)
  {
    Contracted<T> of_x2(q, c, edges, s.n, x2), of_a2(q, c, edges, s.n, a2);
    Buffer<T> hM(q.entries * kLanes<T>), row_g(q.dim_out), row1(q.dim1), row_w(q.dim_w), z(q.dim1), wx(q.dim1);
    for (int64_t pass = 0; pass < weights.passes(); ++pass) {
#pragma omp for schedule(static)
      for (int64_t node = 0; node < s.nodes_1; ++node) {
        if (pass == 0 || !h1) row1.clear();
        else std::memcpy(row1.at, h1 + node * q.dim1, q.dim1 * sizeof(T));
        for (int64_t k = edges.begin(node); k < edges.end(node); ++k) {
          const int64_t e = edges[k], at_w = s.row_w(e) * q.dim_w;
          if (weights.skips(e, pass)) continue;
          const T *x = x1 + node * q.dim1, *a = a1 ? a1 + node * q.dim1 : x, *ge = g + s.row_out(e) * q.dim_out;
          const T *M = of_x2(k), *N = a2 ? of_a2(k) : M;
          if (k + 1 < s.n) {
            const int64_t next = edges[k + 1];
            fetch(x1 + s.row_1(next) * q.dim1, q.dim1);
            fetch(w + s.row_w(next) * q.dim_w, q.dim_w);
            fetch(g + s.row_out(next) * q.dim_out, q.dim_out);
            if (a1) fetch(a1 + s.row_1(next) * q.dim1, q.dim1);
            if (aw) fetch(aw + s.row_w(next) * q.dim_w, q.dim_w);
          }
          row_g.clear();
          for (int64_t p = 0; p < q.paths; ++p)
            over_channels<T>(q.path_channels[p], [&](auto width, int32_t u) {
              using P = Pack<T, decltype(width)::value>;
              const P wp = P::load(w + at_w + q.path_weight[p] + u), awp = aw ? P::load(aw + at_w + q.path_weight[p] + u) : P::zero();
              P dw = P::zero();
              for (int32_t r = across.path_row[p]; r < across.path_row[p + 1]; ++r) {
                const int32_t i = across.row_x1[r] + u;
                const P xi = P::load(x + i), ai = a1 ? P::load(a + i) : P::zero();
                P zi = wp * ai, of_M = P::zero(), of_N = P::zero();
                zi.fma(awp, xi);
                zi.store(z.at + i);
                (wp * xi).store(wx.at + i);
                for (int32_t n = across.row_entry[r]; n < across.row_entry[r + 1]; ++n) {
                  const int32_t t = across.entry[n];
                  const P gk = P::load(ge + across.entry_out[n] + u);
                  of_M.fma(M[t], gk);
                  if (a2) of_N.fma(N[t], gk);
                  if (h2) (zi * gk).fold(hM.at + t * kLanes<T>, u == 0);
                }
                dw.fma(ai, of_M);
                dw.fma(xi, of_N);
                if (h1) {
                  P sum = P::load(row1.at + i);
                  sum.fma(wp, of_N);
                  sum.fma(awp, of_M);
                  sum.store(row1.at + i);
                }
              }
              dw.store(row_w.at + q.path_weight[p] + u);
              if (!hg) return;
              for (int32_t r = q.path_row[p]; r < q.path_row[p + 1]; ++r) {
                P sum = P::load(row_g.at + q.row_out[r] + u);
                for (int32_t t = q.row_entry[r]; t < q.row_entry[r + 1]; ++t) {
                  sum.fma(M[t], P::load(z.at + q.entry_x1[t] + u));
                  if (a2) sum.fma(N[t], P::load(wx.at + q.entry_x1[t] + u));
                }
                sum.store(row_g.at + q.row_out[r] + u);
              }
            });
          if (h2) into_x2.sum(c, hM.at, h2 + e * q.dim2);
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
#if !defined(ONLY_FLOAT64)
EXPORT(float, float32)
#endif
#if !defined(ONLY_FLOAT32)
EXPORT(double, float64)
#endif
