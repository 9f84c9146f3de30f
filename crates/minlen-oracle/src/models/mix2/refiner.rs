//! 8.3.10: refiners.

use super::fold;
use crate::models::mix::history::History;
use crate::models::mix::logistic::Logistic;
use crate::models::mix::nibble::{Half, path};

/// By what a refiner chooses its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    One,
    Two,
}

#[derive(Clone)]
pub struct Refiner {
    order: Order,
    /// For each row and node, the 16 points.
    curves: Vec<[i32; 16]>,
    /// The row of the nibble that comes.
    row: usize,
    /// The near point of each node that was predicted.
    near: [usize; 16],
}

impl Refiner {
    pub fn new(order: Order) -> Self {
        let rows = match order {
            Order::One => 17 * 256,
            Order::Two => 8192,
        };
        Self {
            order,
            curves: vec![[0; 16]; rows * 16],
            row: 0,
            near: [0; 16],
        }
    }

    pub fn choose(&mut self, half: Half, history: &History) {
        let place = half.place();
        self.row = match self.order {
            Order::One => 17 * usize::from(history.b(1)) + place,
            Order::Two => (fold(((place as u64 + 1) << 32) + history.last(2)) >> 19) as usize,
        };
    }

    /// The result for this node.
    pub fn predict(&mut self, node: usize, x: i64, logistic: &Logistic) -> i64 {
        let u = x.clamp(-1920, 1919) + 1920;
        let (i, f) = ((u >> 8) as usize, (u % 256) >> 1);
        self.near[node] = if f < 64 { i } else { i + 1 };
        let curve = &self.curves[self.row * 16 + node];
        let (left, right) = (i64::from(curve[i]), i64::from(curve[i + 1]));
        let result = logistic.squash(x) + ((left * (128 - f) + right * f) >> 7);
        result.clamp(1, 65_535)
    }

    /// The nibble was v; all nodes of its path were predicted.
    pub fn learn(&mut self, v: u8, logistic: &Logistic) {
        for (node, y) in path(v) {
            let i = self.near[node];
            let point = &mut self.curves[self.row * 16 + node][i];
            let (target, more) = if y { (65_535, 31) } else { (0, 0) };
            let d = target - logistic.squash(256 * i as i64 - 1920) - i64::from(*point);
            let a = (d + more) >> 5;
            *point = (i64::from(*point) + a).clamp(-32_767, 32_767) as i32;
        }
    }
}
