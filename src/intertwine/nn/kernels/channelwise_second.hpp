// The second derivative of the channelwise product: the gradients of F(g, a1, x2, w) + F(g, x1, a2, w) + F(g, x1, x2, aw), with
// F(g, x1, x2, w) = Σ g · out and a1, a2, aw the cotangents of its gradients with respect to x1, x2 and w.
#pragma once
#include "weight_gradient.hpp"

// Walks the samples by sender, for h1, h2, hw and, where samples do not share receivers, hg.
// With N from a2 as M from x2, t_i = Σ_k M[i, k] g_k, s_i = Σ_k N[i, k] g_k and z_i = w a_i + aw x_i: h1_i = w s_i + aw t_i,
// hw = Σ_i a_i t_i + x_i s_i, hM[i, k] = Σ_u z_i g_k and hg_k = Σ_i M[i, k] z_i + N[i, k] w x_i.
template <class T>
void double_backward(const Plan &q, const T *c, const Samples &s, const T *g, const T *x1, const T *x2, const T *w, const T *a1,
                     const T *a2, const T *aw, T *hg, T *h1, T *h2, T *hw) {
  const Across across(q);
  const IntoX2 into_x2(q);
  WeightGradient<T> weights(s, q.dim_w, hw);
  for (int64_t pass = 0; pass < weights.passes(); ++pass) {
    const ByRow edges(s.nodes_1, s.n, s.sender, weights.passes(), pass);
#pragma omp parallel num_threads(s.threads)
    {
      Contracted<T> of_x2(q, c, edges, x2), of_a2(q, c, edges, a2);
      Buffer<T> hM(q.entries * kLanes<T>), row_g(q.dim_out), row1(q.dim1), row_w(q.dim_w), z(q.dim1), wx(q.dim1);
#pragma omp for schedule(static)
      for (int64_t stretch = 0; stretch < weights.stretches().count(); ++stretch) {
        for (int64_t node = weights.stretches().begin(stretch); node < weights.stretches().begin(stretch + 1); ++node) {
          if (pass == 0 || !h1) row1.clear();
          else std::memcpy(row1.at, h1 + node * q.dim1, q.dim1 * sizeof(T));
          for (int64_t k = edges.begin(node); k < edges.end(node); ++k) {
            const int64_t e = edges[k], at_w = s.row_w(e) * q.dim_w;
            const T *x = x1 + node * q.dim1, *a = a1 ? a1 + node * q.dim1 : x, *ge = g + s.row_out(e) * q.dim_out;
            const T *M = of_x2(k), *N = a2 ? of_a2(k) : M;
            if (k + 1 < edges.size()) {
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
                    of_M.fma(M[t * kTogether], gk);
                    if (a2) of_N.fma(N[t * kTogether], gk);
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
                    sum.fma(M[t * kTogether], P::load(z.at + q.entry_x1[t] + u));
                    if (a2) sum.fma(N[t * kTogether], P::load(wx.at + q.entry_x1[t] + u));
                  }
                  sum.store(row_g.at + q.row_out[r] + u);
                }
              });
            if (h2) into_x2.sum(c, hM.at, h2 + e * q.dim2);
            if (hg) flush(row_g.at, hg + e * q.dim_out, q.dim_out);
            if (hw) weights.put(thread_number(), e, row_w.at);
          }
          if (h1) flush(row1.at, h1 + node * q.dim1, q.dim1);
        }
      }
      flushed();
    }
  }
  weights.finish();
}
