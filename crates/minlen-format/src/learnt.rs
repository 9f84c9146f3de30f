//! The file of a learnt model: `.mlm`.

use crate::wire::{put_bytes, put_varint};
use crate::{Error, Wire};
use minlen_core::{Error as DataError, Limits};

/// The first eight bytes of every model file; the last one is the version.
pub const MODEL_MAGIC: [u8; 8] = [0x8d, b'm', b'l', b'm', 0x0d, 0x0a, 0x1a, MODEL_VERSION];
/// The version of model files that this crate writes and the only one that it reads.
pub const MODEL_VERSION: u8 = 1;

/// Bytes that the name of a kind, a key, and a value of the card may have.
const MAX_KIND: u64 = 255;
const MAX_KEY: u64 = 255;
const MAX_VALUE: u64 = 1 << 16;
/// Entries of the card.
const MAX_CARD: u64 = 1 << 10;
/// Bytes of parameters.
const MAX_PARAMS: u64 = 1 << 16;

/// A learnt model on disk. What its parameters and its payload mean, its kind says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFile {
    /// The kind: lower-case ASCII.
    pub kind: String,
    /// What the kind needs to make a model of the payload.
    pub params: Vec<u8>,
    /// What people may want to know of it, as pairs of key and value. Nothing depends on it.
    pub card: Vec<(String, String)>,
    /// What was learnt.
    pub payload: Vec<u8>,
}

/// A learnt model's name: BLAKE3 of its file up to the hash itself, which ends the file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelHash(pub [u8; 32]);

impl ModelHash {
    /// Hexadecimal digits that recipes give of it.
    pub const DIGITS: usize = 32;

    /// The first [`ModelHash::DIGITS`] hexadecimal digits: how archives name the model.
    pub fn name(&self) -> String {
        let bytes = &self.0[..ModelHash::DIGITS / 2];
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Whether `name` is so many digits in lower case.
    pub fn is_name(name: &str) -> bool {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        name.len() == ModelHash::DIGITS && name.bytes().all(digit)
    }
}

impl std::fmt::Debug for ModelHash {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

impl ModelFile {
    /// The bytes of the file, and their hash. `Usage`: a field is longer than a file may hold.
    pub fn write(&self) -> Result<(Vec<u8>, ModelHash), DataError> {
        let most = |what: &str, n: usize, most: u64| match n as u64 > most {
            true => Err(DataError::Usage(format!("{what} is above {most} bytes"))),
            false => Ok(()),
        };
        most("the kind of a model", self.kind.len(), MAX_KIND)?;
        most("the parameters of a model", self.params.len(), MAX_PARAMS)?;
        let mut out = MODEL_MAGIC.to_vec();
        put_bytes(&mut out, self.kind.as_bytes());
        put_bytes(&mut out, &self.params);
        put_varint(&mut out, self.card.len() as u64);
        for (key, value) in &self.card {
            most("a key of a model's card", key.len(), MAX_KEY)?;
            most("a value of a model's card", value.len(), MAX_VALUE)?;
            put_bytes(&mut out, key.as_bytes());
            put_bytes(&mut out, value.as_bytes());
        }
        put_bytes(&mut out, &self.payload);
        let hash = ModelHash(*blake3::hash(&out).as_bytes());
        out.extend_from_slice(&hash.0);
        Ok((out, hash))
    }

    /// Reads a whole file. `Damaged`: a bit of it is not as it was written, or it is no such file;
    /// `Unsupported`: another version. `limits` say how large it may be, as a block.
    pub fn read(file: &[u8], limits: &Limits) -> Result<(ModelFile, ModelHash), Error> {
        Limits::check("the size of a model", file.len() as u64, limits.block_bytes)?;
        let magic = file.get(..8).unwrap_or(file);
        if magic.len() < 8 || magic[..7] != MODEL_MAGIC[..7] {
            return Err(Error::damaged("this is no file of a learnt model"));
        }
        if magic[7] != MODEL_VERSION {
            return Err(Error::Data(DataError::Unsupported(format!(
                "version {} of model files (this program reads version {MODEL_VERSION})",
                magic[7]
            ))));
        }
        let fields = file.len().saturating_sub(32).max(8);
        let (fields, hash) = file.split_at(fields);
        if blake3::hash(fields).as_bytes() != hash {
            return Err(Error::damaged(
                "the file of a learnt model does not match its hash",
            ));
        }
        let mut wire = Wire::new(&fields[8..]);
        let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_string()),
            Err(_) => Err(Error::damaged("the card of a model is not text")),
        };
        let kind = text(wire.bytes_upto(MAX_KIND, "the length of a model's kind")?)?;
        let params = wire.bytes_upto(MAX_PARAMS, "the length of a model's parameters")?;
        let params = params.to_vec();
        let entries = wire.varint_upto(MAX_CARD, "the number of entries of a model's card")?;
        let mut card = Vec::new();
        for _ in 0..entries {
            let key = text(wire.bytes_upto(MAX_KEY, "the length of a key")?)?;
            let value = text(wire.bytes_upto(MAX_VALUE, "the length of a value")?)?;
            card.push((key, value));
        }
        let payload = wire.bytes_upto(file.len() as u64, "the length of a model")?;
        let payload = payload.to_vec();
        wire.end()?;
        let mut whole = [0; 32];
        whole.copy_from_slice(hash);
        let file = ModelFile {
            kind,
            params,
            card,
            payload,
        };
        Ok((file, ModelHash(whole)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_returns_and_no_bit_of_it_may_change() {
        let file = ModelFile {
            kind: "primed".into(),
            params: vec![1, 2, 3],
            card: vec![("seed".into(), "7".into())],
            payload: (0..100).collect(),
        };
        let (bytes, hash) = file.write().unwrap();
        let limits = Limits::default();
        assert_eq!(ModelFile::read(&bytes, &limits).unwrap(), (file, hash));
        assert!(ModelHash::is_name(&hash.name()));
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut bad = bytes.clone();
                bad[at] ^= 1 << bit;
                assert!(ModelFile::read(&bad, &limits).is_err(), "{at} {bit}");
            }
            assert!(ModelFile::read(&bytes[..at], &limits).is_err(), "{at}");
        }
    }
}
