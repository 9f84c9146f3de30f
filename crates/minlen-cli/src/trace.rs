//! The cost of every byte, as a file for plotting.

use crate::rows::bits;
use crate::ui::Fail;
use minlen::{Cost, NewFile};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// How traces are written.
#[derive(Clone, Copy)]
enum Form {
    Csv,
    Npy,
}

/// A trace file under way.
pub struct Trace {
    file: NewFile,
    form: Form,
}

impl Trace {
    /// Will write to `path`, which ends in `.csv` or `.npy`.
    pub fn create(path: &Path, replace: bool) -> Result<Trace, Fail> {
        let form = match path.extension().and_then(|e| e.to_str()) {
            Some("csv") => Form::Csv,
            Some("npy") => Form::Npy,
            _ => {
                return Err(Fail::usage(
                    "--trace writes to a name ending in .csv or .npy",
                ));
            }
        };
        let file = NewFile::create(path, replace)?;
        Ok(Trace { file, form })
    }

    /// Writes the bits of every byte of `data`: as CSV with offset, byte and bits; as NPY an array
    /// of 64-bit floats.
    pub fn write(mut self, data: &[u8], trace: &[Cost]) -> Result<(), Fail> {
        let out = BufWriter::new(&mut self.file);
        match self.form {
            Form::Csv => csv(out, data, trace),
            Form::Npy => npy(out, trace),
        }
        .map_err(|e| Fail::io("write", self.file.place(), &e))?;
        Ok(self.file.commit(|_| Ok(()))?)
    }
}

fn csv(mut out: impl Write, data: &[u8], trace: &[Cost]) -> io::Result<()> {
    writeln!(out, "offset,byte,bits")?;
    for (offset, (byte, &cost)) in data.iter().zip(trace).enumerate() {
        writeln!(out, "{offset},{byte},{:.6}", bits(cost))?;
    }
    out.flush()
}

/// NumPy's format, version 1.0: a magic, the length of the header, the header as a Python literal
/// padded so that the data begins at a multiple of 64, then the data.
fn npy(mut out: impl Write, trace: &[Cost]) -> io::Result<()> {
    let count = trace.len();
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({count},), }}");
    const BEFORE: usize = 10; // magic, version and length
    let padded = (BEFORE + header.len() + 1).next_multiple_of(64) - BEFORE;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&(padded as u16).to_le_bytes())?;
    writeln!(out, "{header:<width$}", width = padded - 1)?;
    for &cost in trace {
        out.write_all(&bits(cost).to_le_bytes())?;
    }
    out.flush()
}
