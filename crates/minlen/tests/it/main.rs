//! The facade from outside.

mod archive;
mod base;
mod damage;
mod disk;
mod frozen;
mod hostile;
mod learning;
mod nets;
mod oracle;
mod properties;
mod records;
