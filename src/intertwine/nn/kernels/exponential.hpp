// The exponential function in float32, written so that compilers vectorise it.
#pragma once
#include <cstdint>
#include <cstring>

// exp to 2 units in the last place for |x| < 87, by 2^n times a polynomial.
inline float fast_exp(float x) {
    x = x < -87.0f ? -87.0f : (x > 87.0f ? 87.0f : x);
    float n = x * 1.44269504f;
    const int32_t whole = static_cast<int32_t>(n + (n < 0 ? -0.5f : 0.5f));
    n = static_cast<float>(whole);
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    const int32_t bits = (whole + 127) << 23;
    float scale;
    std::memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}
