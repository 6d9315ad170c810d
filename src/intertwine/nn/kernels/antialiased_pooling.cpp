// Blur and stride of planes [planes, rows, columns] → [planes, coarse rows, coarse columns], and the transpose, for float32
// and bfloat16; sums are float32.
#pragma GCC optimize("no-trapping-math", "no-signed-zeros", "associative-math", "finite-math-only",\
                     "no-tree-loop-distribute-patterns")
#include "blur_stride.hpp"
#include "storage.hpp"

namespace {

template <typename T>
void pooled(const T* from, int64_t planes, int64_t factor, const Axis& rows, const Axis& columns, bool transposed,
            T* to) {
#pragma omp parallel
    {
        Blur blur(factor, rows, columns);
        std::vector<float> fine(blur.fine() + PADDING), coarse(blur.coarse() + PADDING);
#pragma omp for schedule(static)
        for (int64_t p = 0; p < planes; ++p) {
            if (transposed) {
                load(from + p * blur.coarse(), blur.coarse(), coarse.data());
                blur.transposed(coarse.data(), fine.data());
                store(fine.data(), blur.fine(), to + p * blur.fine());
            } else {
                load(from + p * blur.fine(), blur.fine(), fine.data());
                blur.forward(fine.data(), coarse.data());
                store(coarse.data(), blur.coarse(), to + p * blur.coarse());
            }
        }
    }
}

}  // namespace

#define EXPORTED(NAME, T)                                                                                             \
    extern "C" void pooled_##NAME(const T* from, int64_t planes, int64_t factor, const Axis* rows, const Axis* columns, \
                                  int32_t transposed, T* to) {                                                        \
        pooled(from, planes, factor, *rows, *columns, transposed, to);                                                \
    }

FOR_EACH_PRECISION(EXPORTED)
