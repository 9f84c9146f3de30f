//! The facade from outside.

mod archive;
mod damage;
mod disk;
mod frozen;
mod hostile;
mod learnt;
mod oracle;
mod properties;
