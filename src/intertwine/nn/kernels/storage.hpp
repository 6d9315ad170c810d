// Arrays of float32 or bfloat16 to and from float32, which kernels compute in.
#pragma once
#include <cstdint>
#include <cstring>

// EXPORTED(name, type) for the precisions that a library is compiled for
#if defined(ONLY_FLOAT32)
#define FOR_EACH_PRECISION(EXPORTED) EXPORTED(float32, float)
#elif defined(ONLY_BFLOAT16)
#define FOR_EACH_PRECISION(EXPORTED) EXPORTED(bfloat16, bfloat16)
#else
#define FOR_EACH_PRECISION(EXPORTED) EXPORTED(float32, float) EXPORTED(bfloat16, bfloat16)
#endif

struct bfloat16 {
    uint16_t bits;
};

// A loop: rows are short, and calls of memcpy cost more than what they copy.
inline void load(const float* __restrict from, int64_t n, float* __restrict to) {
    for (int64_t s = 0; s < n; ++s) to[s] = from[s];
}

inline void load(const bfloat16* __restrict from, int64_t n, float* __restrict to) {
    for (int64_t s = 0; s < n; ++s) {
        const uint32_t wide = uint32_t(from[s].bits) << 16;
        std::memcpy(to + s, &wide, sizeof wide);
    }
}

inline void store(const float* from, int64_t n, float* to) { load(from, n, to); }

// To the nearest, ties to even.
inline void store(const float* __restrict from, int64_t n, bfloat16* __restrict to) {
    for (int64_t s = 0; s < n; ++s) {
        uint32_t wide;
        std::memcpy(&wide, from + s, sizeof wide);
        to[s].bits = uint16_t((wide + 0x7fffu + ((wide >> 16) & 1u)) >> 16);
    }
}
