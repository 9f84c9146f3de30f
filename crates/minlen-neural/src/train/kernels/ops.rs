//! What happens to each value alone, or within a row: norms, token shift, gates, the loss.

use super::product::Bf16;
use super::{dot, exp, fma, sigmoid, sum, widened};
use crate::shape::{HEAD, SYMBOLS};

/// What is added to a mean of squares.
pub(crate) const TINY: f32 = 1.0 / 1_048_576.0;

widened! {
    /// Nearest bf16 values, ties to even.
    fn round(from: &[f32], to: &mut [Bf16]) {
        for (to, from) in to.iter_mut().zip(from) {
            let bits = from.to_bits();
            *to = Bf16((bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16) as u16);
        }
    }

    /// One over the root of each row's mean square.
    fn norms(x: &[f32], d: usize, r: &mut [f32]) {
        for (r, x) in r.iter_mut().zip(x.chunks_exact(d)) {
            *r = 1.0 / (dot::<FMA>(x, x) / d as f32 + TINY).sqrt();
        }
    }

    /// n = x r ⊙ gain.
    fn scaled(x: &[f32], d: usize, r: &[f32], gain: &[f32], n: &mut [f32]) {
        for ((n, x), r) in n.chunks_exact_mut(d).zip(x.chunks_exact(d)).zip(r) {
            for ((n, x), gain) in n.iter_mut().zip(x).zip(gain) {
                *n = x * r * gain;
            }
        }
    }

    /// Token shift: `n` holds the row before, then all rows; m = n + shift ⊙ (n before − n).
    fn shifted(n: &[f32], d: usize, shift: &[f32], m: &mut [f32]) {
        for ((m, before), n) in m.chunks_exact_mut(d).zip(n.chunks_exact(d)).zip(n[d..].chunks_exact(d)) {
            for (((m, b), n), s) in m.iter_mut().zip(before).zip(n).zip(shift) {
                *m = fma::<FMA>(*s, b - n, *n);
            }
        }
    }

    /// Back through token shift: from dm the gradient of n, in place (the row before the first gets
    /// none), and of `shift`.
    fn shifted_back(n: &[f32], d: usize, shift: &[f32], dm: &mut [f32], d_shift: &mut [f32]) {
        let rows = dm.len() / d;
        for t in 0..rows {
            let (dm, after) = dm[t * d..].split_at_mut(d);
            let (before, n) = (&n[t * d..][..d], &n[(t + 1) * d..][..d]);
            for i in 0..d {
                d_shift[i] = fma::<FMA>(dm[i], before[i] - n[i], d_shift[i]);
            }
            if t + 1 < rows {
                for ((dm, after), s) in dm.iter_mut().zip(&after[..d]).zip(shift) {
                    *dm = fma::<FMA>(*s, after - *dm, *dm);
                }
            } else {
                for (dm, s) in dm.iter_mut().zip(shift) {
                    *dm -= s * *dm;
                }
            }
        }
    }

    /// Back through n = x r ⊙ gain: adds to the gradients of x and of gain. `dn` is used up.
    fn scaled_back(x: &[f32], d: usize, r: &[f32], gain: &[f32], dn: &mut [f32], d_gain: &mut [f32], dx: &mut [f32]) {
        let rows = dn.chunks_exact_mut(d).zip(dx.chunks_exact_mut(d));
        for (((dn, dx), x), &r) in rows.zip(x.chunks_exact(d)).zip(r) {
            for ((dn, x), (gain, d_gain)) in dn.iter_mut().zip(x).zip(gain.iter().zip(d_gain.iter_mut())) {
                *d_gain = fma::<FMA>(*dn, x * r, *d_gain);
                *dn *= gain;
            }
            let mean = dot::<FMA>(dn, x) * r * r / d as f32;
            for ((dx, dn), x) in dx.iter_mut().zip(dn).zip(x) {
                *dx = fma::<FMA>(r, fma::<FMA>(-mean, *x, *dn), *dx);
            }
        }
    }

    /// h = relu(u)².
    fn relu_squared(u: &[f32], h: &mut [f32]) {
        for (h, u) in h.iter_mut().zip(u) {
            let u = if *u > 0.0 { *u } else { 0.0 };
            *h = u * u;
        }
    }

    /// From dh the gradient of u, in place.
    fn relu_squared_back(u: &[f32], dh: &mut [f32]) {
        for (dh, u) in dh.iter_mut().zip(u) {
            *dh *= if *u > 0.0 { 2.0 * u } else { 0.0 };
        }
    }

    /// z = norm(o) ⊙ g ⊙ sigmoid(g), head by head; g begins at `p[3 d]` in rows of `stride`.
    fn gated(o: &[f32], d: usize, p: &[f32], stride: usize, z: &mut [f32]) {
        for ((z, o), p) in z.chunks_exact_mut(d).zip(o.chunks_exact(d)).zip(p.chunks_exact(stride)) {
            let g = &p[3 * d..4 * d];
            for ((z, o), g) in z.chunks_exact_mut(HEAD).zip(o.chunks_exact(HEAD)).zip(g.chunks_exact(HEAD)) {
                let r = 1.0 / (dot::<FMA>(o, o) / HEAD as f32 + TINY).sqrt();
                for i in 0..HEAD {
                    z[i] = o[i] * r * g[i] * sigmoid::<FMA>(g[i]);
                }
            }
        }
    }

    /// From dz the gradient of o, in place, and of g, into `dp`.
    fn gated_back(o: &[f32], d: usize, p: &[f32], stride: usize, dz: &mut [f32], dp: &mut [f32]) {
        let rows = dz.chunks_exact_mut(d).zip(dp.chunks_exact_mut(stride));
        for (((dz, dp), o), p) in rows.zip(o.chunks_exact(d)).zip(p.chunks_exact(stride)) {
            for head in (0..d).step_by(HEAD) {
                let dz: &mut [f32; HEAD] = dz[head..].first_chunk_mut().unwrap();
                let dg: &mut [f32; HEAD] = dp[3 * d + head..].first_chunk_mut().unwrap();
                let g: &[f32; HEAD] = p[3 * d + head..].first_chunk().unwrap();
                let o: &[f32; HEAD] = o[head..].first_chunk().unwrap();
                let r = 1.0 / (dot::<FMA>(o, o) / HEAD as f32 + TINY).sqrt();
                for i in 0..HEAD {
                    let s = sigmoid::<FMA>(g[i]);
                    dg[i] = dz[i] * o[i] * r * s * (1.0 + g[i] * (1.0 - s));
                    dz[i] *= g[i] * s;
                }
                let mean = dot::<FMA>(dz, o) * r * r / HEAD as f32;
                for i in 0..HEAD {
                    dz[i] = r * fma::<FMA>(-mean, o[i], dz[i]);
                }
            }
        }
    }

    /// Turns each row of 256 logits into the gradient of its code length in bits, times `scale`,
    /// with respect to the logits. Returns the sum of all code lengths, in bits.
    fn loss(logits: &mut [f32], targets: &[u8], scale: f32) -> f64 {
        let mut bits = 0.0;
        for (row, &target) in logits.as_chunks_mut::<SYMBOLS>().0.iter_mut().zip(targets) {
            let mut most = [f32::MIN; 16];
            for x in row.as_chunks::<16>().0 {
                for i in 0..16 {
                    most[i] = if x[i] > most[i] { x[i] } else { most[i] };
                }
            }
            let most = most.iter().fold(f32::MIN, |a, &b| if a > b { a } else { b });
            let own = row[usize::from(target)] - most;
            let mut lanes = [0.0; 16];
            for x in row.as_chunks_mut::<16>().0 {
                for i in 0..16 {
                    x[i] = exp::<FMA>(x[i] - most);
                    lanes[i] += x[i];
                }
            }
            let total = sum(lanes);
            bits += (f64::from(total).ln() - f64::from(own)) * std::f64::consts::LOG2_E;
            let part = scale * std::f32::consts::LOG2_E / total;
            for x in row.iter_mut() {
                *x *= part;
            }
            row[usize::from(target)] -= scale * std::f32::consts::LOG2_E;
        }
        bits
    }

    /// The sum of squares.
    fn squares(x: &[f32]) -> f64 {
        let mut lanes = [0.0f64; 16];
        let (chunks, rest) = x.as_chunks::<16>();
        for x in chunks {
            for i in 0..16 {
                lanes[i] += f64::from(x[i]) * f64::from(x[i]);
            }
        }
        let rest = rest.iter().map(|x| f64::from(*x) * f64::from(*x));
        lanes.iter().sum::<f64>() + rest.sum::<f64>()
    }

    /// a += b.
    fn add(a: &mut [f32], b: &[f32]) {
        for (a, b) in a.iter_mut().zip(b) {
            *a += b;
        }
    }
}
