//! Section 1: the types from which everything else is made.

/// What is left to be read of a string of bytes.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their start.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// All that is left, without taking it.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: u64) -> Result<&'a [u8], String> {
        let n = usize::try_from(n).unwrap_or(usize::MAX);
        let Some((taken, rest)) = self.rest.split_at_checked(n) else {
            return Err(format!("{n} bytes are needed, {} are left", self.left()));
        };
        self.rest = rest;
        Ok(taken)
    }

    /// The next N bytes, as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let taken = self.take(N as u64)?;
        taken.try_into().map_err(|_| "wrong length".to_string())
    }

    /// `u8`
    pub fn u8(&mut self) -> Result<u8, String> {
        Ok(self.array::<1>()?[0])
    }

    /// `u32le`
    pub fn u32le(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// `varint`
    pub fn varint(&mut self) -> Result<u64, String> {
        let mut number: u128 = 0;
        let mut shift = 0;
        loop {
            let byte = self.u8()?;
            number |= u128::from(byte & 0x7f) << shift;
            if number >= 1 << 64 {
                return Err("a varint above 2^64 - 1".into());
            }
            if byte & 0x80 == 0 {
                if byte == 0 && shift != 0 {
                    return Err("a varint that is not in its shortest form".into());
                }
                return Ok(number as u64);
            }
            shift += 7;
            if shift > 63 {
                return Err("a varint of more than ten bytes".into());
            }
        }
    }

    /// A `varint` that may not be above `limit`.
    pub fn varint_to(&mut self, limit: u64, what: &str) -> Result<u64, String> {
        at_most(self.varint()?, limit, what)
    }

    /// `zigzag`
    pub fn zigzag(&mut self) -> Result<i64, String> {
        let coded = self.varint()?;
        let half = (coded >> 1) as i64;
        Ok(if coded & 1 == 0 { half } else { -1 - half })
    }

    /// `bytes`, of which there may be at most `limit`
    pub fn bytes(&mut self, limit: u64, what: &str) -> Result<&'a [u8], String> {
        let n = self.varint_to(limit, what)?;
        self.take(n)
    }

    /// An error unless all was read.
    pub fn end(&self, what: &str) -> Result<(), String> {
        match self.left() {
            0 => Ok(()),
            n => Err(format!("{n} bytes too many in {what}")),
        }
    }
}

/// `value`, or an error when it is above `limit`.
pub fn at_most(value: u64, limit: u64, what: &str) -> Result<u64, String> {
    if value > limit {
        return Err(format!("{what}: {value} is more than {limit}"));
    }
    Ok(value)
}

/// `check`
pub fn check(bytes: &[u8]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(bytes).as_bytes()[..8]);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_are_shortest() {
        let all = |bytes: &[u8]| Reader::new(bytes).varint();
        assert_eq!(all(&[0]), Ok(0));
        assert_eq!(all(&[0x7f]), Ok(127));
        assert_eq!(all(&[0x80, 1]), Ok(128));
        let mut top = [0xff; 10];
        top[9] = 1;
        assert_eq!(all(&top), Ok(u64::MAX));
        top[9] = 2;
        assert!(all(&top).is_err());
        assert!(all(&[0x80, 0]).is_err());
        assert!(all(&[0x80]).is_err());
        assert!(all(&[0x80; 11]).is_err());
    }

    #[test]
    fn zigzag_goes_both_ways() {
        let mut top = [0xff; 10];
        top[9] = 1;
        for (bytes, number) in [
            (&[0u8][..], 0),
            (&[1], -1),
            (&[2], 1),
            (&[3], -2),
            (&top, i64::MIN),
        ] {
            assert_eq!(Reader::new(bytes).zigzag(), Ok(number));
        }
    }

    #[test]
    fn reads_stop_at_the_end() {
        let mut r = Reader::new(&[2, 7]);
        assert!(r.bytes(9, "x").is_err());
        assert!(Reader::new(&[1, 7]).bytes(0, "x").is_err());
        assert_eq!(Reader::new(&[1, 7]).bytes(1, "x"), Ok(&[7][..]));
        assert!(Reader::new(&[1, 2, 3]).u32le().is_err());
        assert!(Reader::new(&[1]).take(u64::MAX).is_err());
    }

    #[test]
    fn check_is_the_start_of_blake3() {
        // The published hash of nothing: af1349b9 f5f9a1a6 …
        assert_eq!(check(b""), [0xaf, 0x13, 0x49, 0xb9, 0xf5, 0xf9, 0xa1, 0xa6]);
    }
}
