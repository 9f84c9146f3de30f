//! 8.2.9: refiners, curves that correct what was mixed.

use super::contexts::hash;
use super::history::History;
use super::logistic::Logistic;
use super::nibble::{Half, path};

/// By what a refiner chooses its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    One,
    Two,
}

#[derive(Clone)]
pub struct Refiner {
    order: Order,
    /// For each row and node, the 17 points.
    curves: Vec<[i32; 17]>,
    /// The row of the nibble that comes.
    row: usize,
    /// The near point of each node that was predicted.
    near: [usize; 16],
}

impl Refiner {
    pub fn new(order: Order) -> Self {
        let rows = match order {
            Order::One => 17 * 256,
            Order::Two => 4096,
        };
        Self {
            order,
            curves: vec![[0; 17]; rows * 16],
            row: 0,
            near: [0; 16],
        }
    }

    pub fn choose(&mut self, half: Half, history: &History) {
        self.row = match self.order {
            Order::One => 17 * usize::from(history.b(1)) + half.place(),
            Order::Two => (hash(half.place() as u64, history.last(2)) >> 20) as usize,
        };
    }

    /// The result for this node.
    pub fn predict(&mut self, node: usize, x: i64, logistic: &Logistic) -> i64 {
        let u = (x.clamp(-2047, 2047) + 2048) as usize;
        let (i, f) = (u >> 8, (u % 256) >> 1);
        self.near[node] = if f < 64 { i } else { i + 1 };
        let curve = &self.curves[self.row * 16 + node];
        let (left, right) = (i64::from(curve[i]), i64::from(curve[i + 1]));
        let f = f as i64;
        let result = logistic.squash(x) + ((left * (128 - f) + right * f) >> 7);
        result.clamp(1, 65_535)
    }

    /// The nibble was v; all nodes of its path were predicted.
    pub fn learn(&mut self, v: u8, logistic: &Logistic) {
        for (node, y) in path(v) {
            let i = self.near[node];
            let point = &mut self.curves[self.row * 16 + node][i];
            let target = if y { 65_535 } else { 0 };
            let d = target - logistic.squash(256 * i as i64 - 2048) - i64::from(*point);
            let a = if d >= 0 {
                (d + 63) >> 6
            } else {
                -((63 - d) >> 6)
            };
            *point = (i64::from(*point) + a).clamp(-32_767, 32_767) as i32;
        }
    }
}
