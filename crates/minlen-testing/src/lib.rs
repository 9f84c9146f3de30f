//! What tests and fuzz targets share. A property is one function here: unit tests call it with
//! chosen inputs, fuzz targets with found ones.
#![forbid(unsafe_code)]

pub mod hostile;
pub mod inputs;
pub mod io;
pub mod props;
