//! A net's parameters as trainers exchange them: `minlen-net SHAPE`, a line feed, then f32, lowest
//! byte first, in the order of [`Shape::tensors`]. Nothing is coded with these: they are for going on
//! with, here or elsewhere (`python/` reads and writes them).

use crate::Shape;
use minlen_core::Error;

const MAGIC: &str = "minlen-net ";

/// The bytes of such a file. `Usage`: the shape has not so many parameters.
pub fn write(shape: &Shape, parameters: &[f32]) -> Result<Vec<u8>, Error> {
    let (needed, given) = (shape.parameters(), parameters.len());
    if needed != given {
        let why = format!("a net of {needed} parameters cannot be made of {given}");
        return Err(Error::Usage(why));
    }
    let mut out = format!("{MAGIC}{shape}\n").into_bytes();
    out.extend(parameters.iter().flat_map(|p| p.to_le_bytes()));
    Ok(out)
}

/// Whether it says of itself that it is such a file.
pub fn is_raw(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC.as_bytes())
}

/// The shape and the parameters. `Damaged`: the file is none, or not whole, or a parameter is not
/// finite.
pub fn read(bytes: &[u8]) -> Result<(Shape, Vec<f32>), Error> {
    let damaged = |what: &str| Error::Damaged(format!("a net's parameters: {what}"));
    // Longer than the longest shape.
    let head = &bytes[..bytes.len().min(128)];
    let end = head.iter().position(|&b| b == b'\n');
    let end = end.ok_or_else(|| damaged("they do not begin as such"))?;
    let line = std::str::from_utf8(&head[..end]).unwrap_or("");
    let shape = line.strip_prefix(MAGIC).map(str::parse::<Shape>);
    let Some(Ok(shape)) = shape else {
        return Err(damaged("they do not begin as such"));
    };
    let body = &bytes[end + 1..];
    if body.len() != 4 * shape.parameters() {
        return Err(damaged("they are not as many as their shape has"));
    }
    let parameters: Vec<f32> = (body.chunks_exact(4))
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    if !parameters.iter().all(|p| p.is_finite()) {
        return Err(damaged("one is not finite"));
    }
    Ok((shape, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_rubbish_is_not() {
        let shape: Shape = "32,64,16,RW".parse().unwrap();
        let parameters: Vec<f32> = (0..shape.parameters()).map(|i| i as f32 - 0.5).collect();
        let bytes = write(&shape, &parameters).unwrap();
        assert!(is_raw(&bytes));
        assert_eq!(read(&bytes).unwrap(), (shape.clone(), parameters.clone()));
        assert!(write(&shape, &parameters[1..]).is_err());
        for end in [0, 5, 20, bytes.len() - 1] {
            assert!(matches!(read(&bytes[..end]), Err(Error::Damaged(_))));
        }
        let mut bad = bytes.clone();
        bad[11] = b'x';
        assert!(read(&bad).is_err());
        let mut bad = bytes;
        let end = bad.len();
        bad[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        assert!(read(&bad).is_err());
    }
}
