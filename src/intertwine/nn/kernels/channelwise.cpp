// Channelwise tensor product: out[r(e), k, u] += Σ_p w[e, p, u] Σ_i M_p[i, k] x1[s(e), i, u] with M_p[i, k] = Σ_j C_p[i, j, k] x2[e, j].
// s(e) and r(e) are the sender and receiver of an edge, or e itself.
//
// All passes walk the samples once: a sample's features are read from memory, everything derived from them stays in the
// first-level cache, and each result is written once. Channels are contiguous, so every inner loop is a sum of vectors.
// The backward pass differentiates F(g, x1, x2, w) = Σ g · out, linear in each argument; the double backward pass
// differentiates F(g, a1, x2, w) + F(g, x1, a2, w) + F(g, x1, x2, aw), with a1, a2, aw the cotangents of the first gradients.
// A null output is not computed; a null cotangent is zero.
#include "channelwise_second.hpp"

namespace {

// B messages of one row: their rows of x1, of the weights and of g, and M, theirs side by side.
template <class T, int B> struct Messages {
  const T *x[B], *w[B], *g[B], *M;
};

// Messages of one row are made a few at a time, where channels are less than four lines: more independent sums than one message has,
// and each index is read once for all.
template <class T, class Body> void by_few(const Plan &q, int64_t begin, int64_t end, Body &&body) {
  int64_t k = begin;
  const auto one = std::integral_constant<int, 1>{};
  if (q.widest < 4 * kLanes<T>) {
    for (; k < end && k % kTogether; ++k) body(one, k);
    for (; k + kTogether <= end; k += kTogether) body(std::integral_constant<int, kTogether>{}, k);
  }
  for (; k < end; ++k) body(one, k);
}

// Paths and channels, in packs.
template <class T, int B, class Body> void over_paths(const Plan &q, Body &&body) {
  for (int64_t p = 0; p < q.paths; ++p) over_channels<T, B == 1 ? 4 : 1>(q.path_channels[p], [&](auto width, int32_t u) { body(width, p, u); });
}

template <int K, class T, int B> void add_path(const Plan &q, int64_t p, int32_t u, const Messages<T, B> &m, T *row) {
  using P = Pack<T, K>;
  const int32_t at_w = q.path_weight[p] + u;
  for (int32_t r = q.path_row[p]; r < q.path_row[p + 1]; ++r) {
    P sum[B];
    for (int b = 0; b < B; ++b) sum[b] = P::zero();
    for (int32_t t = q.row_entry[r]; t < q.row_entry[r + 1]; ++t) {
      const int32_t at = q.entry_x1[t] + u;
      for (int b = 0; b < B; ++b) sum[b].fma(m.M[t * kTogether + b], P::load(m.x[b] + at));
    }
    P total = P::load(row + q.row_out[r] + u);
    for (int b = 0; b < B; ++b) total.fma(P::load(m.w[b] + at_w), sum[b]);
    total.store(row + q.row_out[r] + u);
  }
}

template <class T> void forward(const Plan &q, const T *c, const Samples &s, const T *x1, const T *x2, const T *w, T *out) {
  const ByRow edges(s.nodes_out, s.n, s.receiver);
#pragma omp parallel num_threads(s.threads)
  {
    Contracted<T> contracted(q, c, edges, x2);
    Buffer<T> row(q.dim_out);
#pragma omp for schedule(guided, 16)
    for (int64_t node = 0; node < s.nodes_out; ++node) {
      row.clear();
      by_few<T>(q, edges.begin(node), edges.end(node), [&](auto count, int64_t k) {
        constexpr int B = decltype(count)::value;
        Messages<T, B> m;
        m.M = contracted(k);
        for (int b = 0; b < B; ++b) {
          const int64_t e = edges[k + b];
          m.x[b] = x1 + s.row_1(e) * q.dim1;
          m.w[b] = w + s.row_w(e) * q.dim_w;
          if (k + b + B >= s.n) continue;
          const int64_t next = edges[k + b + B];
          fetch(x1 + s.row_1(next) * q.dim1, q.dim1);
          fetch(w + s.row_w(next) * q.dim_w, q.dim_w);
        }
        over_paths<T, B>(q, [&](auto width, int64_t p, int32_t u) { add_path<decltype(width)::value>(q, p, u, m, row.at); });
      });
      flush(row.at, out + node * q.dim_out, q.dim_out);
    }
    flushed();
  }
}

// With t_i = Σ_k M[i, k] g_k, row by row of x1: g1_i = w t_i, gw = Σ_i x_i t_i, and the gradient of M[i, k] is Σ_u w x_i g_k.
// All messages read one row of x1. row1, gM (lines of the entries, message by message): null where not wanted. row_w: rows of gw.
template <int K, class T, int B>
void pull_path(const Plan &q, const Across &across, int64_t p, int32_t u, const Messages<T, B> &m, T *row1, T *gM, T *row_w) {
  using P = Pack<T, K>;
  const int32_t at_w = q.path_weight[p] + u;
  P dw[B];
  for (int b = 0; b < B; ++b) dw[b] = P::zero();
  for (int32_t r = across.path_row[p]; r < across.path_row[p + 1]; ++r) {
    const int32_t i = across.row_x1[r] + u;
    const P xi = P::load(m.x[0] + i);
    P sum[B], wx[B];
    for (int b = 0; b < B; ++b) sum[b] = P::zero(), wx[b] = P::load(m.w[b] + at_w) * xi;
    for (int32_t n = across.row_entry[r]; n < across.row_entry[r + 1]; ++n) {
      const int32_t t = across.entry[n], at = across.entry_out[n] + u;
      for (int b = 0; b < B; ++b) {
        const P gk = P::load(m.g[b] + at);
        sum[b].fma(m.M[t * kTogether + b], gk);
        if (gM) (wx[b] * gk).fold(gM + (b * q.entries + t) * kLanes<T>, u == 0);
      }
    }
    for (int b = 0; b < B; ++b) dw[b].fma(xi, sum[b]);
    if (!row1) continue;
    P total = P::load(row1 + i);
    for (int b = 0; b < B; ++b) total.fma(P::load(m.w[b] + at_w), sum[b]);
    total.store(row1 + i);
  }
  for (int b = 0; b < B; ++b) dw[b].store(row_w + b * q.dim_w + at_w);
}

template <class T>
void backward(const Plan &q, const T *c, const Samples &s, const T *g, const T *x1, const T *x2, const T *w, T *g1, T *g2, T *gw) {
  const Across across(q);
  const IntoX2 into_x2(q);
  WeightGradient<T> weights(s, q.dim_w, gw);
  for (int64_t pass = 0; pass < weights.passes(); ++pass) {
    const ByRow edges(s.nodes_1, s.n, s.sender, weights.passes(), pass);
#pragma omp parallel num_threads(s.threads)
    {
      Contracted<T> contracted(q, c, edges, x2);
      Buffer<T> gM(g2 ? kTogether * q.entries * kLanes<T> : 0), row1(q.dim1), row_w(kTogether * q.dim_w);
#pragma omp for schedule(static)
      for (int64_t stretch = 0; stretch < weights.stretches().count(); ++stretch) {
        for (int64_t node = weights.stretches().begin(stretch); node < weights.stretches().begin(stretch + 1); ++node) {
          if (pass == 0 || !g1) row1.clear();
          else std::memcpy(row1.at, g1 + node * q.dim1, q.dim1 * sizeof(T));
          by_few<T>(q, edges.begin(node), edges.end(node), [&](auto count, int64_t k) {
            constexpr int B = decltype(count)::value;
            Messages<T, B> m;
            m.M = contracted(k);
            for (int b = 0; b < B; ++b) {
              const int64_t e = edges[k + b];
              m.x[b] = x1 + node * q.dim1;
              m.w[b] = w + s.row_w(e) * q.dim_w;
              m.g[b] = g + s.row_out(e) * q.dim_out;
              if (k + b + B >= edges.size()) continue;
              const int64_t next = edges[k + b + B];
              fetch(w + s.row_w(next) * q.dim_w, q.dim_w);
              fetch(g + s.row_out(next) * q.dim_out, q.dim_out);
              weights.prefetch(next);
            }
            over_paths<T, B>(q, [&](auto width, int64_t p, int32_t u) {
              pull_path<decltype(width)::value>(q, across, p, u, m, g1 ? row1.at : nullptr, g2 ? gM.at : nullptr, row_w.at);
            });
            for (int b = 0; b < B; ++b) {
              if (g2) into_x2.sum(c, gM.at + b * q.entries * kLanes<T>, g2 + edges[k + b] * q.dim2);
              if (gw) weights.put(thread_number(), edges[k + b], row_w.at + b * q.dim_w);
            }
          });
          if (g1) flush(row1.at, g1 + node * q.dim1, q.dim1);
        }
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
