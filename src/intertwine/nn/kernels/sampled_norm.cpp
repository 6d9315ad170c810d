// Batch norm and a pointwise function of sampled signals: x [batch, dim, copies, sites], contiguous, of float32 or bfloat16.
//
// z = a x + b is the affine map that batch norm is once its moments are known, T [samples, dim] takes a signal to its
// values, F [dim, samples] fits a signal to values: y = F f(T z). Copies and sites of one entry of the batch are one
// row of columns; a tile of them stays in the first-level cache throughout.
#pragma GCC optimize("no-trapping-math", "no-signed-zeros", "associative-math", "finite-math-only")
#include <algorithm>
#include <cstdint>

#include "channel_pack.hpp"
#include "field_groups.hpp"
#include "storage.hpp"

namespace {

constexpr int64_t TILE = 64;
using Columns = Pack<float, TILE / kLanes<float>>;

struct Shape {
    int64_t batch, dim, copies, samples, sites;
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

// The columns start … stop of every feature, 0 behind the last one.
template <class T> void load_tile(const Shape& shape, const T* x, int64_t start, int64_t stop, float* tile) {
    for (int64_t f = 0; f < shape.dim; ++f) {
        load(x + f * shape.columns() + start, stop - start, tile + f * TILE);
        std::fill(tile + f * TILE + (stop - start), tile + (f + 1) * TILE, 0.0f);
    }
}

// z = a x + b, in place.
void to_affine(const Shape& shape, const float* a, const float* b, int64_t start, int64_t stop, float* tile) {
    for (int64_t f = 0; f < shape.dim; ++f)
        over_copies(shape, start, stop, [&](int64_t copy, int64_t from, int64_t end) {
            const float A = a[f * shape.copies + copy], B = b[f * shape.copies + copy];
            for (int64_t s = from; s < end; ++s) tile[f * TILE + s] = A * tile[f * TILE + s] + B;
        });
}

template <class T> void store_tile(const Shape& shape, const float* tile, int64_t start, int64_t stop, T* y) {
    for (int64_t f = 0; f < shape.dim; ++f) store(tile + f * TILE, stop - start, y + f * shape.columns() + start);
}

// Σ_f row[f · step] z_f
inline Columns combined(const float* row, int64_t step, const float* z, int64_t dim) {
    Columns sum = Columns::zero();
    for (int64_t f = 0; f < dim; ++f) sum.fma(row[f * step], Columns::load(z + f * TILE));
    return sum;
}

// y = F f(T (a x + b)); a, b [dim, copies]
template <class Number>
void apply(const Number* x, const float* a, const float* b, const float* T, const float* F, int function,
           const Shape& shape, Number* y) {
    const int64_t columns = shape.columns(), dim = shape.dim;
#pragma omp parallel
    {
        Buffer<float> z(dim * TILE), out(dim * TILE), v(TILE), w(TILE);
#pragma omp for collapse(2) schedule(static)
        for (int64_t n = 0; n < shape.batch; ++n)
            for (int64_t start = 0; start < columns; start += TILE) {
                const int64_t stop = std::min(start + TILE, columns);
                load_tile(shape, x + n * dim * columns, start, stop, z.at);
                to_affine(shape, a, b, start, stop, z.at);
                out.clear();
                for (int64_t k = 0; k < shape.samples; ++k) {
                    combined(T + k * dim, 1, z.at, dim).store(v.at);
                    pointwise(function, v.at, 1.0f, 0.0f, TILE, w.at);
                    const Columns value = Columns::load(w.at);
                    for (int64_t f = 0; f < dim; ++f) add_to(out.at + f * TILE, F[f * shape.samples + k], value);
                }
                store_tile(shape, out.at, start, stop, y + n * dim * columns);
            }
    }
}

// dz = Tᵀ (f'(T z) ∘ Fᵀ dy), and for every entry of the batch sums [batch, 2, dim, copies] = Σ dz x, Σ dz.
template <class Number>
void cotangents(const Number* x, const Number* dy, const float* a, const float* b, const float* T, const float* F,
                int function, const Shape& shape, Number* dz, float* sums) {
    const int64_t columns = shape.columns(), channels = shape.dim * shape.copies, dim = shape.dim;
#pragma omp parallel
    {
        Buffer<float> in(dim * TILE), z(dim * TILE), from(dim * TILE), out(dim * TILE), v(TILE), w(TILE), d(TILE);
#pragma omp for schedule(static)
        for (int64_t n = 0; n < shape.batch; ++n) {
            float* total = sums + n * 2 * channels;
            std::fill(total, total + 2 * channels, 0.0f);
            for (int64_t start = 0; start < columns; start += TILE) {
                const int64_t stop = std::min(start + TILE, columns);
                load_tile(shape, x + n * dim * columns, start, stop, in.at);
                std::copy(in.at, in.at + dim * TILE, z.at);
                to_affine(shape, a, b, start, stop, z.at);
                load_tile(shape, dy + n * dim * columns, start, stop, from.at);
                out.clear();
                for (int64_t k = 0; k < shape.samples; ++k) {
                    combined(T + k * dim, 1, z.at, dim).store(v.at);
                    combined(F + k, shape.samples, from.at, dim).store(w.at);
                    pointwise_cotangent(function, v.at, 1.0f, 0.0f, TILE, w.at, d.at);
                    const Columns value = Columns::load(d.at);
                    for (int64_t f = 0; f < dim; ++f) add_to(out.at + f * TILE, T[k * dim + f], value);
                }
                store_tile(shape, out.at, start, stop, dz + n * dim * columns);
                for (int64_t f = 0; f < dim; ++f) {
                    const float *row = in.at + f * TILE, *found = out.at + f * TILE;
                    over_copies(shape, start, stop, [&](int64_t copy, int64_t first, int64_t end) {
                        float plain = 0.0f, weighted = 0.0f;
                        for (int64_t s = first; s < end; ++s) {
                            plain += found[s];
                            weighted += found[s] * row[s];
                        }
                        total[f * shape.copies + copy] += weighted;
                        total[channels + f * shape.copies + copy] += plain;
                    });
                }
            }
        }
    }
}

}  // namespace

#define EXPORTED(NAME, Number)                                                                                         \
    extern "C" void sampled_apply_##NAME(const Number* x, const float* a, const float* b, const float* T,              \
                                         const float* F, int function, const Shape* shape, Number* y) {                \
        apply(x, a, b, T, F, function, *shape, y);                                                                     \
    }                                                                                                                  \
    extern "C" void sampled_cotangents_##NAME(const Number* x, const Number* dy, const float* a, const float* b,       \
                                              const float* T, const float* F, int function, const Shape* shape,        \
                                              Number* dz, float* sums) {                                               \
        cotangents(x, dy, a, b, T, F, function, *shape, dz, sums);                                                     \
    }

FOR_EACH_PRECISION(EXPORTED)
