//! Numbers and strings as bytes.

use crate::Error;

/// Appends `n` as a varint: seven bits a byte, lowest first, the high bit set on all but the last
/// byte; the shortest form.
pub fn put_varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Appends the length of `bytes` as a varint, then `bytes`.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Signed to unsigned, small magnitudes to small numbers: 0, −1, 1, −2, …
pub(crate) fn zigzag(n: i64) -> u64 {
    (n << 1 ^ n >> 63) as u64
}

/// The inverse of [`zigzag`].
pub(crate) fn unzigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

/// Reads what the functions above wrote; every read is checked.
#[derive(Clone, Debug)]
pub struct Wire<'a> {
    rest: &'a [u8],
}

impl<'a> Wire<'a> {
    /// Will read `bytes` from the front.
    pub fn new(bytes: &'a [u8]) -> Wire<'a> {
        Wire { rest: bytes }
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Error> {
        if n > self.rest.len() {
            return Err(Error::damaged("a field runs past its end"));
        }
        let (taken, rest) = self.rest.split_at(n);
        self.rest = rest;
        Ok(taken)
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, Error> {
        Ok(self.take(1)?[0])
    }

    /// A varint in its shortest form.
    pub fn varint(&mut self) -> Result<u64, Error> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            n |= bits << shift;
            if byte < 0x80 {
                if byte == 0 && shift > 0 {
                    return Err(Error::damaged("a number is not in its shortest form"));
                }
                return Ok(n);
            }
        }
        Err(Error::damaged("a number is above 64 bits"))
    }

    /// A varint of at most `most`; `what` names it in the error.
    pub fn varint_upto(&mut self, most: u64, what: &str) -> Result<u64, Error> {
        let n = self.varint()?;
        if n > most {
            return Err(Error::damaged(format!("{what} is {n}, above {most}")));
        }
        Ok(n)
    }

    /// A string of at most `most` bytes behind its length.
    pub fn bytes_upto(&mut self, most: u64, what: &str) -> Result<&'a [u8], Error> {
        let n = self.varint_upto(most, what)?;
        self.take(n as usize)
    }

    /// An array of `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// Bytes that are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Nothing may be left.
    pub fn end(&self) -> Result<(), Error> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(Error::damaged("bytes are left after the last field"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_return() {
        for n in (0..64)
            .flat_map(|i| [(1u64 << i) - 1, 1 << i])
            .chain([u64::MAX])
        {
            let mut out = Vec::new();
            put_varint(&mut out, n);
            let mut wire = Wire::new(&out);
            assert_eq!(wire.varint().unwrap(), n);
            wire.end().unwrap();
            assert_eq!(unzigzag(zigzag(n as i64)), n as i64);
            out.pop();
            assert!(Wire::new(&out).varint().is_err());
        }
        assert!(Wire::new(&[0x80, 0]).varint().is_err());
        assert!(Wire::new(&[0xff; 11]).varint().is_err());
    }
}
