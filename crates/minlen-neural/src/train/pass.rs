//! One sequence through the net and back: code lengths and gradients.
//!
//! A sequence is some symbols of one stream. What the stream's symbols before it left behind (its
//! [`Carry`]) counts as constant: gradients end at the sequence's first symbol.
//!
//! Rows are padded with zeros to a multiple of 16 for the matrix products. Rows past the end can
//! change nothing before them, and get no gradient.

use super::kernels::product::{Element, Left, padded, panels, panels_transposed, product};
use super::kernels::{ops, recurrent, window};
use crate::shape::{HEAD, Layer, SYMBOLS, Shape};
use std::ops::Range;

/// Where the tensors are in a slice of all parameters: the order of [`Shape::tensors`].
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(crate) embed: Range<usize>,
    pub(crate) layers: Vec<LayerPlaces>,
    pub(crate) gain: Range<usize>,
    pub(crate) head: Range<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct LayerPlaces {
    pub(crate) mix_gain: Range<usize>,
    pub(crate) mix_shift: Range<usize>,
    pub(crate) input: Range<usize>,
    pub(crate) decay: Range<usize>,
    pub(crate) output: Range<usize>,
    pub(crate) mlp_gain: Range<usize>,
    pub(crate) mlp_shift: Range<usize>,
    pub(crate) up: Range<usize>,
    pub(crate) down: Range<usize>,
}

impl Places {
    pub(crate) fn new(shape: &Shape) -> Places {
        let tensors = shape.tensors();
        let mut tensors = tensors.iter();
        let mut at = 0;
        let mut next = || {
            let from = at;
            at += tensors.next().map_or(0, |t| t.len());
            from..at
        };
        Places {
            embed: next(),
            layers: (shape.layers.iter())
                .map(|layer| LayerPlaces {
                    mix_gain: next(),
                    mix_shift: next(),
                    input: next(),
                    decay: match layer {
                        Layer::Recurrent => next(),
                        Layer::Window => 0..0,
                    },
                    output: next(),
                    mlp_gain: next(),
                    mlp_shift: next(),
                    up: next(),
                    down: next(),
                })
                .collect(),
            gain: next(),
            head: next(),
        }
    }
}

/// A matrix, ready to be multiplied with from both sides.
struct Matrix<E> {
    rows: usize,
    columns: usize,
    /// Panels of its transpose: x · Wᵀ.
    forward: Vec<E>,
    /// Panels of itself: dy · W.
    backward: Vec<E>,
    scratch: Vec<E>,
}

impl<E: Element> Matrix<E> {
    fn new(rows: usize, columns: usize) -> Matrix<E> {
        let size = padded(rows) * columns;
        Matrix {
            rows,
            columns,
            forward: vec![E::default(); size],
            backward: vec![E::default(); size],
            scratch: vec![E::default(); size],
        }
    }

    fn set(&mut self, values: &[f32]) {
        panels_transposed(values, self.rows, self.columns, &mut self.forward);
        E::convert(values, &mut self.scratch);
        let (rows, columns) = (padded(self.rows), self.columns);
        panels(&self.scratch, rows, columns, columns, &mut self.backward);
    }
}

/// All matrices of a net, made anew from the parameters after each step.
pub(crate) struct Matrices<E> {
    layers: Vec<[Matrix<E>; 4]>,
    head: Matrix<E>,
}

impl<E: Element> Matrices<E> {
    pub(crate) fn new(shape: &Shape) -> Matrices<E> {
        let (d, h) = (shape.width, shape.hidden);
        Matrices {
            layers: (shape.layers.iter())
                .map(|&layer| {
                    let input = Matrix::new(inputs(shape, layer), d);
                    [
                        input,
                        Matrix::new(d, d),
                        Matrix::new(h, d),
                        Matrix::new(d, h),
                    ]
                })
                .collect(),
            head: Matrix::new(SYMBOLS, d),
        }
    }

    pub(crate) fn set(&mut self, parameters: &[f32], places: &Places) {
        for (matrices, places) in self.layers.iter_mut().zip(&places.layers) {
            let from = [&places.input, &places.output, &places.up, &places.down];
            for (matrix, place) in matrices.iter_mut().zip(from) {
                matrix.set(&parameters[place.clone()]);
            }
        }
        self.head.set(&parameters[places.head.clone()]);
    }
}

/// Rows of `mix.in`.
fn inputs(shape: &Shape, layer: Layer) -> usize {
    match layer {
        Layer::Recurrent => 4 * shape.width + shape.heads(),
        Layer::Window => 3 * shape.width,
    }
}

/// What a stream's past leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Carry {
    /// The last symbol; 256 at the beginning.
    pub(crate) last: u16,
    /// Symbols so far, at most the window: how many rows of keys and values exist.
    pub(crate) seen: usize,
    /// For each layer: n of the last symbol, before mix and before mlp (d each), then the heads'
    /// states, or `window` normed keys and as many values.
    pub(crate) layers: Vec<Vec<f32>>,
}

impl Carry {
    pub(crate) fn new(shape: &Shape) -> Carry {
        let layers = shape
            .layers
            .iter()
            .map(|&layer| vec![0.0; Carry::size(shape, layer)]);
        Carry {
            last: SYMBOLS as u16,
            seen: 0,
            layers: layers.collect(),
        }
    }

    /// Values that a layer leaves behind.
    pub(crate) fn size(shape: &Shape, layer: Layer) -> usize {
        let d = shape.width;
        match layer {
            Layer::Recurrent => 2 * d + d * HEAD,
            Layer::Window => 2 * d + 2 * shape.window * d,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.last = SYMBOLS as u16;
        self.seen = 0;
        for values in &mut self.layers {
            values.fill(0.0);
        }
    }
}

/// What a layer keeps for the way back.
struct Kept<E> {
    x: Vec<f32>,
    r: Vec<f32>,
    before: Vec<f32>,
    m: Vec<E>,
    p: Vec<f32>,
    /// Recurrent: the results before their norm. Window: the turned queries.
    o: Vec<f32>,
    /// Recurrent: states. Window: turned keys.
    states: Vec<f32>,
    /// Window: keys and values, transposed.
    keys: Vec<f32>,
    values: Vec<f32>,
    z: Vec<E>,
    x_mlp: Vec<f32>,
    r_mlp: Vec<f32>,
    before_mlp: Vec<f32>,
    m_mlp: Vec<E>,
    u: Vec<f32>,
    h: Vec<E>,
}

/// All room that a sequence needs.
pub(crate) struct Room<E> {
    kept: Vec<Kept<E>>,
    x: Vec<f32>,
    r: Vec<f32>,
    n_e: Vec<E>,
    logits: Vec<f32>,
    n: Vec<f32>,
    wide: Vec<f32>,
    small: Vec<f32>,
    wide_e: Vec<E>,
    left: Vec<E>,
    right: Vec<E>,
    dx: Vec<f32>,
    rows_a: Vec<f32>,
    rows_b: Vec<f32>,
    rows_c: Vec<f32>,
    cos: Vec<f32>,
    sin: Vec<f32>,
}

impl<E: Element> Room<E> {
    /// Room for sequences of up to `longest` symbols.
    pub(crate) fn new(shape: &Shape, longest: usize) -> Room<E> {
        let rows = padded(longest);
        let (d, hidden) = (shape.width, shape.hidden);
        let most = (padded(4 * d + shape.heads())).max(hidden).max(SYMBOLS);
        let length = shape.window + rows;
        let f = |n: usize| vec![0.0f32; n];
        let e = |n: usize| vec![E::default(); n];
        let kept = shape.layers.iter().map(|&layer| {
            let p = rows * padded(inputs(shape, layer));
            let (states, turned) = match layer {
                Layer::Recurrent => (rows.div_ceil(recurrent::CHUNK) * d * HEAD, 0),
                Layer::Window => (length * d, length * d),
            };
            Kept {
                x: f(rows * d),
                r: f(rows),
                before: f(d),
                m: e(rows * d),
                p: f(p),
                o: f(rows * d),
                states: f(states),
                keys: f(turned),
                values: f(turned),
                z: e(rows * d),
                x_mlp: f(rows * d),
                r_mlp: f(rows),
                before_mlp: f(d),
                m_mlp: e(rows * d),
                u: f(rows * hidden),
                h: e(rows * hidden),
            }
        });
        let angles: Vec<f64> = (0..length)
            .flat_map(|t| (0..16).map(move |i| t as f64 * 1e4f64.powf(-f64::from(i) / 16.0)))
            .collect();
        Room {
            kept: kept.collect(),
            x: f(rows * d),
            r: f(rows),
            n_e: e(rows * d),
            logits: f(rows * SYMBOLS),
            n: f((rows + 1) * d),
            wide: f(rows * most),
            small: f(rows * d),
            wide_e: e(rows * most),
            left: e(rows * most),
            right: e(rows * most),
            dx: f(rows * d),
            rows_a: f(length * d),
            rows_b: f(length * d),
            rows_c: f(rows * d),
            cos: angles.iter().map(|a| a.cos() as f32).collect(),
            sin: angles.iter().map(|a| a.sin() as f32).collect(),
        }
    }
}

impl<E> Room<E> {
    /// The longest sequence that there is room for.
    pub(crate) fn longest(&self) -> usize {
        self.r.len()
    }
}

/// A net: what passes read.
pub(crate) struct Net<'a, E> {
    pub(crate) shape: &'a Shape,
    pub(crate) places: &'a Places,
    pub(crate) parameters: &'a [f32],
    pub(crate) matrices: &'a Matrices<E>,
}

/// y = x Wᵀ (+ y).
fn apply<E: Element>(x: &[E], w: &Matrix<E>, y: &mut [f32], rows: usize, add: bool) {
    let left = Left::Rows(x, w.columns);
    product(
        left,
        rows,
        w.columns,
        &w.forward,
        w.rows,
        y,
        padded(w.rows),
        add,
    );
}

/// dx = dy W. The rows of dy are padded to panels.
fn apply_back<E: Element>(dy: &[E], w: &Matrix<E>, dx: &mut [f32], rows: usize) {
    let deep = padded(w.rows);
    product(
        Left::Rows(dy, deep),
        rows,
        deep,
        &w.backward,
        w.columns,
        dx,
        w.columns,
        false,
    );
}

/// dW += dyᵀ x.
fn learn<E: Element>(
    dy: &[E],
    x: &[E],
    w: &Matrix<E>,
    rows: usize,
    d_w: &mut [f32],
    left: &mut [E],
    right: &mut [E],
) {
    let deep = padded(w.rows);
    panels(dy, rows, deep, deep, left);
    panels(x, rows, w.columns, w.columns, right);
    product(
        Left::Panels(left),
        w.rows,
        rows,
        right,
        w.columns,
        d_w,
        w.columns,
        true,
    );
}

impl<E: Element> Net<'_, E> {
    fn tensor(&self, place: &Range<usize>) -> &[f32] {
        &self.parameters[place.clone()]
    }

    /// Reads `symbols`, at least one and no more than there is room for, as the next ones of the
    /// stream that left `carry`; leaves the logits of each in `room`.
    pub(crate) fn forward(&self, symbols: &[u8], carry: &mut Carry, room: &mut Room<E>) {
        let d = self.shape.width;
        let (real, rows) = (symbols.len(), padded(symbols.len()));
        let embed = self.tensor(&self.places.embed);
        let first = room
            .kept
            .first_mut()
            .map_or(&mut room.x, |kept| &mut kept.x);
        first[real * d..rows * d].fill(0.0);
        let mut before = usize::from(carry.last);
        for (x, &s) in first.chunks_exact_mut(d).zip(symbols) {
            x.copy_from_slice(&embed[before * d..][..d]);
            before = usize::from(s);
        }
        for (i, places) in self.places.layers.iter().enumerate() {
            let (this, rest) = room.kept[i..].split_at_mut(1);
            let kept = &mut this[0];
            let next = rest.first_mut().map_or(&mut room.x, |kept| &mut kept.x);
            let [input, output, up, down] = &self.matrices.layers[i];
            let past = &mut carry.layers[i];
            let shape = self.shape;

            let x = &kept.x[..rows * d];
            let r = &mut kept.r[..rows];
            let n = &mut room.n[..(rows + 1) * d];
            let m = &mut room.wide[..rows * d];
            kept.before.copy_from_slice(&past[..d]);
            n[..d].copy_from_slice(&past[..d]);
            ops::norms(x, d, r);
            ops::scaled(x, d, r, self.tensor(&places.mix_gain), &mut n[d..]);
            ops::shifted(n, d, self.tensor(&places.mix_shift), m);
            past[..d].copy_from_slice(&n[real * d..][..d]);
            E::convert(m, &mut kept.m);
            let stride = padded(input.rows);
            let p = &mut kept.p[..rows * stride];
            apply(&kept.m, input, p, rows, false);

            let z = &mut room.wide[..rows * d];
            match shape.layers[i] {
                Layer::Recurrent => {
                    let o = &mut kept.o[..rows * d];
                    o[real * d..].fill(0.0);
                    let decay = self.tensor(&places.decay);
                    let chunks = rows.div_ceil(recurrent::CHUNK) * recurrent::STATE;
                    for (head, &decay) in decay.iter().enumerate() {
                        let state =
                            &mut past[2 * d + head * recurrent::STATE..][..recurrent::STATE];
                        let states = &mut kept.states[head * chunks..][..chunks];
                        let p = &p[..real * stride];
                        recurrent::forward(p, stride, d, head, decay, state, states, o);
                    }
                    ops::gated(o, d, p, stride, z);
                }
                Layer::Window => {
                    let w = shape.window;
                    let length = w + rows;
                    let (old_keys, old_values) = past[2 * d..].split_at_mut(w * d);
                    let k = &mut kept.states[..length * d];
                    k[..w * d].copy_from_slice(old_keys);
                    window::normed(p, stride, d, d, &mut k[w * d..]);
                    let v = &mut room.rows_a[..length * d];
                    v[..w * d].copy_from_slice(old_values);
                    for (v, p) in v[w * d..].chunks_exact_mut(d).zip(p.chunks_exact(stride)) {
                        v.copy_from_slice(&p[2 * d..3 * d]);
                    }
                    old_keys.copy_from_slice(&k[real * d..(real + w) * d]);
                    old_values.copy_from_slice(&v[real * d..(real + w) * d]);
                    window::turned(k, d, &room.cos, &room.sin, 1.0);
                    let q = &mut kept.o[..rows * d];
                    window::normed(p, stride, 0, d, q);
                    window::turned(q, d, &room.cos[16 * w..], &room.sin[16 * w..], SCALE);
                    let keys = &mut kept.keys[..length * d];
                    window::transposed(k, d, length, keys);
                    window::transposed(v, d, length, &mut kept.values[..length * d]);
                    for at in (0..d).step_by(HEAD) {
                        window::forward(q, keys, v, d, at, w, w - carry.seen, z);
                    }
                }
            }
            E::convert(z, &mut kept.z);
            let x_mlp = &mut kept.x_mlp[..rows * d];
            x_mlp.copy_from_slice(x);
            apply(&kept.z, output, x_mlp, rows, true);

            let r = &mut kept.r_mlp[..rows];
            let m = &mut room.wide[..rows * d];
            kept.before_mlp.copy_from_slice(&past[d..2 * d]);
            n[..d].copy_from_slice(&past[d..2 * d]);
            ops::norms(x_mlp, d, r);
            ops::scaled(x_mlp, d, r, self.tensor(&places.mlp_gain), &mut n[d..]);
            ops::shifted(n, d, self.tensor(&places.mlp_shift), m);
            past[d..2 * d].copy_from_slice(&n[real * d..][..d]);
            E::convert(m, &mut kept.m_mlp);
            let u = &mut kept.u[..rows * shape.hidden];
            apply(&kept.m_mlp, up, u, rows, false);
            let h = &mut room.wide[..rows * shape.hidden];
            ops::relu_squared(u, h);
            E::convert(h, &mut kept.h);
            next[..rows * d].copy_from_slice(x_mlp);
            apply(&kept.h, down, &mut next[..rows * d], rows, true);
        }
        let x = &room.x[..rows * d];
        let n = &mut room.n[..rows * d];
        ops::norms(x, d, &mut room.r[..rows]);
        ops::scaled(x, d, &room.r[..rows], self.tensor(&self.places.gain), n);
        E::convert(n, &mut room.n_e);
        let logits = &mut room.logits[..rows * SYMBOLS];
        apply(&room.n_e, &self.matrices.head, logits, rows, false);
        carry.last = symbols.last().map_or(carry.last, |&s| s.into());
        carry.seen = (carry.seen + real).min(self.shape.window);
    }

    /// The code length of `symbols` in bits, after [`Net::forward`], of which the first `aside`
    /// count only `weight`. Turns the logits into their gradients, times `scale`.
    pub(crate) fn loss(
        &self,
        symbols: &[u8],
        (aside, weight): (usize, f32),
        scale: f32,
        room: &mut Room<E>,
    ) -> f64 {
        let (real, rows) = (symbols.len() * SYMBOLS, padded(symbols.len()) * SYMBOLS);
        room.logits[real..rows].fill(0.0);
        let (before, asked) = symbols.split_at(aside);
        let (before_logits, logits) = room.logits[..real].split_at_mut(aside * SYMBOLS);
        let light = match weight {
            // Not even looked at.
            0.0 => {
                before_logits.fill(0.0);
                0.0
            }
            weight => f64::from(weight) * ops::loss(before_logits, before, scale * weight),
        };
        light + ops::loss(logits, asked, scale)
    }

    /// After [`Net::loss`]: adds the gradients to `grad`. `last` and `seen` are those of the carry
    /// before the sequence.
    pub(crate) fn backward(
        &self,
        symbols: &[u8],
        (last, seen): (u16, usize),
        room: &mut Room<E>,
        grad: &mut [f32],
    ) {
        let shape = self.shape;
        let (d, hidden) = (shape.width, shape.hidden);
        let (real, rows) = (symbols.len(), padded(symbols.len()));
        let Room { left, right, .. } = room;
        let dx = &mut room.dx[..rows * d];
        let small = &mut room.small[..rows * d];

        let head = &self.matrices.head;
        E::convert(&room.logits[..rows * SYMBOLS], &mut room.wide_e);
        apply_back(&room.wide_e, head, small, rows);
        let d_head = &mut grad[self.places.head.clone()];
        learn(&room.wide_e, &room.n_e, head, rows, d_head, left, right);
        dx.fill(0.0);
        let d_gain = &mut grad[self.places.gain.clone()];
        let gain = self.tensor(&self.places.gain);
        ops::scaled_back(
            &room.x[..rows * d],
            d,
            &room.r[..rows],
            gain,
            small,
            d_gain,
            dx,
        );

        for (i, places) in self.places.layers.iter().enumerate().rev() {
            let kept = &mut room.kept[i];
            let [input, output, up, down] = &self.matrices.layers[i];
            let n = &mut room.n[..(rows + 1) * d];

            E::convert(dx, &mut room.wide_e);
            let dh = &mut room.wide[..rows * hidden];
            apply_back(&room.wide_e, down, dh, rows);
            let d_w = &mut grad[places.down.clone()];
            learn(&room.wide_e, &kept.h, down, rows, d_w, left, right);
            ops::relu_squared_back(&kept.u[..rows * hidden], dh);
            E::convert(dh, &mut room.wide_e);
            apply_back(&room.wide_e, up, small, rows);
            let d_w = &mut grad[places.up.clone()];
            learn(&room.wide_e, &kept.m_mlp, up, rows, d_w, left, right);
            let (x, r) = (&kept.x_mlp[..rows * d], &kept.r_mlp[..rows]);
            let gain = self.tensor(&places.mlp_gain);
            n[..d].copy_from_slice(&kept.before_mlp);
            ops::scaled(x, d, r, gain, &mut n[d..]);
            let shift = self.tensor(&places.mlp_shift);
            ops::shifted_back(n, d, shift, small, &mut grad[places.mlp_shift.clone()]);
            ops::scaled_back(x, d, r, gain, small, &mut grad[places.mlp_gain.clone()], dx);

            E::convert(dx, &mut room.wide_e);
            apply_back(&room.wide_e, output, small, rows);
            let d_w = &mut grad[places.output.clone()];
            learn(&room.wide_e, &kept.z, output, rows, d_w, left, right);
            let stride = padded(input.rows);
            let p = &kept.p[..rows * stride];
            let dp = &mut room.wide[..rows * stride];
            match shape.layers[i] {
                Layer::Recurrent => {
                    dp.fill(0.0); // padding of rows and columns
                    ops::gated_back(&kept.o[..rows * d], d, p, stride, small, dp);
                    let decay = self.tensor(&places.decay);
                    let chunks = rows.div_ceil(recurrent::CHUNK) * recurrent::STATE;
                    let (p, dp) = (&p[..real * stride], &mut dp[..real * stride]);
                    for (head, &decay) in decay.iter().enumerate() {
                        let states = &kept.states[head * chunks..][..chunks];
                        grad[places.decay.start + head] +=
                            recurrent::backward(p, stride, d, head, decay, states, small, dp);
                    }
                }
                Layer::Window => {
                    let w = shape.window;
                    let length = w + rows;
                    let q = &kept.o[..rows * d];
                    let k = &kept.states[..length * d];
                    let (keys, values) = (&kept.keys[..length * d], &kept.values[..length * d]);
                    let dk = &mut room.rows_a[..length * d];
                    let dv = &mut room.rows_b[..length * d];
                    let dq = &mut room.rows_c[..rows * d];
                    dk.fill(0.0);
                    dv.fill(0.0);
                    for at in (0..d).step_by(HEAD) {
                        window::backward(q, k, keys, values, d, at, w, w - seen, small, dq, dk, dv);
                    }
                    let (cos, sin) = (&room.cos[16 * w..], &room.sin[16 * w..]);
                    window::turned_back(p, stride, 0, d, cos, sin, SCALE, dq, dp);
                    window::turned_back(p, stride, d, d, cos, sin, 1.0, &dk[w * d..], dp);
                    for (dp, dv) in dp.chunks_exact_mut(stride).zip(dv[w * d..].chunks_exact(d)) {
                        dp[2 * d..3 * d].copy_from_slice(dv);
                    }
                }
            }
            E::convert(&room.wide[..rows * stride], &mut room.wide_e);
            apply_back(&room.wide_e, input, small, rows);
            let d_w = &mut grad[places.input.clone()];
            learn(&room.wide_e, &kept.m, input, rows, d_w, left, right);
            let (x, r) = (&kept.x[..rows * d], &kept.r[..rows]);
            let gain = self.tensor(&places.mix_gain);
            n[..d].copy_from_slice(&kept.before);
            ops::scaled(x, d, r, gain, &mut n[d..]);
            let shift = self.tensor(&places.mix_shift);
            ops::shifted_back(n, d, shift, small, &mut grad[places.mix_shift.clone()]);
            ops::scaled_back(x, d, r, gain, small, &mut grad[places.mix_gain.clone()], dx);
        }
        let d_embed = &mut grad[self.places.embed.clone()];
        let mut before = usize::from(last);
        for (dx, &s) in dx.chunks_exact(d).zip(symbols) {
            ops::add(&mut d_embed[before * d..][..d], dx);
            before = usize::from(s);
        }
    }
}

/// One over the root of a head's size: what scores are multiplied by.
const SCALE: f32 = 0.176_776_7;
