// Fully connected product with shared weights: out[k, v] = Σ_p Σ_u W_p[u, v] Σ_i M_p[i, k] x1[i, u] with M_p[i, k] = Σ_j C_p[i, j, k] x2[j].
//
// Nearly all of it is matrix products, so that the order of contraction decides. A path from d1 to d3 components is mixed on
// the side that has fewer: W_p acts on x1 before M_p does, or on M_p x1. Backward, Z = g W_pᵀ (d3 rows) gives both
// gradients of the features, x1's by M_p and x2's by its products with x1; where 2 d1 < d3 the input side is cheaper even
// though it makes x1 W_p again. Samples go in blocks that stay in the second-level cache with the weights and their gradients.
#include "fully_connected_plan.hpp"
#if defined(_OPENMP)
#include <omp.h>
#endif

namespace {

constexpr int64_t kBlockBytes = 1 << 18;  // features of one block, of all kinds: a part of the second-level cache

// Samples of a block: a whole number of lines, so that they lie side by side in the tables M.
template <class T> int64_t block_of(const MixPlan &q, int64_t n) {
  const int64_t each = (q.dim1 + q.dim_out + q.entries + q.dim2 * kLanes<T>) * sizeof(T);
  const int64_t fit = std::clamp<int64_t>(kBlockBytes / each, kLanes<T>, 64);
  return whole_lines<T>(std::min<int64_t>(fit - fit % kLanes<T>, std::max<int64_t>(n, 1)));
}

template <class T> struct Space {
  int64_t block, rows, width;
  Buffer<T> across, M, first, second;
  Space(const MixPlan &q, int64_t n)
      : block(block_of<T>(q, n)), rows(most(q.in, q.out).first), width(most(q.in, q.out).second), across(q.dim2 * block), M(q.entries * block),
        first(block * rows * width), second(block * rows * width) {}
  static std::pair<int64_t, int64_t> most(const Blocks &in, const Blocks &out) {
    int64_t rows = 1, width = 1;
    for (const Blocks *side : {&in, &out})
      for (int64_t b = 0; b < side->count; ++b) {
        rows = std::max<int64_t>(rows, side->rows[b]);
        width = std::max<int64_t>(width, whole_lines<T>(side->channels[b]));
      }
    return {rows, width};
  }
};

// One path of one block: the sizes of its sides, and the products with M_p in both directions for some of the samples.
template <class T> struct Path {
  const MixPlan &q;
  const T *M;
  int64_t p, stride, b1, b3, d1, d3, m1, m3, w1, w3;
  Path(const MixPlan &q, const Space<T> &s, int64_t p)
      : q(q), M(s.M.at), p(p), stride(s.block), b1(q.path_in[p]), b3(q.path_out[p]), d1(q.in.rows[b1]), d3(q.out.rows[b3]), m1(q.in.channels[b1]),
        m3(q.out.channels[b3]), w1(whole_lines<T>(m1)), w3(whole_lines<T>(m3)) {}
  bool mixes_first() const { return d1 <= d3; }
  // to[k] (+)= Σ_i M[i, k] from[i], and its transpose, for channels of either side.
  template <bool Add> void along(const Rows &rows, int64_t begin, int64_t end, int64_t width, const T *from, T *to) const {
    combine_all<T, Add>(rows, p, d3, d1, end - begin, M + begin, stride, width, from, to);
  }
  template <bool Add> void back(const Rows &rows, int64_t begin, int64_t end, int64_t width, const T *from, T *to) const {
    combine_all<T, Add>(rows, p, d1, d3, end - begin, M + begin, stride, width, from, to);
  }
};

// A few samples at a time, about 24 rows in full tiles: what one step makes is in the first-level cache for the next.
template <class Body> void in_pieces(int64_t samples, int64_t rows, Body &&body) {
  int64_t piece = 1;
  while (piece < samples && (piece * rows < 4 * kTileRows || piece * rows % kTileRows)) ++piece;
  for (int64_t begin = 0; begin < samples; begin += piece) body(begin, std::min(begin + piece, samples));
}

// A part of the features that the next block reads, on their way to the second-level cache while this one is computed.
template <class T> void fetch_ahead(const T *from, int64_t start, int64_t samples, int64_t n, int64_t dim, int64_t part, int64_t parts) {
  const int64_t first = start + samples, size = (std::min(first + samples, n) - first) * dim;
  for (int64_t i = size * part / parts; i < size * (part + 1) / parts; i += kLanes<T>) __builtin_prefetch(from + first * dim + i, 0, 2);
}

template <class T> void forward(const MixPlan &q, const T *c, int64_t n, int threads, const T *x1, const T *x2, const T *w, T *out) {
  const Rows by_out(q, false);
  Weights<T> W(q, false);
  W.load(w);
  const int64_t block = block_of<T>(q, n);
#pragma omp parallel num_threads(threads) if (n > block)
  {
    Space<T> s(q, n);
    Panel<T> X(q.in, q.dim1, block), O(q.out, q.dim_out, block);
#pragma omp for schedule(static)
    for (int64_t start = 0; start < n; start += block) {
      const int64_t samples = std::min(block, n - start);
      X.load(x1 + start * q.dim1, samples);
      O.clear();
      contract(q, c, x2 + start * q.dim2, samples, s.block, s.across.at, s.M.at);
      for (int64_t p = 0; p < q.paths; ++p) {
        const Path<T> path(q, s, p);
        fetch_ahead(x1, start, samples, n, q.dim1, p, q.paths);
        in_pieces(samples, path.mixes_first() ? path.d1 : path.d3, [&](int64_t begin, int64_t end) {
          const T *x = X[path.b1] + begin * path.d1 * path.w1;
          T *o = O[path.b3] + begin * path.d3 * path.w3, *y = s.first.at;
          if (path.mixes_first()) {
            multiply<T, false>((end - begin) * path.d1, path.w3, path.m1, x, path.w1, 1, W[p], path.w3, y, path.w3);
            path.template along<true>(by_out, begin, end, path.w3, y, o);
          } else {
            path.template along<false>(by_out, begin, end, path.w1, x, y);
            multiply<T, true>((end - begin) * path.d3, path.w3, path.m1, y, path.w1, 1, W[p], path.w3, o, path.w3);
          }
        });
      }
      O.store(out + start * q.dim_out, samples);
    }
    flushed();
  }
}

template <class T>
void backward(const MixPlan &q, const T *c, int64_t n, int threads, const T *g, const T *x1, const T *x2, const T *w, T *g1, T *g2, T *gw) {
  const Rows by_out(q, false), by_in(q, true);
  const TermsByX2 terms(q);
  Weights<T> W(q, false), Wt(q, true);
  W.load(w);
  Wt.load(w);
  if (gw) std::memset(gw, 0, q.dim_w * sizeof(T));
  const int64_t block = block_of<T>(q, n);
#pragma omp parallel num_threads(threads) if (n > block)
  {
    Space<T> s(q, n);
    Panel<T> X(q.in, q.dim1, block), gX(q.in, q.dim1, block), G(q.out, q.dim_out, block);
    Weights<T> gW(q, false);
    Buffer<T> lanes(block * q.dim2 * kLanes<T>), products(q.entries * kLanes<T>);
    const auto to_x2 = [&](const Path<T> &path, int64_t begin, int64_t end, int64_t width, const T *x, const T *y) {
      for (int64_t e = begin; e < end; ++e, x += path.d1 * width, y += path.d3 * width)
        gather_x2<T>(q, by_in, terms, c, path.p, width, x, y, products.at, lanes.at + e * q.dim2 * kLanes<T>);
    };
#pragma omp for schedule(static) nowait
    for (int64_t start = 0; start < n; start += block) {
      const int64_t samples = std::min(block, n - start);
      X.load(x1 + start * q.dim1, samples);
      G.load(g + start * q.dim_out, samples);
      if (g1) gX.clear();
      if (g2) lanes.clear();
      contract(q, c, x2 + start * q.dim2, samples, s.block, s.across.at, s.M.at);
      for (int64_t p = 0; p < q.paths; ++p) {
        const Path<T> path(q, s, p);
        fetch_ahead(x1, start, samples, n, q.dim1, p, q.paths);
        fetch_ahead(g, start, samples, n, q.dim_out, p, q.paths);
        const bool first = path.mixes_first(), through = g1 && g2 ? 2 * path.d1 < path.d3 : first;
        T *y = s.first.at;
        if ((gw && first) || (g1 && through)) path.template back<false>(by_in, 0, samples, path.w3, G[path.b3], y);  // g Mᵀ: [samples · d1, m3]
        if (gw && first) multiply<T, true>(path.m1, path.w3, samples * path.d1, X[path.b1], 1, path.w1, y, path.w3, gW[p], path.w3);
        if (through && g1)
          multiply<T, true>(samples * path.d1, path.w1, path.m3, y, path.w3, 1, Wt[p], path.w1, gX[path.b1], path.w1);
        if (g2 || (g1 && !through))
          in_pieces(samples, through ? path.d1 : path.d3, [&](int64_t begin, int64_t end) {
            const T *x = X[path.b1] + begin * path.d1 * path.w1, *go = G[path.b3] + begin * path.d3 * path.w3;
            T *z = s.second.at;
            if (through) {
              multiply<T, false>((end - begin) * path.d1, path.w3, path.m1, x, path.w1, 1, W[p], path.w3, z, path.w3);
              to_x2(path, begin, end, path.w3, z, go);
            } else {
              multiply<T, false>((end - begin) * path.d3, path.w1, path.m3, go, path.w3, 1, Wt[p], path.w1, z, path.w1);
              if (g1) path.template back<true>(by_in, begin, end, path.w1, z, gX[path.b1] + begin * path.d1 * path.w1);
              if (g2) to_x2(path, begin, end, path.w1, x, z);
            }
          });
        if (gw && !first) {
          path.template along<false>(by_out, 0, samples, path.w1, X[path.b1], y);  // M x1: [samples · d3, m1]
          multiply<T, true>(path.m1, path.w3, samples * path.d3, y, 1, path.w1, G[path.b3], path.w3, gW[p], path.w3);
        }
      }
      if (g1) gX.store(g1 + start * q.dim1, samples);
      if (g2)
        for (int64_t k = 0; k < samples * q.dim2; ++k) g2[start * q.dim2 + k] = line_sum(lanes.at + k * kLanes<T>);
    }
    flushed();
    if (gw) {  // the threads' sums, one after the other in their order: the same bits in every run
#if defined(_OPENMP)
      const int team = omp_get_num_threads(), me = omp_get_thread_num();
#else
      const int team = 1, me = 0;
#endif
      for (int turn = 0; turn < team; ++turn) {
#pragma omp barrier
        if (turn == me) gW.add_to_all(gw);
      }
    }
  }
}

template <class T> std::vector<T> cast(const MixPlan &q, const double *c) { return std::vector<T>(c, c + q.terms); }

}  // namespace

#define EXPORT(T, NAME)                                                                                                             \
  extern "C" void fully_connected_forward_##NAME(const int32_t *plan, const double *c, int64_t n, int threads, const T *x1,         \
                                                 const T *x2, const T *w, T *out) {                                                 \
    const MixPlan q(plan);                                                                                                          \
    forward<T>(q, cast<T>(q, c).data(), n, threads, x1, x2, w, out);                                                                \
  }                                                                                                                                 \
  extern "C" void fully_connected_backward_##NAME(const int32_t *plan, const double *c, int64_t n, int threads, const T *g,         \
                                                  const T *x1, const T *x2, const T *w, T *g1, T *g2, T *gw) {                      \
    const MixPlan q(plan);                                                                                                          \
    backward<T>(q, cast<T>(q, c).data(), n, threads, g, x1, x2, w, g1, g2, gw);                                                     \
  }
#if !defined(ONLY_FLOAT64)
EXPORT(float, float32)
#endif
#if !defined(ONLY_FLOAT32)
EXPORT(double, float64)
#endif
