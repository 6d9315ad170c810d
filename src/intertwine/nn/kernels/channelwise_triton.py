"""The channelwise product's two Triton kernels. Imported where they are launched only: triton is optional.

The product and all its derivatives are gradients of one form, linear in each argument,

    F(g, x1, x2, w) = Σ_e Σ_t c[t] x2[e, j_t] Σ_u g[r(e), k_t + u] x1[s(e), i_t + u] w[q(e), p_t + u],

with respect to g, x1 or w (`add_channels`: a sum over samples and terms, channel by channel) or x2 (`add_numbers`: a
sum over channels too). A program keeps a few rows of the result and the channels of one block in registers, walks the
result's slots, and for each the rows' samples in their order: no atomics, the same sum every time.
"""

# mypy: disable-error-code="no-untyped-def,untyped-decorator"
import triton
import triton.language as tl


@triton.jit
def add_channels(
    out, x2, a, b, start, order, a_row, b_row,
    slot_out, slot_channels, slot_segment, segment_b, segment_term, term_c, term_x2, term_a,
    rows, dim_out, dim_2, dim_a, dim_b, slots,
    BLOCK_ROWS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """out[row, slot + u] += Σ_e Σ_segments b[b_row(e), · + u] Σ_t c x2[e, j] a[a_row(e), · + u], e of the row's."""
    row = tl.program_id(0) * BLOCK_ROWS + tl.arange(0, BLOCK_ROWS)
    u = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    there = row < rows
    first = tl.load(start + row, mask=there, other=0)
    last = tl.load(start + row + 1, mask=there, other=0)
    longest = tl.max(last - first, axis=0)
    for s in range(0, slots):
        inside = u < tl.load(slot_channels + s)
        place = out + row[:, None] * dim_out + tl.load(slot_out + s) + u[None, :]
        mask = there[:, None] & inside[None, :]
        total = tl.load(place, mask=mask, other=0)
        for k in range(0, longest):
            has = first + k < last
            e = tl.load(order + first + k, mask=has, other=0)
            at_a = tl.load(a_row + e, mask=has, other=0) * dim_a
            at_b = tl.load(b_row + e, mask=has, other=0) * dim_b
            both = has[:, None] & inside[None, :]
            for n in range(tl.load(slot_segment + s), tl.load(slot_segment + s + 1)):
                inner = tl.zeros([BLOCK_ROWS, BLOCK], dtype=out.dtype.element_ty)
                for t in range(tl.load(segment_term + n), tl.load(segment_term + n + 1)):
                    y = tl.load(term_c + t) * tl.load(x2 + e * dim_2 + tl.load(term_x2 + t), mask=has, other=0)
                    left = tl.load(a + at_a[:, None] + tl.load(term_a + t) + u[None, :], mask=both, other=0)
                    inner += y[:, None] * left
                total += inner * tl.load(b + at_b[:, None] + tl.load(segment_b + n) + u[None, :], mask=both, other=0)
        tl.store(place, total, mask=mask)


@triton.jit
def add_numbers(
    out, a, b, d, a_row, b_row, d_row,
    slot_out, slot_segment, segment_b, segment_channels, segment_term, term_c, term_a, term_d,
    samples, dim_out, dim_a, dim_b, dim_d, slots, widest,
    BLOCK_ROWS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """out[e, slot] += Σ_u Σ_segments b[b_row(e), · + u] Σ_t c a[a_row(e), · + u] d[d_row(e), · + u]."""
    e = tl.program_id(0) * BLOCK_ROWS + tl.arange(0, BLOCK_ROWS)
    there = e < samples
    at_a = tl.load(a_row + e, mask=there, other=0) * dim_a
    at_b = tl.load(b_row + e, mask=there, other=0) * dim_b
    at_d = tl.load(d_row + e, mask=there, other=0) * dim_d
    for s in range(0, slots):
        place = out + e * dim_out + tl.load(slot_out + s)
        total = tl.zeros([BLOCK_ROWS, BLOCK], dtype=out.dtype.element_ty)
        for v in range(0, widest, BLOCK):
            u = v + tl.arange(0, BLOCK)
            for n in range(tl.load(slot_segment + s), tl.load(slot_segment + s + 1)):
                mask = there[:, None] & (u < tl.load(segment_channels + n))[None, :]
                inner = tl.zeros([BLOCK_ROWS, BLOCK], dtype=out.dtype.element_ty)
                for t in range(tl.load(segment_term + n), tl.load(segment_term + n + 1)):
                    left = tl.load(a + at_a[:, None] + tl.load(term_a + t) + u[None, :], mask=mask, other=0)
                    right = tl.load(d + at_d[:, None] + tl.load(term_d + t) + u[None, :], mask=mask, other=0)
                    inner += tl.load(term_c + t) * left * right
                total += inner * tl.load(b + at_b[:, None] + tl.load(segment_b + n) + u[None, :], mask=mask, other=0)
        before = tl.load(place, mask=there, other=0)
        tl.store(place, before + tl.sum(total, axis=1), mask=there)
