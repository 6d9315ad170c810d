// Moments, non-linearity and, where one follows, blur and stride of fields x [batch, channels, sites], contiguous, of
// float32 or bfloat16: two passes over x forwards; backwards one that leaves dz where dx will be, and one that ends it.
//
// Sums may be made in any order, and comparisons must not be kept from vectorising by traps that nobody catches.
#pragma GCC optimize("no-trapping-math", "no-signed-zeros", "associative-math", "finite-math-only",\
                     "no-tree-loop-distribute-patterns")
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "blur_stride.hpp"
#include "field_groups.hpp"
#include "storage.hpp"
#include "stretches.hpp"

namespace {

// What follows the non-linearity; factor 0: nothing.
struct Pooling {
    int64_t factor;
    Axis rows, columns;
};

// Mean and variance (biased) of every channel; sums are taken about the channel's first number.
template <typename T>
void moments(const T* x, const Shape& shape, float* mean, float* variance) {
    const Stretches stretches(shape, false);
#pragma omp parallel
    {
        std::vector<float> tile(stretches.numbers());
#pragma omp for schedule(static)
        for (int64_t c = 0; c < shape.channels; ++c) {
            float about;
            load(x + c * shape.sites, 1, &about);
            double sum = 0, squares = 0;
            for (int64_t i = 0; i < stretches.count(); ++i) {
                const Stretch at = stretches[i];
                const float* row = read(x, shape.channels, c, shape.sites, at, tile.data());
                float s1[32] = {0}, s2[32] = {0}, end[32];
                const int64_t n = at.numbers(), whole = n / 32 * 32;
                const auto add = [&](const float* from) {
                    for (int k = 0; k < 32; ++k) {
                        const float d = from[k] - about;
                        s1[k] += d;
                        s2[k] += d * d;
                    }
                };
                for (int64_t s = 0; s < whole; s += 32) add(row + s);
                if (whole < n) {
                    for (int64_t k = 0; k < 32; ++k) end[k] = whole + k < n ? row[whole + k] : about;
                    add(end);
                }
                for (int k = 0; k < 32; ++k) {
                    sum += s1[k];
                    squares += s2[k];
                }
            }
            const double count = double(shape.batch) * double(shape.sites), m = sum / count;
            mean[c] = float(m + about);
            variance[c] = float(std::max(0.0, squares / count - m * m));
        }
    }
}

// y [batch, out_channels, sites'] = function(a x + b), or (a x + b) σ(gate), pooled.
template <typename T>
void apply(const T* x, const float* a, const float* b, const Group* groups, int64_t n_groups, const Shape& shape,
           const Pooling& pooling, T* y) {
    const Stretches stretches(shape, pooling.factor > 0);
#pragma omp parallel
    {
        std::vector<float> in(stretches.numbers()), open(stretches.numbers()), out(stretches.numbers());
        std::unique_ptr<Blur> blur;
        std::vector<float> coarse;
        if (pooling.factor) {
            blur.reset(new Blur(pooling.factor, pooling.rows, pooling.columns));
            coarse.resize(blur->coarse() + PADDING);
        }
#pragma omp for collapse(2) schedule(static)
        for (int64_t i = 0; i < stretches.count(); ++i)
            for (int64_t k = 0; k < n_groups; ++k) {
                const Stretch at = stretches[i];
                const Group g = groups[k];
                const int64_t n = at.numbers();
                if (g.gate >= 0) {
                    const float* gate = read(x, shape.channels, g.gate, shape.sites, at, in.data());
                    sigmoids(gate, a[g.gate], b[g.gate], n, open.data());
                }
                for (int32_t j = 0; j < g.count; ++j) {
                    const int64_t c = g.channel(j), o = g.out_channel(j);
                    const float* from = read(x, shape.channels, c, shape.sites, at, in.data());
                    float* to = blur ? out.data() : place(y, shape.out_channels, o, shape.sites, at, out.data());
                    pointwise(g.function, from, a[c], b[c], n, to);
                    if (g.gate >= 0)
                        for (int64_t s = 0; s < n; ++s) to[s] *= open[s];
                    if (!blur) {
                        written(to, shape.out_channels, o, shape.sites, at, y);
                        continue;
                    }
                    for (int64_t m = 0; m < at.samples; ++m) {
                        blur->forward(out.data() + m * shape.sites, coarse.data());
                        store(coarse.data(), blur->coarse(),
                              y + ((at.sample + m) * shape.out_channels + o) * blur->coarse());
                    }
                }
            }
    }
}

// dz [batch, channels, sites], da [channels] = Σ dz x, db = Σ dz.
template <typename T>
void cotangents(const T* x, const T* dy, const float* a, const float* b, const Group* groups, int64_t n_groups,
                const Shape& shape, const Pooling& pooling, double* da, double* db, T* dz) {
    const Stretches stretches(shape, pooling.factor > 0);
    // in the order of memory, and summed in an order that does not depend on the number of threads
    const int64_t parts = std::min<int64_t>(stretches.count(), 64);
    std::vector<double> sums(2 * parts * shape.channels);
#pragma omp parallel
    {
        const int64_t size = stretches.numbers();
        std::vector<float> in(size), gate(size), open(size), dopen(size), dout(size), d(size);
        std::unique_ptr<Blur> blur;
        std::vector<float> coarse;
        if (pooling.factor) {
            blur.reset(new Blur(pooling.factor, pooling.rows, pooling.columns));
            coarse.resize(blur->coarse() + PADDING);
        }
#pragma omp for schedule(static)
        for (int64_t part = 0; part < parts; ++part) {
            double *a_sums = sums.data() + 2 * part * shape.channels, *b_sums = a_sums + shape.channels;
            const int64_t begin = part * stretches.count() / parts, end = (part + 1) * stretches.count() / parts;
            for (int64_t step = begin * n_groups; step < end * n_groups; ++step) {
                const Group g = groups[step % n_groups];
                const Stretch at = stretches[step / n_groups];
                const int64_t n = at.numbers();
                const auto finish = [&](int64_t c, const Sums& found, const float* tile) {
                    a_sums[c] += found.with_x;
                    b_sums[c] += found.plain;
                    written(tile, shape.channels, c, shape.sites, at, dz);
                };
                const float* gates = nullptr;
                if (g.gate >= 0) {
                    gates = read(x, shape.channels, g.gate, shape.sites, at, gate.data());
                    sigmoids(gates, a[g.gate], b[g.gate], n, open.data());
                    std::fill(dopen.begin(), dopen.end(), 0.0f);
                }
                for (int32_t j = 0; j < g.count; ++j) {
                    const int64_t c = g.channel(j), o = g.out_channel(j);
                    const float *from = read(x, shape.channels, c, shape.sites, at, in.data()), *dys = dout.data();
                    if (blur)
                        for (int64_t m = 0; m < at.samples; ++m) {
                            load(dy + ((at.sample + m) * shape.out_channels + o) * blur->coarse(), blur->coarse(),
                                 coarse.data());
                            blur->transposed(coarse.data(), dout.data() + m * shape.sites);
                        }
                    else
                        dys = read(dy, shape.out_channels, o, shape.sites, at, dout.data());
                    float* to = place(dz, shape.channels, c, shape.sites, at, d.data());
                    finish(c,
                           g.gate >= 0 ? gated_cotangent(from, open.data(), a[c], b[c], n, dys, dopen.data(), to)
                                       : pointwise_cotangent(g.function, from, a[c], b[c], n, dys, to),
                           to);
                }
                if (g.gate >= 0) {
                    float* to = place(dz, shape.channels, g.gate, shape.sites, at, d.data());
                    finish(g.gate, gate_cotangent(gates, open.data(), dopen.data(), n, to), to);
                }
            }
        }
    }
    for (int64_t c = 0; c < shape.channels; ++c) {
        da[c] = db[c] = 0;
        for (int64_t part = 0; part < parts; ++part) {
            da[c] += sums[2 * part * shape.channels + c];
            db[c] += sums[(2 * part + 1) * shape.channels + c];
        }
    }
}

// dz to dx = a dz + p x + q, in place.
template <typename T>
void gradient(const T* x, const float* a, const float* p, const float* q, const Shape& shape, T* dx) {
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < shape.batch * shape.channels; ++row) {
        const int64_t c = row % shape.channels;
        const float A = a[c], P = p[c], Q = q[c];
        if constexpr (std::is_same_v<T, float>) {
            const float* __restrict from = x + row * shape.sites;
            float* __restrict to = dx + row * shape.sites;
            for (int64_t s = 0; s < shape.sites; ++s) to[s] = A * to[s] + P * from[s] + Q;
        } else {
            float from[TILE], to[TILE];
            for (int64_t start = 0; start < shape.sites; start += TILE) {
                const int64_t n = std::min(TILE, shape.sites - start), at = row * shape.sites + start;
                load(x + at, n, from);
                load(dx + at, n, to);
                for (int64_t s = 0; s < n; ++s) to[s] = A * to[s] + P * from[s] + Q;
                store(to, n, dx + at);
            }
        }
    }
}

}  // namespace

#define EXPORTED(NAME, T)                                                                                              \
    extern "C" void field_moments_##NAME(const T* x, const Shape* shape, float* mean, float* variance) {               \
        moments(x, *shape, mean, variance);                                                                            \
    }                                                                                                                  \
    extern "C" void field_apply_##NAME(const T* x, const float* a, const float* b, const Group* groups,                \
                                       int64_t n_groups, const Shape* shape, const Pooling* pooling, T* y) {           \
        apply(x, a, b, groups, n_groups, *shape, *pooling, y);                                                         \
    }                                                                                                                  \
    extern "C" void field_cotangents_##NAME(const T* x, const T* dy, const float* a, const float* b,                   \
                                            const Group* groups, int64_t n_groups, const Shape* shape,                 \
                                            const Pooling* pooling, double* da, double* db, T* dz) {                   \
        cotangents(x, dy, a, b, groups, n_groups, *shape, *pooling, da, db, dz);                                       \
    }                                                                                                                  \
    extern "C" void field_gradient_##NAME(const T* x, const float* a, const float* p, const float* q,                  \
                                          const Shape* shape, T* dx) {                                                 \
        gradient(x, a, p, q, *shape, dx);                                                                              \
    }

FOR_EACH_PRECISION(EXPORTED)
