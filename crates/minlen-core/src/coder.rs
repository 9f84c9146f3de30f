//! Range coding: the guides that write and read archives.
//!
//! After G. N. N. Martin, *Range encoding: an algorithm for removing redundancy from a digitised
//! message* (1979), with a 64-bit interval, output in 16-bit words, and carries propagated into
//! bytes already written (blocks are coded in memory). The interval never gets shorter than 2⁴⁸,
//! so that even a 24-bit [`Distribution`] is met to within 2⁻²⁴ and the output is within 8 bytes
//! of the ideal code length.

use crate::guide::Known;
use crate::{Distribution, Error, Guide, Nodes, Prob, Symbol};

/// The interval is widened whenever it gets shorter than this.
const SHORT: u64 = 1 << 48;

/// Leads a model through known data and writes it down.
#[derive(Clone, Debug)]
pub struct Encoder<'a> {
    known: Known<'a>,
    low: u64,
    range: u64,
    out: Vec<u8>,
}

impl<'a> Encoder<'a> {
    /// Will encode `data`.
    pub fn new(data: &'a [Symbol]) -> Encoder<'a> {
        Encoder {
            known: Known::new(data),
            low: 0,
            range: u64::MAX,
            out: Vec::new(),
        }
    }

    /// Bytes written so far; up to 8 more will follow for what has been asked until now.
    pub fn written(&self) -> usize {
        self.out.len()
    }

    /// The coded bytes.
    pub fn finish(mut self) -> Vec<u8> {
        // The shortest byte string that, followed by zeros, lies inside the interval.
        for bytes in 0..=8u32 {
            let unused = u64::MAX.checked_shr(8 * bytes).unwrap_or(0);
            let (value, carry) = self.low.overflowing_add(unused);
            let value = value & !unused;
            if value.wrapping_sub(self.low) < self.range {
                if carry {
                    carry_into(&mut self.out);
                }
                self.out.extend(&value.to_be_bytes()[..bytes as usize]);
                break;
            }
        }
        self.out
    }

    #[inline]
    fn narrow(&mut self, offset: u64, range: u64) {
        let (low, carry) = self.low.overflowing_add(offset);
        if carry {
            carry_into(&mut self.out);
        }
        self.low = low;
        self.range = range;
        while self.range < SHORT {
            self.out
                .extend_from_slice(&((self.low >> 48) as u16).to_be_bytes());
            self.low <<= 16;
            self.range <<= 16;
        }
    }

    #[inline]
    fn put(&mut self, bit: bool, p: Prob) {
        // Without a branch on what cannot be foreseen.
        let ones = (self.range >> 16) * u64::from(p.get());
        let zero = u64::from(bit).wrapping_sub(1); // all ones for a 0
        let range = ones ^ (ones ^ (self.range - ones)) & zero;
        self.narrow(ones & zero, range);
    }
}

/// Adds one to the number that `out` spells. It cannot overflow: what is written stays below the
/// end of the first interval.
#[cold]
fn carry_into(out: &mut [u8]) {
    for byte in out.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
}

/// The part of the interval that symbols of `d` divide: start and length of `s` in it.
#[inline]
fn share(range: u64, low: u32, units: u32) -> (u64, u64) {
    let unit = range >> Distribution::BITS;
    let start = unit * u64::from(low);
    // The last symbol also gets what the division leaves over.
    let length = if low + units == Distribution::TOTAL {
        range - start
    } else {
        unit * u64::from(units)
    };
    (start, length)
}

impl Guide for Encoder<'_> {
    #[inline]
    fn more(&self) -> bool {
        self.known.more()
    }

    #[inline]
    fn bit(&mut self, p: Prob) -> bool {
        let bit = self.known.bit();
        self.put(bit, p);
        bit
    }

    // One call a nibble through `dyn Guide`, and its nodes are known from the first.
    #[inline]
    fn nibble(&mut self, nodes: &Nodes) -> u8 {
        let nibble = self.known.nibble();
        let full = 16 + usize::from(nibble);
        for left in (0..4).rev() {
            self.put(full >> left & 1 == 1, nodes.at(full >> (left + 1)));
        }
        nibble
    }

    #[inline]
    fn symbol(&mut self, d: &Distribution) -> Symbol {
        let s = self.known.symbol();
        let (low, units) = d.interval(s);
        let (start, length) = share(self.range, low, units);
        self.narrow(start, length);
        s
    }
}

/// Leads a model through coded bytes and recovers the data.
///
/// Any bytes decode to something: what was decoded must be checked against a checksum.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    coded: &'a [u8],
    /// Bytes taken from `coded`, and zeros after its end.
    taken: usize,
    /// The coded number less the start of the interval.
    code: u64,
    range: u64,
    wanted: usize,
    data: Vec<Symbol>,
    /// Bits of the symbol under way, behind a leading 1.
    partial: u32,
}

/// Zeros that a decoder takes after the end of what an encoder wrote: its read-ahead.
const READ_AHEAD: usize = 8;

impl<'a> Decoder<'a> {
    /// Will decode `count` symbols from `coded`. Memory for them grows as they come: a false
    /// count reserves nothing.
    pub fn new(coded: &'a [u8], count: usize) -> Decoder<'a> {
        let mut decoder = Decoder {
            coded,
            taken: 0,
            code: 0,
            range: u64::MAX,
            wanted: count,
            data: Vec::new(),
            partial: 1,
        };
        for _ in 0..4 {
            decoder.take();
        }
        decoder
    }

    /// The data decoded; an error when the coded bytes were too few or too many for it.
    pub fn finish(self) -> Result<Vec<Symbol>, Error> {
        if self.data.len() < self.wanted || self.taken > self.coded.len() + READ_AHEAD {
            return Err(Error::Damaged("the coded bytes end too early".into()));
        }
        if self.taken < self.coded.len() {
            return Err(Error::Damaged(
                "there are coded bytes left after the last symbol".into(),
            ));
        }
        Ok(self.data)
    }

    /// As [`Decoder::finish`], where the symbols themselves have said that no more follow: those
    /// decoded so far are all that is wanted.
    pub fn finish_here(mut self) -> Result<Vec<Symbol>, Error> {
        self.wanted = self.data.len();
        self.finish()
    }

    /// Symbols decoded so far.
    pub fn symbols(&self) -> &[Symbol] {
        &self.data
    }

    #[inline]
    fn take(&mut self) {
        let word = match self.coded.get(self.taken..self.taken + 2) {
            Some(two) => u16::from_be_bytes([two[0], two[1]]),
            None => self.coded.get(self.taken).map_or(0, |&b| u16::from(b) << 8),
        };
        self.taken += 2;
        self.code = self.code << 16 | u64::from(word);
    }

    #[inline]
    fn narrow(&mut self, offset: u64, range: u64) {
        self.code -= offset;
        self.range = range;
        while self.range < SHORT {
            self.range <<= 16;
            self.take();
        }
    }

    #[inline]
    fn get(&mut self, p: Prob) -> bool {
        let ones = (self.range >> 16) * u64::from(p.get());
        let bit = self.code < ones;
        if bit {
            self.narrow(0, ones);
        } else {
            self.narrow(ones, self.range - ones);
        }
        bit
    }

    #[inline]
    fn keep(&mut self, bits: u32, count: u32) {
        self.partial = self.partial << count | bits;
        if self.partial >= 256 {
            self.data.push(self.partial as u8);
            self.partial = 1;
        }
    }
}

impl Guide for Decoder<'_> {
    /// Also says no when the coded bytes ended long ago, so that a false count costs no time.
    #[inline]
    fn more(&self) -> bool {
        self.data.len() < self.wanted && self.taken <= self.coded.len() + READ_AHEAD
    }

    #[inline]
    fn bit(&mut self, p: Prob) -> bool {
        let bit = self.get(p);
        self.keep(u32::from(bit), 1);
        bit
    }

    #[inline]
    fn nibble(&mut self, nodes: &Nodes) -> u8 {
        let mut node = 1;
        for _ in 0..4 {
            node = 2 * node + usize::from(self.get(nodes.at(node)));
        }
        let nibble = node as u8 & 15;
        self.keep(u32::from(nibble), 4);
        nibble
    }

    #[inline]
    fn symbol(&mut self, d: &Distribution) -> Symbol {
        let unit = self.range >> Distribution::BITS;
        let at = (self.code / unit).min(u64::from(Distribution::TOTAL - 1)) as u32;
        let s = d.symbol_at(at);
        let (low, units) = d.interval(s);
        let (start, length) = share(self.range, low, units);
        self.narrow(start, length);
        self.data.push(s);
        s
    }
}
