//! The cost of every byte, as a file for plotting.

use crate::rows::bits;
use crate::ui::Fail;
use minlen::{Cost, NewFile};
use npyz::WriterBuilder;
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

fn npy(mut out: impl Write, trace: &[Cost]) -> io::Result<()> {
    let mut array = npyz::WriteOptions::new()
        .default_dtype()
        .shape(&[trace.len() as u64])
        .writer(&mut out)
        .begin_nd()?;
    array.extend(trace.iter().map(|&cost| bits(cost)))?;
    array.finish()?;
    out.flush()
}
