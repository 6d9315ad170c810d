// The channels x [d, m] of each irrep divided by a size made of invariants: one pass forwards, one backwards.
//
// y = w s x with s = N^(−1/2), N = mean of x² + ε² for a definite form, and s = N^(−1/4), N = mean over forms and pairs of
// channels of G²/d + ε², G = xᵀ M x, for others. Forms come as their non-zero entries and are symmetric or antisymmetric,
// so that ∂N/∂x = ± 4 M x G / (n m² d).
// Sums may be made in any order, so that they vectorise.
#pragma GCC optimize("associative-math", "no-signed-zeros", "no-trapping-math")
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>
#ifdef _OPENMP
#include <omp.h>
#endif

namespace {

struct Block {
    int32_t start, d, m, kind;         // kind: 0 no size, 1 definite, 2 forms
    int32_t weight, first_form, forms;  // places in the weights and in the list of forms
};
struct Form {
    int32_t first, entries, sign;  // stretch of entries; +1 symmetric, −1 antisymmetric
};
struct Entry {
    int32_t row, column;
};
struct Plan {
    const Block* blocks;
    const Form* forms;
    const Entry* entries;
    const double* values;
    int64_t n_blocks, dim, channels;
};

// M x [d, m]
template <typename T>
void lower(const Plan& plan, const Form& form, const Block& b, const T* __restrict x, T* __restrict lowered) {
    std::fill(lowered, lowered + b.d * b.m, T(0));
    for (int32_t e = form.first; e < form.first + form.entries; ++e) {
        const T c = static_cast<T>(plan.values[e]);
        const T* from = x + plan.entries[e].column * b.m;
        T* to = lowered + plan.entries[e].row * b.m;
        for (int32_t u = 0; u < b.m; ++u) to[u] += c * from[u];
    }
}

// G = xᵀ (M x) [m, m]
template <typename T>
void products(const Block& b, const T* __restrict x, const T* __restrict lowered, T* __restrict gram) {
    for (int32_t u = 0; u < b.m; ++u) {
        T* row = gram + u * b.m;
        std::fill(row, row + b.m, T(0));
        for (int32_t k = 0; k < b.d; ++k) {
            const T one = x[k * b.m + u];
            for (int32_t v = 0; v < b.m; ++v) row[v] += one * lowered[k * b.m + v];
        }
    }
}

template <typename T>
T inverse_size(const Plan& plan, const Block& b, T epsilon, const T* x, T* lowered, T* gram) {
    if (b.kind == 0) return T(1);
    T sum = 0;
    if (b.kind == 1) {
        for (int32_t n = 0; n < b.d * b.m; ++n) sum += x[n] * x[n];
        return T(1) / std::sqrt(sum / T(b.d * b.m) + epsilon * epsilon);
    }
    for (int32_t f = b.first_form; f < b.first_form + b.forms; ++f) {
        lower(plan, plan.forms[f], b, x, lowered);
        products(b, x, lowered, gram);
        for (int32_t n = 0; n < b.m * b.m; ++n) sum += gram[n] * gram[n];
    }
    const T squared = sum / (T(b.forms) * T(b.m) * T(b.m) * T(b.d)) + epsilon * epsilon;
    return T(1) / std::sqrt(std::sqrt(squared));
}

template <typename T>
struct Scratch {
    std::vector<T> lowered, gram;
    explicit Scratch(const Plan& plan) {
        int64_t block = 1, square = 1;
        for (int64_t n = 0; n < plan.n_blocks; ++n) {
            block = std::max<int64_t>(block, plan.blocks[n].d * plan.blocks[n].m);
            square = std::max<int64_t>(square, plan.blocks[n].m * plan.blocks[n].m);
        }
        lowered.resize(block), gram.resize(square);
    }
};

template <typename T>
void forward(const Plan& plan, const T* x, const T* weight, double epsilon, int64_t rows, T* y, T* sizes) {
#pragma omp parallel if (rows * plan.dim > 1 << 14)
    {
        Scratch<T> scratch(plan);
#pragma omp for schedule(static)
        for (int64_t row = 0; row < rows; ++row)
            for (int64_t n = 0; n < plan.n_blocks; ++n) {
                const Block& b = plan.blocks[n];
                const T* in = x + row * plan.dim + b.start;
                T* out = y + row * plan.dim + b.start;
                const T s = inverse_size(plan, b, T(epsilon), in, scratch.lowered.data(), scratch.gram.data());
                sizes[row * plan.n_blocks + n] = s;
                for (int32_t k = 0; k < b.d; ++k)
                    for (int32_t u = 0; u < b.m; ++u) out[k * b.m + u] = weight[b.weight + u] * s * in[k * b.m + u];
            }
    }
}

template <typename T>
void backward(const Plan& plan, const T* x, const T* weight, const T* sizes, const T* g, int64_t rows, T* dx, T* dw) {
    std::vector<T> parts;
    int64_t threads = 1;
#pragma omp parallel if (rows * plan.dim > 1 << 14)
    {
        int64_t me = 0;
#pragma omp single
        {
#ifdef _OPENMP
            threads = omp_get_num_threads();
#endif
            parts.assign(threads * plan.channels, T(0));
        }
#ifdef _OPENMP
        me = omp_get_thread_num();
#endif
        Scratch<T> scratch(plan);
        T* mine = parts.data() + me * plan.channels;
#pragma omp for schedule(static)
        for (int64_t row = 0; row < rows; ++row)
            for (int64_t n = 0; n < plan.n_blocks; ++n) {
                const Block& b = plan.blocks[n];
                const T *__restrict in = x + row * plan.dim + b.start, *__restrict from = g + row * plan.dim + b.start;
                const T *__restrict w = weight + b.weight, s = sizes[row * plan.n_blocks + n];
                T *__restrict out = dx + row * plan.dim + b.start, *__restrict own = mine + b.weight, slope = 0;
                for (int32_t k = 0; k < b.d; ++k)
                    for (int32_t u = 0; u < b.m; ++u) {
                        const T both = in[k * b.m + u] * from[k * b.m + u];
                        out[k * b.m + u] = w[u] * s * from[k * b.m + u];
                        own[u] += s * both;
                        slope += w[u] * both;
                    }
                if (b.kind == 1) {
                    const T c = -slope * s * s * s / T(b.d * b.m);
                    for (int32_t k = 0; k < b.d * b.m; ++k) out[k] += c * in[k];
                } else if (b.kind == 2) {
                    T *__restrict lowered = scratch.lowered.data(), *__restrict gram = scratch.gram.data();
                    const T c = -slope * s * s * s * s * s / (T(b.forms) * T(b.m) * T(b.m) * T(b.d));
                    for (int32_t f = b.first_form; f < b.first_form + b.forms; ++f) {
                        lower(plan, plan.forms[f], b, in, lowered);
                        products(b, in, lowered, gram);
                        const T signed_c = c * T(plan.forms[f].sign);
                        for (int32_t k = 0; k < b.d; ++k)
                            for (int32_t u = 0; u < b.m; ++u) {
                                const T one = signed_c * lowered[k * b.m + u];
                                for (int32_t v = 0; v < b.m; ++v) out[k * b.m + v] += one * gram[u * b.m + v];
                            }
                    }
                }
            }
    }
    for (int64_t t = 0; t < threads; ++t)  // in one order, so that a run repeats itself
        for (int64_t u = 0; u < plan.channels; ++u) dw[u] += parts[t * plan.channels + u];
}

}  // namespace

#define NORM(NAME, T)                                                                                                 \
    extern "C" void norm_forward_##NAME(const int32_t* blocks, const int32_t* forms, const int32_t* entries,          \
                                        const double* values, int64_t n_blocks, int64_t dim, int64_t channels,        \
                                        const T* x, const T* weight, double epsilon, int64_t rows, T* y, T* sizes) {  \
        const Plan plan{reinterpret_cast<const Block*>(blocks), reinterpret_cast<const Form*>(forms),                 \
                        reinterpret_cast<const Entry*>(entries), values, n_blocks, dim, channels};                    \
        forward<T>(plan, x, weight, epsilon, rows, y, sizes);                                                         \
    }                                                                                                                 \
    extern "C" void norm_backward_##NAME(const int32_t* blocks, const int32_t* forms, const int32_t* entries,         \
                                         const double* values, int64_t n_blocks, int64_t dim, int64_t channels,       \
                                         const T* x, const T* weight, const T* sizes, const T* g, int64_t rows,       \
                                         T* dx, T* dw) {                                                              \
        const Plan plan{reinterpret_cast<const Block*>(blocks), reinterpret_cast<const Form*>(forms),                 \
                        reinterpret_cast<const Entry*>(entries), values, n_blocks, dim, channels};                    \
        backward<T>(plan, x, weight, sizes, g, rows, dx, dw);                                                         \
    }
#if !defined(ONLY_FLOAT64)
NORM(float32, float)
#endif
#if !defined(ONLY_FLOAT32)
NORM(float64, double)
#endif
