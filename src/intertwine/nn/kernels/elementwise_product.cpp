// Channel by channel products: out[row, o + u] += c a[row, i + u] b[row, j + u] for a list of terms.
//
// A term is a non-zero Clebsch–Gordan coefficient c with the places o, i, j where its `width` channels begin. The gradients
// are the same sum with the roles of out, a and b exchanged. Rows may lie apart (strides), channels may not.
#include <algorithm>
#include <cstdint>

namespace {

struct Term {
    int32_t out, a, b, width;
};

template <typename T>
void product(const T* a, int64_t stride_a, const T* b, int64_t stride_b, const Term* terms, const double* coefficients,
             int64_t n_terms, int64_t rows, int64_t dim, T* out) {
#pragma omp parallel for schedule(static) if (rows * dim > 1 << 14)
    for (int64_t row = 0; row < rows; ++row) {
        const T *left = a + row * stride_a, *right = b + row * stride_b;
        T* found = out + row * dim;
        std::fill(found, found + dim, T(0));
        for (int64_t n = 0; n < n_terms; ++n) {
            const Term& t = terms[n];
            const T c = static_cast<T>(coefficients[n]);
            const T *__restrict x = left + t.a, *__restrict y = right + t.b;
            T* __restrict z = found + t.out;
            for (int32_t u = 0; u < t.width; ++u) z[u] += c * x[u] * y[u];
        }
    }
}

}  // namespace

#define PRODUCT(NAME, T)                                                                                              \
    extern "C" void NAME(const T* a, int64_t stride_a, const T* b, int64_t stride_b, const int32_t* terms,            \
                         const double* coefficients, int64_t n_terms, int64_t rows, int64_t dim, T* out) {            \
        product<T>(a, stride_a, b, stride_b, reinterpret_cast<const Term*>(terms), coefficients, n_terms, rows, dim,  \
                   out);                                                                                              \
    }
#if !defined(ONLY_FLOAT64)
PRODUCT(product_float32, float)
#endif
#if !defined(ONLY_FLOAT32)
PRODUCT(product_float64, double)
#endif
