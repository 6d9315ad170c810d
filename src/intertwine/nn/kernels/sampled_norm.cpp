// Batch norm and a pointwise function of sampled signals: x [batch, dim, copies, sites] float32, contiguous.
//
// z = a x + b is the affine map that batch norm is once its moments are known, T [samples, dim] takes a signal to its
// values, F [dim, samples] fits a signal to values: y = F f(T z). Copies and sites of one entry of the batch are one
// row of columns; a tile of them stays in the first-level cache throughout.
#pragma GCC optimize("no-trapping-math", "no-signed-zeros", "associative-math", "finite-math-only")
#include <algorithm>
#include <cstdint>

#include "channel_pack.hpp"
#include "exponential.hpp"

namespace {

constexpr int64_t TILE = 64;
using Columns = Pack<float, TILE / kLanes<float>>;

struct Shape {
    int64_t dim, copies, samples, sites;
    int64_t columns() const { return copies * sites; }
};

// body(copy, from, to): the columns of one copy within start … stop, counted from start.
template <class Body> void over_copies(const Shape& shape, int64_t start, int64_t stop, Body&& body) {
    for (int64_t at = start; at < stop;) {
        const int64_t copy = at / shape.sites, end = std::min(stop, (copy + 1) * shape.sites);
        body(copy, at - start, end - start);
        at = end;
    }
}

// z = a x + b of the columns from start on, 0 behind the last one.
void load_affine(const Shape& shape, const float* x, const float* a, const float* b, int64_t start, int64_t stop, float* z) {
    for (int64_t f = 0; f < shape.dim; ++f) {
        const float* row = x + f * shape.columns() + start;
        float* to = z + f * TILE;
        over_copies(shape, start, stop, [&](int64_t copy, int64_t from, int64_t end) {
            const float A = a[f * shape.copies + copy], B = b[f * shape.copies + copy];
            for (int64_t s = from; s < end; ++s) to[s] = A * row[s] + B;
        });
        for (int64_t s = stop - start; s < TILE; ++s) to[s] = 0.0f;
    }
}

void load(const Shape& shape, const float* x, int64_t start, int64_t stop, float* z) {
    for (int64_t f = 0; f < shape.dim; ++f) {
        std::copy(x + f * shape.columns() + start, x + f * shape.columns() + stop, z + f * TILE);
        std::fill(z + f * TILE + (stop - start), z + (f + 1) * TILE, 0.0f);
    }
}

// Σ_f row[f · step] z_f
inline Columns combined(const float* row, int64_t step, const float* z, int64_t dim) {
    Columns sum = Columns::zero();
    for (int64_t f = 0; f < dim; ++f) sum.fma(row[f * step], Columns::load(z + f * TILE));
    return sum;
}

// 0 identity, 1 relu, 2 elu
inline void activate(int function, float* v) {
    if (function == 1) {
        for (int64_t s = 0; s < TILE; ++s) v[s] = v[s] > 0 ? v[s] : 0.0f;
    } else if (function == 2) {
        for (int64_t s = 0; s < TILE; ++s) {
            const float low = v[s] < 0 ? v[s] : 0.0f;
            v[s] = (v[s] - low) + (fast_exp(low) - 1.0f);  // no branch: it would not vectorise
        }
    }
}

// w times the function's derivative at v
inline void pull_back(int function, const float* v, float* w) {
    if (function == 1) {
        for (int64_t s = 0; s < TILE; ++s) w[s] = v[s] > 0 ? w[s] : 0.0f;
    } else if (function == 2) {
        for (int64_t s = 0; s < TILE; ++s) w[s] *= fast_exp(v[s] < 0 ? v[s] : 0.0f);
    }
}

}  // namespace

extern "C" {

// y = F f(T (a x + b)); a, b [dim, copies]
void sampled_apply(const float* x, const float* a, const float* b, const float* T, const float* F, int64_t function,
                   int64_t batch, int64_t dim, int64_t copies, int64_t samples, int64_t sites, float* y) {
    const Shape shape{dim, copies, samples, sites};
    const int64_t columns = shape.columns();
#pragma omp parallel
    {
        Buffer<float> z(dim * TILE), out(dim * TILE), v(TILE);
#pragma omp for collapse(2) schedule(static)
        for (int64_t n = 0; n < batch; ++n)
            for (int64_t start = 0; start < columns; start += TILE) {
                const int64_t stop = std::min(start + TILE, columns);
                load_affine(shape, x + n * dim * columns, a, b, start, stop, z.at);
                out.clear();
                for (int64_t k = 0; k < samples; ++k) {
                    combined(T + k * dim, 1, z.at, dim).store(v.at);
                    activate(function, v.at);
                    const Columns value = Columns::load(v.at);
                    for (int64_t f = 0; f < dim; ++f) add_to(out.at + f * TILE, F[f * samples + k], value);
                }
                for (int64_t f = 0; f < dim; ++f)
                    std::copy(out.at + f * TILE, out.at + f * TILE + (stop - start), y + (n * dim + f) * columns + start);
            }
    }
}

// dz = Tᵀ (f'(T z) ∘ Fᵀ dy), and for every entry of the batch sums [batch, 2, dim, copies] = Σ dz x, Σ dz.
void sampled_cotangents(const float* x, const float* dy, const float* a, const float* b, const float* T, const float* F,
                        int64_t function, int64_t batch, int64_t dim, int64_t copies, int64_t samples, int64_t sites,
                        float* dz, float* sums) {
    const Shape shape{dim, copies, samples, sites};
    const int64_t columns = shape.columns(), channels = dim * copies;
#pragma omp parallel
    {
        Buffer<float> z(dim * TILE), from(dim * TILE), out(dim * TILE), v(TILE), w(TILE);
#pragma omp for schedule(static)
        for (int64_t n = 0; n < batch; ++n) {
            float* total = sums + n * 2 * channels;
            std::fill(total, total + 2 * channels, 0.0f);
            for (int64_t start = 0; start < columns; start += TILE) {
                const int64_t stop = std::min(start + TILE, columns);
                load_affine(shape, x + n * dim * columns, a, b, start, stop, z.at);
                load(shape, dy + n * dim * columns, start, stop, from.at);
                out.clear();
                for (int64_t k = 0; k < samples; ++k) {
                    combined(T + k * dim, 1, z.at, dim).store(v.at);
                    combined(F + k, samples, from.at, dim).store(w.at);
                    pull_back(function, v.at, w.at);
                    const Columns value = Columns::load(w.at);
                    for (int64_t f = 0; f < dim; ++f) add_to(out.at + f * TILE, T[k * dim + f], value);
                }
                for (int64_t f = 0; f < dim; ++f) {
                    const float *row = x + (n * dim + f) * columns + start, *found = out.at + f * TILE;
                    std::copy(found, found + (stop - start), dz + (n * dim + f) * columns + start);
                    over_copies(shape, start, stop, [&](int64_t copy, int64_t first, int64_t end) {
                        float plain = 0.0f, weighted = 0.0f;
                        for (int64_t s = first; s < end; ++s) {
                            plain += found[s];
                            weighted += found[s] * row[s];
                        }
                        total[f * copies + copy] += weighted;
                        total[channels + f * copies + copy] += plain;
                    });
                }
            }
        }
    }
}
// dz becomes dx = a dz + p x + q, with p and q [dim, copies] from the moments' gradients.
void sampled_gradient(const float* x, const float* a, const float* p, const float* q, int64_t batch, int64_t channels,
                      int64_t sites, float* dz) {
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t n = 0; n < batch; ++n)
        for (int64_t c = 0; c < channels; ++c) {
            const float* from = x + (n * channels + c) * sites;
            const float A = a[c], P = p[c], Q = q[c];
            float* to = dz + (n * channels + c) * sites;
            for (int64_t s = 0; s < sites; ++s) to[s] = A * to[s] + P * from[s] + Q;
        }
}
}
