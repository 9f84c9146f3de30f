//! 8.3.3: the present cell of each context, from step to step.

use super::contexts::{Context, Direct};
use super::history::History;
use super::matching::Match;
use crate::models::mix::lines::{Address, Cell, Table};
use crate::models::mix::states::States;

/// Where the present cell of a context is.
#[derive(Clone, Copy)]
enum Present {
    /// In the context's own cells.
    Direct(usize),
    /// In the table.
    Shared(Address),
}

#[derive(Clone)]
struct Slot {
    context: Context,
    /// Cells of its own, if it is direct.
    own: Vec<Cell>,
    hash: u32,
    present: Present,
}

#[derive(Clone)]
pub struct Cells {
    slots: Vec<Slot>,
    table: Table,
}

impl Cells {
    pub fn new(contexts: Vec<Context>, n: u32) -> Self {
        let slot = |context: Context| Slot {
            own: match context.direct() {
                Some(Direct::Nothing) => vec![Cell::default(); 17],
                Some(Direct::Last) => vec![Cell::default(); 17 * 256],
                None => vec![],
            },
            context,
            hash: 0,
            present: Present::Direct(0), // until there is an aim
        };
        Self {
            slots: contexts.into_iter().map(slot).collect(),
            table: Table::new(n),
        }
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// *Aim*, but for the runs: hashes and first cells.
    pub fn aim(&mut self, history: &History, first: &Match) {
        for (i, slot) in (0..).zip(&mut self.slots) {
            slot.present = match slot.context.direct() {
                Some(Direct::Nothing) => Present::Direct(0),
                Some(Direct::Last) => Present::Direct(17 * usize::from(history.base.b(1))),
                None => {
                    slot.hash = slot.context.hash(i, history, first);
                    Present::Shared((self.table.find(slot.hash), 0))
                }
            };
        }
    }

    /// The hash of a context that is not direct, from the last aim.
    pub fn hash(&self, context: usize) -> u32 {
        self.slots[context].hash
    }

    /// Step 3: the low cells for h.
    pub fn go_low(&mut self, h: u8, states: &States) {
        let table = &mut self.table;
        for slot in &mut self.slots {
            slot.present = match slot.present {
                Present::Direct(first) => Present::Direct(first + 1 + usize::from(h)),
                Present::Shared(_) if slot.context.wide => {
                    Present::Shared(table.wide_low(slot.hash, h, states))
                }
                Present::Shared((line, _)) => Present::Shared(table.low(line, h)),
            };
        }
    }

    pub fn present(&mut self, context: usize) -> &mut Cell {
        let slot = &mut self.slots[context];
        match slot.present {
            Present::Direct(number) => &mut slot.own[number],
            Present::Shared(address) => self.table.cell(address),
        }
    }

    /// The state of this node in the present cell of each context.
    pub fn states(&mut self, node: usize) -> impl Iterator<Item = u8> {
        (0..self.slots.len()).map(move |context| self.present(context).states[node])
    }

    /// Of how many contexts the present cell has a root other than 0.
    pub fn hits(&mut self) -> u64 {
        self.states(1).filter(|root| *root != 0).count() as u64
    }

    pub fn grow_if_crowded(&mut self) {
        self.table.grow_if_crowded();
    }
}
