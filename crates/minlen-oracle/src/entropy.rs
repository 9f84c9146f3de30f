//! Section 6: entropy coding.

/// The decoder of one lane.
pub struct Decoder<'a> {
    lane: &'a [u8],
    range: u64,
    code: u64,
    /// t: bytes taken so far.
    taken: usize,
}

impl<'a> Decoder<'a> {
    /// Takes the first 8 bytes.
    pub fn new(lane: &'a [u8]) -> Self {
        let mut decoder = Self {
            lane,
            range: u64::MAX,
            code: 0,
            taken: 0,
        };
        for _ in 0..8 {
            decoder.code = (decoder.code << 8) | decoder.byte();
        }
        decoder
    }

    /// The next byte of the lane, which zeros continue.
    fn byte(&mut self) -> u64 {
        let byte = self.lane.get(self.taken).copied().unwrap_or(0);
        self.taken += 1;
        u64::from(byte)
    }

    /// After each answer.
    fn refill(&mut self) -> Result<(), String> {
        while self.range < 1 << 48 {
            self.range <<= 16;
            self.code = (self.code << 16) | (self.byte() << 8) | self.byte();
        }
        if self.taken > self.lane.len() + 8 {
            return Err("the symbols of a lane go on after its end".into());
        }
        Ok(())
    }

    /// The question *bit*; p is in 1…65535.
    pub fn bit(&mut self, p: u64) -> Result<bool, String> {
        let ones = (self.range >> 16) * p;
        let bit = self.code < ones;
        if bit {
            self.range = ones;
        } else {
            self.code -= ones;
            self.range -= ones;
        }
        self.refill()?;
        Ok(bit)
    }

    /// The question *nibble*; p gives the probability at a node.
    pub fn nibble(&mut self, mut p: impl FnMut(usize) -> u64) -> Result<u8, String> {
        let mut node = 1;
        for _ in 0..4 {
            let bit = self.bit(p(node))?;
            node = 2 * node + usize::from(bit);
        }
        Ok((node - 16) as u8)
    }

    /// The question *symbol*.
    pub fn symbol(&mut self, units: &[u32; 256]) -> Result<u8, String> {
        let unit = self.range >> 24;
        let v = (self.code / unit).min((1 << 24) - 1);
        let mut low = 0;
        for (symbol, u) in (0..=255).zip(units) {
            let high = low + u64::from(*u);
            if v < high {
                let start = unit * low;
                self.code -= start;
                self.range = match high {
                    0x100_0000 => self.range - start,
                    _ => unit * u64::from(*u),
                };
                self.refill()?;
                return Ok(symbol);
            }
            low = high;
        }
        Err("units that do not sum to 2^24".into())
    }

    /// To be called after the last symbol.
    pub fn end(&self) -> Result<(), String> {
        if self.lane.len() > self.taken {
            return Err("a lane goes on after its symbols".into());
        }
        if self.taken > self.lane.len() + 8 {
            return Err("a lane is too short".into());
        }
        Ok(())
    }
}

/// 6.1: units from weights, each of which is below 2³².
pub fn units(weights: &[u64; 256]) -> [u32; 256] {
    let mut weights = *weights;
    if weights.iter().all(|w| *w == 0) {
        weights = [1; 256];
    }
    let sum: u64 = weights.iter().sum();
    let c = (((1 << 24) - 256) << 32) / sum;
    let mut units = [0; 256];
    let mut best = 0;
    for s in 0..256 {
        units[s] = 1 + ((weights[s] * c) >> 32) as u32;
        if weights[s] > weights[best] {
            best = s;
        }
    }
    units[best] += (1 << 24) - units.iter().sum::<u32>();
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_sum_to_the_whole() {
        let mut one = [0; 256];
        one[7] = u64::from(u32::MAX);
        assert_eq!(units(&one)[7], (1 << 24) - 255);
        assert_eq!(units(&[0; 256]), [1 << 16; 256]);
        assert_eq!(
            units(&[u64::from(u32::MAX); 256]).iter().sum::<u32>(),
            1 << 24
        );
        let mut two = [0; 256];
        (two[3], two[9]) = (1, 1);
        let units = units(&two);
        assert_eq!((units[3], units[9]), ((1 << 23) - 127, (1 << 23) - 127));
    }

    #[test]
    fn even_units_read_the_lane_as_it_is() {
        // range is 2^64 - 1, so a unit is 2^40 - 1: the first byte is the first symbol, nearly.
        let even = [1 << 16; 256];
        for byte in 0..=255 {
            let mut decoder = Decoder::new(&[]);
            decoder.code = ((1 << 40) - 1) * (u64::from(byte) << 16);
            assert_eq!(decoder.symbol(&even), Ok(byte));
        }
        assert_eq!(Decoder::new(&[0xff; 8]).symbol(&even), Ok(255));
    }

    #[test]
    fn even_bits_read_the_lane_as_it_is() {
        for byte in 0..=255 {
            let lane = [!byte, 0x55];
            let mut decoder = Decoder::new(&lane);
            let mut nodes = vec![];
            let mut ask = || {
                decoder.nibble(|node| {
                    nodes.push(node);
                    1 << 15
                })
            };
            assert_eq!((ask(), ask()), (Ok(byte >> 4), Ok(byte % 16)));
            assert_eq!((nodes.len(), nodes[0], nodes[4]), (8, 1, 1));
        }
    }

    #[test]
    fn a_lane_ends_with_its_symbols() {
        assert!(Decoder::new(&[]).end().is_ok());
        assert!(Decoder::new(&[1; 8]).end().is_ok());
        assert!(Decoder::new(&[1; 9]).end().is_err());
        // One bit of 2^-24 each: bytes are taken, more than there are.
        let mut rare = [1; 256];
        rare[255] = (1 << 24) - 255;
        let mut decoder = Decoder::new(&[]);
        assert!(decoder.symbol(&rare).is_err());
        let mut decoder = Decoder::new(&[0; 2]);
        assert_eq!(decoder.symbol(&rare), Ok(0));
        assert!(decoder.end().is_ok());
    }
}
