//! 8.2.4: the present cell of each context, from step to step.

use super::contexts::Context;
use super::history::History;
use super::lines::{Address, Cell, Table};
use super::matching::Match;
use super::nibble::path;
use super::states::States;

/// Where the present cell of a context is.
#[derive(Clone, Copy)]
enum Present {
    /// In the context's own cells.
    Direct(usize),
    /// In the table, for a context with this hash.
    Shared(Address, u32),
}

#[derive(Clone)]
struct Slot {
    context: Context,
    /// Cells of its own, if it is direct.
    own: Vec<Cell>,
    present: Present,
    copy: Cell,
}

#[derive(Clone)]
pub struct Cells {
    slots: Vec<Slot>,
    table: Table,
}

impl Cells {
    pub fn new(contexts: Vec<Context>, n: u32) -> Self {
        let slot = |context| Slot {
            context,
            own: match context {
                Context::Nothing => vec![Cell::default(); 17],
                Context::Byte => vec![Cell::default(); 17 * 256],
                _ => vec![],
            },
            present: Present::Direct(0), // until it is looked up
            copy: Cell::default(),
        };
        Self {
            slots: contexts.into_iter().map(slot).collect(),
            table: Table::new(n),
        }
    }

    /// Steps 8 to 10: the first cells.
    pub fn look_up(&mut self, history: &History, matching: &Match) {
        self.table.grow(history.t());
        for slot in &mut self.slots {
            slot.present = match slot.context.hash(history, matching) {
                Some(hash) => Present::Shared((self.table.find(hash), 0), hash),
                None if slot.context == Context::Byte => {
                    Present::Direct(17 * usize::from(history.b(1)))
                }
                None => Present::Direct(0),
            };
        }
    }

    /// Step 1: a copy of each.
    pub fn copy_first(&mut self) {
        for slot in &mut self.slots {
            slot.copy = *cell(slot.present, &mut slot.own, &mut self.table);
        }
    }

    /// Step 4: the low cells for h, a copy of each before the next is looked for.
    pub fn go_low(&mut self, h: u8, states: &States) {
        let table = &mut self.table;
        for slot in &mut self.slots {
            slot.present = match slot.present {
                Present::Direct(first) => Present::Direct(first + 1 + usize::from(h)),
                Present::Shared(_, hash) if slot.context.is_wide() => {
                    Present::Shared(table.wide_low(hash, h, states), hash)
                }
                Present::Shared((line, _), hash) => Present::Shared(table.low(line, h), hash),
            };
            slot.copy = *cell(slot.present, &mut slot.own, table);
        }
    }

    /// In the order of the contexts.
    pub fn copies(&self) -> impl Iterator<Item = &Cell> {
        self.slots.iter().map(|slot| &slot.copy)
    }

    /// Of how many contexts the copy has a root other than 0.
    pub fn hits(&self) -> u64 {
        self.copies().filter(|copy| copy.root() != 0).count() as u64
    }

    /// The nibble was v.
    pub fn learn(&mut self, v: u8, states: &States) {
        for slot in &mut self.slots {
            let present = cell(slot.present, &mut slot.own, &mut self.table);
            for (node, y) in path(v) {
                present.states[node] = states.next(slot.copy.states[node], y);
            }
        }
    }
}

fn cell<'a>(present: Present, own: &'a mut [Cell], table: &'a mut Table) -> &'a mut Cell {
    match present {
        Present::Direct(number) => &mut own[number],
        Present::Shared(address, _) => table.cell(address),
    }
}
