//! The coding path: streams led through a net, many at once.
//!
//! A symbol costs a net's parameters once through the processor; for many streams at once, they
//! are read once for all. Streams do not see each other, and each result is made by the same
//! operations in the same order (`kernels`), so that a stream alone and a stream among others
//! predict the same, bit for bit.
//!
//! Streams are lazy: they remember the symbol that came, and the net runs when somebody asks for
//! what comes next, for all streams that wait for it.

use crate::kernels::{Cpu, LANES, Lanes, Matrix, Then, as_pairs, wide, zeros};
use crate::shape::{HEAD, Layer, SYMBOLS, Shape};
use crate::weights::{Stored, Weights};
use minlen_core::{ALPHABET, Batch, Distribution, Guide, Model, Symbol};
use std::ops::Range;
use std::sync::Arc;

/// A net, ready to run: what all its streams share, and nothing changes.
#[derive(Debug)]
pub struct Net {
    shape: Shape,
    /// A row for each symbol, and one for the beginning.
    embed: Vec<Lanes>,
    blocks: Vec<Block>,
    gain: Vec<Lanes>,
    head: Matrix,
}

/// A layer and its MLP.
#[derive(Debug)]
struct Block {
    layer: Layer,
    mix: Entrance,
    mix_in: Matrix,
    /// A value a head; none in window layers.
    decay: Vec<Lanes>,
    mix_out: Matrix,
    mlp: Entrance,
    up: Matrix,
    down: Matrix,
}

/// What stands before each half of a block: the norm's gain and the token shift.
#[derive(Debug)]
struct Entrance {
    gain: Vec<Lanes>,
    shift: Vec<Lanes>,
}

/// Hands out the tensors, in their order.
struct Unpacker<'a> {
    tensors: std::slice::Iter<'a, Stored>,
}

impl Unpacker<'_> {
    fn vector(&mut self) -> Vec<Lanes> {
        match self.tensors.next() {
            Some(Stored::Vector(values)) => {
                let values: Vec<f32> = values.iter().map(|&v| wide(v)).collect();
                Lanes::from_values(&values)
            }
            _ => Vec::new(),
        }
    }

    fn matrix(&mut self) -> Matrix {
        match self.tensors.next() {
            Some(Stored::Matrix { scale, integers }) => {
                let columns = integers.len() / scale.len();
                let scale: Vec<f32> = scale.iter().map(|&s| wide(s)).collect();
                Matrix::pack(columns, integers, &scale)
            }
            _ => Matrix::pack(32, &[], &[]),
        }
    }

    /// A matrix's parameters.
    fn table(&mut self) -> Vec<Lanes> {
        match self.tensors.next() {
            Some(Stored::Matrix { scale, integers }) => {
                let rows = integers.chunks(integers.len() / scale.len()).zip(scale);
                let values = rows
                    .flat_map(|(row, &scale)| row.iter().map(move |&i| f32::from(i) * wide(scale)));
                Lanes::from_values(&values.collect::<Vec<_>>())
            }
            _ => Vec::new(),
        }
    }

    fn entrance(&mut self) -> Entrance {
        Entrance {
            gain: self.vector(),
            shift: self.vector(),
        }
    }
}

impl Net {
    /// Unpacks `weights`.
    pub fn new(weights: &Weights) -> Net {
        let shape = weights.shape().clone();
        let mut from = Unpacker {
            tensors: weights.stored().iter(),
        };
        let embed = from.table();
        let block = |&layer: &Layer| Block {
            layer,
            mix: from.entrance(),
            mix_in: from.matrix(),
            decay: match layer {
                Layer::Recurrent => from.vector(),
                Layer::Window => Vec::new(),
            },
            mix_out: from.matrix(),
            mlp: from.entrance(),
            up: from.matrix(),
            down: from.matrix(),
        };
        let blocks = shape.layers.iter().map(block).collect();
        Net {
            embed,
            blocks,
            gain: from.vector(),
            head: from.matrix(),
            shape,
        }
    }

    /// Its sizes.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Memory that one stream takes, in bytes.
    pub fn stream_bytes(shape: &Shape) -> u64 {
        let layers = shape.layers.iter();
        let lanes: usize = layers.flat_map(|&l| kept_lanes(shape, l)).sum();
        let widest = (4 * shape.width + shape.heads()).max(shape.hidden);
        4 * (LANES * lanes + 2 * shape.width + widest + 2 * ALPHABET) as u64
    }
}

/// Lanes that a stream keeps for a layer: n before the mix, n before the MLP, and what `Mix` keeps.
fn kept_lanes(shape: &Shape, layer: Layer) -> [usize; 3] {
    let d = shape.width / LANES;
    match layer {
        Layer::Recurrent => [d, d, d * HEAD],
        Layer::Window => [d, d, d * shape.window],
    }
}

/// What a stream knows of its past, but for what the layers keep.
#[derive(Clone, Debug)]
struct Past {
    /// Symbols that the net has read, the beginning among them.
    position: u64,
    /// What the net shall read next: a row of `embed`. `None`: the prediction is there.
    waiting: Option<usize>,
    logits: [Lanes; ALPHABET / LANES],
    /// The prediction: integer weights of the symbols.
    chances: [u32; ALPHABET],
}

/// What the layers keep of all streams, in the order in which a step reads it: part after part,
/// in each stream after stream.
#[derive(Debug)]
struct Kept {
    lanes: Vec<Lanes>,
    /// Where each part begins: three a layer, and the end.
    parts: Vec<usize>,
    streams: usize,
}

impl Kept {
    fn new(shape: &Shape, streams: usize) -> Kept {
        let mut parts = vec![0];
        for lanes in shape.layers.iter().flat_map(|&l| kept_lanes(shape, l)) {
            parts.push(parts[parts.len() - 1] + streams * lanes);
        }
        Kept {
            lanes: zeros(parts[parts.len() - 1]),
            parts,
            streams,
        }
    }

    #[inline]
    fn range(&self, part: usize, stream: usize) -> Range<usize> {
        let lanes = (self.parts[part + 1] - self.parts[part]) / self.streams;
        let start = self.parts[part] + stream * lanes;
        start..start + lanes
    }

    #[inline]
    fn of(&mut self, part: usize, stream: usize) -> &mut [Lanes] {
        let range = self.range(part, stream);
        &mut self.lanes[range]
    }
}

/// Streams of symbols that one net predicts, all at once: a [`Batch`].
#[derive(Debug)]
pub struct Streams {
    net: Arc<Net>,
    cpu: Cpu,
    pasts: Vec<Past>,
    kept: Kept,
    work: Work,
}

/// A row of each for each stream that the net runs for. Its content means nothing between runs.
#[derive(Debug, Default)]
struct Work {
    /// Whose rows they are.
    rows: Vec<usize>,
    x: Vec<Lanes>,
    /// What goes into a matrix.
    into: Vec<Lanes>,
    /// What comes out of one, in the front part.
    wide: Vec<Lanes>,
}

impl Streams {
    /// As many streams, at their beginning.
    pub fn new(net: Arc<Net>, streams: usize) -> Streams {
        Self::on(Cpu::best(), net, streams)
    }

    /// With the kernels of `cpu`.
    pub(crate) fn on(cpu: Cpu, net: Arc<Net>, streams: usize) -> Streams {
        let past = Past {
            position: 0,
            waiting: Some(SYMBOLS),
            logits: [Lanes::ZERO; ALPHABET / LANES],
            chances: [0; ALPHABET],
        };
        Streams {
            kept: Kept::new(&net.shape, streams),
            net,
            cpu,
            pasts: vec![past; streams],
            work: Work::default(),
        }
    }

    /// Number of streams.
    pub fn len(&self) -> usize {
        self.pasts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pasts.is_empty()
    }

    /// The net.
    pub fn net(&self) -> &Arc<Net> {
        &self.net
    }

    /// Stream i moves past `symbols[i]`, or stays where it is. There are as many as streams; what
    /// is missing is `None`.
    pub fn advance(&mut self, symbols: &[Option<Symbol>]) {
        // A stream that waits already must read that first.
        let waits = |(past, s): (&Past, &Option<Symbol>)| s.is_some() && past.waiting.is_some();
        if self.pasts.iter().zip(symbols).any(waits) {
            self.run();
        }
        for (past, s) in self.pasts.iter_mut().zip(symbols) {
            past.waiting = s.map(usize::from).or(past.waiting);
        }
    }

    /// As many streams that all go on where `stream` is.
    pub fn copies(&self, stream: usize, streams: usize) -> Streams {
        let mut many = Streams::on(self.cpu, self.net.clone(), streams);
        many.pasts = vec![self.pasts[stream].clone(); streams];
        for part in 0..self.kept.parts.len() - 1 {
            let from = &self.kept.lanes[self.kept.range(part, stream)];
            for to in 0..streams {
                many.kept.of(part, to).copy_from_slice(from);
            }
        }
        many
    }

    /// The next symbol of `stream` was `s`.
    pub fn update(&mut self, stream: usize, s: Symbol) {
        if self.pasts[stream].waiting.is_some() {
            self.run();
        }
        self.pasts[stream].waiting = Some(s.into());
    }

    /// What `stream` is held to bring next.
    pub fn predict(&mut self, stream: usize) -> Distribution {
        Distribution::from_weights(self.chances(stream))
    }

    /// For the nodes 1–15 of the tree of a nibble of the next symbol (as in
    /// [`Nodes`](minlen_core::Nodes)), the probability of a 1 in units of 2⁻¹⁶, from 1 to 65,535;
    /// index 0 is 0. `None` asks for the high nibble, the high nibble for the low one.
    pub fn nodes(&mut self, stream: usize, high: Option<u8>) -> [u16; 16] {
        nodes(self.chances(stream), high)
    }

    /// The symbols' scores, in nats up to a constant: for comparison with a training's.
    pub fn logits(&mut self, stream: usize) -> [f32; ALPHABET] {
        self.chances(stream);
        let logits = &self.pasts[stream].logits;
        std::array::from_fn(|s| logits[s / LANES].0[s % LANES])
    }

    fn chances(&mut self, stream: usize) -> &[u32; ALPHABET] {
        if self.pasts[stream].waiting.is_some() {
            self.run();
        }
        &self.pasts[stream].chances
    }

    /// The net reads what streams wait for it to read.
    fn run(&mut self) {
        self.pass(&mut |_, _, _| ());
        self.work.end(self.cpu, &self.net, &mut self.pasts);
    }

    /// Streams wait for the net to read these, and for nothing else.
    pub(crate) fn await_all(&mut self, symbols: &[Option<Symbol>]) {
        for (past, s) in self.pasts.iter_mut().zip(symbols) {
            past.waiting = s.map(usize::from);
        }
    }

    /// The net reads what streams wait for it to read, and predicts nothing.
    pub(crate) fn read(&mut self, seen: &mut dyn FnMut(usize, usize, &[Lanes])) {
        self.pass(seen);
        for &stream in &self.work.rows {
            let position = &mut self.pasts[stream].position;
            *position = position.saturating_add(1);
        }
    }

    /// All layers read what streams wait for; `seen` hears of a stream, a layer, and the x behind it.
    fn pass(&mut self, seen: &mut dyn FnMut(usize, usize, &[Lanes])) {
        let (net, cpu, work) = (&*self.net, self.cpu, &mut self.work);
        work.begin(net, &mut self.pasts);
        let d = net.gain.len();
        for (layer, block) in net.blocks.iter().enumerate() {
            work.mix(cpu, block, &self.pasts, &mut self.kept, 3 * layer);
            work.mlp(cpu, block, &mut self.kept, 3 * layer);
            for (x, &stream) in work.x.chunks_exact(d).zip(&work.rows) {
                seen(stream, layer, x);
            }
        }
    }
}

impl Work {
    /// x = what the streams shall read.
    fn begin(&mut self, net: &Net, pasts: &mut [Past]) {
        self.rows.clear();
        self.x.clear();
        let d = net.shape.width / LANES;
        for (i, past) in pasts.iter_mut().enumerate() {
            if let Some(row) = past.waiting.take() {
                self.rows.push(i);
                self.x.extend(&net.embed[row * d..][..d]);
            }
        }
        let wide = |b: &Block| b.mix_in.panels().max(b.up.panels());
        let widest = net.blocks.iter().map(wide).max().unwrap_or(0);
        let widest = widest.max(net.head.panels());
        self.wide.resize(self.rows.len() * widest, Lanes::ZERO);
        self.into.resize(self.x.len(), Lanes::ZERO);
    }

    /// into = the norm of x, shifted by what was before, which is the part `part` of what is kept.
    fn enter(&mut self, cpu: Cpu, entrance: &Entrance, kept: &mut Kept, part: usize) {
        let d = entrance.gain.len();
        let rows = self.x.chunks_exact(d).zip(self.into.chunks_exact_mut(d));
        for ((x, into), &stream) in rows.zip(&self.rows) {
            let before = kept.of(part, stream);
            cpu.shifted(x, &entrance.gain, &entrance.shift, before, into);
        }
    }

    /// x ← x + mix_out · Mix(mix_in · into)
    fn mix(&mut self, cpu: Cpu, block: &Block, pasts: &[Past], kept: &mut Kept, part: usize) {
        let d = block.mix.gain.len();
        self.enter(cpu, &block.mix, kept, part);
        let panels = block.mix_in.panels();
        let wide = &mut self.wide[..self.rows.len() * panels];
        cpu.product(&self.into, &block.mix_in, Then::Store, wide);
        let rows = (wide.chunks_exact(panels)).zip(self.into.chunks_exact_mut(d));
        for ((z, out), &stream) in rows.zip(&self.rows) {
            let (position, kept) = (pasts[stream].position, kept.of(part + 2, stream));
            match block.layer {
                Layer::Recurrent => cpu.recurrent(z, &block.decay, kept, out),
                Layer::Window => cpu.window(z, position, as_pairs(kept), out),
            }
        }
        cpu.product(&self.into, &block.mix_out, Then::Add, &mut self.x);
    }

    /// x ← x + down · relu(up · into)²
    fn mlp(&mut self, cpu: Cpu, block: &Block, kept: &mut Kept, part: usize) {
        self.enter(cpu, &block.mlp, kept, part + 1);
        let wide = &mut self.wide[..self.rows.len() * block.up.panels()];
        cpu.product(&self.into, &block.up, Then::Square, wide);
        cpu.product(wide, &block.down, Then::Add, &mut self.x);
    }

    /// The predictions.
    fn end(&mut self, cpu: Cpu, net: &Net, pasts: &mut [Past]) {
        let d = net.gain.len();
        for (x, into) in self.x.chunks_exact(d).zip(self.into.chunks_exact_mut(d)) {
            cpu.normed(x, &net.gain, into);
        }
        let panels = net.head.panels();
        let wide = &mut self.wide[..self.rows.len() * panels];
        cpu.product(&self.into, &net.head, Then::Store, wide);
        for (logits, &stream) in wide.chunks_exact(panels).zip(&self.rows) {
            let past = &mut pasts[stream];
            past.position = past.position.saturating_add(1);
            past.logits.copy_from_slice(logits);
            cpu.chances(logits, &mut past.chances);
        }
    }
}

/// The nodes of a nibble, from weights of all symbols. A node's probability is
/// ⌊65536 (ones + 1) / (both + 2)⌋, but at least 1: ones is the weight of the symbols on its
/// side of a 1, both that of the symbols on either side.
fn nodes(chances: &[u32; ALPHABET], high: Option<u8>) -> [u16; 16] {
    // Leaves at 16 to 31, and above them their sums.
    let mut sums = [0u64; 32];
    let leaf = |n: usize| match high {
        None => chances[16 * n..][..16].iter().map(|&c| u64::from(c)).sum(),
        Some(high) => u64::from(chances[16 * usize::from(high & 15) + n]),
    };
    for n in 0..16 {
        sums[16 + n] = leaf(n);
    }
    let mut nodes = [0; 16];
    for n in (1..16).rev() {
        sums[n] = sums[2 * n] + sums[2 * n + 1];
        let p = (sums[2 * n + 1] + 1) * 65536 / (sums[n] + 2);
        nodes[n] = p.max(1) as u16;
    }
    nodes
}

impl Batch for Streams {
    fn width(&self) -> usize {
        self.len()
    }

    fn step(&mut self, guides: &mut [&mut dyn Guide]) {
        for (stream, guide) in guides.iter_mut().enumerate().take(self.len()) {
            if guide.more() {
                let s = guide.symbol(&self.predict(stream));
                self.pasts[stream].waiting = Some(s.into());
            }
        }
    }
}

/// One stream: a [`Model`]. Many at once are several times as fast: [`Streams`].
#[derive(Debug)]
pub struct Stream(Streams);

impl Stream {
    /// A stream at its beginning.
    pub fn new(net: Arc<Net>) -> Stream {
        Stream(Streams::new(net, 1))
    }

    /// As many streams that all continue this one.
    pub fn split(&self, streams: usize) -> Streams {
        self.0.copies(0, streams)
    }

    /// See [`Streams::nodes`].
    pub fn nodes(&mut self, high: Option<u8>) -> [u16; 16] {
        self.0.nodes(0, high)
    }
}

impl Model for Stream {
    fn predict(&mut self) -> Distribution {
        self.0.predict(0)
    }

    fn update(&mut self, s: Symbol) {
        self.0.update(0, s);
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Stream(self.split(1)))
    }
}
